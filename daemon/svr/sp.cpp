#include "svr/sp.h"

#include "svr/properties.h"
#include "svr/write_access.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

bool has(const std::vector<std::string>& profiles, std::string_view profile) {
    return std::ranges::find(profiles, profile) != profiles.end();
}

Reply get(const Sp& sp) {
    return content(
        cbor::Map{{"supportedprofiles", cbor::Array(sp.supportedprofiles.begin(), sp.supportedprofiles.end())},
                  {"currentprofile", sp.currentprofile}});
}

/// One profile the maker compiled in: nothing a client says widens them (facts 2.6).
Result<std::string> readProfile(const cbor::Value& value, std::string_view property, const Capabilities& capabilities) {
    const auto text = value.text();
    if (!text || !has(capabilities.profiles, *text))
        return malformed(property, fmt::format("a profile of this device: {}", fmt::join(capabilities.profiles, ", ")));
    return std::string{*text};
}

Result<void> apply(Sp& sp, std::string_view property, const cbor::Value& value, const Capabilities& capabilities) {
    if (property == "currentprofile") {
        auto profile = readProfile(value, property, capabilities);
        if (!profile)
            return profile.failure();
        sp.currentprofile = *std::move(profile);
        return {};
    }
    if (value.isNull()) // facts 7.6
        return {};
    if (value.array() == nullptr)
        return malformed(property, "an array of profiles");
    std::vector<std::string> profiles;
    for (const auto& item : *value.array()) {
        auto profile = readProfile(item, property, capabilities);
        if (!profile)
            return profile.failure();
        if (has(profiles, *profile))
            return malformed(property, "an array of different profiles");
        profiles.push_back(*std::move(profile));
    }
    sp.supportedprofiles = std::move(profiles);
    return {};
}

Reply post(const DeviceState& state, const Call& call, const Capabilities& capabilities) {
    auto next = state;
    next.sp = inForce(state.sp, capabilities);
    const auto write = [&](std::string_view property, const cbor::Value& value) {
        return apply(next.sp, property, value, capabilities);
    };
    if (auto written = writeProperties(state, call, kSpAccess, write); !written)
        return refused(written.failure());
    // Judged by the list as it is after this POST, whichever of the two came first.
    if (!has(next.sp.supportedprofiles, next.sp.currentprofile))
        return refused({Reason::malformed,
                        fmt::format("currentprofile {} is not among supportedprofiles", next.sp.currentprofile),
                        "send a currentprofile that supportedprofiles has, or both"});
    return changed(std::move(next));
}

} // namespace

Sp inForce(const Sp& stored, const Capabilities& capabilities) {
    auto sp = stored;
    std::erase_if(sp.supportedprofiles, [&](const auto& profile) { return !has(capabilities.profiles, profile); });
    if (has(sp.supportedprofiles, sp.currentprofile))
        return sp;
    return {capabilities.profiles, capabilities.currentProfile};
}

Reply handleSp(const DeviceState& state, const Call& call, const Capabilities& capabilities) {
    return call.method == coap::Method::get ? get(inForce(state.sp, capabilities)) : post(state, call, capabilities);
}

} // namespace ocfsecd::svr
