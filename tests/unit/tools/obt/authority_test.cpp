#include "tools/obt/authority.h"

#include "support/certificates.h"
#include "svr/certificate_profile.h"
#include "svr/certificate_roles.h"
#include "temporary_directory.h"
#include "tools/obt/private_file.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

const Uuid kDevice = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const svr::WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};
constexpr std::chrono::days kDays{30};

struct AuthorityInAHome : ::testing::Test {
    TemporaryDirectory home;
    SystemRandom random;
    fs::path file = Authority::fileIn(home.path());
    Authority make() { return *Authority::create(home.path(), "Garden CA", kNow, random); }
    std::string content() const { return std::string{textOf(readPrivateFile(file)->view())}; }
    /// Why what stands in the file is no CA.
    std::string refused(std::string_view instead) {
        EXPECT_TRUE(writePrivateFile(file, viewOf(instead)));
        const auto opened = Authority::open(home.path());
        EXPECT_FALSE(opened) << instead;
        EXPECT_EQ(content(), instead) << "left as it is";
        if (opened)
            return {};
        EXPECT_EQ(opened.failure().reason, Reason::stateCorrupt);
        return opened.failure().what;
    }
};

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string pemWith(const SigningKey& key, const Bytes& der) {
    const auto secret = key.encode();
    return std::string{textOf(secret.view())} + svr::toPem(der);
}

} // namespace

TEST_F(AuthorityInAHome, TheRootFollowsTheProfileAndOnlyItsOwnerReadsTheKey) {
    const auto made = make();
    const auto& root = made.root();
    EXPECT_TRUE(svr::checkProfile(root, svr::CertificateKind::root, kNow));
    EXPECT_EQ(svr::nameOf(root), "\"Garden CA\"");
    EXPECT_TRUE(svr::verifies(*root.key, root.signedPart, root.signature)) << "by itself";
    EXPECT_EQ(root.basicConstraints->pathLength, std::nullopt);
    EXPECT_EQ(root.notBefore, kNow - kBackdated);
    EXPECT_EQ(root.notAfter, kNow + kRootLifetime);
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(Authority::open(home.path())->root(), root) << "the same one next time";
}

TEST_F(AuthorityInAHome, ASecondOneIsRefusedAndTheFirstStays) {
    make();
    const auto before = content();
    const auto second = Authority::create(home.path(), "Another", kNow, random);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.failure().reason, Reason::configuration);
    EXPECT_TRUE(says(second.failure().what, "already"));
    EXPECT_EQ(content(), before);
    EXPECT_EQ(std::distance(fs::directory_iterator{home.path()}, {}), 1) << "nothing else is left";
}

TEST_F(AuthorityInAHome, ANameThatIsNoneIsRefusedAndNothingIsMade) {
    for (const auto& name : {std::string{}, std::string(kMaxCommonName + 1, 'x'), std::string{"two\nlines"},
                             std::string{"\x1b[2J"}, std::string{"Gr\xfcn"}}) {
        const auto made = Authority::create(home.path(), name, kNow, random);
        ASSERT_FALSE(made) << name;
        EXPECT_EQ(made.failure().reason, Reason::usage);
    }
    EXPECT_TRUE(fs::is_empty(home.path()));
    EXPECT_TRUE(Authority::create(home.path(), std::string(kMaxCommonName, 'x'), kNow, random));
}

TEST_F(AuthorityInAHome, ANameIsNeverReadAsSeveral) {
    const auto made = Authority::create(home.path(), "Garden,O=Maker,CN=x", kNow, random);
    ASSERT_TRUE(made);
    EXPECT_EQ(svr::nameOf(made->root()), "\"Garden,O=Maker,CN=x\"");
}

TEST_F(AuthorityInAHome, WithoutAFileItSaysHowToMakeOne) {
    const auto opened = Authority::open(home.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.failure().reason, Reason::stateMissing);
    EXPECT_EQ(opened.failure().next, "ocf-obt ca create");
}

TEST_F(AuthorityInAHome, EachDamagedFileIsRefusedAndLeftAsItIs) {
    const auto made = make();
    const auto whole = content();
    const auto certificates = whole.find("-----BEGIN CERTIFICATE");
    const auto key = SigningKey::make();
    const auto leaf = made.certify({kDevice, key.publicKey()}, kNow, kDays, random);
    ASSERT_TRUE(leaf);
    refused("");
    refused(whole.substr(0, whole.size() / 2));
    refused(whole.substr(certificates));
    refused(whole.substr(0, certificates));
    EXPECT_TRUE(says(refused(pemWith(SigningKey::make(), made.root().der)), "another key"));
    EXPECT_TRUE(says(refused(pemWith(key, leaf->der)), "root")) << "an identity certificate is no CA";
    auto lying = test::authority("CN=Garden CA");
    const test::TestKey p384{test::TestKey::Kind::p384};
    const auto other = test::issue(lying, nullptr, p384);
    refused(pemWith(SigningKey::make(), other.der));
    refused(whole + svr::toPem(leaf->der));
}

