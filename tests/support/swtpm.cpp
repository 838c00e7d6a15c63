#include "support/swtpm.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace ocfsecd::test {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_{fd} {
        if (fd < 0)
            fail("socket");
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

sockaddr_un addressOf(const std::string& path) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    if (path.size() >= sizeof out.sun_path)
        throw std::length_error{"the temporary directory's path is too long for a socket"};
    std::memcpy(out.sun_path, path.c_str(), path.size() + 1);
    return out;
}

/// swtpm answers on its control channel only once its main loop runs, and then its TPM socket listens too.
void waitUntilItAnswers(const std::string& control) {
    const Descriptor client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = addressOf(control);
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("connect to swtpm");
    const std::array<std::uint8_t, 4> getCapability{0, 0, 0, 1};
    if (::write(client.get(), getCapability.data(), getCapability.size()) != 4)
        fail("write to swtpm");
    std::array<std::uint8_t, 8> answer{};
    if (::read(client.get(), answer.data(), answer.size()) <= 0)
        throw std::runtime_error{"swtpm did not start"};
}

} // namespace

TempDir::TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "ocfsecd-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        fail("mkdtemp");
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Swtpm::Swtpm() {
    std::filesystem::create_directory(dir_.path() / "state");
    start();
}

Swtpm::~Swtpm() {
    kill();
}

std::string Swtpm::tcti() const {
    return "swtpm:path=" + (dir_.path() / "s").string();
}

void Swtpm::start() {
    const auto socket = (dir_.path() / "s").string();
    const auto control = socket + ".ctrl";
    ::unlink(socket.c_str());
    ::unlink(control.c_str());
    // The control socket is made here, so that connecting to it waits for swtpm without polling.
    const Descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = addressOf(control);
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), 4) != 0)
        fail("listen for swtpm's control channel");

    const auto state = "dir=" + (dir_.path() / "state").string();
    const auto server = "type=unixio,path=" + socket + ",disconnect";
    const auto ctrl = "type=unixio,fd=" + std::to_string(listener.get());
    const auto log = "file=" + (dir_.path() / "log").string();
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0)
        fail("fork");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that dies takes its TPM along
        if (::getppid() != parent)
            ::_exit(127);
        ::fcntl(listener.get(), F_SETFD, 0);
        // swtpm says on stderr when a client goes; a test log is for the test.
        const int null = ::open("/dev/null", O_RDWR);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
        ::execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state.c_str(), "--server", server.c_str(),
                 "--ctrl", ctrl.c_str(), "--flags", "not-need-init,startup-clear", "--log", log.c_str(), nullptr);
        ::_exit(127);
    }
    waitUntilItAnswers(control);
}

void Swtpm::kill() {
    if (pid_ < 0)
        return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

} // namespace ocfsecd::test
