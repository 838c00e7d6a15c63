#include "loopback_device.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace ocfsecd::test {

namespace {

/// 127.64.0.0/10 by the process and a counter.
Address ownHost() {
    static std::atomic<unsigned> made = 0;
    const auto number = (static_cast<unsigned>(::getpid()) << 4) + made++ % 16;
    return Address::v4({127, static_cast<std::uint8_t>(64 | ((number >> 16) & 63)),
                        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)},
                       0);
}

sockaddr_in socketAddress(const Address& address) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(address.port());
    ::inet_pton(AF_INET, address.host().c_str(), &out.sin_addr);
    return out;
}

/// What programs of this machine are to the device: a neighbour on its own network, with their port.
Address neighbourOf(const Address& device) {
    std::array<std::uint8_t, 4> octets{};
    std::ranges::copy(device.octets(), octets.begin());
    octets.back() ^= 1;
    return Address::v4(octets, 0);
}

} // namespace

/// Everybody but the device: what it sends leaves by its sockets.
class LoopbackDevice::Outside final : public Host {
public:
    explicit Outside(const Address& host) : host_{host} {
        for (std::size_t at = 0; at < sockets_.size(); ++at) {
            sockets_[at] = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            const auto local = socketAddress(portOf(at));
            if (::bind(sockets_[at], reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0)
                throw std::runtime_error{"the loopback address is taken"};
        }
    }
    ~Outside() override {
        for (const int fd : sockets_)
            ::close(fd);
    }
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

    void wait(int milliseconds) const {
        std::array<pollfd, 2> all{pollfd{sockets_[0], POLLIN, 0}, pollfd{sockets_[1], POLLIN, 0}};
        ::poll(all.data(), all.size(), milliseconds);
    }
    void collect(Network& network) const {
        std::array<std::uint8_t, 65536> buffer;
        for (std::size_t at = 0; at < sockets_.size(); ++at) {
            sockaddr_in from{};
            socklen_t size = sizeof from;
            for (;;) {
                const auto got = ::recvfrom(sockets_[at], buffer.data(), buffer.size(), MSG_DONTWAIT,
                                            reinterpret_cast<sockaddr*>(&from), &size);
                if (got < 0)
                    break;
                network.send({neighbourOf(host_).withPort(ntohs(from.sin_port)), portOf(at),
                              copyOf(ByteView{buffer}.first(static_cast<std::size_t>(got)))});
            }
        }
    }

    bool hears(const Address& to) const override { return to.withPort(0) != host_; }
    void receive(const Packet& packet) override {
        const auto to = socketAddress(Address::v4({127, 0, 0, 1}, packet.to.port()));
        (void)::sendto(sockets_[packet.from.port() == kSecurePort ? 1 : 0], packet.octets.data(), packet.octets.size(),
                       0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    void tick() override {}
    std::optional<TimePoint> deadline() const override { return std::nullopt; }

private:
    Address portOf(std::size_t at) const { return host_.withPort(at == 0 ? kClearPort : kSecurePort); }
    Address host_;
    std::array<int, 2> sockets_{-1, -1};
};

LoopbackDevice::LoopbackDevice(ocf::DeviceSettings settings, std::uint64_t seed)
    : host_{ownHost()}, device_{network_, std::move(settings), seed, host_} {
    outside_ = std::make_unique<Outside>(host_);
    network_.attach(*outside_);
    thread_ = std::thread{[this] { run(); }};
}

LoopbackDevice::~LoopbackDevice() {
    ending_ = true;
    thread_.join();
    network_.detach(*outside_);
}

void LoopbackDevice::run() {
    auto last = std::chrono::steady_clock::now();
    while (!ending_) {
        outside_->wait(5);
        const std::lock_guard lock{mutex_};
        const auto now = std::chrono::steady_clock::now();
        outside_->collect(network_);
        network_.advance(std::chrono::duration_cast<Duration>(now - last));
        network_.trace.clear();
        last += std::chrono::duration_cast<Duration>(now - last);
    }
}

bool LoopbackDevice::until(const std::function<bool(SimDevice&)>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!with(done)) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

} // namespace ocfsecd::test
