#pragma once
// The access decision (facts clause 3): one pure function of state, caller, target and operation. The first line of
// facts 3.4 that matches decides, and the decision says which one it was and what would have to change.

#include "coap/exchange.h"
#include "svr/state.h"
#include "svr/wall_time.h"

#include <string>
#include <string_view>

namespace ocfsecd::svr {

/// What a request does (facts 3.1).
enum class Operation : std::uint8_t { create, retrieve, update, del, notify };
Operation operationOf(coap::Method method);
std::string_view nameOf(Operation operation); ///< "retrieve"
std::optional<Operation> operationNamed(std::string_view name);
std::uint8_t permissionFor(Operation operation); ///< the bit of facts 3.1

struct Target {
    std::string href; ///< path without query
    bool svr = false;
    bool dcr = false; ///< SVRs are DCRs too
    bool vertical = false;
    bool discoverable = true;
    bool hasSecureEndpoint = true;
    bool hasClearEndpoint = false;
};

struct Caller {
    bool secure = false;      ///< came through a DTLS session
    bool doc = false;         ///< … which is the Device Onboarding Connection
    bool group = false;       ///< … or is a multicast request that a member of a group has protected
    bool docOpen = false;     ///< some DOC is open (or in its handshake)
    std::optional<Uuid> peer; ///< authenticated UUID; nothing on the anonymous DOC
    RoleIds roles;            ///< asserted, or of the symmetric credential in use
    WallTime at{};            ///< when it asks, effective time: ACEs may hold for a while only
    std::string address;      ///< for the records only
};

/// The lines of facts 3.4, in their order.
enum class Rule : std::uint8_t {
    resetUnderWay,         ///< last paragraph: in RESET nothing is served
    groupOnConfiguration,  ///< ours: a group's request
    clearWhileDocOpen,     ///< 1
    notOperational,        ///< 3
    verticalInClear,       ///< 4
    onboardingConnection,  ///< 5
    coreWhileUnowned,      ///< 6
    clearWhileUnowned,     ///< 7
    secureResourceInClear, ///< 8
    resourceOwner,         ///< 9: rowneruuid of that very resource
    deviceOwner,           ///< 9: DOTS and devowneruuid
    serviceOnPstat,        ///< 9: CMS and AMS on pstat
    ownRoles,              ///< 10
    accessControlEntry,    ///< 11
    nothingGrants,         ///< 11
};
std::string_view nameOf(Rule rule); ///< "access-control-entry"

struct Decision {
    bool allowed = false;
    Rule rule = Rule::nothingGrants;
    std::string reason; ///< the deciding rule as a sentence
    std::string next;   ///< what to do about a refusal; empty when allowed
    Failure failure() const { return {Reason::notAuthorised, reason, next}; }
};

/// Policy switches of the operator.
struct AccessPolicy {
    bool allowClearVertical = false; ///< line 4: let anon-clear ACEs open application resources in clear
};

Decision decide(const DeviceState& state, const Caller& caller, const Target& target, Operation operation,
                const AccessPolicy& policy = {});
Decision decide(const DeviceState& state, const Caller& caller, const Target& target, coap::Method method,
                const AccessPolicy& policy = {});

/// Everything under /oic/sec/.
bool isSvr(std::string_view href);
/// Device configuration resources (facts 0.2); /oc/con and introspection are none.
bool isDcr(std::string_view href);
/// The target of a DCR; what is no DCR has to be described by who hosts it.
Target targetOf(std::string_view href);

} // namespace ocfsecd::svr
