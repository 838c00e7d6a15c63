#include "dbus/service.h"

#include "dbus/device_object.h"
#include "dbus/manager_object.h"
#include "dbus/view_changes.h"

#include <algorithm>
#include <map>

namespace ocfsecd::dbus {

namespace {

/// A busy device opens and closes many sessions: nobody can follow that (design section 6).
constexpr Duration kSessionsPause = 1s;
constexpr std::string_view kSessions = "Sessions";

} // namespace

struct Service::State {
    struct Device {
        DeviceView view;
        std::unique_ptr<DeviceObject> object; ///< while there is a connection
        std::optional<TimePoint> sessionsSignalled;
        bool sessionsWait = false; ///< a change of it is still to be signalled
    };

    State(systemd::Loop& l, std::string bus, Actions a)
        : loop{l}, actions{std::move(a)}, sessionsTimer{l, [this] { signalWaitingSessions(); }},
          link{l,
               std::move(bus),
               {[this](sdbus::IConnection& c) { makeObjects(c); }, [this] { announce(); }, [this] { dropObjects(); }}} {
    }

    void makeObjects(sdbus::IConnection& to) {
        connection = &to;
        manager = std::make_unique<ManagerObject>(to, managerView, [this] { return devicePaths(); });
        for (auto& [index, device] : devices)
            device.object = std::make_unique<DeviceObject>(to, index, device.view, link, actions);
    }

    void announce() {
        send([this] {
            manager->announce();
            for (auto& [index, device] : devices)
                device.object->announce();
        });
    }

    void dropObjects() {
        manager.reset();
        for (auto& [index, device] : devices)
            device.object.reset();
        connection = nullptr;
    }

    std::vector<std::string> devicePaths() const {
        std::vector<std::string> paths;
        for (const auto& [index, device] : devices)
            paths.push_back(devicePath(index));
        return paths;
    }

    /// Signals go out only under our name; before that nobody could know whose they are.
    template <class Emit>
    void send(Emit emit) {
        if (!link.named())
            return;
        try {
            emit();
        } catch (const sdbus::Error& error) {
            link.lost(error.getMessage());
        }
    }

    void add(unsigned index, const DeviceView& view) {
        auto& device = devices[index];
        device.view = view;
        if (!connection)
            return;
        device.object = std::make_unique<DeviceObject>(*connection, index, device.view, link, actions);
        send([&] {
            device.object->announce();
            manager->signal({"Devices"});
        });
    }

    void change(Device& device, const DeviceView& view) {
        auto changed = changes(device.view, view);
        device.view = view;
        const auto sessions = std::find(changed.begin(), changed.end(), kSessions);
        if (sessions != changed.end()) {
            const auto now = loop.now();
            if (device.sessionsSignalled && now < *device.sessionsSignalled + kSessionsPause) {
                changed.erase(sessions);
                device.sessionsWait = true;
                armSessionsTimer();
            } else {
                device.sessionsSignalled = now;
                device.sessionsWait = false;
            }
        }
        if (!changed.empty())
            send([&] { device.object->signal(changed); });
    }

    void armSessionsTimer() {
        std::optional<TimePoint> next;
        for (const auto& [index, device] : devices)
            if (device.sessionsWait)
                next = earlier(next, *device.sessionsSignalled + kSessionsPause);
        sessionsTimer.arm(next);
    }

    void signalWaitingSessions() {
        const auto now = loop.now();
        for (auto& [index, device] : devices) {
            if (!device.sessionsWait || now < *device.sessionsSignalled + kSessionsPause)
                continue;
            device.sessionsWait = false;
            device.sessionsSignalled = now;
            send([&d = device] { d.object->signal({kSessions}); });
        }
        armSessionsTimer();
    }

    systemd::Loop& loop;
    Actions actions;
    ManagerView managerView;
    std::map<unsigned, Device> devices;
    systemd::TimerSource sessionsTimer;
    sdbus::IConnection* connection = nullptr;
    std::unique_ptr<ManagerObject> manager;
    BusLink link; // last: its end drops the objects
};

Service::Service(systemd::Loop& loop, std::string bus, Actions actions)
    : state_{std::make_unique<State>(loop, std::move(bus), std::move(actions))} {}

Service::~Service() = default;

void Service::publish(const ManagerView& view) {
    const auto changed = changes(state_->managerView, view);
    state_->managerView = view;
    if (!changed.empty())
        state_->send([&] { state_->manager->signal(changed); });
}

void Service::publish(unsigned device, const DeviceView& view) {
    const auto known = state_->devices.find(device);
    if (known == state_->devices.end())
        state_->add(device, view);
    else
        state_->change(known->second, view);
}

void Service::withdraw(unsigned device) {
    const auto known = state_->devices.find(device);
    if (known == state_->devices.end())
        return;
    if (known->second.object)
        state_->send([&] { known->second.object->retire(); });
    state_->devices.erase(known);
    state_->send([&] { state_->manager->signal({"Devices"}); });
}

bool Service::onBus() const {
    return state_->link.named();
}

} // namespace ocfsecd::dbus
