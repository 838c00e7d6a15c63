#include "tools/obt/own_certificate.h"

#include "support/certificates.h"
#include "temporary_directory.h"
#include "tools/obt/private_file.h"
#include "tools/obt/revoked_certificates.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

const Uuid kDevice = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const svr::WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};

struct OwnCertificateInAHome : ::testing::Test {
    TemporaryDirectory directory;
    SystemRandom random;
    Home home = *Home::open(directory.path(), random);
    fs::path file = directory.path() / "certificate.pem";
    Authority makeCa() { return *Authority::create(directory.path(), "Garden CA", kNow, random); }
    Result<OwnCertificate> obtain(svr::WallTime now = kNow) { return OwnCertificate::obtain(home, now, random); }
};

} // namespace

TEST_F(OwnCertificateInAHome, IsIssuedByTheCaOnceAndKept) {
    const auto none = obtain();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.failure().reason, Reason::stateMissing);
    EXPECT_TRUE(none.failure().next.starts_with("ocf-obt ca create")) << none.failure().next;
    EXPECT_FALSE(fs::exists(file));
    const auto ca = makeCa();
    const auto own = obtain();
    ASSERT_TRUE(own) << own.failure().what;
    EXPECT_EQ(svr::uuidIn(own->certificate()), home.identity().uuid);
    EXPECT_EQ(own->root(), ca.root());
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(obtain()->certificate(), own->certificate());
    const auto digest = Bytes(32, 7);
    EXPECT_TRUE(own->shown().sign(digest));
    EXPECT_EQ(own->shown().chain, std::vector<Bytes>{own->certificate().der});
}

TEST_F(OwnCertificateInAHome, IsRenewedInTimeForTheSameKey) {
    makeCa();
    const auto first = obtain();
    const auto end = first->certificate().notAfter;
    EXPECT_EQ(obtain(end - std::chrono::days{31})->certificate(), first->certificate());
    for (const auto late : {end - std::chrono::days{29}, end + std::chrono::days{29}}) {
        const auto renewed = obtain(late);
        ASSERT_TRUE(renewed) << renewed.failure().what;
        EXPECT_NE(renewed->certificate(), first->certificate());
        EXPECT_EQ(renewed->certificate().key, first->certificate().key);
        EXPECT_GT(renewed->certificate().notAfter, end);
    }
}

TEST_F(OwnCertificateInAHome, AnExpiredCaIssuesNoneAndNothingIsLeft) {
    const auto ca = makeCa();
    const auto none = obtain(ca.root().notAfter + std::chrono::seconds{1});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.failure().reason, Reason::configuration);
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(OwnCertificateInAHome, FollowsANewCa) {
    makeCa();
    const auto first = obtain();
    fs::remove(Authority::fileIn(directory.path()));
    EXPECT_EQ(obtain()->certificate(), first->certificate()) << "without a CA the old one serves";
    const auto expired = obtain(first->certificate().notAfter + std::chrono::days{1});
    ASSERT_FALSE(expired);
    EXPECT_EQ(expired.failure().reason, Reason::configuration);
    const auto second = *Authority::create(directory.path(), "Another CA", kNow, random);
    EXPECT_EQ(obtain()->root(), second.root());
}

TEST_F(OwnCertificateInAHome, ARevokedOneIsMadeAnewForAnotherKey) {
    const auto ca = makeCa();
    const auto first = obtain();
    RevokedCertificates revoked{directory.path()};
    ASSERT_TRUE(revoked.add(ca, {{svr::withoutZeros(first->certificate().serial), kNow}}, kNow));
    const auto second = obtain();
    ASSERT_TRUE(second) << second.failure().what;
    EXPECT_NE(second->certificate().key, first->certificate().key);
    EXPECT_EQ(obtain()->certificate(), second->certificate()) << "once";
}

TEST_F(OwnCertificateInAHome, ARevokedDeviceIsNotBelieved) {
    const auto ca = makeCa();
    const EndEntity device{kDevice, SigningKey::make().publicKey()};
    const auto bad = ca.certify(device, kNow, std::chrono::days{30}, random);
    const auto good = ca.certify(device, kNow, std::chrono::days{30}, random);
    ASSERT_TRUE(obtain()->judgeOf(kDevice, kNow)({bad->der}));
    ASSERT_TRUE(RevokedCertificates{directory.path()}.add(ca, {{svr::withoutZeros(bad->serial), kNow}}, kNow));
    const auto judge = obtain()->judgeOf(kDevice, kNow);
    const auto verdict = judge({bad->der});
    ASSERT_FALSE(verdict);
    EXPECT_NE(verdict.failure().what.find("revoked"), std::string::npos);
    EXPECT_TRUE(judge({good->der}));
}

TEST_F(OwnCertificateInAHome, ADamagedOneIsRefusedAndLeftAsItIs) {
    makeCa();
    ASSERT_TRUE(writePrivateFile(file, viewOf("hello")));
    EXPECT_EQ(obtain().failure().reason, Reason::stateCorrupt);
    EXPECT_EQ(textOf(readPrivateFile(file)->view()), "hello");
}

TEST_F(OwnCertificateInAHome, ADeviceIsJudgedByTheRootAndItsUuid) {
    const auto ca = makeCa();
    const auto own = obtain();
    const auto judge = own->judgeOf(kDevice, kNow);
    const auto key = SigningKey::make();
    const auto days = std::chrono::days{30};
    EXPECT_TRUE(judge({ca.certify({kDevice, key.publicKey()}, kNow, days, random)->der}));
    const auto other = judge({ca.certify({home.identity().uuid, key.publicKey()}, kNow, days, random)->der});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.failure().reason, Reason::handshakeFailed);
    const auto stranger = test::issue(test::authority("CN=Garden CA")); // the same name
    EXPECT_FALSE(judge(test::issue(test::endEntity(kDevice), &stranger).chain()));
    EXPECT_FALSE(judge({}));
}

} // namespace ocfsecd::obt
