#pragma once
// Introspection (facts 7.5): where the description of the device's resources is, and the description itself, in the
// form of Swagger 2.0, made of the tables that also rule the resources.

#include "ocf/core_resources.h"
#include "ocf/endpoints.h"

namespace ocfsecd::ocf {

/// GET /oc/wk/introspection: URLs that the asker can reach.
svr::Reply getIntrospection(const Endpoints& endpoints, const Arrival& arrival, const Address& peer,
                            const svr::Call& call);
/// GET /oc/introspection.
svr::Reply getIntrospectionData(const CoreProperties& core, const svr::Call& call);
/// The description: {swagger, info, paths, parameters, definitions}.
cbor::Value introspectionData(const CoreProperties& core);

} // namespace ocfsecd::ocf
