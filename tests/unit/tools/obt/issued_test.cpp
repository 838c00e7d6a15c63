#include "tools/obt/issued.h"

#include "support/certificates.h"
#include "temporary_directory.h"
#include "tools/obt/private_file.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

const Uuid kOne = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const Uuid kTwo = *Uuid::parse("22222222-2222-4222-8222-222222222222");

struct Issued : ::testing::Test {
    Issued() {
        for (const auto& device : {kOne, kTwo})
            fs::create_directory(subjects.path() / device.text());
    }
    IssuedCertificate certificateOf(const Uuid& device) const {
        return {*svr::readCertificate(test::issue(test::endEntity(device), &root, key).der),
                *svr::readCertificate(root.der)};
    }
    fs::path fileOf(const Uuid& device) const { return subjects.path() / device.text() / "certificate.pem"; }

    TemporaryDirectory subjects;
    IssuedCertificates issued{subjects.path()};
    test::Issued root = test::issue(test::authority("CN=Home root"));
    test::TestKey key;
};

} // namespace

TEST_F(Issued, IsKeptForItsDeviceAndReplaced) {
    EXPECT_EQ(*issued.of(kOne), std::nullopt);
    const auto first = certificateOf(kOne);
    ASSERT_TRUE(issued.keep(kOne, first));
    EXPECT_EQ(*issued.of(kOne), first);
    EXPECT_EQ(*issued.of(kTwo), std::nullopt);
    EXPECT_EQ(fs::status(fileOf(kOne)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    key = test::TestKey{};
    const auto second = certificateOf(kOne);
    ASSERT_TRUE(issued.keep(kOne, second));
    EXPECT_EQ(*issued.of(kOne), second);
}

TEST_F(Issued, AKeyOfAnotherDeviceIsRefusedByItsName) {
    ASSERT_TRUE(issued.keep(kOne, certificateOf(kOne)));
    EXPECT_TRUE(issued.checkKey(key.publicKey(), kOne)) << "its own again: a renewal";
    EXPECT_TRUE(issued.checkKey(test::TestKey{}.publicKey(), kTwo));
    const auto copied = issued.checkKey(key.publicKey(), kTwo);
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.failure().reason, Reason::precondition);
    EXPECT_NE(copied.failure().what.find(kOne.text()), std::string::npos);
    fs::remove_all(subjects.path() / kOne.text());
    EXPECT_TRUE(issued.checkKey(key.publicKey(), kTwo)) << "who is forgotten has no key here";
}

TEST_F(Issued, ADamagedRecordStopsEveryIssueAndIsLeftAsItIs) {
    const auto rootPem = svr::toPem(root.der);
    const auto strange = svr::toPem(certificateOf(kTwo).certificate.der);
    const auto own = svr::toPem(certificateOf(kOne).certificate.der);
    const auto namesake = svr::toPem(test::issue(test::authority("CN=Home root")).der);
    for (const auto& damage : {std::string{}, std::string{"hello"}, strange + rootPem, own, own + own, rootPem + own,
                               own + namesake, own + rootPem + rootPem}) {
        ASSERT_TRUE(writePrivateFile(fileOf(kOne), viewOf(damage)));
        EXPECT_EQ(issued.of(kOne).failure().reason, Reason::stateCorrupt) << damage;
        EXPECT_EQ(issued.checkKey(key.publicKey(), kTwo).failure().reason, Reason::stateCorrupt);
        EXPECT_EQ(textOf(readPrivateFile(fileOf(kOne))->view()), damage);
    }
    EXPECT_FALSE(IssuedCertificates{subjects.path() / "missing"}.checkKey(key.publicKey(), kTwo));
}

} // namespace ocfsecd::obt
