#include "svr/access.h"

#include "svr/validity.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

constexpr std::string_view kDoxm = "/oic/sec/doxm", kPstat = "/oic/sec/pstat", kCred = "/oic/sec/cred",
                           kAcl2 = "/oic/sec/acl2", kRoles = "/oic/sec/roles";
constexpr std::array<std::string_view, 3> kCore{"/oic/res", "/oic/d", "/oic/p"};
// Facts 0.2: what configures the device, beside the SVRs.
constexpr std::array<std::string_view, 6> kOtherDcrs{
    "/oic/res", "/oic/d", "/oic/p", "/oic/mnt", "/CoapCloudConfResURI", "/EasySetupResURI"};

struct OperationRow {
    Operation operation;
    std::string_view name;
    std::uint8_t permission;
};
constexpr std::array kOperations{
    OperationRow{Operation::create, "create", permission::create},
    OperationRow{Operation::retrieve, "retrieve", permission::retrieve},
    OperationRow{Operation::update, "update", permission::update},
    OperationRow{Operation::del, "delete", permission::del},
    OperationRow{Operation::notify, "notify", permission::retrieve}, // facts U7: an observe registration needs R
};

constexpr std::array<std::string_view, 15> kRuleNames{
    "reset-under-way",    "group-on-configuration", "clear-while-doc-open",
    "not-operational",    "vertical-in-clear",      "onboarding-connection",
    "core-while-unowned", "clear-while-unowned",    "secure-resource-in-clear",
    "resource-owner",     "device-owner",           "service-on-pstat",
    "own-roles",          "access-control-entry",   "nothing-grants"};
static_assert(static_cast<std::size_t>(Rule::nothingGrants) + 1 == kRuleNames.size());

const OperationRow& rowOf(Operation operation) {
    return kOperations.at(static_cast<std::size_t>(operation));
}

/// Everything one decision looks at.
struct Question {
    const DeviceState& state;
    const Caller& caller;
    const Target& target;
    Operation operation;
    const AccessPolicy& policy;

    OnboardingState in() const { return state.pstat.state; }
    bool unowned() const { return in() == OnboardingState::rfotm; }
    bool reads() const { return operation == Operation::retrieve || operation == Operation::notify; }
    bool peerIs(const Uuid& owner) const { return caller.secure && caller.peer == owner && !owner.isNil(); }
};

Decision grant(Rule rule, std::string reason) {
    return {true, rule, std::move(reason), {}};
}
Decision deny(Rule rule, std::string reason, std::string next) {
    return {false, rule, std::move(reason), std::move(next)};
}
using Line = std::optional<Decision> (*)(const Question&);

std::optional<Decision> resetUnderWay(const Question& q) {
    if (q.in() != OnboardingState::reset)
        return std::nullopt;
    return deny(Rule::resetUnderWay, "the device is being reset", "wait a few seconds and discover it again");
}

/// Every member of a group has its key, so its requests are nobody's in particular, and each reaches many devices.
std::optional<Decision> groupOnConfiguration(const Question& q) {
    if (!q.caller.group || !q.target.dcr)
        return std::nullopt;
    return deny(Rule::groupOnConfiguration,
                fmt::format("{} configures this one device; a group's request does not reach it", q.target.href),
                "send it over a session of your own");
}

std::optional<Decision> clearWhileDocOpen(const Question& q) {
    if (!q.unowned() || q.caller.secure || !q.caller.docOpen)
        return std::nullopt;
    return deny(Rule::clearWhileDocOpen, "another tool is onboarding the device; nothing is served in clear meanwhile",
                "wait until that onboarding has ended");
}

std::optional<Decision> notOperational(const Question& q) {
    if (q.target.dcr || q.in() == OnboardingState::rfnop)
        return std::nullopt;
    return deny(Rule::notOperational, fmt::format("{} is served in normal operation only", q.target.href),
                "take the device to RFNOP: POST /oic/sec/pstat {dos:{s:3}}");
}

std::optional<Decision> verticalInClear(const Question& q) {
    if (q.target.dcr || !q.target.vertical || q.caller.secure || q.policy.allowClearVertical)
        return std::nullopt;
    return deny(Rule::verticalInClear,
                fmt::format("{} is not served in clear, whatever the access list says", q.target.href),
                "connect with DTLS");
}

std::optional<Decision> onboardingConnection(const Question& q) {
    if (!q.target.dcr || !q.caller.secure || !q.caller.doc)
        return std::nullopt;
    return grant(Rule::onboardingConnection, "the onboarding connection configures the device");
}

