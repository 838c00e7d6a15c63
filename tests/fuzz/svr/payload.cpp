// One request to a secure resource after another: a refusal says why and changes nothing, what is taken can be stored
// and shown, and no key is ever shown. The first octet says in which state; then comes what Script reads.

#include "../support.h"
#include "svr/audit_log.h"
#include "svr/persist.h"
#include "svr/resource.h"
#include "svr/state_machine.h"
#include "svr/validity.h"

#include <algorithm>

using namespace ocfsecd;
using namespace ocfsecd::svr;

namespace {

const Uuid kOwner = *Uuid::parse("00bcb47c-1eb9-4b89-4132-c2d2181ca984"),
           kCms = *Uuid::parse("c0000000-0000-4000-8000-000000000001"),
           kStranger = *Uuid::parse("5000000f-0000-4000-8000-000000000004");
const Bytes kKey = copyOf(viewOf("0123456789abcdef"));
constexpr WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 1 / 1};
constexpr std::string_view kHrefs[] = {"/oic/sec/doxm", "/oic/sec/pstat", "/oic/sec/cred",  "/oic/sec/acl2",
                                       "/oic/sec/sp",   "/oic/sec/csr",   "/oic/sec/roles", "/oic/sec/sdi",
                                       "/oic/sec/ael",  "/oic/sec/crl"};
constexpr std::size_t kMaxRequests = 8;

Credential keyOf(const Uuid& subject, std::uint32_t id) {
    Credential out;
    out.id = CredId{id};
    out.subject = subject;
    out.privateEncoding = Encoding::raw;
    out.key.clear = shareSecret(kKey);
    return out;
}

DeviceState stateIn(std::uint8_t selector, Random& random, const Capabilities& capabilities) {
    using enum OnboardingState;
    constexpr OnboardingState states[] = {rfotm, rfotm, rfpro, rfnop, sreset};
    auto state = manufacturerDefault(random, capabilities);
    if (selector % std::size(states) == 0)
        return state;
    state.doxm.owned = true;
    state.doxm.devowneruuid = state.doxm.rowneruuid = state.pstat.rowneruuid = state.acl2.rowneruuid = kOwner;
    state.cred.rowneruuid = kCms;
    state.cred.creds = {keyOf(kOwner, 1), keyOf(kCms, 2)};
    const auto to = states[selector % std::size(states)];
    return to == rfotm ? state : enter(std::move(state), to);
}

Caller callerOf(std::uint8_t selector) {
    Caller caller;
    caller.at = kNow;
    caller.secure = selector % 5 != 0;
    caller.doc = caller.docOpen = selector % 5 == 1;
    if (selector % 5 > 1)
        caller.peer = selector % 5 == 2 ? kOwner : selector % 5 == 3 ? kCms : kStranger;
    return caller;
}

/// What the vault does on the way to the disk.
void seal(DeviceState& state) {
    for (auto& credential : state.cred.creds)
        if (credential.key.clear && !credential.key.sealed)
            credential.key.sealed = SealedBlob{Bytes(8, 1), Bytes(8, 2)};
}

void look(const DeviceState& state, Random& random, const Capabilities& capabilities) {
    const AuditLog audit;
    for (const auto href : kHrefs) {
        Call call;
        call.caller = callerOf(2);
        call.wallTime = kNow;
        call.audit = &audit;
        const auto reply = handle(state, href, call, random, capabilities);
        require(!reply.next && (reply.failure || reply.body));
        if (!reply.body)
            continue;
        const auto octets = cbor::encode(*reply.body);
        require(std::search(octets.begin(), octets.end(), kKey.begin(), kKey.end()) == octets.end());
    }
    for (const auto& ace : state.acl2.aclist2)
        for (int months = 0; months < 24; ++months)
            (void)isWithin(ace.validity, kNow + std::chrono::months{months});
    auto sealed = state;
    seal(sealed);
    const auto stored = decodeState(encodeState(sealed));
    require(stored.ok());
    for (auto& credential : sealed.cred.creds)
        credential.key.clear.reset();
    require(*stored == sealed);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Counting random;
    const Capabilities capabilities;
    Reader script{{data, size}};
    auto state = stateIn(script.u8(), random, capabilities);
    for (std::size_t n = 0; n < kMaxRequests && script.left() >= 5; ++n) {
        const auto href = kHrefs[script.u8() % std::size(kHrefs)];
        Call call;
        call.method = static_cast<coap::Method>(script.u8() % 4 + 1);
        call.caller = callerOf(script.u8());
        call.wallTime = kNow;
        if (call.caller.doc)
            call.docKeyBlock = []() -> Result<SecretBytes> { return SecretBytes{Bytes(96, 7)}; };
        if (const auto query = script.take(std::min<std::size_t>(script.u8() % 64, script.left())); !query.empty())
            call.query.emplace_back(textOf(query));
        const std::size_t wanted = script.left() >= 2 ? script.u16() : 0;
        const auto octets = script.take(std::min(wanted, script.left()));
        const auto body = cbor::decode(octets);
        call.body = body && !octets.empty() ? &*body : nullptr;
        if (!decide(state, call.caller, targetOf(href), call.method).allowed)
            continue;
        auto reply = handle(state, href, call, random, capabilities);
        if (reply.failure) {
            require(!reply.next && !reply.failure->what.empty() && !reply.failure->next.empty());
            require(reply.code >= coap::code::badRequest);
        }
        if (!reply.next)
            continue;
        state = *std::move(reply.next);
        look(state, random, capabilities);
    }
    return 0;
}
