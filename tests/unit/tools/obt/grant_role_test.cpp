#include "tools/obt/grant_role.h"

#include "certifiable_device.h"
#include "svr/certificate_roles.h"
#include "svr/trust.h"
#include "tools/obt/role_name.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

struct Granting : CertifiableDevice {
    Granting() : CertifiableDevice{state::rfpro} {
        holding({entryOf(1, svr::credusage::trustca, root.der)});
        plan.managed = {kSelf, kDevice};
        plan.root = *svr::readCertificate(root.der);
        plan.issue = [this](const EndEntity&) { return giving("watering", 7); };
    }
    Result<svr::Certificate> giving(std::string role, std::uint8_t serial) {
        auto spec = test::roleHolder(kDevice, {{std::move(role), std::nullopt}});
        spec.serial = {serial};
        return svr::readCertificate(test::issue(spec, &root, key).der);
    }
    void holding(cbor::Array entries) { show(std::move(entries), kSelf); }
    Result<svr::Certificate> run() {
        const auto session = peer.open("key");
        return grantRole(*session, plan);
    }
    std::vector<std::string> writes() const {
        std::vector<std::string> out;
        for (const auto& entry : peer.log)
            if (!entry.line.starts_with("GET"))
                out.push_back(entry.line);
        return out;
    }

    GrantPlan plan;
};

} // namespace

TEST_F(Granting, TheDeviceGetsARoleCertificateForItsOwnKey) {
    const auto done = run();
    ASSERT_TRUE(done) << done.failure().what;
    EXPECT_EQ(writes(), std::vector<std::string>{"POST /oic/sec/cred"});
    const auto& sent = peer.log.back().body.find("creds")->array()->at(0);
    EXPECT_EQ(sent.find("credusage")->text(), svr::credusage::rolecert);
    EXPECT_EQ(sent.find("publicdata")->find("data")->text(), svr::toPem(done->der));
}

TEST_F(Granting, ANewOneTakesThePlaceOfTheSameRoleOnly) {
    holding({entryOf(1, svr::credusage::trustca, root.der),
             entryOf(2, svr::credusage::rolecert, giving("watering", 1)->der),
             entryOf(3, svr::credusage::rolecert, giving("lighting", 2)->der)});
    ASSERT_TRUE(run());
    EXPECT_EQ(writes(), (std::vector<std::string>{"POST /oic/sec/cred", "DELETE /oic/sec/cred?credid=2"}));
}

TEST_F(Granting, ADeviceThatDoesNotTrustTheRootIsCertifiedFirst) {
    const auto stranger = test::issue(test::authority("CN=Home root")); // the same name
    for (const auto& there : {cbor::Array{}, cbor::Array{entryOf(1, svr::credusage::trustca, stranger.der)},
                              cbor::Array{entryOf(1, svr::credusage::mfgtrustca, root.der)}}) {
        holding(there);
        const auto done = run();
        ASSERT_FALSE(done);
        EXPECT_EQ(done.failure().reason, Reason::precondition);
        EXPECT_EQ(done.failure().next, "ocf-obt certify TARGET");
        EXPECT_TRUE(writes().empty());
    }
}

TEST_F(Granting, NothingIsWrittenForABadRequestOrARefusedRole) {
    plan.issue = [](const EndEntity&) -> Result<svr::Certificate> { return Failure{Reason::usage, "reserved", ""}; };
    EXPECT_FALSE(run());
    peer.bodies["/oic/sec/csr"] =
        cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"csr", test::requestFor(kSelf, key)}};
    EXPECT_EQ(run().failure().reason, Reason::malformed);
    EXPECT_TRUE(writes().empty());
}

TEST(RoleName, IsTheExtensionThatTheFactsDescribe) {
    for (const auto& role : {svr::RoleId{"watering", std::nullopt}, svr::RoleId{"watering", "Garden CA"},
                             svr::RoleId{std::string(kMaxRoleText, 'r'), std::string(kMaxRoleText, 'a')}})
        EXPECT_EQ(subjectAltNameOf(role), test::subjectAltName({test::directoryName(role)})) << role.role;
}

} // namespace ocfsecd::obt
