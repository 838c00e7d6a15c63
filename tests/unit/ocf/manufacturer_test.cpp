#include "ocf/manufacturer.h"

#include "support/certificates.h"

#include <gtest/gtest.h>

namespace ocfsecd::test {
namespace {

const Uuid kDevice = *Uuid::parse("a71c3011-5555-6666-7777-888888888888");

svr::Credential manufacturers(std::uint32_t id, const Issued& what) {
    svr::Credential out;
    out.id = svr::CredId{id};
    out.type = svr::credtype::asymmetricSigningWithCertificate;
    out.usage = "oic.sec.cred.mfgcert";
    out.publicData = svr::PublicData{svr::Encoding::pem, what.pem()};
    return out;
}

svr::Credential pairwise(std::uint32_t id) {
    svr::Credential out;
    out.id = svr::CredId{id};
    return out;
}

struct AdoptManufacturer : ::testing::Test {
    Issued root = issue(authority("CN=Maker Root"));
    Issued present = issue(endEntity(kDevice), &root);
    Issued renewed = issue(endEntity(kDevice), &root, present.key);
    Issued next = issue(endEntity(kDevice), &root);
    svr::DeviceState state;
};

} // namespace

TEST_F(AdoptManufacturer, AddsWhatIsMissingUnderAFreeNumber) {
    state.cred.creds = {pairwise(1), pairwise(2)};
    ocf::adoptManufacturer(state, {manufacturers(1, present)});
    ASSERT_EQ(state.cred.creds.size(), 3U);
    EXPECT_EQ(state.cred.creds[0], manufacturers(3, present)); // in front: the last symmetric key stays the last
    const auto once = state;
    ocf::adoptManufacturer(state, {manufacturers(1, present)});
    EXPECT_EQ(state, once);
}

TEST_F(AdoptManufacturer, KeepsAChainRenewedOverTheNetwork) {
    state.cred.creds = {manufacturers(5, renewed)};
    ocf::adoptManufacturer(state, {manufacturers(1, present)});
    ASSERT_EQ(state.cred.creds.size(), 1U);
    EXPECT_EQ(state.cred.creds[0], manufacturers(5, renewed));
}

TEST_F(AdoptManufacturer, TakesAwayTheCertificateOfAKeyThatIsGone) {
    state.cred.creds = {manufacturers(5, present), pairwise(6)};
    ocf::adoptManufacturer(state, {manufacturers(1, next)});
    EXPECT_EQ(state.cred.creds, (std::vector{manufacturers(1, next), pairwise(6)}));
}

TEST_F(AdoptManufacturer, ChangesNothingWhereNothingIsInstalled) {
    state.cred.creds = {manufacturers(5, present), pairwise(6)};
    const auto before = state;
    ocf::adoptManufacturer(state, {});
    EXPECT_EQ(state, before);
}

} // namespace ocfsecd::test
