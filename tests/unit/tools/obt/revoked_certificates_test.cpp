#include "tools/obt/revoked_certificates.h"

#include "support/certificates.h"
#include "temporary_directory.h"
#include "tools/obt/private_file.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

const svr::WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};

struct RevokedInAHome : ::testing::Test {
    TemporaryDirectory home;
    SystemRandom random;
    Authority authority = *Authority::create(home.path(), "Garden CA", kNow, random);
    RevokedCertificates revoked{home.path()};
    std::filesystem::path file = RevokedCertificates::fileIn(home.path());
    Result<KeptList> add(Bytes serial, std::int64_t above = 0) {
        return revoked.add(authority, {{std::move(serial), kNow}}, kNow, above);
    }
};

} // namespace

TEST_F(RevokedInAHome, NothingIsBeforeTheFirst) {
    EXPECT_EQ(*revoked.list(authority.root()), std::nullopt);
    EXPECT_EQ(*revokedBy(home.path()), std::nullopt);
    const TemporaryDirectory empty;
    EXPECT_EQ(*revokedBy(empty.path()), std::nullopt) << "without a CA";
}

TEST_F(RevokedInAHome, TheListIsTheCasAndGrowsByNumber) {
    const auto first = add({0x80, 1});
    ASSERT_TRUE(first) << first.failure().what;
    EXPECT_EQ(first->number(), 1);
    EXPECT_TRUE(first->list.signedBy(authority.root()));
    EXPECT_EQ(first->list.thisUpdate, kNow);
    EXPECT_EQ(first->list.revoked, (std::vector<svr::RevokedCertificate>{{{0x80, 1}, kNow}}));
    const Bytes positive{0x02, 0x03, 0x00, 0x80, 0x01}; // as the certificate has it, not as a negative number
    EXPECT_NE(std::search(first->der.begin(), first->der.end(), positive.begin(), positive.end()), first->der.end());
    const auto second = add({0x07});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->number(), 2);
    EXPECT_TRUE(second->list.lists(Bytes{0x00, 0x80, 0x01})) << "what was revoked stays so";
    EXPECT_TRUE(second->list.lists(Bytes{0x07}));
    EXPECT_FALSE(second->list.lists(Bytes{0x08}));
    const auto kept = revoked.list(authority.root());
    ASSERT_TRUE(kept && *kept);
    EXPECT_TRUE(equal((*kept)->der, second->der));
    EXPECT_EQ(std::filesystem::status(file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(RevokedInAHome, TheSameAgainChangesNothing) {
    const auto first = add({0x07});
    const auto again = add({0x07});
    ASSERT_TRUE(again);
    EXPECT_TRUE(equal(first->der, again->der));
}

TEST_F(RevokedInAHome, ANumberThatDevicesHaveSeenIsPassed) {
    for (const std::int64_t above : {127, 128, 255, 65535, 1 << 24}) {
        const auto list = add({0x07}, above);
        ASSERT_TRUE(list);
        EXPECT_EQ(list->number(), above + 1);
    }
    const auto last = add({0x07});
    EXPECT_EQ(last->number(), (1 << 24) + 1) << "nothing new";
    EXPECT_EQ(add({0x07}, last->number())->number(), last->number() + 1) << "the same number is not enough";
}

TEST_F(RevokedInAHome, ADamagedListOrAnothersIsRefusedAndLeftAsItIs) {
    ASSERT_TRUE(add({0x07}));
    const auto stranger = test::issue(test::authority("CN=Garden CA"));
    for (const auto& damage : {Bytes{}, Bytes{1, 2, 3}, test::revocationList(stranger, {Bytes{0x07}})}) {
        ASSERT_TRUE(writePrivateFile(file, damage));
        EXPECT_EQ(revoked.list(authority.root()).failure().reason, Reason::stateCorrupt);
        EXPECT_EQ(add({0x08}).failure().reason, Reason::stateCorrupt);
        EXPECT_EQ(revokedBy(home.path()).failure().reason, Reason::stateCorrupt);
        EXPECT_TRUE(equal(readPrivateFile(file)->view(), damage));
    }
}

TEST_F(RevokedInAHome, NoListIsLongerThanDevicesTake) {
    const auto before = add({0x07});
    std::vector<svr::RevokedCertificate> many;
    for (std::size_t i = 0; i < svr::kMaxRevoked; ++i)
        many.push_back({{0x40, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}, kNow});
    const auto more = revoked.add(authority, many, kNow);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.failure().reason, Reason::configuration);
    EXPECT_TRUE(equal((*revoked.list(authority.root()))->der, before->der)) << "nothing is changed";
}

TEST_F(RevokedInAHome, AnExpiredCaSignsNoList) {
    const auto late = authority.root().notAfter + std::chrono::seconds{1};
    EXPECT_EQ(revoked.add(authority, {{{0x07}, late}}, late).failure().reason, Reason::configuration);
    EXPECT_FALSE(std::filesystem::exists(file));
}

} // namespace ocfsecd::obt
