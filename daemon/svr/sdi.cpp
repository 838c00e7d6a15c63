#include "svr/sdi.h"

#include "svr/properties.h"
#include "svr/write_access.h"

#include <algorithm>

namespace ocfsecd::svr {

namespace {

Reply get(const Sdi& sdi) {
    return content(cbor::Map{{"uuid", sdi.uuid.text()}, {"name", sdi.name}, {"priv", sdi.priv}});
}

bool isProperty(std::string_view name) {
    return std::ranges::find(kSdiAccess, name, &PropertyAccess::name) != kSdiAccess.end();
}

Result<void> apply(Sdi& sdi, std::string_view property, const cbor::Value& value) {
    if (property == "uuid") {
        const auto uuid = readUuid(value, property);
        if (!uuid)
            return uuid.failure();
        sdi.uuid = *uuid;
    } else if (property == "name") {
        auto name = readText(value, property, kMaxDomainName);
        if (!name)
            return name.failure();
        sdi.name = *std::move(name);
    } else {
        const auto priv = readBool(value, property);
        if (!priv)
            return priv.failure();
        sdi.priv = *priv;
    }
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
            continue; // facts 2.9
        if (auto may = checkWrite(kSdiAccess, *property, state.pstat.state, standing); !may)
            return refused(may.failure());
        if (auto applied = apply(next.sdi, *property, value); !applied)
            return refused(applied.failure());
        any = true;
    }
    if (!any)
        return refused(malformed("the payload", "a map with uuid, name or priv"));
    return changed(std::move(next));
}

} // namespace

Reply handleSdi(const DeviceState& state, const Call& call) {
    return call.method == coap::Method::get ? get(state.sdi) : post(state, call);
}

} // namespace ocfsecd::svr
