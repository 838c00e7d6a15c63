#include "svr/acl2.h"

#include "svr/ace_codec.h"
#include "svr/properties.h"
#include "svr/query.h"
#include "svr/write_access.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace ocfsecd::svr {

namespace {

cbor::Value representation(const Acl2& acl2, std::optional<AceId> only) {
    cbor::Array list;
    for (const auto& ace : acl2.aclist2)
        if (!only || ace.id == *only)
            list.push_back(representation(ace));
    return cbor::Map{{"aclist2", std::move(list)}, {"rowneruuid", acl2.rowneruuid.text()}};
}

Reply get(const DeviceState& state, const Call& call) {
    std::optional<AceId> only;
    if (const auto text = queryValue(call.query, "aceid")) {
        const auto number = queryNumber(*text);
        if (!number)
            return refused(malformed("the aceid filter", "a number"));
        only = AceId{static_cast<std::uint32_t>(*number)};
    }
    return content(representation(state.acl2, only));
}

Result<std::vector<RequestedAce>> readAll(const cbor::Array& list) {
    std::vector<RequestedAce> out;
    std::set<AceId> seen;
    for (const auto& value : list) {
        auto ace = readAce(value);
        if (!ace)
            return ace.failure();
        if (ace->id && !seen.insert(*ace->id).second)
            return Failure{Reason::malformed, fmt::format("aceid {} comes twice", numberOf(*ace->id)),
                           "send each aceid once"};
        out.push_back(*std::move(ace));
    }
    return out;
}

/// Above every id in use or asked for; the lowest free one when there is none above.
AceId freshId(std::set<AceId>& used) {
    std::int64_t number = used.empty() ? 1 : numberOf(*used.rbegin()) + 1;
    if (number > kMaxAceId)
        for (number = 1; used.contains(AceId{static_cast<std::uint32_t>(number)});)
            ++number;
    const AceId id{static_cast<std::uint32_t>(number)};
    used.insert(id);
    return id;
}

Result<void> addAll(Acl2& acl2, std::vector<RequestedAce> wanted) {
    std::set<AceId> used;
    for (const auto& ace : acl2.aclist2)
        used.insert(ace.id);
    for (const auto& one : wanted)
        if (one.id)
            used.insert(*one.id);
    for (auto& one : wanted) {
        one.ace.id = one.id ? *one.id : freshId(used);
        const auto old = std::ranges::find(acl2.aclist2, one.ace.id, &Ace::id);
        if (old != acl2.aclist2.end())
            *old = std::move(one.ace); // completely (AC_02)
        else
            acl2.aclist2.push_back(std::move(one.ace));
    }
    if (acl2.aclist2.size() > kMaxAces ||
        cbor::encode(representation(acl2, std::nullopt)).size() > kMaxAclRepresentation)
        return Failure{Reason::tooLarge, fmt::format("the device holds at most {} ACEs", kMaxAces),
                       "DELETE ACEs that are no longer needed"};
    return {};
}

Result<void> apply(Acl2& acl2, std::string_view property, const cbor::Value& value) {
    if (property == "rowneruuid") {
        const auto uuid = readUuid(value, property);
        if (!uuid)
            return uuid.failure();
        acl2.rowneruuid = *uuid;
        return {};
    }
    if (value.array() == nullptr)
        return malformed("aclist2", "an array");
    auto wanted = readAll(*value.array());
    if (!wanted)
        return wanted.failure();
    return addAll(acl2, *std::move(wanted));
}

Reply post(const DeviceState& state, const Call& call) {
    auto next = state;
    const auto write = [&](std::string_view property, const cbor::Value& value) {
        return apply(next.acl2, property, value);
    };
    const auto isNoList = [](std::string_view property, const cbor::Value& value) {
        return property == "aclist2" && value.isNull(); // facts Q5
    };
    if (auto written = writeProperties(state, call, kAcl2Access, write, isNoList); !written)
        return refused(written.failure());
    return changed(std::move(next));
}

Reply del(const DeviceState& state, const Call& call) {
    if (state.pstat.state == OnboardingState::rfnop)
        return refused({Reason::deleteForbidden, "ACEs cannot be deleted in rfnop",
                        "take the device to RFPRO first: POST /oic/sec/pstat {dos:{s:2}}"});
    if (auto may = checkWrite(kAcl2Access, "aclist2", state.pstat.state, standingOf(state, call.caller)); !may)
        return refused(may.failure());
    constexpr std::string_view keys[] = {"aceid", "if"};
    if (auto known = onlyKeys(call.query, keys); !known)
        return refused(known.failure());
    auto next = state;
    auto& list = next.acl2.aclist2;
    if (const auto text = queryValue(call.query, "aceid")) {
        const auto number = queryNumber(*text);
        const auto removed =
            number ? std::erase_if(list, [&](const Ace& ace) { return numberOf(ace.id) == *number; }) : 0;
        if (removed == 0)
            return refused({Reason::notFound, "no ACE has this aceid", "GET /oic/sec/acl2 lists them"});
    } else {
        list.clear();
    }
    auto reply = changed(std::move(next));
    reply.code = coap::code::deleted;
    return reply;
}

} // namespace

Reply handleAcl2(const DeviceState& state, const Call& call) {
    switch (call.method) {
    case coap::Method::get:
        return get(state, call);
    case coap::Method::del:
        return del(state, call);
    default:
        return post(state, call);
    }
}

} // namespace ocfsecd::svr
