#include "tools/obt/home.h"

#include "temporary_directory.h"
#include "tools/obt/private_file.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

TEST(Home, MakesAnIdentityWithoutZeroOctetsAtFirstUseAndKeepsIt) {
    const TemporaryDirectory base;
    SystemRandom random;
    const auto first = Home::open(base.path() / "home", random);
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->identity().uuid.hasZeroOctet());
    EXPECT_FALSE(first->identity().uuid.isNil());
    const auto second = Home::open(base.path() / "home", random);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->identity().uuid, first->identity().uuid);
    EXPECT_EQ(second->identity().domain, first->identity().domain);
}

TEST(Home, TwoHomesAreTwoIdentities) {
    const TemporaryDirectory base;
    SystemRandom random;
    EXPECT_NE(Home::open(base.path() / "a", random)->identity().uuid,
              Home::open(base.path() / "b", random)->identity().uuid);
}

TEST(Home, OneOthersMayEnterIsRefused) {
    const TemporaryDirectory base;
    fs::permissions(base.path(), fs::perms::owner_all | fs::perms::others_read);
    SystemRandom random;
    EXPECT_EQ(Home::open(base.path(), random).failure().reason, Reason::configuration);
    EXPECT_TRUE(fs::is_empty(base.path())) << "nothing is written into it";
}

TEST(Home, ADamagedIdentityIsRefusedAndLeftAsItIs) {
    for (const auto* damage : {"", "{", "[]", R"({"version":2})", R"({"version":1,"uuid":"x","domain":"y"})",
                               R"({"version":1,"uuid":"00000000-0000-0000-0000-000000000000",)"
                               R"("domain":"00000000-0000-0000-0000-000000000000"})"}) {
        const TemporaryDirectory base;
        const auto file = base.path() / "identity.json";
        ASSERT_TRUE(writePrivateFile(file, viewOf(damage)));
        SystemRandom random;
        EXPECT_EQ(Home::open(base.path(), random).failure().reason, Reason::stateCorrupt) << damage;
        EXPECT_EQ(textOf(readPrivateFile(file)->view()), damage);
    }
}

TEST(Home, ALostIdentityWithKnownDevicesIsNotReplaced) {
    const TemporaryDirectory base;
    SystemRandom random;
    ASSERT_TRUE(Home::open(base.path(), random));
    fs::create_directory(base.path() / "subjects" / "x");
    fs::remove(base.path() / "identity.json");
    EXPECT_EQ(Home::open(base.path(), random).failure().reason, Reason::stateCorrupt);
    EXPECT_FALSE(fs::exists(base.path() / "identity.json"));
}

} // namespace ocfsecd::obt
