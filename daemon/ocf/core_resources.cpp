#include "ocf/core_resources.h"

#include "ocf/resources.h"
#include "svr/properties.h"
#include "svr/query.h"

namespace ocfsecd::ocf {

namespace {

constexpr std::array kOptional{
    OptionalProperty{kDeviceHref, "sv", &CoreProperties::softwareVersion},
    OptionalProperty{kDeviceHref, "dmno", &CoreProperties::modelNumber},
    OptionalProperty{kPlatformHref, "mnmo", &CoreProperties::modelNumber},
    OptionalProperty{kPlatformHref, "mnml", &CoreProperties::manufacturerUrl},
    OptionalProperty{kPlatformHref, "mnsl", &CoreProperties::supportUrl},
    OptionalProperty{kPlatformHref, "mndt", &CoreProperties::manufactureDate},
    OptionalProperty{kPlatformHref, "mnpv", &CoreProperties::platformVersion},
    OptionalProperty{kPlatformHref, "mnos", &CoreProperties::osVersion},
    OptionalProperty{kPlatformHref, "mnhw", &CoreProperties::hardwareVersion},
    OptionalProperty{kPlatformHref, "mnfv", &CoreProperties::firmwareVersion},
};

void addOptional(cbor::Map& out, std::string_view href, const CoreProperties& core) {
    for (const auto& property : kOptional)
        if (const auto& value = core.*property.value; property.href == href && !value.empty())
            out.emplace_back(property.name, value);
}

} // namespace

std::span<const OptionalProperty> optionalProperties() {
    return kOptional;
}

Result<cbor::Map> beginRepresentation(std::string_view href, const svr::Call& call) {
    const auto& row = *findRow(href);
    const auto interface = svr::selectInterface(call.query, row.interfaces);
    if (!interface)
        return interface.failure();
    return *interface == svr::kBaseline ? svr::baselineProperties(row.rt, row.interfaces) : cbor::Map{};
}

svr::Reply getDevice(const svr::DeviceState& state, const CoreProperties& core, const svr::Call& call) {
    auto out = beginRepresentation(kDeviceHref, call);
    if (!out)
        return svr::refused(out.failure(), call.multicast);
    for (auto& [key, value] : *out)
        if (key.text() == "rt")
            value = cbor::Array{findRow(kDeviceHref)->rt, core.deviceType};
    out->emplace_back("n", state.name);
    out->emplace_back("di", state.doxm.deviceuuid.text());
    out->emplace_back("icv", core.specVersion);
    out->emplace_back("dmv", core.dataModels);
    out->emplace_back("piid", state.piid.text());
    addOptional(*out, kDeviceHref, core);
    return svr::content(*std::move(out));
}

svr::Reply getPlatform(const CoreProperties& core, const svr::Call& call) {
    auto out = beginRepresentation(kPlatformHref, call);
    if (!out)
        return svr::refused(out.failure(), call.multicast);
    out->emplace_back("pi", core.platformId.text());
    out->emplace_back("mnmn", core.manufacturer);
    addOptional(*out, kPlatformHref, core);
    return svr::content(*std::move(out));
}

svr::Reply configuration(const svr::DeviceState& state, const svr::Call& call) {
    if (call.method == coap::Method::get) {
        auto out = beginRepresentation(kConfigurationHref, call);
        if (!out)
            return svr::refused(out.failure(), call.multicast);
        out->emplace_back("n", state.name);
        return svr::content(*std::move(out));
    }
    if (auto known = svr::selectInterface(call.query, findRow(kConfigurationHref)->interfaces); !known)
        return svr::refused(known.failure());
    const auto body = svr::bodyOf(call.body);
    if (!body)
        return svr::refused(body.failure());
    auto next = state;
    for (const auto& [key, value] : **body) {
        if (key.text() != "n")
            return svr::refused(
                {Reason::unknownProperty, "/oc/con has one property to write, n", "send {\"n\": \"a name\"}"});
        auto name = svr::readText(value, "n", kMaxDeviceName);
        if (!name)
            return svr::refused(name.failure());
        next.name = *std::move(name);
    }
    return next == state ? svr::unchanged() : svr::changed(std::move(next));
}

} // namespace ocfsecd::ocf
