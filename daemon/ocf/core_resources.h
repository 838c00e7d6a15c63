#pragma once
// The core resources beside the secure ones (facts 7.4, 7.5): /oic/d, /oic/p and the device configuration /oc/con.

#include "svr/resource.h"

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
};

inline constexpr std::size_t kMaxDeviceName = 64; ///< octets of `n`: it travels in multicast answers

/// GET /oic/d.
svr::Reply getDevice(const svr::DeviceState& state, const CoreProperties& core, const svr::Call& call);
/// GET /oic/p.
svr::Reply getPlatform(const CoreProperties& core, const svr::Call& call);
/// GET and POST /oc/con: the name a person gave the device.
svr::Reply configuration(const svr::DeviceState& state, const svr::Call& call);

} // namespace ocfsecd::ocf
