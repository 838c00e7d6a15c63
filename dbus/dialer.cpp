#include "dbus/dialer.h"

#include "systemd/fd.h"

#include <cerrno>
#include <fmt/format.h>
#include <mutex>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <thread>

namespace ocfsecd::dbus {

namespace {

/// A bus answers within milliseconds.
constexpr Duration kPatience = 5s;

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

struct Dialer::Attempt {
    systemd::Fd finished{::eventfd(0, EFD_CLOEXEC)};
    std::mutex mutex; ///< of what follows
    Line line;
    std::string why; ///< it failed
};

Dialer::Dialer(systemd::Loop& loop, Events events)
    : loop_{loop}, events_{std::make_shared<const Events>(std::move(events))}, patience_{loop, [this] {
                                                                                             events_->silent();
                                                                                         }} {}

Dialer::~Dialer() = default;

void Dialer::dial(const std::string& address) {
    attempt_ = std::make_shared<Attempt>();
    if (!attempt_->finished)
        throw std::system_error{errno, std::generic_category(), "eventfd"};
    finished_ = systemd::IoSource{loop_, attempt_->finished.get(), EPOLLIN, [this](std::uint32_t) { finish(); }};
    patience_.arm(loop_.now() + kPatience);
    const auto call = [attempt = attempt_, events = events_, loop = &loop_, address] {
        Line line;
        std::string why;
        try {
            line.connection = open(address);
            // Only who leaves: on a busy bus names come and go all the time. The handler runs on the loop, and only
            // there.
            line.departures =
                compat::addMatch(*line.connection,
                                 "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                                 "member='NameOwnerChanged',arg2=''",
                                 [events, loop](auto&& signal) {
                                     loop->guard([&] {
                                         std::string name;
                                         signal >> name;
                                         if (name.starts_with(':'))
                                             events->left(name);
                                     });
                                 });
        } catch (const std::exception& error) {
            why = error.what();
        }
        const std::lock_guard lock{attempt->mutex};
        attempt->line = std::move(line);
        attempt->why = std::move(why);
        ::eventfd_write(attempt->finished.get(), 1);
    };
    std::thread{call}.detach(); // never joined: it may hang as long as the bus does
}

void Dialer::finish() {
    const auto attempt = std::move(attempt_);
    finished_ = {};
    patience_.arm({});
    Line line;
    std::string why;
    {
        const std::lock_guard lock{attempt->mutex};
        line = std::move(attempt->line);
        why = std::move(attempt->why);
    }
    if (why.empty())
        events_->connected(std::move(line));
    else
        events_->failed(why);
}

} // namespace ocfsecd::dbus
