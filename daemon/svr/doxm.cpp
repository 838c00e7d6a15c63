#include "svr/doxm.h"

#include "svr/properties.h"
#include "svr/query.h"
#include "svr/write_access.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

/// Facts 2.1: `owned` and `deviceuuid` select who answers. Reason::malformed: not this device.
Result<void> passesFilters(const Doxm& doxm, const std::vector<std::string>& query) {
    if (const auto owned = queryValue(query, "owned");
        owned && !sameIgnoringCase(*owned, doxm.owned ? "true" : "false"))
        return Failure{Reason::malformed, "the owned filter does not match this device",
                       fmt::format("ask with owned={}", doxm.owned)};
    if (const auto id = queryValue(query, "deviceuuid"); id && Uuid::parse(*id) != doxm.deviceuuid)
        return Failure{Reason::malformed, "the deviceuuid filter does not match this device", "ask without it"};
    return {};
}

Reply get(const Doxm& doxm, const Call& call, const Capabilities& capabilities) {
    if (auto passes = passesFilters(doxm, call.query); !passes)
        return refused(passes.failure(), call.multicast);
    cbor::Array methods;
    for (const auto method : capabilities.oxms)
        methods.emplace_back(method);
    return content(cbor::Map{
        {"oxms", std::move(methods)},
        {"oxmsel", doxm.oxmsel},
        {"sct", capabilities.sct},
        {"owned", doxm.owned},
        {"devowneruuid", doxm.devowneruuid.text()},
        {"deviceuuid", doxm.deviceuuid.text()},
        {"rowneruuid", doxm.rowneruuid.text()},
    });
}

Result<int> readMethod(const cbor::Value& value, const Capabilities& capabilities) {
    const auto method = value.integer();
    if (!method)
        return malformed("oxmsel", "an integer");
    const auto found = std::ranges::find(capabilities.oxms, *method);
    if (found == capabilities.oxms.end())
        return Failure{Reason::malformed, fmt::format("owner transfer method {} is not offered", *method),
                       fmt::format("choose one of oxms: {}", fmt::join(capabilities.oxms, ", "))};
    return *found;
}

Result<void> apply(Doxm& doxm, std::string_view property, const cbor::Value& value, const Capabilities& capabilities) {
    if (property == "oxmsel") {
        const auto method = readMethod(value, capabilities);
        if (!method)
            return method.failure();
        doxm.oxmsel = *method;
        return {};
    }
    if (property == "owned") {
        const auto owned = readBool(value, property);
        if (!owned)
            return owned.failure();
        doxm.owned = *owned;
        return {};
    }
    const auto uuid = readUuid(value, property);
    if (!uuid)
        return uuid.failure();
    (property == "deviceuuid"     ? doxm.deviceuuid
     : property == "devowneruuid" ? doxm.devowneruuid
                                  : doxm.rowneruuid) = *uuid;
    return {};
}

Reply post(const DeviceState& state, const Call& call, const Capabilities& capabilities) {
    auto next = state;
    bool selects = false;
    const auto write = [&](std::string_view property, const cbor::Value& value) {
        selects = selects || property == "oxmsel";
        return apply(next.doxm, property, value, capabilities);
    };
    if (auto written = writeProperties(state, call, kDoxmAccess, write); !written)
        return refused(written.failure());
    auto reply = changed(std::move(next));
    if (selects)
        reply.selectedMethod = reply.next->doxm.oxmsel; // also the same one again: a new PIN each time (facts 2.1)
    return reply;
}

} // namespace

Reply handleDoxm(const DeviceState& state, const Call& call, const Capabilities& capabilities) {
    return call.method == coap::Method::get ? get(state.doxm, call, capabilities) : post(state, call, capabilities);
}

} // namespace ocfsecd::svr
