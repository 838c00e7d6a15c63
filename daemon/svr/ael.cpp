#include "svr/ael.h"

#include "svr/audit_log.h"
#include "svr/properties.h"
#include "svr/write_access.h"

#include <algorithm>

namespace ocfsecd::svr {

namespace {

Reply get(const Ael& filters, const AuditLog& log) {
    cbor::Array events;
    for (const auto& entry : log.entries())
        events.emplace_back(representation(entry));
    return content(cbor::Map{{"events", std::move(events)},
                             {"usedspace", static_cast<std::int64_t>(log.usedspace())},
                             {"maxspace", static_cast<std::int64_t>(log.maxspace())},
                             {"unit", "Byte"},
                             {"categoryfilter", filters.categoryfilter},
                             {"priorityfilter", filters.priorityfilter}});
}

bool isProperty(std::string_view name) {
    return std::ranges::find(kAelAccess, name, &PropertyAccess::name) != kAelAccess.end();
}

Result<void> apply(Ael& filters, std::string_view property, const cbor::Value& value) {
    const bool isCategory = property == "categoryfilter";
    const auto number = readInteger(value, property, 0, isCategory ? 255 : 4);
    if (!number)
        return number.failure();
    (isCategory ? filters.categoryfilter : filters.priorityfilter) = static_cast<int>(*number);
    return {};
}

Reply post(const DeviceState& state, const Call& call) {
    const auto body = bodyOf(call.body);
    if (!body)
        return refused(body.failure());
    const auto standing = standingOf(state, call.caller);
    auto next = state;
    bool any = false;
    for (const auto& [key, value] : **body) {
        const auto property = keyOf(key);
        if (!property)
            return refused(property.failure());
        if (!isProperty(*property))
            continue; // facts 8.1
        if (auto may = checkWrite(kAelAccess, *property, state.pstat.state, standing); !may)
            return refused(may.failure());
        if (auto applied = apply(next.ael, *property, value); !applied)
            return refused(applied.failure());
        any = true;
    }
    if (!any)
        return refused(malformed("the payload", "a map with categoryfilter or priorityfilter"));
    return changed(std::move(next));
}

} // namespace

Reply handleAel(const DeviceState& state, const Call& call) {
    if (call.method != coap::Method::get)
        return post(state, call);
    return get(state.ael, call.audit != nullptr ? *call.audit : AuditLog{});
}

} // namespace ocfsecd::svr
