// The program as a PinAgent: an object of its own on the bus, for as long as it shows PINs.

#include "pinagent-adaptor.h"
#include "tools/ocfctl/bus.h"

namespace ocfsecd::ctl {

namespace {

constexpr const char* kAgentPath = "/org/ocfsecd1/ctl/PinAgent";
constexpr const char* kBus = "org.freedesktop.DBus";

class PinAgent final : public sdbus::AdaptorInterfaces<org::ocfsecd1::PinAgent_adaptor> {
public:
    /// `daemon` is the unique name of the only one it listens to.
    PinAgent(sdbus::IConnection& connection, std::string daemon, const DaemonProxy::PinFaces& faces)
        : AdaptorInterfaces{connection, dbus::compat::ObjectPath{kAgentPath}},
          connection_{connection}, daemon_{std::move(daemon)}, faces_{faces} {
        registerAdaptor();
    }
    ~PinAgent() { unregisterAdaptor(); }
    PinAgent(const PinAgent&) = delete;
    PinAgent& operator=(const PinAgent&) = delete;

    bool done = false; ///< it was enough; otherwise the daemon let go

private:
    void Display(const std::string& pin, const std::uint32_t& expiry) override {
        refuseStrangers();
        faces_.displayed({pin, expiry});
    }
    void Cancel(const std::string& reason) override {
        refuseStrangers();
        done = faces_.cancelled(reason);
        if (done)
            connection_.leaveEventLoop();
    }
    void Release() override {
        refuseStrangers();
        connection_.leaveEventLoop();
    }
    void refuseStrangers() const {
        if (dbus::compat::senderOf(getObject()) != daemon_)
            throw dbus::compat::makeError("org.ocfsecd1.Error.AccessDenied", "only ocfsecd shows PINs here");
    }

    sdbus::IConnection& connection_;
    std::string daemon_;
    const DaemonProxy::PinFaces& faces_;
};

std::string ownerOf(sdbus::IConnection& connection, const std::string& name) {
    std::string owner;
    proxyFor(connection, kBus, "/org/freedesktop/DBus")
        ->callMethod("GetNameOwner")
        .onInterface(kBus)
        .withTimeout(kReadTimeout)
        .withArguments(name)
        .storeResultsTo(owner);
    return owner;
}

} // namespace

Result<void> DaemonProxy::showPins(unsigned device, const PinFaces& faces) {
    auto& connection = *state_->connection;
    try {
        const auto gone = dbus::compat::addMatch(
            connection, "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.ocfsecd1'",
            [&connection](auto&&) { connection.leaveEventLoop(); });
        PinAgent agent{connection, ownerOf(connection, kService), faces};
        if (auto registered = call(device, kOnboarding, "RegisterPinAgent", sdbus::ObjectPath{kAgentPath}); !registered)
            return registered;
        connection.enterEventLoop();
        if (agent.done)
            return {};
    } catch (const sdbus::Error& error) {
        return failureOf(error);
    }
    return notRunning("it has ended, or does not serve the device any more");
}

} // namespace ocfsecd::ctl
