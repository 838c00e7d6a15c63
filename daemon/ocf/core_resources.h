#pragma once
// The core resources beside the secure ones (facts 7.4, 7.5): /oic/d, /oic/p and the device configuration /oc/con.

#include "svr/resource.h"

#include <span>
#include <string>
#include <vector>

namespace ocfsecd::ocf {

/// What the gateway's maker says about device and platform.
struct CoreProperties {
    std::string deviceType = "oic.d.gateway"; ///< beside oic.wk.d
    std::string specVersion = "ocf.2.2.5";    ///< icv
    std::string dataModels = "ocf.res.1.3.0"; ///< dmv
    Uuid platformId;                          ///< pi: of the gateway, persistent
    std::string manufacturer = "ocfsecd";     ///< mnmn
    // Optional: absent while empty.
    std::string softwareVersion; ///< sv
    std::string modelNumber;     ///< mnmo, and dmno of the device
    std::string manufacturerUrl; ///< mnml
    std::string supportUrl;      ///< mnsl
    std::string manufactureDate; ///< mndt
    std::string platformVersion; ///< mnpv
    std::string osVersion;       ///< mnos
    std::string hardwareVersion; ///< mnhw
    std::string firmwareVersion; ///< mnfv
};

/// A property that is there when the maker says it.
struct OptionalProperty {
    std::string_view href, name;
    std::string CoreProperties::*value;
};
std::span<const OptionalProperty> optionalProperties();

inline constexpr std::size_t kMaxDeviceName = 64; ///< octets of `n`: it travels in multicast answers

/// What a representation begins with, or why the interface asked for is none of this resource's.
Result<cbor::Map> beginRepresentation(std::string_view href, const svr::Call& call);
/// GET /oic/d.
svr::Reply getDevice(const svr::DeviceState& state, const CoreProperties& core, const svr::Call& call);
/// GET /oic/p.
svr::Reply getPlatform(const CoreProperties& core, const svr::Call& call);
/// GET and POST /oc/con: the name a person gave the device.
svr::Reply configuration(const svr::DeviceState& state, const svr::Call& call);

} // namespace ocfsecd::ocf
