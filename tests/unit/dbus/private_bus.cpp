#include "private_bus.h"

#include "systemd/fd.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sstream>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ocfsecd::test {

namespace fs = std::filesystem;

namespace {

std::string projectPolicy() {
    std::stringstream text;
    text << std::ifstream{OCFSECD_BUS_POLICY}.rdbuf();
    const auto* user = ::getpwuid(::geteuid());
    auto policy = text.str();
    const std::string owner = "<policy user=\"ocfsecd\">";
    if (const auto at = policy.find(owner); at != std::string::npos && user)
        policy.replace(at, owner.size(), fmt::format("<policy user=\"{}\">", user->pw_name));
    return policy;
}

// The holes are punched by the policy, as on the system bus.
constexpr const char* kClosed = R"(
    <deny own="*"/><deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="method_return"/>
    <allow receive_type="error"/><allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>)";
constexpr const char* kOpen =
    R"(<allow own="*"/><allow send_destination="*" eavesdrop="false"/><allow receive_sender="*"/>)";

std::vector<char*> argumentsOf(std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (auto& word : command)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    return arguments;
}

} // namespace

PrivateBus::PrivateBus(Policy policy) {
    std::string pattern = fs::temp_directory_path() / "ocfsecd-bus-XXXXXX";
    if (!::mkdtemp(pattern.data())) {
        problem_ = "no temporary directory";
        return;
    }
    directory_ = pattern;
    fs::permissions(directory_, fs::perms{0755}); // other users connect as well
    const bool project = policy == Policy::project;
    if (project)
        std::ofstream{directory_ / "policy.conf"} << projectPolicy();
    std::ofstream{directory_ / "bus.conf"} << fmt::format(
        R"(<busconfig><type>custom</type><listen>{}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/>{}</policy>{}</busconfig>)",
        address(), project ? kClosed : kOpen, project ? "<include>policy.conf</include>" : "");
    start();
}

PrivateBus::~PrivateBus() {
    kill();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

std::string PrivateBus::address() const {
    return "unix:path=" + (directory_ / "socket").string();
}

void PrivateBus::kill() {
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void PrivateBus::start() {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        problem_ = "no pipe";
        return;
    }
    const systemd::Fd ready{pipe[0]};
    systemd::Fd child{pipe[1]};
    std::vector<std::string> command{"dbus-daemon",       "--nofork",
                                     "--nopidfile",       "--nosyslog",
                                     "--print-address=3", "--config-file=" + (directory_ / "bus.conf").string()};
    const auto arguments = argumentsOf(command);
    const systemd::Fd log{::open((directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL); // leaves nothing behind when the test crashes
        ::dup2(child.get(), 3);
        ::dup2(log.get(), STDERR_FILENO);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    child = systemd::Fd{};
    std::array<char, 256> line{};
    if (::read(ready.get(), line.data(), line.size()) <= 0) // blocks until it listens
        problem_ = "dbus-daemon does not start";
}

Ran runBeside(systemd::Loop& loop, std::vector<std::string> command, uid_t user) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        return {};
    const systemd::Fd output{pipe[0]};
    systemd::Fd child{pipe[1]};
    const auto arguments = argumentsOf(command);
    const auto pid = ::fork();
    if (pid == 0) {
        ::dup2(child.get(), STDOUT_FILENO);
        ::dup2(child.get(), STDERR_FILENO);
        if (user != ::geteuid() && (::setgroups(0, nullptr) != 0 || ::setresuid(user, user, user) != 0))
            ::_exit(126);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    child = systemd::Fd{};
    Ran ran;
    bool done = false;
    systemd::IoSource source{loop, output.get(), EPOLLIN, [&](std::uint32_t) {
                                 std::array<char, 4096> buffer{};
                                 const auto size = ::read(output.get(), buffer.data(), buffer.size());
                                 if (size > 0)
                                     ran.output.append(buffer.data(), static_cast<std::size_t>(size));
                                 else
                                     done = true;
                             }};
    while (!done)
        loop.turn(std::nullopt);
    int status = -1;
    ::waitpid(pid, &status, 0);
    ran.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
}

bool turnUntil(systemd::Loop& loop, const std::function<bool()>& condition) {
    const auto giveUp = loop.now() + 30s;
    while (!condition()) {
        if (loop.now() > giveUp)
            return false;
        loop.turn(100ms);
    }
    return true;
}

} // namespace ocfsecd::test
