#include "onboarding.h"

#include "svr/owner_credential.h"

#include <gtest/gtest.h>

namespace ocfsecd::test {

Bytes keyOf(const Uuid& peer) {
    auto key = copyOf(peer.raw());
    for (auto& octet : key)
        octet ^= 0x5a;
    return key;
}

cbor::Map psk(const Uuid& subject, ByteView key) {
    return {{"credtype", 1},
            {"subjectuuid", subject.text()},
            {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", copyOf(key)}}}};
}

cbor::Map emptyPsk(const Uuid& subject) {
    return psk(subject, {});
}

cbor::Map ace(cbor::Map subject, cbor::Array resources, int permission) {
    return {{"subject", std::move(subject)}, {"resources", std::move(resources)}, {"permission", permission}};
}

cbor::Map href(std::string_view path) {
    return {{"href", path}};
}

cbor::Map wildcard(std::string_view wc) {
    return {{"wc", wc}};
}

cbor::Map toUuid(const Uuid& peer) {
    return {{"uuid", peer.text()}};
}

cbor::Map toConnType(std::string_view type) {
    return {{"conntype", type}};
}

Plan Plan::separateServices() {
    Plan plan;
    plan.credOwner = kCms;
    plan.acl2Owner = kAms;
    plan.pstatOwner = kPstatOwner;
    plan.others = {kCms, kAms, kPstatOwner, kPairwise};
    return plan;
}

Reply JustWorks::step(char letter) {
    switch (letter) {
    case 'c':
        return peer_->post(kDoxm, cbor::Map{{"oxmsel", plan_.method}});
    case 'd':
        return connect();
    case 'e':
        return doc()->post(kDoxm, cbor::Map{{"devowneruuid", plan_.owner.text()}});
    case 'f':
        return doc()->post(kDoxm, cbor::Map{{"deviceuuid", plan_.device.text()}});
    case 'g':
        return doc()->post(kDoxm, cbor::Map{{"rowneruuid", plan_.owner.text()}});
    case 'h':
        return doc()->post(kAcl2, cbor::Map{{"rowneruuid", plan_.acl2Owner.text()}});
    case 'i':
        return doc()->post(kPstat, cbor::Map{{"rowneruuid", plan_.pstatOwner.text()}});
    case 'j':
        return credentials();
    case 'l':
        return doc()->post(kDoxm, cbor::Map{{"owned", true}});
    case 'm':
        return doc()->setState(2);
    case 'n':
        if (auto emptied = doc()->del(kAcl2); emptied.code != "2.02")
            return emptied;
        return doc()->post(kAcl2, cbor::Map{{"aclist2", plan_.aces}});
    case 'o':
        return doc()->setState(3);
    default:
        throw std::logic_error{"facts 4.2 has no such step"};
    }
}

void JustWorks::steps(std::string_view letters) {
    for (const char letter : letters) {
        const auto reply = step(letter);
        EXPECT_TRUE(reply.code.starts_with("2.")) << "step " << letter << " was answered with " << reply.code;
    }
}

Reply JustWorks::connect() {
    if (plan_.method == svr::oxm::manufacturerCertificate)
        doc_ = &peer_.connectCertified(nullptr, plan_.suite);
    else if (plan_.method == svr::oxm::randomPin)
        doc_ = &peer_.connect(pinClient(plan_.readPin()));
    else
        doc_ = &peer_.connectAnonymously();
    if (!doc_->established())
        return {};
    return doc()->post(kPstat, cbor::Map{{"om", 4}});
}

Reply JustWorks::credentials() {
    cbor::Array creds{emptyPsk(plan_.owner)};
    for (const auto& other : plan_.others)
        creds.emplace_back(psk(other, keyOf(other)));
    auto reply = doc()->post(kCred, cbor::Map{{"creds", std::move(creds)}, {"rowneruuid", plan_.credOwner.text()}});
    if (const auto keyBlock = doc().dtls().keyBlock())
        ownerKey_ = svr::deriveOwnerKey(*keyBlock, svr::oxm::nameOf(plan_.method), plan_.owner, plan_.device);
    return reply;
}

} // namespace ocfsecd::test
