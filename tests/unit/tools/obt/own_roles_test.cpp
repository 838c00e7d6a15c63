#include "tools/obt/own_roles.h"

#include "support/certificates.h"
#include "temporary_directory.h"
#include "tools/obt/private_file.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

const Uuid kSelf = *Uuid::parse("33333333-3333-4333-8333-333333333333");
const svr::WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};

struct OwnRolesInAHome : ::testing::Test {
    svr::Certificate giving(std::string role, std::uint8_t serial, std::chrono::days lasts = std::chrono::days{30}) {
        auto spec = test::roleHolder(kSelf, {{std::move(role), std::nullopt}});
        spec.serial = {serial};
        spec.notAfter = kNow + lasts;
        return *svr::readCertificate(test::issue(spec, &root, key).der);
    }
    Result<std::vector<std::string>> find(const std::vector<std::string>& wanted) {
        return roles.find(wanted, key.publicKey(), kNow);
    }

    TemporaryDirectory home;
    OwnRoles roles{home.path()};
    test::Issued root = test::issue(test::authority("CN=Home root"));
    test::TestKey key;
};

} // namespace

TEST_F(OwnRolesInAHome, EachRoleIsFoundByItsNameAndTheOneThatLastsLongestIsTaken) {
    EXPECT_TRUE(find({})->empty()) << "nothing is wanted, nothing is needed";
    const auto soon = giving("watering", 1), late = giving("watering", 2, std::chrono::days{60});
    const auto other = giving("lighting", 3);
    for (const auto* each : {&soon, &late, &other})
        ASSERT_TRUE(roles.add(*each));
    EXPECT_EQ(*find({"watering"}), std::vector{svr::toPem(late.der)});
    EXPECT_EQ(*find({"lighting", "watering"}), (std::vector{svr::toPem(other.der), svr::toPem(late.der)}));
    EXPECT_EQ(fs::status(home.path() / "roles" / "02.pem").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(OwnRolesInAHome, OnesThatDoNotServeAreNotFound) {
    const auto missing = find({"watering"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.failure().reason, Reason::notFound);
    EXPECT_NE(missing.failure().what.find("watering"), std::string::npos);
    ASSERT_TRUE(roles.add(giving("watering", 1, std::chrono::days{-1})));
    EXPECT_FALSE(find({"watering"})) << "expired";
    const auto before = key;
    key = test::TestKey{};
    ASSERT_TRUE(roles.add(giving("watering", 2)));
    key = before;
    EXPECT_FALSE(find({"watering"})) << "for another key";
}

TEST_F(OwnRolesInAHome, ADamagedOneIsNamed) {
    ASSERT_TRUE(roles.add(giving("watering", 1)));
    ASSERT_TRUE(writePrivateFile(home.path() / "roles" / "01.pem", viewOf("hello")));
    const auto found = find({"watering"});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.failure().reason, Reason::stateCorrupt);
    EXPECT_NE(found.failure().what.find("01.pem"), std::string::npos);
}

} // namespace ocfsecd::obt
