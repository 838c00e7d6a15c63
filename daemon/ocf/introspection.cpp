#include "ocf/introspection.h"

#include "ocf/resources.h"
#include "svr/query.h"
#include "svr/schema.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::ocf {

namespace {

using svr::PropertySchema;
using svr::Shape;

/// The core resources' own properties (facts 7.4, 7.5); what the maker may add comes from optionalProperties().
// clang-format off
constexpr std::array kCoreSchema{
    PropertySchema{"oic.wk.d",             "n",       Shape::text},
    PropertySchema{"oic.wk.d",             "di",      Shape::uuid},
    PropertySchema{"oic.wk.d",             "icv",     Shape::text},
    PropertySchema{"oic.wk.d",             "dmv",     Shape::text},
    PropertySchema{"oic.wk.d",             "piid",    Shape::uuid},
    PropertySchema{"oic.wk.p",             "pi",      Shape::uuid},
    PropertySchema{"oic.wk.p",             "mnmn",    Shape::text},
    PropertySchema{"oic.wk.con",           "n",       Shape::text},
    PropertySchema{"oic.wk.introspection", "urlInfo", Shape::objects},
};
// clang-format on

struct ShapeFace {
    std::string_view type, items, format;
};

ShapeFace faceOf(Shape shape) {
    switch (shape) {
    case Shape::boolean:
        return {"boolean", {}, {}};
    case Shape::integer:
        return {"integer", {}, {}};
    case Shape::text:
        return {"string", {}, {}};
    case Shape::uuid:
        return {"string", {}, "uuid"};
    case Shape::integers:
        return {"array", "integer", {}};
    case Shape::texts:
        return {"array", "string", {}};
    case Shape::object:
        return {"object", {}, {}};
    case Shape::objects:
        return {"array", "object", {}};
    }
    return {};
}

cbor::Map schemaOf(Shape shape, bool readOnly) {
    const auto face = faceOf(shape);
    cbor::Map out{{"type", face.type}};
    if (!face.items.empty())
        out.emplace_back("items", cbor::Map{{"type", face.items}});
    if (!face.format.empty())
        out.emplace_back("format", face.format);
    if (readOnly)
        out.emplace_back("readOnly", true);
    return out;
}

cbor::Map reference(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/{}/{}", kind, name)}};
}

/// "rw": resources of the same interfaces share one query parameter.
std::string_view shortName(const svr::ResourceDescription& row) {
    return row.interfaces.front().substr(row.interfaces.front().rfind('.') + 1);
}

std::string parameterOf(const svr::ResourceDescription& row) {
    return fmt::format("interface-{}", shortName(row));
}

cbor::Map pathOf(const svr::ResourceDescription& row) {
    const auto parameter = reference("parameters", parameterOf(row));
    const auto schema = reference("definitions", row.rt);
    const auto answers = [](std::string_view code, cbor::Map response) {
        return cbor::Map{{code, std::move(response)}};
    };
    cbor::Map out;
    if ((row.methods & svr::methods::get) != 0)
        out.emplace_back("get",
                         cbor::Map{{"parameters", cbor::Array{parameter}},
                                   {"responses", answers("200", {{"description", row.rt}, {"schema", schema}})}});
    if ((row.methods & svr::methods::post) != 0)
        out.emplace_back("post", cbor::Map{{"parameters", cbor::Array{parameter, cbor::Map{{"name", "body"},
                                                                                           {"in", "body"},
                                                                                           {"required", true},
                                                                                           {"schema", schema}}}},
                                           {"responses", answers("204", {{"description", "changed"}})}});
    if ((row.methods & svr::methods::del) != 0)
        out.emplace_back("delete", cbor::Map{{"parameters", cbor::Array{parameter}},
                                             {"responses", answers("202", {{"description", "deleted"}})}});
    return out;
}

/// An object with the properties of the type, or what is no such object.
cbor::Map definitionOf(const svr::ResourceDescription& row) {
    if (row.href == kDiscoveryHref)
        return schemaOf(Shape::objects, true);
    if (row.href == kIntrospectionDataHref)
        return schemaOf(Shape::object, true);
    cbor::Map properties{{"rt", schemaOf(Shape::texts, true)}, {"if", schemaOf(Shape::texts, true)}};
    cbor::Array required;
    const auto add = [&](const PropertySchema& property, bool readOnly) {
        if (property.rt != row.rt)
            return;
        properties.emplace_back(property.name, schemaOf(property.shape, readOnly));
        if (property.required)
            required.emplace_back(property.name);
    };
    for (const auto& property : svr::kSchema)
        add(property, !svr::isEverWritten(property.rt, property.name));
    for (const auto& property : kCoreSchema)
        add(property, (row.methods & svr::methods::post) == 0);
    for (const auto& property : optionalProperties())
        if (property.href == row.href)
            properties.emplace_back(property.name, schemaOf(Shape::text, true));
    cbor::Map out{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty())
        out.emplace_back("required", std::move(required));
    return out;
}

cbor::Map parameterFor(const svr::ResourceDescription& row) {
    return {{"name", "if"},
            {"in", "query"},
            {"type", "string"},
            {"enum", cbor::Array(row.interfaces.begin(), row.interfaces.end())}};
}

} // namespace

svr::Reply getIntrospection(const Endpoints& endpoints, const Arrival& arrival, const Address& peer,
                            const svr::Call& call) {
    auto out = beginRepresentation(kIntrospectionHref, call);
    if (!out)
        return svr::refused(out.failure(), call.multicast);
    cbor::Array urls;
    for (const auto& url : endpoints.reachableBy(peer, arrival, true))
        urls.emplace_back(cbor::Map{{"protocol", url.substr(0, url.find(':'))},
                                    {"url", url + std::string{kIntrospectionDataHref}},
                                    {"content-type", "application/cbor"},
                                    {"version", 1}});
    out->emplace_back("urlInfo", std::move(urls));
    return svr::content(*std::move(out));
}

cbor::Value introspectionData(const CoreProperties& core) {
    cbor::Map paths, parameters, definitions;
    const auto describe = [&](const svr::ResourceDescription& row) {
        paths.emplace_back(row.href, pathOf(row));
        definitions.emplace_back(row.rt, definitionOf(row));
        const auto name = parameterOf(row);
        const auto same = [&](const auto& known) { return known.first.text() == name; };
        if (std::ranges::none_of(parameters, same))
            parameters.emplace_back(name, parameterFor(row));
    };
    std::ranges::for_each(kCoreResources, describe);
    std::ranges::for_each(svr::kResources, describe);
    return cbor::Map{{"swagger", "2.0"},
                     {"info", cbor::Map{{"title", core.deviceType}, {"version", core.specVersion}}},
                     {"consumes", cbor::Array{"application/cbor"}},
                     {"produces", cbor::Array{"application/cbor"}},
                     {"paths", std::move(paths)},
                     {"parameters", std::move(parameters)},
                     {"definitions", std::move(definitions)}};
}

svr::Reply getIntrospectionData(const CoreProperties& core, const svr::Call& call) {
    if (const auto interface = svr::selectInterface(call.query, findRow(kIntrospectionDataHref)->interfaces);
        !interface)
        return svr::refused(interface.failure(), call.multicast);
    return svr::content(introspectionData(core));
}

} // namespace ocfsecd::ocf
