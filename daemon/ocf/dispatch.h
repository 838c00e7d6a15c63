#pragma once
// From a complete request to its reply: which resource, may the caller, what does the resource say. Pure; nothing is
// kept.

#include "coap/exchange.h"
#include "ocf/core_resources.h"
#include "ocf/discovery.h"
#include "svr/access.h"
#include "svr/certificate_session.h"

namespace ocfsecd::ocf {

/// What requests are judged against.
struct World {
    const svr::DeviceState& state;
    const svr::Capabilities& capabilities;
    const CoreProperties& core;
    const svr::AccessPolicy& access;
    const Endpoints& endpoints;
    bool docOccupied = false;
    const svr::AuditLog* audit = nullptr;
};

/// One request with what is known about who sent it and how it came.
struct Asked {
    const coap::Request& request;
    svr::Caller caller;
    const Arrival& arrival;
    const Address& peer;
    std::function<Result<SecretBytes>()> docKeyBlock; ///< only on the DOC
    const svr::CertificateSession* session = nullptr; ///< of a peer with a certificate
};

/// Does a multicast request concern this device at all (facts 7.3: `di`)?
bool concerns(const svr::DeviceState& state, const coap::Request& request, bool multicast);
/// The access decision (facts clause 3).
svr::Decision authorise(const World& world, const Asked& asked);
/// The reply of an authorised request.
svr::Reply dispatch(const World& world, const Asked& asked, Random& random);
/// A reply on its way out.
coap::Response responseOf(const svr::Reply& reply);

} // namespace ocfsecd::ocf