std::optional<Decision> coreWhileUnowned(const Question& q) {
    if (!q.unowned() || !q.reads() || std::ranges::find(kCore, q.target.href) == kCore.end())
        return std::nullopt;
    return grant(Rule::coreWhileUnowned, "an unowned device may be discovered by anyone");
}

std::optional<Decision> clearWhileUnowned(const Question& q) {
    if (!q.unowned() || q.caller.secure)
        return std::nullopt;
    if (q.target.href == kDoxm)
        return grant(Rule::clearWhileUnowned, "anyone may read doxm and select a transfer method of an unowned device");
    if (q.target.href == kPstat && q.reads())
        return grant(Rule::clearWhileUnowned, "anyone may read pstat of an unowned device");
    return deny(Rule::clearWhileUnowned, fmt::format("{} needs the onboarding connection", q.target.href),
                "select a method: POST /oic/sec/doxm {oxmsel:…}, then connect with DTLS");
}

std::optional<Decision> secureResourceInClear(const Question& q) {
    if (!q.target.svr || q.caller.secure)
        return std::nullopt;
    return deny(Rule::secureResourceInClear,
                fmt::format("{} of an owned device is never served in clear", q.target.href),
                "connect with DTLS and your credential");
}

std::optional<Decision> resourceOwner(const Question& q) {
    const std::pair<std::string_view, const Uuid&> owners[] = {{kAcl2, q.state.acl2.rowneruuid},
                                                               {kDoxm, q.state.doxm.rowneruuid},
                                                               {kPstat, q.state.pstat.rowneruuid},
                                                               {kCred, q.state.cred.rowneruuid}};
    for (const auto& [href, owner] : owners)
        if (q.target.href == href && q.peerIs(owner))
            return grant(Rule::resourceOwner, fmt::format("the caller is rowneruuid of {}", href));
    return std::nullopt;
}

std::optional<Decision> deviceOwner(const Question& q) {
    const bool repairs = q.unowned() || q.in() == OnboardingState::sreset;
    if (q.target.svr && repairs && q.peerIs(q.state.doxm.devowneruuid))
        return grant(Rule::deviceOwner, "the caller is devowneruuid of doxm");
    const auto& href = q.target.href;
    const bool one = href == kAcl2 || href == kCred || href == kDoxm || href == kPstat;
    if (one && q.peerIs(q.state.doxm.rowneruuid))
        return grant(Rule::deviceOwner, "the caller is the ownership transfer service, rowneruuid of doxm");
    return std::nullopt;
}

std::optional<Decision> serviceOnPstat(const Question& q) {
    if (q.target.href != kPstat || q.unowned()) // facts 1.3: not in RFOTM
        return std::nullopt;
    if (q.peerIs(q.state.cred.rowneruuid))
        return grant(Rule::serviceOnPstat, "the caller is the credential management service, rowneruuid of cred");
    if (q.peerIs(q.state.acl2.rowneruuid))
        return grant(Rule::serviceOnPstat, "the caller is the access management service, rowneruuid of acl2");
    return std::nullopt;
}

std::optional<Decision> ownRoles(const Question& q) {
    if (q.target.href != kRoles || !q.caller.secure || !q.caller.peer || q.unowned())
        return std::nullopt;
    return grant(Rule::ownRoles, "every authenticated peer may assert its own roles");
}

bool subjectMatches(const Question& q, const AceSubject& subject) {
    if (const auto* uuid = std::get_if<Uuid>(&subject))
        return q.peerIs(*uuid);
    if (const auto* role = std::get_if<RoleId>(&subject))
        return q.caller.secure && std::ranges::any_of(q.caller.roles, [&](const RoleId& own) {
                   return own.role == role->role && (!role->authority || own.authority == role->authority);
               });
    if (q.target.svr)
        return false; // facts 3.4 line 11: a connection type never opens an SVR
    if (std::get<ConnType>(subject) == ConnType::anonClear)
        return true; // facts 3.2: also over DTLS, it re-grants what anybody could get in clear
    return q.caller.secure && q.caller.peer.has_value();
}

bool wildcardMatches(const Target& target, Wildcard wildcard) {
    if (target.dcr)
        return false; // facts 3.3: wildcards never match DCRs
    switch (wildcard) {
    case Wildcard::all:
        return true;
    case Wildcard::secure:
        return target.discoverable && target.hasSecureEndpoint;
    case Wildcard::clear:
        return target.discoverable && target.hasClearEndpoint;
    }
    return false;
}

