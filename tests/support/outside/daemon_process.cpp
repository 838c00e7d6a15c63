#include "outside/daemon_process.h"

#include "outside/bus_client.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ocfsecd::test::outside {

namespace {

/// What a daemon under sanitizers on a busy machine may take to its first answer.
constexpr int kStartPatienceMs = 60000;

/// Where the daemon says that it is ready (sd_notify(3)).
systemd::Fd notifySocket(const std::string& path) {
    systemd::Fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error{"no socket for the daemon's word"};
    return fd;
}

/// False when the process ends or says nothing for too long.
bool waitUntilReady(const systemd::Fd& notify, pid_t process) {
    const systemd::Fd life{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
    std::array<pollfd, 2> waits{pollfd{notify.get(), POLLIN, 0}, pollfd{life.get(), POLLIN, 0}};
    while (::poll(waits.data(), waits.size(), kStartPatienceMs) > 0 && waits[1].revents == 0) {
        std::array<char, 4096> said{};
        const auto size = ::recv(notify.get(), said.data(), said.size(), MSG_DONTWAIT);
        if (size > 0 &&
            std::string_view{said.data(), static_cast<std::size_t>(size)}.find("READY=1") != std::string_view::npos)
            return true;
    }
    return false;
}

} // namespace

DaemonProcess::DaemonProcess(std::shared_ptr<Yard> yard, const std::string& settings) : yard_{std::move(yard)} {
    std::filesystem::create_directory(stateDirectory());
    std::filesystem::permissions(stateDirectory(), std::filesystem::perms::owner_all);
    std::ofstream{directory_.path() / "conf"}
        << settings << "[TPM]\nTcti=" << tpm_.tcti() << "\n[Storage]\nDirectory=" << stateDirectory().string()
        << "\n[DBus]\nBus=" << yard_->bus().address() << "\n[Network]\nInterfaces=lan0\n";
    start();
}

DaemonProcess::~DaemonProcess() {
    if (running() && ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        ADD_FAILURE() << "the daemon ended by itself";
    }
    kill();
    if (testing::Test::HasFailure())
        fmt::print(stderr, "the daemon's log:\n{}\n", said());
}

void DaemonProcess::start() {
    const auto notifyPath = (directory_.path() / "notify").string();
    const auto notify = notifySocket(notifyPath);
    const auto config = (directory_.path() / "conf").string();
    const char* program = std::getenv("OCFSECD_DAEMON");
    const systemd::Fd log{::open((directory_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0)
        throw std::runtime_error{"fork"};
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that dies takes its daemon along
        if (::getppid() != parent || ::setns(yard_->daemonSide().get(), CLONE_NEWNET) != 0)
            ::_exit(127);
        ::dup2(log.get(), STDOUT_FILENO);
        ::dup2(log.get(), STDERR_FILENO);
        ::setenv("NOTIFY_SOCKET", notifyPath.c_str(), 1);
        ::execl(program, program, "--config", config.c_str(), nullptr);
        ::_exit(127);
    }
    if (!waitUntilReady(notify, pid_))
        throw std::runtime_error{"the daemon does not start: " + said()};
    BusClient{yard_->bus().address()}.waitForDaemon(); // it does not wait for the bus itself
}

void DaemonProcess::end(int signal) {
    if (!running())
        return;
    ::kill(pid_, signal);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (signal == SIGTERM) {
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the daemon's end: " << status;
    }
}

void DaemonProcess::kill() {
    end(SIGKILL);
}

void DaemonProcess::stop() {
    end(SIGTERM);
}

std::string DaemonProcess::said() const {
    std::stringstream out;
    out << std::ifstream{directory_.path() / "log"}.rdbuf();
    return out.str();
}

} // namespace ocfsecd::test::outside