TEST_F(AuthorityInAHome, WhatItIssuesIsWhatADeviceTakes) {
    const auto made = make();
    const auto key = SigningKey::make();
    const auto leaf = made.certify({kDevice, key.publicKey()}, kNow, kDays, random);
    ASSERT_TRUE(leaf) << leaf.failure().what;
    EXPECT_EQ(svr::uuidIn(*leaf), kDevice);
    EXPECT_EQ(svr::nameOf(*leaf), "\"uuid:" + kDevice.text() + "\"") << "and nothing besides";
    EXPECT_EQ(leaf->key, key.publicKey());
    EXPECT_EQ(leaf->notBefore, kNow - kBackdated);
    EXPECT_EQ(leaf->notAfter, kNow + kDays);
    EXPECT_EQ(leaf->purposes,
              (std::vector<std::string>{"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.44924.1.6"}));
    const auto again = made.certify({kDevice, key.publicKey()}, kNow, kDays, random);
    EXPECT_NE(again->serial, leaf->serial);
    const auto root = test::pemOf({made.root().der});
    const std::vector<svr::TrustAnchor> others{{*svr::readCertificate(made.root().der), Uuid{}}};
    EXPECT_FALSE(svr::checkChain({leaf->der}, {svr::ChainUse::identity, kNow, others, nullptr})) << "for another peer";
}

TEST_F(AuthorityInAHome, WritesDownAllThatItIssues) {
    const auto made = make();
    const EndEntity device{kDevice, SigningKey::make().publicKey()};
    const auto uuid = *Uuid::parse("22222222-2222-4222-8222-222222222222");
    std::vector<Bytes> issued;
    for (int i = 0; i < 2; ++i)
        issued.push_back(made.certify(device, kNow, kDays, random)->serial);
    issued.push_back(made.certifyRole(device, {"watering", std::nullopt}, kNow, kDays, random)->serial);
    ASSERT_TRUE(made.certify({uuid, device.key}, kNow, kDays, random));
    std::vector<Bytes> found;
    const auto written = Authority::open(home.path())->issuedTo(kDevice, kNow);
    ASSERT_TRUE(written);
    for (const auto& each : *written)
        found.push_back(each.serial);
    std::ranges::sort(issued);
    std::ranges::sort(found);
    EXPECT_EQ(found, issued) << "of every kind, and no other's";
    EXPECT_TRUE(made.issuedTo(kDevice, kNow + kDays + kDays)->empty()) << "what has expired needs no revocation";
}

TEST_F(AuthorityInAHome, WhatCannotBeWrittenDownIsNotIssued) {
    const auto made = make();
    ASSERT_TRUE(writePrivateFile(home.path() / "issued", viewOf("no directory")));
    EXPECT_FALSE(made.certify({kDevice, SigningKey::make().publicKey()}, kNow, kDays, random));
}

TEST_F(AuthorityInAHome, NothingOutlivesTheRootAndAnExpiredOneIssuesNothing) {
    const auto made = make();
    const EndEntity device{kDevice, SigningKey::make().publicKey()};
    const auto end = made.root().notAfter;
    const auto last = made.certify(device, end - std::chrono::hours{1}, kDays, random);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->notAfter, end);
    for (const auto now : {end + std::chrono::seconds{1}, made.root().notBefore - std::chrono::seconds{1}}) {
        const auto none = made.certify(device, now, kDays, random);
        ASSERT_FALSE(none);
        EXPECT_EQ(none.failure().reason, Reason::configuration);
        EXPECT_TRUE(says(none.failure().what, svr::dateOf(now))) << none.failure().what;
    }
}

