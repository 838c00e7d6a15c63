#include "svr/crl.h"

#include "support/certificates.h"
#include "svr/trust.h"
#include "world.h"

using namespace ocfsecd;
using namespace ocfsecd::svr;
using namespace ocfsecd::test;
using enum OnboardingState;

namespace {

constexpr std::string_view kCrlHref = "/oic/sec/crl";

/// The owner may write crl by an ACE, as any manager of it must.
struct Revoking : World {
    explicit Revoking(OnboardingState in = rfpro) : World{in} {
        state.acl2.aclist2 = {{AceId{1}, kOwner, {{std::string{kCrlHref}, std::nullopt}}, permission::all, "", {}}};
        Credential anchor;
        anchor.id = CredId{77};
        anchor.type = credtype::asymmetricSigningWithCertificate;
        anchor.usage = credusage::trustca;
        anchor.publicData = PublicData{Encoding::pem, root.pem()};
        state.cred.creds.push_back(std::move(anchor));
    }
    Reply write(cbor::Map body) { return post(as(kOwner), kCrlHref, cbor::Value{std::move(body)}); }
    Issued root = issue(authority("CN=Test root"));
};

cbor::Map whole(const Bytes& list, std::string_view time = "2027-01-31T12:00:00Z") {
    return {{"crlid", 7}, {"thisupdate", time}, {"crldata", toBase64(list)}};
}

} // namespace

TEST(Crl, IsWrittenReadAndConsulted) {
    Revoking world;
    const auto peer = issue(endEntity(kStranger), &world.root);
    EXPECT_TRUE(Trust{world.state}.judgeIdentity(peer.chain(), world.wallTime));
    const auto list = revocationList(world.root, {Bytes{0x01, 0x02, 0x03}});
    ASSERT_EQ(codeOf(world.write(whole(list))), "2.04");
    const auto reply = world.get(as(kOwner), kCrlHref);
    EXPECT_EQ(at(reply, "crlid").integer(), 7);
    EXPECT_EQ(at(reply, "thisupdate").text(), "2027-01-31T12:00:00Z");
    EXPECT_EQ(at(reply, "crldata").text(), toBase64(list));
    const auto refused = Trust{world.state}.judgeIdentity(peer.chain(), world.wallTime);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.failure().what.find("revoked"), std::string::npos);
}

TEST(Crl, HasAllPropertiesBeforeAnythingIsWritten) {
    Revoking world;
    const auto reply = world.get(as(kOwner), kCrlHref);
    EXPECT_EQ(diagnosticOf(reply), R"({"crlid": 0, "thisupdate": "", "crldata": ""})");
}

TEST(Crl, BadDataIsRefused) {
    Revoking world;
    const auto good = revocationList(world.root, {Bytes{0x55}});
    const TestKey stranger;
    const Bytes bad[] = {copyOf(viewOf("no list")), Bytes{good.begin(), good.end() - 1}, world.root.der,
                         revocationList(world.root, {Bytes{0x55}}, &stranger),
                         revocationList(issue(authority("CN=RSA"), nullptr, TestKey{TestKey::Kind::rsa}), {})};
    for (const auto& list : bad)
        EXPECT_REFUSED(world, "4.00", world.write(whole(list)));
    EXPECT_REFUSED(world, "4.00", world.write({{"crldata", "not base64!"}}));
    for (const auto* time : {"", "2027-01-31", "2027-02-30T12:00:00Z", "2027-01-31T24:00:00Z",
                             "2027-01-31T12:00:00+01:00", "2027-01-31t12:00:00Z"})
        EXPECT_REFUSED(world, "4.00", world.write(whole(good, time)));
    EXPECT_REFUSED(world, "4.00", world.write({{"crlid", -1}}));
    EXPECT_REFUSED(world, "4.00", world.write({{"crlid", "7"}}));
    EXPECT_REFUSED(world, "4.00", world.write({{"nothing", 1}}));
    EXPECT_REFUSED(world, "4.00", world.write({{"crldata", std::string(kMaxCrlData + 1, 'A')}}));
}

TEST(Crl, OfAnUnknownIssuerIsKeptAndHarmsNobody) {
    Revoking world;
    const auto other = issue(authority("CN=Another root"));
    ASSERT_EQ(codeOf(world.write(whole(revocationList(other, {Bytes{0x01, 0x02, 0x03}})))), "2.04");
    EXPECT_TRUE(Trust{world.state}.judgeIdentity(issue(endEntity(kStranger), &world.root).chain(), world.wallTime));
}

TEST(Crl, IsWrittenInTheStatesOfCred) {
    for (const auto in : {rfnop, sreset}) {
        Revoking world{in};
        const auto reply = world.write(whole(revocationList(world.root, {})));
        EXPECT_EQ(codeOf(reply), in == rfnop ? "4.00" : "2.04");
    }
    Revoking world;
    EXPECT_REFUSED(world, "4.01", world.post(as(kCms), kCrlHref, cbor::Value{whole(revocationList(world.root, {}))}));
}
