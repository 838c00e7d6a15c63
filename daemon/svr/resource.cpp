#include "svr/resource.h"

#include "svr/acl2.h"
#include "svr/ael.h"
#include "svr/cred.h"
#include "svr/crl.h"
#include "svr/csr.h"
#include "svr/doxm.h"
#include "svr/pstat.h"
#include "svr/query.h"
#include "svr/roles.h"
#include "svr/sdi.h"
#include "svr/sp.h"
#include "svr/tables.h"

#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

unsigned bitOf(coap::Method method) {
    switch (method) {
    case coap::Method::get:
        return methods::get;
    case coap::Method::post:
        return methods::post;
    case coap::Method::del:
        return methods::del;
    case coap::Method::put:
        break; // facts 2.0: PUT on an SVR is 4.05
    }
    return 0;
}

Reply dispatch(const DeviceState& state, const ResourceDescription& row, const Call& call, Random& random,
               const Capabilities& capabilities) {
    if (row.rt == "oic.r.doxm")
        return handleDoxm(state, call, capabilities);
    if (row.rt == "oic.r.pstat")
        return handlePstat(state, call);
    if (row.rt == "oic.r.cred")
        return handleCred(state, call, random, capabilities);
    if (row.rt == "oic.r.csr")
        return handleCsr();
    if (row.rt == "oic.r.roles")
        return handleRoles(state, call, random);
    if (row.rt == "oic.r.crl")
        return handleCrl(state, call);
    if (row.rt == "oic.r.sp")
        return handleSp(state, call, capabilities);
    if (row.rt == "oic.r.sdi")
        return handleSdi(state, call);
    if (row.rt == "oic.r.ael")
        return handleAel(state, call);
    return handleAcl2(state, call);
}

/// rt and if in front of the representation (facts 2.0).
void addBaseline(Reply& reply, const ResourceDescription& row) {
    if (!reply.body || reply.body->map() == nullptr)
        return;
    auto whole = baselineProperties(row.rt, row.interfaces);
    for (auto& member : *reply.body->map())
        whole.push_back(std::move(member));
    reply.body = cbor::Value{std::move(whole)};
}

} // namespace

Reply refused(Failure failure, bool multicast) {
    Reply reply;
    reply.code = faceOf(failure.reason).coapCode;
    reply.silent = multicast; // facts 2.0: a multicast request never gets an error answer
    reply.failure = std::move(failure);
    return reply;
}

Reply content(cbor::Value body) {
    Reply reply;
    reply.body = std::move(body);
    return reply;
}

Reply changed(DeviceState next) {
    Reply reply;
    reply.code = coap::code::changed;
    reply.next = std::move(next);
    return reply;
}

Reply unchanged() {
    Reply reply;
    reply.code = coap::code::changed;
    return reply;
}

cbor::Map baselineProperties(std::string_view rt, std::span<const std::string_view> interfaces) {
    cbor::Array names;
    for (const auto name : interfaces)
        names.emplace_back(name);
    cbor::Map out;
    out.emplace_back("rt", cbor::Array{cbor::Value{rt}});
    out.emplace_back("if", std::move(names));
    return out;
}

Reply handle(const DeviceState& state, std::string_view href, const Call& call, Random& random,
             const Capabilities& capabilities) {
    const auto* row = findResource(href);
    if (row == nullptr)
        return refused({Reason::notFound, fmt::format("{} does not exist", href), "GET /oic/res lists what there is"},
                       call.multicast);
    const auto bit = bitOf(call.method);
    if ((row->methods & bit) == 0 || (call.multicast && call.method != coap::Method::get))
        return refused({Reason::methodNotAllowed, fmt::format("{} does not have this method", href),
                        (row->methods & methods::del) != 0 ? "use GET, POST or DELETE" : "use GET or POST"},
                       call.multicast);
    const auto interface = selectInterface(call.query, row->interfaces);
    if (!interface)
        return refused(interface.failure(), call.multicast);

    auto reply = dispatch(state, *row, call, random, capabilities);
    if (call.method == coap::Method::get && *interface == kBaseline)
        addBaseline(reply, *row);
    if (reply.failure)
        reply.silent = call.multicast;
    if (reply.next && *reply.next == state)
        reply.next.reset(); // nothing to commit
    reply.transition = reply.next && reply.next->pstat.state != state.pstat.state;
    return reply;
}

} // namespace ocfsecd::svr
