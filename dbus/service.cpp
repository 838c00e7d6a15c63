#include "dbus/service.h"

#include "dbus/device_object.h"
#include "dbus/manager_object.h"
#include "dbus/manufacturer_object.h"
#include "dbus/onboarding_object.h"
#include "dbus/record_objects.h"
#include "dbus/view_changes.h"

#include <algorithm>
#include <map>

namespace ocfsecd::dbus {

namespace {

/// A busy device opens and closes many sessions: nobody can follow that (design section 6).
constexpr Duration kSessionsPause = 1s;
constexpr std::string_view kSessions = "Sessions";

} // namespace

/// All interfaces of one device, at one path.
struct Faces {
    Faces(sdbus::IConnection& connection, systemd::Loop& loop, BusLink& link, unsigned index, const DeviceView& view,
          const Actions& actions)
        : calls{link}, device{connection, index, view, calls, actions}, onboarding{connection, loop, index, calls,
                                                                                   actions},
          manufacturer{connection, index, view, calls, actions}, credentials{connection, index, calls, actions},
          accessControl{connection, index, calls, actions}, events{connection, index, calls, actions} {}

    Calls calls;
    DeviceObject device;
    OnboardingObject onboarding;
    ManufacturerObject manufacturer;
    CredentialsObject credentials;
    AccessControlObject accessControl;
    EventsObject events;
};

struct Service::State {
    struct Device {
        DeviceView view;
        std::unique_ptr<Faces> faces; ///< while there is a connection
        std::optional<TimePoint> sessionsSignalled;
        bool sessionsWait = false; ///< a change of it is still to be signalled
    };

    State(systemd::Loop& l, std::string bus, Actions a)
        : loop{l}, actions{std::move(a)}, sessionsTimer{l, [this] { signalWaitingSessions(); }},
          link{l,
               std::move(bus),
               {[this](sdbus::IConnection& c) { makeObjects(c); }, [this] { announce(); }, [this] { dropObjects(); },
                [this](const std::string& name) { forget(name); }}} {}

    void makeObjects(sdbus::IConnection& to) {
        connection = &to;
        manager = std::make_unique<ManagerObject>(to, managerView, [this] { return devicePaths(); });
        for (auto& [index, device] : devices)
            device.faces = std::make_unique<Faces>(to, loop, link, index, device.view, actions);
    }

    void announce() {
        send([this] {
            manager->announce();
            for (auto& [index, device] : devices)
                device.faces->device.announce();
        });
    }

    void dropObjects() {
        manager.reset();
        connection = nullptr;
        for (auto& [index, device] : devices) {
            device.faces.reset();
            if (actions.setPinDisplay)
                actions.setPinDisplay(index, false);
        }
    }

    void forget(const std::string& name) {
        for (auto& [index, device] : devices) {
            device.faces->calls.left(name);
            device.faces->onboarding.agents().left(name);
        }
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
        device.faces = std::make_unique<Faces>(*connection, loop, link, index, device.view, actions);
        send([&] {
            device.faces->device.announce();
            manager->signal({"Devices"});
        });
    }

    void change(Device& device, const DeviceView& view) {
        auto changed = changes(device.view, view);
        const bool certificate = device.view.manufacturerCertificate != view.manufacturerCertificate;
        device.view = view;
        if (certificate)
            send([&] { device.faces->manufacturer.signal(); });
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
            send([&] { device.faces->device.signal(changed); });
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
            send([&d = device] { d.faces->device.signal({kSessions}); });
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

/// Whoever acts for us may be half gone: it is told nothing any more.
Service::~Service() {
    state_->actions.setPinDisplay = nullptr;
    for (auto& [index, device] : state_->devices)
        if (device.faces)
            state_->send([&d = device] {
                d.faces->calls.refuseAll({Reason::unavailable, "the agent is stopping", ""});
                d.faces->onboarding.agents().release();
            });
}

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
    if (known->second.faces)
        state_->send([&] {
            known->second.faces->onboarding.agents().release();
            known->second.faces->calls.refuseAll({Reason::unavailable, "the device is gone", ""});
            known->second.faces->device.retire();
        });
    state_->devices.erase(known);
    state_->send([&] { state_->manager->signal({"Devices"}); });
}

void Service::displayPin(unsigned device, const PinView& pin) {
    if (const auto known = state_->devices.find(device); known != state_->devices.end() && known->second.faces)
        state_->send([&] { known->second.faces->onboarding.agents().display(pin); });
}

void Service::cancelPin(unsigned device, const std::string& reason) {
    if (const auto known = state_->devices.find(device); known != state_->devices.end() && known->second.faces)
        state_->send([&] { known->second.faces->onboarding.agents().cancel(reason); });
}

void Service::record(unsigned device, const EventView& event) {
    if (const auto known = state_->devices.find(device); known != state_->devices.end() && known->second.faces)
        state_->send([&] { known->second.faces->events.signal(event); });
}

bool Service::onBus() const {
    return state_->link.named();
}

} // namespace ocfsecd::dbus
