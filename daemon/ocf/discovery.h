#pragma once
// /oic/res (facts 7.4): the links of a device, as a given requester may see and use them.

#include "ocf/endpoints.h"
#include "svr/resource.h"

namespace ocfsecd::ocf {

struct DiscoveryContext {
    const svr::DeviceState& state;
    const Endpoints& endpoints;
    const Arrival& arrival;
    const Address& peer;
    bool docOccupied = false; ///< D4: then SVR links have no coap:// endpoint
    const std::string& deviceType;
};

/// GET /oic/res with its rt=, if= and sduuid= queries. No match: 4.00 to unicast, silence to multicast; another
/// security domain: silence to both (facts 2.9).
svr::Reply getResources(const DiscoveryContext& context, const svr::Call& call);

} // namespace ocfsecd::ocf
