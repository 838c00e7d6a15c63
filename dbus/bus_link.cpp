#include "dbus/bus_link.h"

#include "systemd/journal.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace ocfsecd::dbus {

namespace {

constexpr const char* kBusService = "org.freedesktop.DBus";
constexpr const char* kBusPath = "/org/freedesktop/DBus";

/// A restarted bus is there again within a second; a missing one costs a connect() every ten.
constexpr Duration kFirstRetry = 200ms;
constexpr Duration kLongestRetry = 10s;

/// It evaluates rules, and may have to be started first.
constexpr auto kPolkitPatience = std::chrono::seconds{20};

// D-Bus specification, org.freedesktop.DBus.RequestName.
constexpr std::uint32_t kDoNotQueue = 4;
constexpr std::uint32_t kPrimaryOwner = 1;
constexpr std::uint32_t kAlreadyOwner = 4;

} // namespace

BusLink::BusLink(systemd::Loop& loop, std::string address, Events events)
    : loop_{loop}, address_{std::move(address)}, events_{std::move(events)}, retry_{loop, [this] { dial(); }},
      backoff_{kFirstRetry}, dialer_{loop,
                                     {[this](Dialer::Line line) { connect(std::move(line)); },
                                      [this](std::string_view why) { lost(why); },
                                      [this] { reportLoss("the bus accepts connections and does not answer"); },
                                      [this](const std::string& name) { events_.left(name); }}} {
    retry_.arm(loop_.now());
}

BusLink::~BusLink() {
    disconnect();
}

void BusLink::dial() {
    disconnect();
    dialer_.dial(address_);
}

void BusLink::connect(Dialer::Line line) {
    line_ = std::move(line);
    try {
        auto& connection = *line_.connection;
        compat::addObjectManager(connection, kManagerPath);
        bus_ = sdbus::createProxy(connection, compat::ServiceName{kBusService}, compat::ObjectPath{kBusPath});
        compat::makeReady(*bus_);
        polkit_ = sdbus::createProxy(connection, compat::ServiceName{"org.freedesktop.PolicyKit1"},
                                     compat::ObjectPath{"/org/freedesktop/PolicyKit1/Authority"});
        compat::makeReady(*polkit_);
        attachment_ =
            std::make_unique<Attachment>(connection, loop_, [this] { lost("the message bus closed the connection"); });
        events_.connected(connection);
        requestName();
    } catch (const sdbus::Error& error) {
        lost(error.getMessage());
    }
}

void BusLink::disconnect() {
    if (!line_.connection)
        return;
    named_ = false;
    attachment_.reset();
    events_.disconnected();
    polkit_.reset();
    bus_.reset();
    line_.departures.reset(); // it needs its connection
    line_.connection.reset();
}

void BusLink::requestName() {
    bus_->callMethodAsync("RequestName")
        .onInterface(kBusService)
        .withArguments(std::string{kBusName}, kDoNotQueue)
        .uponReplyInvoke(
            [this](compat::CallError error, std::uint32_t outcome) { loop_.guard([&] { onName(error, outcome); }); });
}

void BusLink::onName(const compat::CallError& error, std::uint32_t outcome) {
    if (error)
        return lost(fmt::format("cannot own the name {}: {}", kBusName, std::string{error->getMessage()}));
    if (outcome != kPrimaryOwner && outcome != kAlreadyOwner)
        return lost(fmt::format("another process owns the name {}", kBusName));
    named_ = true;
    backoff_ = kFirstRetry;
    if (std::exchange(lossReported_, false))
        journal::log({journal::Priority::notice, journal::id::busRegained, "the message bus is there again", {}});
    events_.named();
}

/// Whoever is given an answer may send in its turn, and the bus may be gone by then.
void BusLink::take(const std::function<void()>& answer) {
    loop_.guard([&] {
        try {
            answer();
        } catch (const sdbus::Error& error) {
            lost(error.getMessage());
        }
    });
}

void BusLink::askUser(const std::string& uniqueName, std::function<void(std::optional<uid_t>)> done) {
    bus_->callMethodAsync("GetConnectionCredentials")
        .onInterface(kBusService)
        .withArguments(uniqueName)
        .uponReplyInvoke([this, done = std::move(done)](compat::CallError error,
                                                        const std::map<std::string, sdbus::Variant>& credentials) {
            take([&] {
                const auto user = credentials.find("UnixUserID");
                const bool known =
                    !error && user != credentials.end() && user->second.containsValueOfType<std::uint32_t>();
                done(known ? std::optional<uid_t>{user->second.get<std::uint32_t>()} : std::nullopt);
            });
        });
}

void BusLink::askPolkit(const std::string& uniqueName, const std::string& action, std::function<void(bool)> done) {
    using Details = std::map<std::string, std::string>;
    const sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>> subject{
        "system-bus-name", std::map<std::string, sdbus::Variant>{{"name", sdbus::Variant{uniqueName}}}};
    constexpr std::uint32_t kNoInteraction = 0;
    polkit_->callMethodAsync("CheckAuthorization")
        .onInterface("org.freedesktop.PolicyKit1.Authority")
        .withTimeout(kPolkitPatience)
        .withArguments(subject, action, Details{}, kNoInteraction, std::string{})
        .uponReplyInvoke(
            [this, done = std::move(done)](compat::CallError error, const sdbus::Struct<bool, bool, Details>& answer) {
                take([&] { done(!error && std::get<0>(answer)); });
            });
}

void BusLink::lost(std::string_view why) {
    named_ = false;
    reportLoss(why);
    retry_.arm(loop_.now() + backoff_);
    backoff_ = std::min(backoff_ * 2, kLongestRetry);
}

/// Once for a loss, however often the way back fails.
void BusLink::reportLoss(std::string_view why) {
    if (!std::exchange(lossReported_, true))
        journal::log({journal::Priority::warning, journal::id::busLost, fmt::format("no message bus: {}", why), {}});
}

} // namespace ocfsecd::dbus
