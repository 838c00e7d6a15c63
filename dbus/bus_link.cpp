#include "dbus/bus_link.h"

#include "systemd/fd.h"
#include "systemd/journal.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <sys/socket.h>
#include <sys/un.h>

namespace ocfsecd::dbus {

namespace {

constexpr const char* kBusService = "org.freedesktop.DBus";
constexpr const char* kBusPath = "/org/freedesktop/DBus";

/// A restarted bus is there again within a second; a missing one costs a connect() every ten.
constexpr Duration kFirstRetry = 200ms;
constexpr Duration kLongestRetry = 10s;

// D-Bus specification, org.freedesktop.DBus.RequestName.
constexpr std::uint32_t kDoNotQueue = 4;
constexpr std::uint32_t kPrimaryOwner = 1;
constexpr std::uint32_t kAlreadyOwner = 4;

/// True for a socket nobody listens on. sdbus-c++ 1.2 loses memory when a bus at a given address refuses the
/// connection, and that may happen every ten seconds for weeks.
bool refuses(const std::string& address) {
    static constexpr std::string_view kPath = "unix:path=";
    sockaddr_un socket{};
    socket.sun_family = AF_UNIX;
    if (!address.starts_with(kPath) || address.size() - kPath.size() >= sizeof socket.sun_path ||
        address.find_first_of(",;%") != std::string::npos)
        return false; // left to the library
    address.copy(socket.sun_path, address.size() - kPath.size(), kPath.size());
    const systemd::Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&socket), sizeof socket) != 0 && errno != EAGAIN;
}

std::unique_ptr<sdbus::IConnection> open(const std::string& address) {
    if (address == "system")
        return sdbus::createSystemBusConnection();
    if (refuses(address))
        throw compat::makeError("org.freedesktop.DBus.Error.NoServer", fmt::format("nobody listens at {}", address));
    return sdbus::createSessionBusConnectionWithAddress(address);
}

} // namespace

BusLink::BusLink(systemd::Loop& loop, std::string address, Events events)
    : loop_{loop}, address_{std::move(address)}, events_{std::move(events)}, retry_{loop, [this] { connect(); }},
      backoff_{kFirstRetry} {
    retry_.arm(loop_.now());
}

BusLink::~BusLink() {
    disconnect();
}

void BusLink::connect() {
    disconnect();
    try {
        connection_ = open(address_);
        compat::addObjectManager(*connection_, kManagerPath);
        bus_ = sdbus::createProxy(*connection_, compat::ServiceName{kBusService}, compat::ObjectPath{kBusPath});
        compat::makeReady(*bus_);
        // Only who leaves: on a busy bus names come and go all the time.
        departures_ = compat::addMatch(*connection_,
                                       "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                                       "member='NameOwnerChanged',arg2=''",
                                       [this](auto&& signal) { onDeparture(signal); });
        attachment_ = std::make_unique<Attachment>(*connection_, loop_,
                                                   [this] { lost("the message bus closed the connection"); });
        events_.connected(*connection_);
        requestName();
    } catch (const sdbus::Error& error) {
        lost(error.getMessage());
    }
}

void BusLink::disconnect() {
    if (!connection_)
        return;
    named_ = false;
    attachment_.reset();
    events_.disconnected();
    departures_.reset();
    bus_.reset();
    connection_.reset();
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

void BusLink::onDeparture(sdbus::Message& signal) {
    loop_.guard([&] {
        std::string name;
        signal >> name;
        if (name.starts_with(':'))
            events_.left(name);
    });
}

void BusLink::askUser(const std::string& uniqueName, std::function<void(std::optional<uid_t>)> done) {
    bus_->callMethodAsync("GetConnectionCredentials")
        .onInterface(kBusService)
        .withArguments(uniqueName)
        .uponReplyInvoke([this, done = std::move(done)](compat::CallError error,
                                                        const std::map<std::string, sdbus::Variant>& credentials) {
            loop_.guard([&] {
                const auto user = credentials.find("UnixUserID");
                const bool known =
                    !error && user != credentials.end() && user->second.containsValueOfType<std::uint32_t>();
                done(known ? std::optional<uid_t>{user->second.get<std::uint32_t>()} : std::nullopt);
            });
        });
}

void BusLink::lost(std::string_view why) {
    named_ = false;
    if (!std::exchange(lossReported_, true)) // once for a loss, however often the way back fails
        journal::log({journal::Priority::warning, journal::id::busLost, fmt::format("no message bus: {}", why), {}});
    retry_.arm(loop_.now() + backoff_);
    backoff_ = std::min(backoff_ * 2, kLongestRetry);
}

} // namespace ocfsecd::dbus
