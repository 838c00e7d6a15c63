#include "systemd/loop.h"

#include "systemd/fd.h"

#include <csignal>
#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ocfsecd::systemd {
namespace {

TEST(Loop, RunsUntilQuitAndReturnsItsCode) {
    Loop loop;
    DeferSource quit{loop, [&] { loop.quit(7); }};
    quit.trigger();
    EXPECT_EQ(loop.run(), 7);
    EXPECT_TRUE(loop.quitting());
    EXPECT_FALSE(loop.turn(std::nullopt));
}

TEST(Loop, KeepsWhatACallbackThrowsAndThrowsItAgain) {
    Loop loop;
    bool later = false;
    DeferSource first{loop, [&] { throw std::runtime_error{"the cause"}; }};
    TimerSource second{loop, [&] { later = true; }};
    first.trigger();
    second.arm(loop.now() + 1h);
    try {
        loop.run();
        FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "the cause");
    }
    EXPECT_FALSE(later);
}

TEST(TimerSource, IsNeverEarlyAndKeepsTheOrderOfDeadlines) {
    Loop loop;
    const auto start = loop.now();
    std::string order;
    TimerSource late{loop, [&] {
                         order += "late";
                         EXPECT_GE(loop.now(), start + 30ms);
                         loop.quit();
                     }};
    TimerSource soon{loop, [&] {
                         order += "soon ";
                         EXPECT_GE(loop.now(), start + 10ms);
                     }};
    late.arm(start + 30ms);
    soon.arm(start + 10ms);
    loop.run();
    EXPECT_EQ(order, "soon late");
}

TEST(TimerSource, FiresOnceAndCanBeArmedFromItsOwnCallback) {
    Loop loop;
    int fired = 0;
    TimerSource timer;
    timer = TimerSource{loop, [&] {
                            if (++fired < 3)
                                timer.arm(loop.now());
                            else
                                loop.quit();
                        }};
    timer.arm(loop.now());
    loop.run();
    EXPECT_EQ(fired, 3);
}

TEST(TimerSource, IsDisarmedByNothing) {
    Loop loop;
    TimerSource never{loop, [] { FAIL() << "disarmed"; }};
    never.arm(loop.now());
    never.arm(std::nullopt);
    while (loop.turn(0ms))
        ;
}

TEST(IoSource, SaysWhichEventsAndFollowsSetEvents) {
    int raw[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, raw), 0);
    const Fd ours{raw[0]};
    const Fd theirs{raw[1]};
    Loop loop;
    std::uint32_t seen = 0;
    IoSource source{loop, ours.get(), EPOLLIN, [&](std::uint32_t events) { seen = events; }};
    EXPECT_FALSE(loop.turn(0ms)) << "nothing to read yet";
    ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
    ASSERT_TRUE(loop.turn(5s));
    EXPECT_EQ(seen, static_cast<std::uint32_t>(EPOLLIN));
    source.setEvents(EPOLLOUT);
    ASSERT_TRUE(loop.turn(5s));
    EXPECT_EQ(seen, static_cast<std::uint32_t>(EPOLLOUT));
}

TEST(Source, MayBeDestroyedByItsOwnCallback) {
    Loop loop;
    auto text = std::make_shared<std::string>("alive");
    std::unique_ptr<DeferSource> source;
    source = std::make_unique<DeferSource>(loop, [&, text] {
        source.reset();
        EXPECT_EQ(*text, "alive"); // the callback's own captures outlive the call (address sanitizer watches)
    });
    source->trigger();
    EXPECT_TRUE(loop.turn(5s));
    EXPECT_EQ(text.use_count(), 1);
}

TEST(Source, StopsWhenReplacedOrDestroyed) {
    Loop loop;
    DeferSource source{loop, [] { FAIL() << "replaced"; }};
    source.trigger();
    source = DeferSource{};
    {
        DeferSource gone{loop, [] { FAIL() << "destroyed"; }};
        gone.trigger();
    }
    EXPECT_FALSE(loop.turn(0ms));
}

TEST(SignalSource, TakesTheSignalFromTheProcess) {
    Loop loop;
    SignalSource source{loop, SIGUSR2, [&] { loop.quit(2); }};
    ASSERT_EQ(::kill(::getpid(), SIGUSR2), 0);
    EXPECT_EQ(loop.run(), 2);
}

TEST(PostSource, RunsAfterOthersRan) {
    Loop loop;
    std::string order;
    PostSource post{loop, [&] { order += " post"; }};
    DeferSource work{loop, [&] { order += "work"; }};
    EXPECT_FALSE(loop.turn(0ms));
    work.trigger();
    while (loop.turn(0ms))
        ;
    EXPECT_EQ(order, "work post");
}

} // namespace
} // namespace ocfsecd::systemd
