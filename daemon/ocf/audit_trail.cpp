#include "ocf/audit_trail.h"

#include "svr/access.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::ocf {

namespace {

using Kind = Event::Kind;
namespace category = svr::category;
namespace priority = svr::priority;

/// So many of one stranger are recorded one by one; a flood of more must not push out everything else.
constexpr std::size_t kBurst = 4;

constexpr AuditRule kUnsupported{"COMM-1", category::communication, priority::warning, "Operation not supported"};
constexpr AuditRule kSvrDeleted{"SVR-2", category::svrModification, priority::info, "SVR entries deleted"};
constexpr AuditRule kSvrRefused{"SVR-3", category::svrModification, priority::warning, "SVR change refused"};

struct KindRule {
    Kind kind;
    AuditRule rule;
};
// clang-format off
constexpr std::array kRules{
    KindRule{Kind::accessDenied,               {"AC-1",   category::accessControl,   priority::warning, "Access Denied"}},
    KindRule{Kind::handshakeFailed,            {"AUTH-1", category::authentication,  priority::error,   ""}},
    KindRule{Kind::connectionRefused,          {"AUTH-1", category::authentication,  priority::error,   ""}},
    KindRule{Kind::unexpectedTraffic,          {"COMM-1", category::communication,   priority::warning, "Unexpected CoAP command"}},
    KindRule{Kind::requestRefused,             {"COMM-2", category::communication,   priority::info,    "Request refused"}},
    KindRule{Kind::stateChanged,               {"OB-1",   category::onboarding,      priority::info,    "Onboarding state changed"}},
    KindRule{Kind::methodSelected,             {"OB-2",   category::onboarding,      priority::info,    "Owner transfer method selected"}},
    KindRule{Kind::ownerCredentialEstablished, {"OB-3",   category::onboarding,      priority::info,    "Owner credential established"}},
    KindRule{Kind::owned,                      {"OB-4",   category::onboarding,      priority::info,    "Device owned"}},
    KindRule{Kind::resetBegun,                 {"DEV-1",  category::device,          priority::warning, "Device reset begun"}},
    KindRule{Kind::resetDone,                  {"DEV-2",  category::device,          priority::info,    "Device reset done"}},
    KindRule{Kind::started,                    {"DEV-3",  category::device,          priority::info,    "Device started"}},
    KindRule{Kind::commitFailed,               {"DEV-4",  category::device,          priority::error,   "State not stored"}},
    KindRule{Kind::resourceChanged,            {"SVR-1",  category::svrModification, priority::info,    "SVR updated"}},
};
// clang-format on

bool isUnsupported(Reason reason) {
    return reason == Reason::methodNotAllowed || reason == Reason::unsupportedInterface ||
           reason == Reason::badOption || reason == Reason::notAcceptable || reason == Reason::unsupportedFormat;
}

std::string upper(std::string_view text) {
    std::string out{text};
    for (auto& c : out)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return out;
}

/// Facts 8.4: what belongs to each kind, in this order; what is not known is left out.
std::vector<std::string> auxiliaryOf(const Event& event) {
    std::vector<std::string> out;
    const auto add = [&](std::string value) {
        if (!value.empty())
            out.push_back(std::move(value));
    };
    const auto field = [&](std::string_view name) { return std::string{event.field(name)}; };
    switch (event.kind) {
    case Kind::accessDenied: {
        for (const auto* name : {"PEER", "PEER_UUID", "HREF"})
            add(field(name));
        add(upper(field("OPERATION")));
        add(upper(field("STATE")));
        const auto roles = field("ROLES");
        add(roles.empty() ? "No roles asserted" : roles);
        break;
    }
    case Kind::unexpectedTraffic:
        for (const auto* name : {"PEER", "HEAD", "DUMP"})
            add(field(name));
        break;
    case Kind::requestRefused:
        if (isUnsupported(event.reason))
            break;
        [[fallthrough]];
    case Kind::resourceChanged:
        for (const auto* name : {"PEER", "PEER_UUID", "HREF"})
            add(field(name));
        add(upper(field("OPERATION")));
        if (event.kind == Kind::requestRefused)
            add(event.text);
        break;
    case Kind::stateChanged:
        add(upper(field("FROM")));
        add(upper(field("STATE")));
        break;
    case Kind::handshakeFailed:
    case Kind::connectionRefused:
        add(field("PEER"));
        break;
    default:
        add(event.text);
    }
    return out;
}

/// Can somebody cause it who has not proven who he is?
bool isStrangers(const Event& event) {
    const bool own = event.kind == Kind::stateChanged || event.kind == Kind::owned || event.kind == Kind::started;
    return !own && event.field("PEER_UUID").empty();
}

} // namespace

const AuditRule& auditRuleOf(const Event& event) {
    if (event.kind == Kind::requestRefused && isUnsupported(event.reason))
        return kUnsupported;
    const bool reads = event.field("OPERATION") == svr::nameOf(svr::Operation::retrieve);
    if (event.kind == Kind::requestRefused && !reads && svr::isSvr(event.field("HREF")))
        return kSvrRefused;
    if (event.kind == Kind::resourceChanged && event.field("OPERATION") == svr::nameOf(svr::Operation::del))
        return kSvrDeleted;
    const auto found = std::ranges::find(kRules, event.kind, &KindRule::kind);
    static constexpr AuditRule none{};
    return found == kRules.end() ? none : found->rule;
}

AuditTrail::AuditTrail(std::size_t maxspace, Duration every)
    : every_{every}, log_{maxspace}, strangers_{every, kBurst} {}

void AuditTrail::record(const Event& event, const svr::Ael& filters, svr::WallTime time, TimePoint now) {
    const auto& rule = auditRuleOf(event);
    if (rule.aeid.empty() || !svr::passes(filters, rule.category, rule.priority))
        return; // also from what is put together: the filters of this moment decide
    tick(filters, time, now);
    if (isStrangers(event) &&
        !strangers_.admit(fmt::format("{}/{}", rule.aeid, event.host()), fmt::format("{}/many", rule.aeid), event, now))
        return;
    add(event, 0, filters, time);
}

void AuditTrail::add(const Event& event, std::size_t more, const svr::Ael& filters, svr::WallTime time) {
    const auto& rule = auditRuleOf(event);
    svr::AuditEntry entry{std::string{rule.aeid},    rule.category,     rule.priority, time,
                          std::string{rule.message}, auxiliaryOf(event)};
    if (event.kind == Kind::handshakeFailed || event.kind == Kind::connectionRefused)
        entry.message = fmt::format("DTLS handshake error: {}", event.text);
    if (more != 0)
        entry.message += fmt::format(" (and {} more)", more);
    if (!log_.add(filters, entry))
        return;
    unwritten_ = true;
    recorded_.push_back(std::move(entry));
}

void AuditTrail::tick(const svr::Ael& filters, svr::WallTime time, TimePoint now) {
    strangers_.due(now, [&](const Event& event, std::size_t more) { add(event, more, filters, time); });
}

std::optional<TimePoint> AuditTrail::deadline() const {
    return strangers_.deadline();
}

void AuditTrail::clear() {
    log_.clear();
    strangers_.clear();
    unwritten_ = false;
}

std::optional<Bytes> AuditTrail::takeUnwritten(TimePoint now) {
    if (!unwritten_ || now < writeFrom_)
        return std::nullopt;
    unwritten_ = false;
    writeFrom_ = now + every_;
    return log_.encode();
}

std::optional<TimePoint> AuditTrail::writeDeadline() const {
    return unwritten_ ? std::optional{writeFrom_} : std::nullopt;
}

} // namespace ocfsecd::ocf
