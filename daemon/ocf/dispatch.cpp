#include "ocf/dispatch.h"

#include "ocf/introspection.h"
#include "ocf/resources.h"
#include "svr/query.h"

#include <fmt/format.h>

namespace ocfsecd::ocf {

namespace {

Failure unknownResource(std::string_view href) {
    return {Reason::notFound, fmt::format("there is no resource {}", href), "ask /oic/res what there is"};
}

unsigned methodBit(coap::Method method) {
    switch (method) {
    case coap::Method::get:
        return svr::methods::get;
    case coap::Method::post:
        return svr::methods::post;
    case coap::Method::del:
        return svr::methods::del;
    case coap::Method::put:
        return 0;
    }
    return 0;
}

} // namespace

bool concerns(const svr::DeviceState& state, const coap::Request& request, bool multicast) {
    const auto di = request.queryValue("di");
    if (!multicast || !di)
        return true;
    const auto wanted = Uuid::parse(*di);
    return wanted && *wanted == state.doxm.deviceuuid;
}

coap::Response responseOf(const svr::Reply& reply) {
    coap::Response response;
    response.code = reply.code;
    if (reply.body) {
        response.contentFormat = coap::kFormatOcfCbor;
        response.payload = cbor::encode(*reply.body);
    }
    return response;
}

svr::Decision authorise(const World& world, const Asked& asked) {
    return svr::decide(world.state, asked.caller, targetOf(asked.request.path), asked.request.method, world.access);
}

svr::Reply dispatch(const World& world, const Asked& asked, Random& random) {
    const auto& request = asked.request;
    const auto* row = findRow(request.path);
    if (row == nullptr)
        return svr::refused(unknownResource(request.path), asked.arrival.multicast);
    const bool isSvr = svr::isSvr(request.path);
    if (!isSvr && (methodBit(request.method) & row->methods) == 0)
        return svr::refused({Reason::methodNotAllowed, fmt::format("{} does not take this method", request.path),
                             "ask /oic/res for its interfaces"},
                            asked.arrival.multicast);
    std::optional<cbor::Value> body;
    if (!request.payload.empty()) {
        auto decoded = cbor::decode(request.payload);
        if (!decoded)
            return svr::refused(decoded.failure(), asked.arrival.multicast);
        body = *std::move(decoded);
    }
    svr::Call call;
    call.method = request.method;
    call.query = request.query;
    call.body = body ? &*body : nullptr;
    call.caller = asked.caller;
    call.multicast = asked.arrival.multicast;
    call.docKeyBlock = asked.docKeyBlock;
    call.wallTime = asked.caller.at;
    call.session = asked.session;
    call.audit = world.audit;
    if (isSvr)
        return svr::handle(world.state, request.path, call, random, world.capabilities);
    if (row->href == kDiscoveryHref)
        return getResources(
            {world.state, world.endpoints, asked.arrival, asked.peer, world.docOccupied, world.core.deviceType}, call);
    if (row->href == kDeviceHref)
        return getDevice(world.state, world.core, call);
    if (row->href == kPlatformHref)
        return getPlatform(world.core, call);
    if (row->href == kIntrospectionHref)
        return getIntrospection(world.endpoints, asked.arrival, asked.peer, call);
    if (row->href == kIntrospectionDataHref)
        return getIntrospectionData(world.core, call);
    return configuration(world.state, call);
}

} // namespace ocfsecd::ocf
