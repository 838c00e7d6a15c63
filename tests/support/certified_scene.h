#pragma once
// A scene with certificates: a maker's on the device, a home's authority that certifies device and peers.

#include "certificates.h"
#include "scene.h"

namespace ocfsecd::test {

inline constexpr std::string_view kCsr = "/oic/sec/csr", kRoles = "/oic/sec/roles", kCrl = "/oic/sec/crl";

cbor::Map certificateEntry(std::string_view usage, std::string_view pem, std::string_view subject = "*");

/// The maker's certificates of a gateway, and the key that is on it.
struct Maker {
    TestKey key;
    Issued root = issue(authority("CN=Maker root"));
    Issued intermediate = issue(authority("CN=Maker sub", 0), &root);
    Issued leaf{{}, key, {}};
    Maker();
    ocf::DeviceSettings settings() const; ///< of a gateway it made
};

template <class Device>
struct CertifiedSceneOf : SceneOf<Device> {
    explicit CertifiedSceneOf(Plan plan = {}, const Maker* maker = nullptr);

    /// The home's root becomes a trust anchor; `subject`: the one it may vouch for.
    Reply trust(SimSession& session, std::string_view subject = "*");
    /// GET csr, have it certified, POST the certificate. Gives the last reply.
    Reply certify(SimSession& session, const Issued* issuer = nullptr);
    /// Owned, with root and certificate provisioned, in RFNOP.
    void ownCertified();
    /// A session of that peer with a certificate of the home.
    SimSession& certified(const Uuid& peer);
    /// The number of the anchor that this authority is; -1: it is none.
    static std::int64_t credidOf(SimSession& session, const Issued& authority);
    const Issued& peer(const Uuid& uuid); ///< its certificate, made once
    Reply assertRole(SimSession& session, const Uuid& who, std::string_view role);
    Reply assertPem(SimSession& session, std::string_view pem);

    Issued root = issue(authority("CN=Home root"));
    std::map<Uuid, Issued> peers;
};

using CertifiedScene = CertifiedSceneOf<SimDevice>;

} // namespace ocfsecd::test
