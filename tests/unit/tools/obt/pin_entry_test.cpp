#include "tools/obt/pin_entry.h"

#include "temporary_directory.h"

#include <atomic>
#include <fstream>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace ocfsecd::obt {

namespace {

std::string textOf(const Result<SharedSecret>& pin) {
    return pin ? std::string{ocfsecd::textOf((*pin)->view())} : "refused: " + pin.failure().what;
}

/// A pseudo-terminal: what is typed goes in at `master`.
struct Terminal {
    Terminal() { EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0); }
    ~Terminal() {
        ::close(master);
        ::close(slave);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    bool echoes() const {
        termios now{};
        return ::tcgetattr(slave, &now) == 0 && (now.c_lflag & ECHO) != 0;
    }
    void type(std::string_view text) const {
        EXPECT_EQ(::write(master, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    /// What is answered to the question. Types `first` as soon as nothing is echoed, then `second`, if any, again and
    /// again: each question throws away what was typed before it. Once only: what was typed last may still be on its
    /// way.
    Result<SharedSecret> ask(std::string_view first, std::string_view second = {}) {
        std::atomic<bool> answered = false;
        std::thread typist{[&] {
            while (echoes() && !answered)
                std::this_thread::yield();
            type(first);
            while (!answered && !second.empty()) {
                std::this_thread::sleep_for(std::chrono::milliseconds{10});
                type(second);
            }
        }};
        auto pin = askPinOnTerminal(slave, "PIN:");
        answered = true;
        typist.join();
        return pin;
    }
    int master = -1, slave = -1;
};

} // namespace

TEST(Pin, IsFourToThirtyTwoDigitsAndLetters) {
    const auto parsed = [](std::string_view text) { return textOf(parsePin(viewOf(text))); };
    EXPECT_EQ(parsed("12345678"), "12345678");
    EXPECT_EQ(parsed(" 12345678\r"), "12345678");
    EXPECT_EQ(parsed("aB3x"), "aB3x");
    EXPECT_EQ(parsed(std::string(32, '7')), std::string(32, '7'));
    for (const auto& bad : {std::string{}, std::string{"123"}, std::string(33, '7'), std::string{"1234 5678"},
                            std::string{"1234\x1b"}, std::string("1234\0", 5), std::string{"12ä34"}}) {
        const auto pin = parsePin(viewOf(bad));
        ASSERT_FALSE(pin) << bad;
        EXPECT_EQ(pin.failure().reason, Reason::usage);
        EXPECT_EQ(pin.failure().what.find("5678"), std::string::npos) << "what was typed is not repeated";
    }
}

TEST(PinFile, ItsFirstLineIsThePin) {
    const TemporaryDirectory directory;
    const auto file = (directory.path() / "pin").string();
    std::ofstream{file} << "87654321\nnot this\n";
    EXPECT_EQ(textOf(readPinFile(file)), "87654321");
    std::ofstream{file} << "87654321";
    EXPECT_EQ(textOf(readPinFile(file)), "87654321") << "without a line feed";
}

TEST(PinFile, MayBeAPipeThatIsFilledLater) {
    const TemporaryDirectory directory;
    const auto file = (directory.path() / "pipe").string();
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    std::thread shows{[&] { std::ofstream{file} << "24681357\n"; }};
    EXPECT_EQ(textOf(readPinFile(file)), "24681357");
    shows.join();
}

TEST(PinFile, EachUnusableOneIsRefused) {
    const TemporaryDirectory directory;
    const auto file = (directory.path() / "pin").string();
    EXPECT_NE(textOf(readPinFile(file)).find("cannot read"), std::string::npos);
    std::ofstream{file}.flush();
    EXPECT_NE(textOf(readPinFile(file)).find("holds no PIN"), std::string::npos);
    for (const auto* bad : {"\n", "12\n", "1234-5678\n"}) {
        std::ofstream{file} << bad;
        EXPECT_EQ(readPinFile(file).failure().reason, Reason::usage) << bad;
    }
    EXPECT_FALSE(readPinFile("/dev/zero"));
    EXPECT_FALSE(readPinFile(directory.path()));
}

TEST(PinOnTheTerminal, IsNotEchoedAndTheTerminalIsAsBefore) {
    Terminal terminal;
    EXPECT_EQ(textOf(terminal.ask("12345678\n")), "12345678");
    EXPECT_TRUE(terminal.echoes());
    std::string echoed(64, '\0');
    echoed.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(terminal.master, echoed.data(), 64))));
    EXPECT_EQ(echoed, "\r\n") << "only the end of the line is seen";
}

TEST(PinOnTheTerminal, ASlipOfTheFingerMayBeMended) {
    Terminal terminal;
    EXPECT_EQ(textOf(terminal.ask("123\n", "12345678\n")), "12345678");
    Terminal another;
    EXPECT_EQ(another.ask("1\n", "2\n").failure().reason, Reason::usage);
    EXPECT_TRUE(another.echoes());
}

TEST(PinOnTheTerminal, TheEndOfInputIsNoPin) {
    Terminal terminal;
    EXPECT_EQ(terminal.ask("\x04").failure().reason, Reason::limitReached);
}

TEST(PinOnTheTerminal, WhatIsNoTerminalIsNotRead) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    EXPECT_EQ(askPinOnTerminal(ends[0], "PIN:").failure().reason, Reason::limitReached);
    ::close(ends[0]);
    ::close(ends[1]);
}

} // namespace ocfsecd::obt
