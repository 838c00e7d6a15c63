// Power goes at every step: what is found afterwards is the old or the new state, never an error.

#include "bench.h"
#include "support/tcti_tap.h"

#include <csignal>
#include <gtest/gtest.h>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

namespace ocfsecd::test {
namespace {

struct Act {
    std::string name;
    std::function<void(store::Store&)> prepare;
    std::function<void(store::Store&)> act;
    std::set<std::string> allowed;
    std::string after; ///< when nothing interrupts
};

const std::vector<Act>& acts() {
    static const std::vector<Act> all{
        {"the first commit on a new TPM",
         [](store::Store&) {},
         [](store::Store& on) { must(on.commit(0, viewOf("new"), true)); },
         {"unowned", "owned new"},
         "owned new"},
        {"the first commit of the second ownership",
         [](store::Store& on) {
             must(on.commit(0, viewOf("previous owner"), true));
             must(on.finishReset(0));
         },
         [](store::Store& on) { must(on.commit(0, viewOf("new"), true)); },
         {"unowned", "owned new"},
         "owned new"},
        {"a transition",
         [](store::Store& on) { must(on.commit(0, viewOf("old"), true)); },
         [](store::Store& on) { must(on.commit(0, viewOf("new"), true)); },
         {"owned old", "owned new"},
         "owned new"},
        {"a commit without a transition",
         [](store::Store& on) { must(on.commit(0, viewOf("old"), true)); },
         [](store::Store& on) { must(on.commit(0, viewOf("new"), false)); },
         {"owned old", "owned new"},
         "owned new"},
        {"the mark of a reset",
         [](store::Store& on) { must(on.commit(0, viewOf("old"), true)); },
         [](store::Store& on) { must(on.markResetting(0)); },
         {"owned old", "resetting"},
         "resetting"},
        {"a marked reset",
         [](store::Store& on) {
             must(on.commit(0, viewOf("old"), true));
             must(on.markResetting(0));
         },
         [](store::Store& on) { must(on.finishReset(0)); },
         {"resetting", "unowned"},
         "unowned"},
        {"a local reset",
         [](store::Store& on) { must(on.commit(0, viewOf("old"), true)); },
         [](store::Store& on) { must(on.localReset(0)); },
         {"owned old", "resetting", "unowned"},
         "unowned"},
    };
    return all;
}

/// Runs `act` in a process that `arm` may kill on the way; false when it was killed.
bool survived(Bench& on, const Act& act, std::function<void(TctiTap&)> armTpm, std::function<void()> armSteps) {
    on.down();
    const auto child = ::fork();
    if (child == 0) {
        TctiTap tap{on.tcti()};
        auto tpm = tpm::Tpm::openOn(tap.context(), {});
        if (!tpm)
            ::_exit(2);
        store::Store store{on.directory(), **tpm};
        armTpm(tap);
        armSteps();
        try {
            act.act(store);
        } catch (const std::exception&) {
            ::_exit(3);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    on.up();
    if (WIFEXITED(status)) {
        EXPECT_EQ(WEXITSTATUS(status), 0) << act.name;
    }
    return WIFEXITED(status);
}

/// Life goes on from wherever the crash left it.
void expectUsable(Bench& on) {
    if (on.found() == "resetting")
        must(on.store().finishReset(0));
    const auto sealed = on.store().seal(0, SecretBytes{viewOf("sixteen octets!!")});
    ASSERT_TRUE(sealed) << sealed.failure().what;
    must(on.store().commit(0, viewOf("and on"), true));
    on.restart();
    EXPECT_EQ(on.found(), "owned and on");
    EXPECT_TRUE(on.store().unseal(0, *sealed));
    must(on.store().finishReset(0));
    on.restart();
    EXPECT_EQ(on.found(), "unowned");
    EXPECT_TRUE(on.files().empty());
}

TEST(Crash, AtEveryDurableStepLeavesTheOldOrTheNewState) {
    std::set<std::string> killedAt;
    for (const auto& act : acts()) {
        for (int kill = 1;; ++kill) {
            ASSERT_LT(kill, 50) << act.name;
            Bench on;
            act.prepare(on.store());
            int pipe[2];
            ASSERT_EQ(::pipe(pipe), 0);
            const bool whole = survived(
                on, act, [](TctiTap&) {},
                [&] {
                    store::Store::beforeStep = [count = 0, kill, out = pipe[1]](std::string_view step) mutable {
                        if (++count != kill)
                            return;
                        (void)!::write(out, step.data(), step.size());
                        ::raise(SIGKILL);
                    };
                });
            ::close(pipe[1]);
            char name[32] = {};
            (void)!::read(pipe[0], name, sizeof name - 1);
            ::close(pipe[0]);
            if (!whole)
                killedAt.insert(name);
            const auto found = on.found();
            EXPECT_TRUE(act.allowed.count(found) != 0) << act.name << ", killed at " << name << ": " << found;
            on.restart();
            EXPECT_EQ(on.found(), found) << act.name << ", killed at " << name;
            expectUsable(on);
            if (whole) {
                EXPECT_EQ(found, act.after);
                break;
            }
        }
    }
    EXPECT_EQ(killedAt, (std::set<std::string>{"define", "epoch", "fsync", "fsync-dir", "increment", "rename", "unlink",
                                               "write"}));
}

TEST(Crash, AfterEveryTpmCommandLeavesTheOldOrTheNewState) {
    for (const auto& act : acts()) {
        for (int kill = 1;; ++kill) {
            ASSERT_LT(kill, 200) << act.name;
            Bench on;
            act.prepare(on.store());
            const bool whole = survived(
                on, act,
                [kill](TctiTap& tap) {
                    tap.onResponse = [count = 0, kill](std::uint32_t, Bytes&) mutable {
                        if (++count == kill)
                            ::raise(SIGKILL);
                    };
                },
                [] {});
            const auto found = on.found();
            EXPECT_TRUE(act.allowed.count(found) != 0)
                << act.name << ", killed after command " << kill << ": " << found;
            if (kill % 5 == 0) // each crash point is looked at; going on from every fifth is enough
                expectUsable(on);
            if (whole)
                break;
        }
    }
}

TEST(Crash, InAnOperatorsResetOfAnUnreadableStateIsRepeated) {
    for (int kill = 1;; ++kill) {
        ASSERT_LT(kill, 20);
        Bench on;
        must(on.store().commit(0, viewOf("old"), true));
        on.setContent("garbage");
        const Act reset{"a local reset", {}, [](store::Store& store) { must(store.localReset(0)); }, {}, {}};
        const bool whole = survived(
            on, reset, [](TctiTap&) {},
            [&] {
                store::Store::beforeStep = [count = 0, kill](std::string_view) mutable {
                    if (++count == kill)
                        ::raise(SIGKILL);
                };
            });
        const auto found = on.found();
        EXPECT_TRUE(found == "state-corrupt" || found == "state-missing" || found == "unowned") << found;
        must(on.store().localReset(0));
        EXPECT_EQ(on.found(), "unowned");
        EXPECT_EQ(on.files().size(), 1U); // what could not be read
        std::filesystem::remove(on.directory() / on.files().front());
        expectUsable(on);
        if (whole)
            break;
    }
}

} // namespace
} // namespace ocfsecd::test
