// The program itself with a person at its terminal.
#include "device_fixture.h"
#include "tools/obt/exit_code.h"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>

namespace ocfsecd::obt {

namespace {

class AtTheTerminal : public OnLoopback {
protected:
    ~AtTheTerminal() override {
        if (child > 0) {
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
        }
        if (master >= 0)
            ::close(master);
    }
    void run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {OCF_OBT, "--home", (directory.path() / "home").string()});
        arguments.push_back("coap://" + device.clear().text());
        std::vector<char*> argv;
        for (auto& argument : arguments)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        screen.clear();
        // The program lets nobody look into it but root; a sanitizer's search for leaks at its end would fail.
        if (::geteuid() != 0)
            ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
        child = ::forkpty(&master, nullptr, nullptr, nullptr);
        if (child == 0) {
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
    }
    /// Reads the screen until it says so; false when the program ends before.
    bool sees(std::string_view text) {
        std::array<char, 512> buffer;
        while (screen.find(text) == std::string::npos) {
            pollfd wait{master, POLLIN, 0};
            if (::poll(&wait, 1, 20000) <= 0)
                return false;
            const auto got = ::read(master, buffer.data(), buffer.size());
            if (got <= 0)
                return false;
            screen.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return true;
    }
    /// Waits for the question, and until what is typed is no longer echoed.
    bool isAskedForThePin() {
        if (!sees("PIN that"))
            return false;
        termios now{};
        while (::tcgetattr(master, &now) == 0 && (now.c_lflag & ECHO) != 0)
            std::this_thread::yield();
        return true;
    }
    void type(const std::string& text) {
        EXPECT_EQ(::write(master, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    int status() {
        static_cast<void>(sees("\x01 never shown"));
        int out = 0;
        ::waitpid(child, &out, 0);
        child = -1;
        ::close(std::exchange(master, -1));
        return out;
    }
    int exitCode() {
        const auto ended = status();
        return WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    }

    pid_t child = -1;
    int master = -1;
    std::string screen;
};

} // namespace

TEST_F(AtTheTerminal, ThePinIsTypedUnseenAndOwns) {
    run({"own", "--operational"});
    ASSERT_TRUE(isAskedForThePin()) << screen;
    const auto pin = shownPin();
    ASSERT_EQ(pin.size(), 8U);
    type(pin + "\n");
    EXPECT_EQ(exitCode(), 0) << screen;
    EXPECT_EQ(screen.find(pin), std::string::npos) << "nobody looking over the shoulder reads it";
    EXPECT_NE(screen.find("Method: random-pin"), std::string::npos) << screen;
    EXPECT_NE(screen.find("manufacturer-certificate, which is stronger"), std::string::npos) << screen;
    EXPECT_EQ(device.with([](test::SimDevice& it) { return it.dos(); }), test::kRfnop);
}

TEST_F(AtTheTerminal, AWrongPinEndsWithItsExitCodeAndTheDeviceCanBeOwnedAfterwards) {
    const auto former = temporary();
    run({"own"});
    ASSERT_TRUE(isAskedForThePin()) << screen;
    type("00000000\n");
    EXPECT_EQ(exitCode(), static_cast<int>(Exit::authentication)) << screen;
    EXPECT_NE(screen.find("wrong PIN"), std::string::npos) << screen;
    EXPECT_NE(screen.find("next: "), std::string::npos) << screen;
    ASSERT_TRUE(device.until([&](test::SimDevice& it) {
        return it.dos() == test::kRfotm && !it.device().pending() && it.state().doxm.deviceuuid != former;
    }));
    run({"own"});
    ASSERT_TRUE(isAskedForThePin()) << screen;
    type(shownPin() + "\n");
    EXPECT_EQ(exitCode(), 0) << screen;
}

TEST_F(AtTheTerminal, AnInterruptedQuestionLeavesTheEchoOn) {
    run({"own"});
    ASSERT_TRUE(isAskedForThePin()) << screen;
    const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY); // the terminal stays after the program
    ASSERT_GE(slave, 0);
    type("\x03");
    int ended = 0;
    ASSERT_EQ(::waitpid(child, &ended, 0), child);
    child = -1;
    EXPECT_TRUE(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGINT) << ended;
    termios now{};
    ASSERT_EQ(::tcgetattr(slave, &now), 0);
    EXPECT_NE(now.c_lflag & ECHO, 0U);
    ::close(slave);
    EXPECT_EQ(device.with([](test::SimDevice& it) { return it.dos(); }), test::kRfotm);
}

TEST_F(AtTheTerminal, AMakersRootMakesTheStrongestMethodTheChosenOne) {
    run({"own", "--trust", rootFile()});
    EXPECT_EQ(exitCode(), 0) << screen;
    EXPECT_NE(screen.find("Method: manufacturer-certificate; its maker certified it as \"Gateway 0815\""),
              std::string::npos)
        << screen;
}

TEST_F(AtTheTerminal, AMethodThatIsNotServedIsRefusedBeforeTheDeviceIsTold) {
    run({"own", "--method", "manufacturer-certificate"});
    EXPECT_EQ(exitCode(), static_cast<int>(Exit::usage)) << screen;
    EXPECT_NE(screen.find("--trust FILE"), std::string::npos) << screen;
    EXPECT_EQ(device.with([](test::SimDevice& it) { return it.state().doxm.oxmsel; }), svr::oxm::self);
}

} // namespace ocfsecd::obt
