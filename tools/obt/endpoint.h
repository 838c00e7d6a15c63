#pragma once
// Where a device listens, as it publishes it: `eps` of OCF 2.x and `p:{sec,port}` of older devices (facts 7.3, Q35).

#include "base/address.h"
#include "base/uuid.h"
#include "cbor/value.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::obt {

struct Endpoint {
    bool secure = false;
    Address address;
    std::string text() const; ///< "coaps://192.0.2.1:5684"
    bool operator==(const Endpoint&) const = default;
};

/// "coap://192.0.2.1", "coaps://[fe80::1%eth0]:5684"; the port defaults to 5683 or 5684. Nothing for other schemes
/// (coap+tcp), names and bad ports. A link-local address without a zone gets `scope`.
std::optional<Endpoint> parseEndpoint(std::string_view uri, std::uint32_t scope = 0);

/// What `/oic/res?rt=oic.r.doxm` says of one device.
struct DeviceLink {
    std::optional<Uuid> device; ///< of `anchor`, or of `di` in the older form
    std::vector<Endpoint> endpoints;
};

/// The doxm link of a discovery answer: an array of links (oic.if.ll), one object with `links` (baseline and the older
/// form with `di`), with `eps` or `p:{sec,port}`. `from` is where the answer came from: it completes link-local
/// addresses and is the host of the older form. Reason::notFound without a doxm link, malformed when it is no link
/// list.
Result<DeviceLink> parseDoxmLink(const cbor::Value& answer, const Address& from);

/// The endpoint to use from here: one of the family the device answered by, its very host before others.
std::optional<Endpoint> chooseEndpoint(const std::vector<Endpoint>& endpoints, bool secure, const Address& from);

} // namespace ocfsecd::obt
