#include "base/coalescer.h"

#include <gtest/gtest.h>
#include <vector>

namespace ocfsecd {

namespace {

constexpr TimePoint kNow{1h};

struct Told {
    std::string item;
    std::size_t more;
    bool operator==(const Told&) const = default;
};

std::vector<Told> dueAt(Coalescer<std::string>& of, TimePoint now) {
    std::vector<Told> out;
    of.due(now, [&](const std::string& item, std::size_t more) { out.push_back({item, more}); });
    return out;
}

} // namespace

TEST(Coalescer, TellsTheFirstFewAndTheRestAsOne) {
    Coalescer<std::string> some{30s, 2};
    EXPECT_TRUE(some.admit("a", "many", "1", kNow));
    EXPECT_TRUE(some.admit("a", "many", "2", kNow));
    EXPECT_FALSE(some.admit("a", "many", "3", kNow));
    EXPECT_FALSE(some.admit("a", "many", "4", kNow + 1s));
    EXPECT_TRUE(some.admit("b", "many", "5", kNow + 1s)) << "another source";
    EXPECT_TRUE(dueAt(some, kNow + 29s).empty());
    EXPECT_EQ(some.deadline(), kNow + 30s);
    EXPECT_EQ(dueAt(some, kNow + 30s), (std::vector<Told>{{"4", 1}}));
    EXPECT_FALSE(some.admit("a", "many", "6", kNow + 31s)) << "a source that goes on is not new";
    EXPECT_EQ(dueAt(some, kNow + 60s), (std::vector<Told>{{"6", 0}}));
    EXPECT_TRUE(dueAt(some, kNow + 90s).empty());
    EXPECT_FALSE(some.deadline()) << "a silent one is forgotten";
    EXPECT_TRUE(some.admit("a", "many", "7", kNow + 91s));
}

TEST(Coalescer, AtTheEndNothingKeptIsLost) {
    Coalescer<std::string> some{30s, 1};
    EXPECT_TRUE(some.admit("a", "many", "1", kNow));
    EXPECT_TRUE(some.admit("b", "many", "2", kNow));
    EXPECT_FALSE(some.admit("a", "many", "3", kNow));
    EXPECT_FALSE(some.admit("a", "many", "4", kNow));
    std::vector<Told> out;
    some.flush([&](const std::string& item, std::size_t more) { out.push_back({item, more}); });
    EXPECT_EQ(out, (std::vector<Told>{{"4", 1}}));
    EXPECT_FALSE(some.deadline());
}

TEST(Coalescer, SourcesBeyondTheLimitAreOneCrowd) {
    Coalescer<std::string> some{30s};
    std::size_t told = 0;
    for (int i = 0; i < 1000; ++i)
        told += some.admit("source " + std::to_string(i), "many", "x", kNow) ? 1U : 0U;
    EXPECT_EQ(told, Coalescer<std::string>::kMaxSources + 1);
    EXPECT_EQ(dueAt(some, kNow + 30s), (std::vector<Told>{{"x", 1000 - told - 1}}));
    some.clear();
    EXPECT_FALSE(some.deadline());
}

} // namespace ocfsecd
