#include "svr/ael.h"

#include "svr/audit_log.h"
#include "svr/properties.h"
#include "svr/write_access.h"

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

Result<void> apply(Ael& filters, std::string_view property, const cbor::Value& value) {
    const bool isCategory = property == "categoryfilter";
    const auto number = readInteger(value, property, 0, isCategory ? 255 : 4);
    if (!number)
        return number.failure();
    (isCategory ? filters.categoryfilter : filters.priorityfilter) = static_cast<int>(*number);
    return {};
}

Reply post(const DeviceState& state, const Call& call) {
    auto next = state;
    const auto write = [&](std::string_view property, const cbor::Value& value) {
        return apply(next.ael, property, value);
    };
    const auto written = writeProperties(state, call, kAelAccess, write, unlessIn(kAelAccess)); // facts 8.1
    if (!written)
        return refused(written.failure());
    if (*written == 0)
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
