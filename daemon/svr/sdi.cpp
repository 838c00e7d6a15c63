#include "svr/sdi.h"

#include "svr/properties.h"
#include "svr/write_access.h"

namespace ocfsecd::svr {

namespace {

Reply get(const Sdi& sdi) {
    return content(cbor::Map{{"uuid", sdi.uuid.text()}, {"name", sdi.name}, {"priv", sdi.priv}});
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
    auto next = state;
    const auto write = [&](std::string_view property, const cbor::Value& value) {
        return apply(next.sdi, property, value);
    };
    const auto written = writeProperties(state, call, kSdiAccess, write, unlessIn(kSdiAccess)); // facts 2.9
    if (!written)
        return refused(written.failure());
    if (*written == 0)
        return refused(malformed("the payload", "a map with uuid, name or priv"));
    return changed(std::move(next));
}

} // namespace

Reply handleSdi(const DeviceState& state, const Call& call) {
    return call.method == coap::Method::get ? get(state.sdi) : post(state, call);
}

} // namespace ocfsecd::svr
