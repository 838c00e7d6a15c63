#pragma once
// Just Works onboarding as the reference tool does it (facts 4.2), step by step, so that a test can leave one out.

#include "sim_device.h"
#include "sim_peer.h"

namespace ocfsecd::test {

inline Uuid uuidOf(std::string_view text) {
    return Uuid::parse(text).value();
}

inline constexpr std::string_view kDoxm = "/oic/sec/doxm", kPstat = "/oic/sec/pstat", kCred = "/oic/sec/cred",
                                  kAcl2 = "/oic/sec/acl2", kRes = "/oic/res", kDev = "/oic/d", kPlat = "/oic/p",
                                  kCon = "/oc/con";

inline const Uuid kOwner = uuidOf("00bcb47c-1eb9-4b89-4132-c2d2181ca984");
inline const Uuid kNewDeviceId = uuidOf("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1");
inline const Uuid kCms = uuidOf("c0000000-0000-4000-8000-000000000001");
inline const Uuid kAms = uuidOf("a0000000-0000-4000-8000-000000000002");
inline const Uuid kPstatOwner = uuidOf("b0000000-0000-4000-8000-000000000003");
inline const Uuid kPairwise = uuidOf("5000000f-0000-4000-8000-000000000004"); ///< owns nothing
inline const Uuid kNil;

/// A key of its own for each of them.
Bytes keyOf(const Uuid& peer);

cbor::Map psk(const Uuid& subject, ByteView key);
cbor::Map emptyPsk(const Uuid& subject);
cbor::Map ace(cbor::Map subject, cbor::Array resources, int permission);
cbor::Map href(std::string_view path);
cbor::Map wildcard(std::string_view wc);
cbor::Map toUuid(const Uuid& peer);
cbor::Map toConnType(std::string_view type);

/// Who will own what, by which method, and what is provisioned.
struct Plan {
    int method = svr::oxm::justWorks;
    dtls::Suite suite = dtls::Suite::ecdheEcdsaAes128Ccm8; ///< manufacturer certificate: the one the tool offers
    std::function<std::string()> readPin;                  ///< Random PIN: what a person reads on the device
    Uuid owner = kOwner;
    Uuid device = kNewDeviceId;
    Uuid pstatOwner = kOwner, credOwner = kOwner, acl2Owner = kOwner;
    std::vector<Uuid> others; ///< more peers with a pair-wise key, sent in step j
    cbor::Array aces{         ///< facts 3.6, for the core resources
                     ace({{"conntype", "anon-clear"}}, {href("/oic/d"), href("/oic/p"), href("/oic/res")}, 2)};

    /// DOTS, CMS, AMS and the owner of pstat are four; kPairwise has a key and owns nothing.
    static Plan separateServices();
};

class JustWorks {
public:
    JustWorks(SimPeer& peer, Plan plan) : peer_{peer}, plan_{std::move(plan)} {}

    /// One step of facts 4.2 by its letter, c to o.
    Reply step(char letter);
    /// Several; every one must be answered with success.
    void steps(std::string_view letters);
    /// Once more with the device as it is now: a new connection.
    void forget() { doc_ = nullptr; }

    SimSession& doc() { return *doc_; }
    const Plan& plan() const { return plan_; }
    Plan& plan() { return plan_; }
    /// The owner credential as the tool derives it (facts 5.2), after step j.
    const SharedSecret& ownerKey() const { return ownerKey_; }

private:
    Reply connect();
    Reply credentials();

    SimPeer& peer_;
    Plan plan_;
    SimSession* doc_ = nullptr;
    SharedSecret ownerKey_;
};

} // namespace ocfsecd::test
