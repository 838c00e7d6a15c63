#include "tools/obt/handover.h"

#include "cbor/value.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::string_view kKind = "ocf-obt-handover";
constexpr int kVersion = 1;

Failure damaged() {
    return {Reason::stateCorrupt, "the hand-over file is damaged or not one",
            "ask for a new one: ocf-obt provision handover"};
}

Uuid uuidAt(const cbor::Value& map, std::string_view key) {
    const auto* value = map.find(key);
    const auto octets = value != nullptr ? value->bytes() : std::nullopt;
    return octets ? Uuid::fromRaw(*octets).value_or(Uuid{}) : Uuid{};
}

cbor::Value raw(const Uuid& uuid) {
    return cbor::Value{copyOf(uuid.raw())};
}

} // namespace

Bytes encodeHandover(const Handover& handover) {
    cbor::Array endpoints;
    for (const auto& endpoint : handover.endpoints)
        endpoints.emplace_back(endpoint.text());
    return cbor::encode(cbor::Map{{"kind", kKind},
                                  {"version", kVersion},
                                  {"recipient", raw(handover.recipient)},
                                  {"device", raw(handover.device)},
                                  {"name", handover.name},
                                  {"owner", raw(handover.owner)},
                                  {"doxm", raw(handover.rowners.doxm)},
                                  {"pstat", raw(handover.rowners.pstat)},
                                  {"cred", raw(handover.rowners.cred)},
                                  {"acl2", raw(handover.rowners.acl2)},
                                  {"endpoints", std::move(endpoints)},
                                  {"key", cbor::Value{copyOf(handover.key->view())}}});
}

Result<Handover> decodeHandover(ByteView octets) {
    const auto body = cbor::decode(octets);
    if (!body || body->find("kind") == nullptr || body->find("kind")->text() != kKind ||
        body->find("version") == nullptr || body->find("version")->integer() != kVersion)
        return damaged();
    Handover out;
    out.recipient = uuidAt(*body, "recipient");
    out.device = uuidAt(*body, "device");
    out.owner = uuidAt(*body, "owner");
    out.rowners = {uuidAt(*body, "doxm"), uuidAt(*body, "pstat"), uuidAt(*body, "cred"), uuidAt(*body, "acl2")};
    if (const auto* name = body->find("name"); name != nullptr && name->text())
        out.name = *name->text();
    if (const auto* list = body->find("endpoints"); list != nullptr && list->array() != nullptr)
        for (const auto& uri : *list->array())
            if (const auto endpoint = uri.text() ? parseEndpoint(*uri.text()) : std::nullopt)
                out.endpoints.push_back(*endpoint);
    const auto* key = body->find("key");
    if (key == nullptr || !key->bytes() || (key->bytes()->size() != 16 && key->bytes()->size() != 32))
        return damaged();
    out.key = shareSecret(*key->bytes());
    if (out.recipient.isNil() || out.device.isNil())
        return damaged();
    return out;
}

Subject subjectFrom(const Handover& handover) {
    Subject out;
    out.device = handover.device;
    out.name = handover.name;
    out.owner = handover.owner;
    out.rowners = handover.rowners;
    out.endpoints = handover.endpoints;
    out.credentials.push_back({Origin::handedOver, false, handover.key});
    return out;
}

} // namespace ocfsecd::obt