/// With both members both must match: the narrower reading.
bool resourceMatches(const Target& target, const AceResource& resource) {
    if (!resource.href && !resource.wc)
        return false;
    return (!resource.href || *resource.href == target.href) && (!resource.wc || wildcardMatches(target, *resource.wc));
}

Decision byAccessList(const Question& q) {
    const auto needed = permissionFor(q.operation);
    std::string partial; // ACEs that match but lack the permission, for the explanation
    std::string outside; // … and those whose time it is not
    for (const auto& ace : q.state.acl2.aclist2) {
        const bool matches =
            subjectMatches(q, ace.subject) && std::ranges::any_of(ace.resources, [&](const auto& resource) {
                return resourceMatches(q.target, resource);
            });
        if (!matches)
            continue;
        const bool isTime = isWithin(ace.validity, q.caller.at);
        // One bit is needed, so one ACE that has it equals the union of all.
        if ((ace.permission & needed) != 0 && isTime)
            return grant(Rule::accessControlEntry,
                         fmt::format("ACE {} grants {} on {}", numberOf(ace.id), nameOf(q.operation), q.target.href));
        auto& list = isTime ? partial : outside;
        list += fmt::format("{}{}", list.empty() ? "" : ", ", numberOf(ace.id));
    }
    std::string who =
        q.caller.secure ? (q.caller.peer ? q.caller.peer->text() : "an anonymous peer") : "a caller in clear";
    if (!outside.empty() && partial.empty())
        return deny(Rule::nothingGrants,
                    fmt::format("{} may not {} {} now: the validity of ACE {} does not include this time", who,
                                nameOf(q.operation), q.target.href, outside),
                    "wait for its period, or let the access manager change it; compare the device's clock");
    if (!partial.empty())
        return deny(Rule::nothingGrants,
                    fmt::format("{} may not {} {}: ACE {} matches without that permission", who, nameOf(q.operation),
                                q.target.href, partial),
                    fmt::format("let the access manager add permission {} for this subject", needed));
    return deny(Rule::nothingGrants, fmt::format("no ACE lets {} {} {}", who, nameOf(q.operation), q.target.href),
                fmt::format("let the access manager POST /oic/sec/acl2 an ACE with permission {} on {}", needed,
                            q.target.href));
}

// Facts 3.4; line 2 is an extension that is off.
constexpr Line kLines[] = {
    resetUnderWay,         // last paragraph
    groupOnConfiguration,  // ours
    clearWhileDocOpen,     // 1
    notOperational,        // 3
    verticalInClear,       // 4
    onboardingConnection,  // 5
    coreWhileUnowned,      // 6
    clearWhileUnowned,     // 7
    secureResourceInClear, // 8
    resourceOwner,         // 9
    deviceOwner,           // 9
    serviceOnPstat,        // 9
    ownRoles,              // 10
};

} // namespace

Operation operationOf(coap::Method method) {
    switch (method) {
    case coap::Method::get:
        return Operation::retrieve;
    case coap::Method::post:
        return Operation::update;
    case coap::Method::put:
        return Operation::create;
    case coap::Method::del:
        return Operation::del;
    }
    return Operation::create;
}

std::string_view nameOf(Operation operation) {
    return rowOf(operation).name;
}

std::optional<Operation> operationNamed(std::string_view name) {
    const auto found = std::ranges::find(kOperations, name, &OperationRow::name);
    return found == kOperations.end() ? std::nullopt : std::optional{found->operation};
}

std::uint8_t permissionFor(Operation operation) {
    return rowOf(operation).permission;
}

std::string_view nameOf(Rule rule) {
    return kRuleNames.at(static_cast<std::size_t>(rule));
}

Decision decide(const DeviceState& state, const Caller& caller, const Target& target, Operation operation,
                const AccessPolicy& policy) {
    const Question question{state, caller, target, operation, policy};
    for (const auto line : kLines)
        if (auto decision = line(question))
            return *std::move(decision);
    return byAccessList(question); // 11
}

Decision decide(const DeviceState& state, const Caller& caller, const Target& target, coap::Method method,
                const AccessPolicy& policy) {
    return decide(state, caller, target, operationOf(method), policy);
}

bool isSvr(std::string_view href) {
    return href.starts_with("/oic/sec/");
}

bool isDcr(std::string_view href) {
    return isSvr(href) || std::ranges::find(kOtherDcrs, href) != kOtherDcrs.end();
}

Target targetOf(std::string_view href) {
    const bool svr = isSvr(href);
    return {std::string{href}, svr, isDcr(href), false, true, true, !svr};
}

} // namespace ocfsecd::svr
