#include "svr/roles.h"

#include "svr/certificate_roles.h"
#include "svr/credential_codec.h"
#include "svr/properties.h"
#include "svr/query.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

using AssertedRoles = std::vector<AssertedRole>;

const AssertedRoles& assertedBy(const Call& call) {
    static const AssertedRoles none;
    return call.session != nullptr ? call.session->asserted : none;
}

Reply get(const Call& call) {
    cbor::Array roles;
    for (const auto& role : assertedBy(call))
        roles.push_back(representation(role.credential));
    return content(cbor::Map{{"roles", std::move(roles)}});
}

Result<AssertedRole> readRole(const Call& call, const Trust& trust, const cbor::Value& value) {
    auto wanted = readCredential(value);
    if (!wanted)
        return wanted.failure();
    AssertedRole out{std::move(wanted->credential), {}, {}};
    if (out.credential.usage != credusage::rolecert ||
        out.credential.type != credtype::asymmetricSigningWithCertificate)
        return malformed("a role", fmt::format("a credential of type {} for {}",
                                               credtype::asymmetricSigningWithCertificate, credusage::rolecert));
    const auto chain = chainOf(out.credential);
    const auto leaf = trust.judgeRole(chain, call.wallTime);
    if (!leaf)
        return leaf.failure();
    if (uuidIn(*leaf) != call.caller.peer)
        return Failure{Reason::malformed, fmt::format("the role certificate {} is another peer's", nameOf(*leaf)),
                       "assert roles of the UUID of this session's certificate"};
    if (leaf->key != call.session->key)
        return Failure{Reason::malformed,
                       fmt::format("the role certificate {} is for another key than this session's", nameOf(*leaf)),
                       "let role and identity certificate be issued for the same key"};
    auto roles = rolesIn(*leaf);
    if (!roles)
        return roles.failure();
    out.roles = *std::move(roles);
    out.notAfter = leaf->notAfter;
    for (const auto& der : chain) // it holds no longer than what vouches for it
        if (const auto link = readCertificate(der); link)
            out.notAfter = std::min(out.notAfter, link->notAfter);
    return out;
}

CredId freshId(const AssertedRoles& asserted, Random& random) {
    for (;;) {
        const CredId id{1 + random.below(static_cast<std::uint32_t>(kMaxCredId))};
        if (std::ranges::none_of(asserted, [id](const auto& role) { return role.credential.id == id; }))
            return id;
    }
}

Reply post(const DeviceState& state, const Call& call, Random& random) {
    const auto body = bodyOf(call.body);
    if (!body)
        return refused(body.failure());
    if (call.session == nullptr || !call.caller.peer)
        return refused({Reason::precondition, "only a session with a certificate can assert roles",
                        "connect with an identity certificate; a key has its role in roleid"});
    const auto* value = call.body->find("roles");
    if (value != nullptr && value->isNull()) // facts 7.6
        return unchanged();
    if (value == nullptr || value->array() == nullptr)
        return refused(malformed("the payload", "a map with the array roles"));
    const Trust trust{state};
    auto asserted = call.session->asserted;
    for (const auto& entry : *value->array()) {
        auto role = readRole(call, trust, entry);
        if (!role)
            return refused(role.failure());
        if (std::ranges::any_of(asserted, [&](const AssertedRole& old) {
                return old.credential.publicData == role->credential.publicData;
            }))
            continue; // facts 2.8: once more, and still one
        if (asserted.size() >= kMaxRolesPerSession)
            return refused({Reason::tooLarge,
                            fmt::format("a session holds at most {} role certificates", kMaxRolesPerSession),
                            "DELETE roles that are no longer needed, or put several into one certificate"});
        role->credential.id = freshId(asserted, random);
        asserted.push_back(*std::move(role));
    }
    auto reply = unchanged();
    reply.asserted = std::move(asserted);
    return reply;
}

Reply del(const Call& call) {
    constexpr std::string_view keys[] = {"credid", "if"};
    if (auto known = onlyKeys(call.query, keys); !known)
        return refused(known.failure());
    const Failure none{Reason::notFound, "no role of this session matches", "GET /oic/sec/roles lists them"};
    if (call.session == nullptr)
        return refused(none);
    auto asserted = call.session->asserted;
    if (const auto id = queryValue(call.query, "credid")) {
        const auto number = queryNumber(*id);
        const auto removed = std::erase_if(
            asserted, [&](const AssertedRole& role) { return number && numberOf(role.credential.id) == *number; });
        if (removed == 0)
            return refused(none);
    } else {
        asserted.clear();
    }
    auto reply = unchanged();
    reply.code = coap::code::deleted;
    reply.asserted = std::move(asserted);
    return reply;
}

} // namespace

Reply handleRoles(const DeviceState& state, const Call& call, Random& random) {
    switch (call.method) {
    case coap::Method::get:
        return get(call);
    case coap::Method::del:
        return del(call);
    default:
        return post(state, call, random);
    }
}

void dropExpired(AssertedRoles& asserted, WallTime now) {
    std::erase_if(asserted, [now](const AssertedRole& role) { return role.notAfter < now; });
}

void dropUntrusted(AssertedRoles& asserted, const Trust& trust, WallTime now) {
    std::erase_if(asserted,
                  [&](const AssertedRole& role) { return !trust.judgeRole(chainOf(role.credential), now).ok(); });
}

RoleIds rolesOf(const AssertedRoles& asserted) {
    RoleIds out;
    for (const auto& role : asserted)
        out.insert(out.end(), role.roles.begin(), role.roles.end());
    return out;
}

} // namespace ocfsecd::svr