TEST_F(AuthorityInAHome, ARenewedRootAndTheFormerOneAreBelievedAlike) {
    const auto former = make();
    const EndEntity device{kDevice, SigningKey::make().publicKey()};
    const auto before = former.certify(device, kNow, kDays, random);
    const auto later = kNow + kDays / 2;
    const auto renewed = Authority::renew(home.path(), later, random);
    ASSERT_TRUE(renewed) << renewed.failure().what;
    EXPECT_NE(renewed->root(), former.root());
    EXPECT_NE(renewed->root().serial, former.root().serial);
    EXPECT_EQ(renewed->root().notAfter, later + kRootLifetime);
    EXPECT_TRUE(renewed->succeeds(former.root()));
    EXPECT_EQ(Authority::open(home.path())->root(), renewed->root());
    const auto after = renewed->certify(device, later, kDays, random);
    for (const auto& root : {former.root(), renewed->root()})
        for (const auto& leaf : {before, after}) {
            const std::vector anchors{anchorFor(root, kDevice)};
            EXPECT_TRUE(svr::checkChain({leaf->der}, {svr::ChainUse::identity, later, anchors, nullptr}));
        }
    EXPECT_EQ(renewed->issuedTo(kDevice, later)->size(), 2U) << "what was issued before can be revoked";
}

TEST_F(AuthorityInAHome, AnExpiredRootCanBeRenewedAndOneOfTheFutureNot) {
    const auto former = make();
    const auto early = Authority::renew(home.path(), former.root().notBefore - std::chrono::seconds{1}, random);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.failure().next, "set the clock");
    EXPECT_EQ(Authority::open(home.path())->root(), former.root());
    const auto late = former.root().notAfter + kDays;
    const auto renewed = Authority::renew(home.path(), late, random);
    ASSERT_TRUE(renewed);
    EXPECT_TRUE(renewed->usable(late));
    const auto namesake = test::issue(test::authority("CN=Garden CA"));
    EXPECT_FALSE(renewed->succeeds(*svr::readCertificate(namesake.der))) << "the name alone is not enough";
}

TEST_F(AuthorityInAHome, ItsOwnKeyGetsNoIdentity) {
    const auto made = make();
    const auto none = made.certify({kDevice, *made.root().key}, kNow, kDays, random);
    ASSERT_FALSE(none);
    EXPECT_TRUE(says(none.failure().what, "key of this CA"));
}

TEST_F(AuthorityInAHome, ARoleCertificateGivesTheRoleAndIsNoIdentity) {
    const auto made = make();
    const EndEntity device{kDevice, SigningKey::make().publicKey()};
    const std::vector anchors{anchorFor(made.root(), kDevice)};
    const std::string longest(kMaxCommonName, 'r');
    for (const auto& role : {svr::RoleId{"watering", "Maker"}, svr::RoleId{"oic.role.owner", "Garden CA"},
                             svr::RoleId{longest, longest}}) {
        const auto given = made.certifyRole(device, role, kNow, kDays, random);
        ASSERT_TRUE(given) << given.failure().what;
        EXPECT_EQ(*svr::rolesIn(*given), svr::RoleIds{role});
        EXPECT_EQ(given->key, device.key);
        EXPECT_FALSE(svr::checkChain({given->der}, {svr::ChainUse::identity, kNow, anchors, nullptr}));
    }
    const auto local = made.certifyRole(device, {"watering", std::nullopt}, kNow, kDays, random);
    ASSERT_TRUE(local);
    EXPECT_EQ(*svr::rolesIn(*local), (svr::RoleIds{{"watering", "Garden CA"}})) << "by default the CA's";
}

TEST_F(AuthorityInAHome, ARoleThatNoCertificateCanCarryIsRefused) {
    const auto made = make();
    const EndEntity device{kDevice, SigningKey::make().publicKey()};
    const std::string tooLong(kMaxCommonName + 1, 'r');
    for (const auto& role :
         {svr::RoleId{"", std::nullopt}, svr::RoleId{tooLong, std::nullopt}, svr::RoleId{"r", tooLong},
          svr::RoleId{"r", ""}, svr::RoleId{"r\n", std::nullopt}, svr::RoleId{"oic.role.admin", std::nullopt}}) {
        const auto none = made.certifyRole(device, role, kNow, kDays, random);
        ASSERT_FALSE(none) << role.role;
        EXPECT_EQ(none.failure().reason, Reason::usage);
    }
    EXPECT_EQ(
        made.certifyRole(device, {"r", std::nullopt}, made.root().notAfter + kDays, kDays, random).failure().reason,
        Reason::configuration);
}

TEST(SigningKey, SignsAndComesBackTheSame) {
    const auto key = SigningKey::make();
    const auto text = key.encode();
    const auto again = SigningKey::decode(text.view());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->publicKey(), key.publicKey());
    EXPECT_NE(SigningKey::make().publicKey(), key.publicKey());
    EXPECT_FALSE(SigningKey::decode(viewOf("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")));
    EXPECT_FALSE(SigningKey::decode({}));
}

} // namespace ocfsecd::obt
