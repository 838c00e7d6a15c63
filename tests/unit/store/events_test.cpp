// The auditable events on the disk, beside the snapshot.

#include "bench.h"

#include <fstream>
#include <gtest/gtest.h>

namespace ocfsecd::test {
namespace {

using Files = std::vector<std::string>;

/// The list as text, "none" or the failure's name.
std::string eventsOf(Bench& on, unsigned device = 0) {
    const auto loaded = on.store().loadEvents(device);
    if (!loaded)
        return std::string{nameOf(loaded.failure().reason)};
    return *loaded ? std::string{textOf(**loaded)} : "none";
}

std::string octetsOf(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void put(const std::filesystem::path& path, const std::string& octets) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << octets;
}

std::filesystem::path pathOf(const Bench& on) {
    return on.directory() / "device-0.events";
}

TEST(StoredEvents, AnUnownedDeviceWritesNone) {
    Bench on;
    EXPECT_EQ(outcomeOf(on.store().commitEvents(0, viewOf("list"))), "ok");
    EXPECT_TRUE(on.files().empty());
    EXPECT_EQ(eventsOf(on), "none");
}

TEST(StoredEvents, AreThereAfterARestartAndNotReadable) {
    Bench on;
    must(on.store().commit(0, viewOf("state"), true));
    const auto writes = on.tpm().nvWrites();
    must(on.store().commitEvents(0, viewOf("who was here")));
    EXPECT_EQ(on.tpm().nvWrites(), writes) << "no NV write for an event";
    EXPECT_EQ(octetsOf(pathOf(on)).find("who was here"), std::string::npos);
    on.restart();
    EXPECT_EQ(eventsOf(on), "who was here");
    EXPECT_EQ(on.found(), "owned state");
    must(on.store().commit(0, viewOf("state 2"), true));
    must(on.store().commitEvents(0, viewOf("and now")));
    on.restart();
    EXPECT_EQ(on.found(), "owned state 2");
    EXPECT_EQ(eventsOf(on), "and now");
}

TEST(StoredEvents, AResetRemovesThemFirst) {
    Bench on;
    must(on.store().commit(0, viewOf("state"), true));
    must(on.store().commitEvents(0, viewOf("list")));
    const auto old = octetsOf(pathOf(on));
    must(on.store().markResetting(0));
    EXPECT_EQ(outcomeOf(on.store().commitEvents(0, viewOf("late"))), "ok");
    EXPECT_EQ(eventsOf(on), "none") << "marked: nothing is written nor read any more";
    EXPECT_EQ(octetsOf(pathOf(on)), old);
    must(on.store().finishReset(0));
    EXPECT_TRUE(on.files().empty());

    // A copy of them means nothing to the next owner.
    must(on.store().commit(0, viewOf("state"), true));
    put(pathOf(on), old);
    on.restart();
    EXPECT_EQ(eventsOf(on), "state-corrupt");
}

TEST(StoredEvents, WhatIsDamagedGoesAsideAndHurtsNothingElse) {
    Bench on;
    must(on.store().commit(0, viewOf("state"), true));
    must(on.store().commitEvents(0, viewOf("list")));
    const auto good = octetsOf(pathOf(on));
    for (const auto& bad : {std::string{}, std::string{"rubbish"}, good.substr(0, good.size() - 1), good + "x",
                            [&] {
                                auto flipped = good;
                                flipped.back() = static_cast<char>(flipped.back() ^ 1);
                                return flipped;
                            }(),
                            std::string(100'000, 'x')}) {
        put(pathOf(on), bad);
        on.restart();
        EXPECT_EQ(on.found(), "owned state");
        EXPECT_EQ(eventsOf(on), "state-corrupt");
        EXPECT_FALSE(std::filesystem::exists(pathOf(on)));
        EXPECT_EQ(eventsOf(on), "none");
        must(on.store().commitEvents(0, viewOf("anew")));
        EXPECT_EQ(eventsOf(on), "anew");
    }
    EXPECT_EQ(on.files().size(), 2U + 6U) << "each damaged one is kept";
}

TEST(StoredEvents, AnotherDevicesFileIsNotTaken) {
    Bench on;
    for (const unsigned device : {0U, 1U})
        must(on.store().commit(device, viewOf("state"), true));
    must(on.store().commitEvents(1, viewOf("of the neighbour")));
    std::filesystem::copy_file(on.directory() / "device-1.events", pathOf(on));
    EXPECT_EQ(eventsOf(on, 0), "state-corrupt");
    EXPECT_EQ(eventsOf(on, 1), "of the neighbour");
}

TEST(StoredEvents, GoAsideWithAStateThatIsGivenUp) {
    Bench on;
    must(on.store().commit(0, viewOf("state"), true));
    must(on.store().commitEvents(0, viewOf("list")));
    on.setContent("rubbish");
    on.restart();
    EXPECT_EQ(on.found(), "state-corrupt");
    EXPECT_EQ(outcomeOf(on.store().localReset(0)), "ok");
    EXPECT_FALSE(std::filesystem::exists(pathOf(on)));
    EXPECT_EQ(on.files().size(), 2U);
}

} // namespace
} // namespace ocfsecd::test
