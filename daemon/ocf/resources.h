#pragma once
// Every resource a device hosts, as one table: the secure ones (svr/tables.h) and the core ones (facts 7.4, 7.5).

#include "svr/access.h"
#include "svr/tables.h"

#include <array>

namespace ocfsecd::ocf {

inline constexpr std::string_view kDiscoveryHref = "/oic/res";
inline constexpr std::string_view kDeviceHref = "/oic/d";
inline constexpr std::string_view kPlatformHref = "/oic/p";
inline constexpr std::string_view kConfigurationHref = "/oc/con";
inline constexpr std::string_view kIntrospectionHref = "/oc/wk/introspection";
inline constexpr std::string_view kIntrospectionDataHref = "/oc/introspection";

/// secureOnly false: a clear endpoint in every state.
inline constexpr std::array kCoreResources{
    svr::ResourceDescription{kDiscoveryHref, "oic.wk.res", {"oic.if.ll", svr::kBaseline}, 1, false, svr::methods::get},
    svr::ResourceDescription{kDeviceHref, "oic.wk.d", {"oic.if.r", svr::kBaseline}, 1, false, svr::methods::get},
    svr::ResourceDescription{kPlatformHref, "oic.wk.p", {"oic.if.r", svr::kBaseline}, 1, false, svr::methods::get},
    svr::ResourceDescription{kConfigurationHref,
                             "oic.wk.con",
                             {svr::kReadWrite, svr::kBaseline},
                             1,
                             false,
                             svr::methods::get | svr::methods::post},
    svr::ResourceDescription{
        kIntrospectionHref, "oic.wk.introspection", {"oic.if.r", svr::kBaseline}, 1, false, svr::methods::get},
    // Found through the one before: nobody looks for it by itself.
    svr::ResourceDescription{
        kIntrospectionDataHref, "oic.introspection.data", {"oic.if.r", svr::kBaseline}, 0, false, svr::methods::get},
};

/// Null for an href the device does not host.
constexpr const svr::ResourceDescription* findRow(std::string_view href) {
    for (const auto& row : kCoreResources)
        if (row.href == href)
            return &row;
    return svr::findResource(href);
}

/// What the access decision needs to know of an href, hosted or not: what is not hosted is judged like a hidden
/// resource, so that nobody learns what exists before he may ask.
svr::Target targetOf(std::string_view href);

} // namespace ocfsecd::ocf
