#include "tools/obt/pin_entry.h"

#include "systemd/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace ocfsecd::obt {

namespace {

constexpr std::size_t kMaxLine = 128;
constexpr int kAttempts = 3; ///< at typing something that can be a PIN

/// One line, kept in secret memory.
struct Line {
    SecretBytes octets{kMaxLine};
    std::size_t size = 0;
    ByteView view() const { return octets.view().first(size); }
};

enum class ReadEnd { line, endOfInput, tooLong, interrupted, error };

/// Octet by octet: what stands behind the line is somebody else's. `signals`: a descriptor that becomes readable when a
/// signal waits, or -1.
ReadEnd readLine(int fd, int signals, Line& line) {
    for (;;) {
        std::array<pollfd, 2> waits{pollfd{fd, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
        if (::poll(waits.data(), signals < 0 ? 1 : 2, -1) < 0 && errno != EINTR)
            return ReadEnd::error;
        if (waits[1].revents != 0)
            return ReadEnd::interrupted;
        if (waits[0].revents == 0)
            continue;
        std::uint8_t octet = 0;
        const auto got = ::read(fd, &octet, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return ReadEnd::error;
        if (got == 0)
            return line.size == 0 ? ReadEnd::endOfInput : ReadEnd::line;
        if (octet == '\n')
            return ReadEnd::line;
        if (line.size == kMaxLine)
            return ReadEnd::tooLong;
        line.octets.edit()[line.size++] = octet;
    }
}

/// Keeps the signals that end or stop a program at a terminal waiting while it lives; afterwards they act as ever.
class HeldSignals {
public:
    HeldSignals() {
        sigset_t all;
        sigemptyset(&all);
        for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP})
            sigaddset(&all, signal);
        ::sigprocmask(SIG_BLOCK, &all, &before_);
        waiting_ = systemd::Fd{::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK)};
    }
    ~HeldSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    int fd() const { return waiting_.get(); }

private:
    sigset_t before_{};
    systemd::Fd waiting_;
};

/// Echo is off while it lives.
class WithoutEcho {
public:
    explicit WithoutEcho(int fd) : fd_{fd}, known_{::tcgetattr(fd, &before_) == 0} {
        if (!known_)
            return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ECHONL; // the end of the line is seen
        off_ = ::tcsetattr(fd, TCSAFLUSH, &silent) == 0;
    }
    ~WithoutEcho() {
        if (known_)
            ::tcsetattr(fd_, TCSADRAIN, &before_);
    }
    WithoutEcho(const WithoutEcho&) = delete;
    WithoutEcho& operator=(const WithoutEcho&) = delete;
    bool off() const { return off_; }

private:
    int fd_;
    termios before_{};
    bool known_;
    bool off_ = false;
};

Failure usage(std::string what) {
    return {Reason::usage, std::move(what), "type what the device shows, or write it as the first line of --pin-file"};
}

bool isBlank(std::uint8_t c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/// One line from the terminal; nothing when a signal came, which acts as soon as this has returned.
std::optional<ReadEnd> readSilently(int fd, Line& line) {
    const HeldSignals signals;
    const WithoutEcho silence{fd};
    if (!silence.off())
        return ReadEnd::error;
    const auto end = readLine(fd, signals.fd(), line);
    return end == ReadEnd::interrupted ? std::nullopt : std::optional{end};
}

} // namespace

Result<SharedSecret> parsePin(ByteView line) {
    while (!line.empty() && isBlank(line.front()))
        line = line.subspan(1);
    while (!line.empty() && isBlank(line.back()))
        line = line.first(line.size() - 1);
    const bool plain = std::ranges::all_of(line, [](std::uint8_t c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
    if (line.size() < kMinPin || line.size() > kMaxPin || !plain)
        return usage(fmt::format("a PIN has {} to {} digits and letters", kMinPin, kMaxPin));
    return shareSecret(line);
}

Result<SharedSecret> readPinFile(const std::string& file) {
    const systemd::Fd opened{file == "-" ? -1 : ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    if (file != "-" && !opened)
        return usage(fmt::format("cannot read {}: {}", file, std::strerror(errno)));
    Line line;
    switch (readLine(file == "-" ? STDIN_FILENO : opened.get(), -1, line)) {
    case ReadEnd::line:
        return parsePin(line.view());
    case ReadEnd::endOfInput:
        return usage(fmt::format("{} holds no PIN", file == "-" ? "standard input" : file));
    case ReadEnd::tooLong:
        return parsePin({});
    default:
        return usage(fmt::format("cannot read {}", file));
    }
}

Result<SharedSecret> askPinOnTerminal(int fd, std::string_view prompt) {
    for (int attempt = 1;; ++attempt) {
        fmt::print(stderr, "{} ", prompt);
        Line line;
        const auto end = readSilently(fd, line);
        if (!end) {
            --attempt; // stopped and continued, or the signal was ignored
            continue;
        }
        if (*end == ReadEnd::error || *end == ReadEnd::endOfInput)
            return Failure{Reason::limitReached, "no PIN was typed; the device still waits for an owner",
                           "ocf-obt own TARGET"};
        auto pin = parsePin(*end == ReadEnd::line ? line.view() : ByteView{});
        if (pin || attempt == kAttempts)
            return pin;
        fmt::print(stderr, "{}.\n", pin.failure().what);
    }
}

} // namespace ocfsecd::obt
