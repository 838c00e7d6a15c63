// A bus that hangs must hold nobody up.

#include "service_fixture.h"

#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>

namespace ocfsecd::dbus {
namespace {

/// Takes connections and never answers.
class SilentBus {
public:
    SilentBus() {
        std::string pattern = std::filesystem::temp_directory_path() / "ocfsecd-silent-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        const auto path = (directory_ / "bus").string();
        std::memcpy(name.sun_path, path.data(), path.size());
        socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
        EXPECT_EQ(::listen(socket_, 8), 0);
    }
    ~SilentBus() {
        ::close(socket_); // whoever still waits is let go
        std::filesystem::remove_all(directory_);
    }
    SilentBus(const SilentBus&) = delete;
    SilentBus& operator=(const SilentBus&) = delete;
    std::string address() const { return "unix:path=" + (directory_ / "bus").string(); }

private:
    std::filesystem::path directory_;
    int socket_ = -1;
};

TEST(HangingBus, IsReportedAndNeverHoldsTheLoopUp) {
    std::vector<std::string> said;
    const auto former = journal::setSink([&](const journal::Entry& entry) { said.push_back(entry.text); });
    {
        const SilentBus bus;
        systemd::Loop loop;
        auto last = loop.now();
        Duration longest{};
        systemd::TimerSource heart;
        heart = systemd::TimerSource{loop, [&] {
                                         longest =
                                             std::max(longest, std::chrono::duration_cast<Duration>(loop.now() - last));
                                         last = loop.now();
                                         heart.arm(last + 20ms);
                                     }};
        heart.arm(last);
        Service service{loop, bus.address(), {}};
        service.publish(0, DeviceView{});
        EXPECT_TRUE(test::turnUntil(loop, [&] { return !said.empty(); }));
        EXPECT_FALSE(service.onBus());
        EXPECT_LT(longest, 2s) << "the library would have waited for 25 s and more";
    }
    EXPECT_EQ(said, std::vector<std::string>{"no message bus: the bus accepts connections and does not answer"});
    journal::setSink(former);
}

} // namespace
} // namespace ocfsecd::dbus
