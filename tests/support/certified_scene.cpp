#include "certified_scene.h"

#include "svr/trust.h"
#include "tested_device.h"

namespace ocfsecd::test {

cbor::Map certificateEntry(std::string_view usage, std::string_view pem, std::string_view subject) {
    return {{"credtype", 8},
            {"subjectuuid", subject},
            {"credusage", usage},
            {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", pem}}}};
}

Maker::Maker() {
    auto specimen = endEntity(kNil);
    specimen.subject = "O=Maker,CN=Gateway 0815";
    leaf = issue(specimen, &intermediate, key);
}

ocf::DeviceSettings Maker::settings() const {
    ocf::DeviceSettings out;
    svr::Credential credential;
    credential.id = svr::CredId{1};
    credential.type = svr::credtype::asymmetricSigningWithCertificate;
    credential.usage = svr::credusage::mfgcert;
    credential.publicData = svr::PublicData{svr::Encoding::pem, leaf.pem()};
    out.capabilities.manufacturerCredentials = {credential};
    return out;
}

static ocf::DeviceSettings settingsOf(const Maker* maker) {
    return maker != nullptr ? maker->settings() : ocf::DeviceSettings{};
}

template <class Device>
CertifiedSceneOf<Device>::CertifiedSceneOf(Plan plan, const Maker* maker)
    : SceneOf<Device>(std::move(plan), settingsOf(maker)) {
    if (maker != nullptr)
        this->device.install(maker->key);
}

template <class Device>
Reply CertifiedSceneOf<Device>::trust(SimSession& session, std::string_view subject) {
    return session->post(
        kCred, cbor::Map{{"creds", cbor::Array{certificateEntry(svr::credusage::trustca, root.pem(), subject)}}});
}

template <class Device>
Reply CertifiedSceneOf<Device>::certify(SimSession& session, const Issued* issuer) {
    auto reply = session->get(kCsr);
    if (reply.code != "2.05")
        return reply;
    const auto chain =
        test::certify(reply.text("csr"), endEntity(this->device.deviceId()), issuer != nullptr ? *issuer : root);
    return session->post(kCred,
                         cbor::Map{{"creds", cbor::Array{certificateEntry(svr::credusage::cert, pemOf(chain))}}});
}

template <class Device>
void CertifiedSceneOf<Device>::ownCertified() {
    this->onboarding.plan().aces.push_back(ace(toUuid(kOwner), {href(kCsr), href(kRoles), href(kCrl)}, 31));
    this->onboarding.steps(kToOwned);
    this->onboarding.steps("n");
    auto& doc = this->onboarding.doc();
    ASSERT_EQ(trust(doc).code, "2.04");
    ASSERT_EQ(certify(doc).code, "2.04");
    this->onboarding.steps("o");
    doc.close();
    ASSERT_EQ(this->device.dos(), kRfnop);
}

template <class Device>
std::int64_t CertifiedSceneOf<Device>::credidOf(SimSession& session, const Issued& authority) {
    const auto reply = session->get(kCred);
    if (reply["creds"].array() != nullptr)
        for (const auto& one : *reply["creds"].array())
            if (const auto* data = one.find("publicdata");
                data != nullptr && data->find("data")->text() == authority.pem())
                return one.find("credid")->integer().value_or(-1);
    return -1;
}

template <class Device>
const Issued& CertifiedSceneOf<Device>::peer(const Uuid& uuid) {
    auto found = peers.find(uuid);
    if (found == peers.end())
        found = peers.emplace(uuid, issue(endEntity(uuid), &root)).first;
    return found->second;
}

template <class Device>
SimSession& CertifiedSceneOf<Device>::certified(const Uuid& uuid) {
    auto& session = this->tool.connectCertified(&peer(uuid));
    EXPECT_TRUE(session.established());
    return session;
}

template <class Device>
Reply CertifiedSceneOf<Device>::assertRole(SimSession& session, const Uuid& who, std::string_view role) {
    return assertPem(session, issue(roleHolder(who, {{std::string{role}, std::nullopt}}), &root, peer(who).key).pem());
}

template <class Device>
Reply CertifiedSceneOf<Device>::assertPem(SimSession& session, std::string_view pem) {
    return session->post(kRoles, cbor::Map{{"roles", cbor::Array{certificateEntry(svr::credusage::rolecert, pem)}}});
}

template struct CertifiedSceneOf<SimDevice>;
template struct CertifiedSceneOf<TestedDevice>;

} // namespace ocfsecd::test
