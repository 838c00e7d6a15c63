#include "tools/obt/own_steps.h"

#include "tools/obt/requests.h"

#include <array>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::int64_t kClientDirected = 4; // om, sm
constexpr std::int64_t kSymmetricKeys = 1;  // sct

coap::Request selectMethod(const OwnPlan& plan) {
    return makePost(href::doxm, cbor::Map{{"oxmsel", plan.method->number}});
}
coap::Request clientDirected(const OwnPlan&) {
    return makePost(href::pstat, cbor::Map{{"om", kClientDirected}});
}
coap::Request nameOwner(const OwnPlan& plan) {
    return makePost(href::doxm, cbor::Map{{"devowneruuid", plan.self.text()}});
}
coap::Request nameDevice(const OwnPlan& plan) {
    return makePost(href::doxm, cbor::Map{{"deviceuuid", plan.device.text()}});
}
coap::Request ownDoxm(const OwnPlan& plan) {
    return setRowner(href::doxm, plan.self);
}
coap::Request ownAcl2(const OwnPlan& plan) {
    return setRowner(href::acl2, plan.ams);
}
coap::Request ownPstat(const OwnPlan& plan) {
    return setRowner(href::pstat, plan.self);
}
// Empty key data: the device derives the same key (F5.3). `rowneruuid` is the subject here even with another CMS,
// because some devices derive only for their cred.rowneruuid (Q14).
coap::Request deriveOwnerCredential(const OwnPlan& plan) {
    return postKeys({{std::nullopt, plan.self, {}}}, plan.self);
}
bool othersManage(const OwnPlan& plan) {
    return plan.cms != plan.self || plan.ams != plan.self;
}
coap::Request serviceCredentials(const OwnPlan& plan) {
    std::vector<KeyEntry> entries;
    if (plan.cms != plan.self)
        entries.push_back({std::nullopt, plan.cms, plan.cmsKey->view()});
    if (plan.ams != plan.self && plan.ams != plan.cms)
        entries.push_back({std::nullopt, plan.ams, plan.amsKey->view()});
    return postKeys(entries, plan.cms);
}
coap::Request nameDomain(const OwnPlan& plan) {
    return makePost(href::sdi, cbor::Map{{"uuid", plan.domain.text()}, {"name", plan.domainName}, {"priv", false}});
}
coap::Request takeOwnership(const OwnPlan&) {
    return makePost(href::doxm, cbor::Map{{"owned", true}});
}
coap::Request provisioning(const OwnPlan&) {
    return setState(state::rfpro);
}

constexpr std::array kSteps{
    OwnStep{"select the owner transfer method", Via::clear, selectMethod, nullptr},
    OwnStep{"client-directed provisioning", Via::connection, clientDirected, nullptr},
    OwnStep{"name the owner", Via::connection, nameOwner, nullptr},
    OwnStep{"give the device its identity", Via::connection, nameDevice, nullptr},
    OwnStep{"own doxm", Via::connection, ownDoxm, nullptr},
    OwnStep{"name the access manager", Via::connection, ownAcl2, nullptr},
    OwnStep{"own pstat", Via::connection, ownPstat, nullptr},
    OwnStep{"derive the owner credential", Via::connection, deriveOwnerCredential, nullptr, false, true},
    OwnStep{"credentials of the other managers", Via::connection, serviceCredentials, othersManage},
    OwnStep{"name the security domain", Via::connection, nameDomain, nullptr, true},
    OwnStep{"take ownership", Via::connection, takeOwnership, nullptr},
    OwnStep{"go to RFPRO", Via::connection, provisioning, nullptr},
};

} // namespace

std::span<const OwnStep> ownSteps() {
    return kSteps;
}

Result<void> checkOwnable(const Doxm& doxm, const Pstat& pstat) {
    if (doxm.owned)
        return Failure{Reason::precondition, fmt::format("the device is owned already, by {}", doxm.devowner.text()),
                       "its owner resets it, or a factory reset at the device"};
    if (pstat.state != state::rfotm || pstat.pending)
        return Failure{Reason::precondition,
                       fmt::format("the device is in {}{}, not ready for an owner", stateName(pstat.state),
                                   pstat.pending ? " (working)" : ""),
                       "wait a few seconds, then: ocf-obt discover"};
    if ((doxm.sct & kSymmetricKeys) == 0)
        return Failure{Reason::precondition,
                       fmt::format("the device does not support symmetric pair-wise keys (sct {})", doxm.sct), ""};
    if ((pstat.sm & kClientDirected) == 0)
        return Failure{Reason::precondition,
                       fmt::format("the device does not support client-directed provisioning (sm {})", pstat.sm), ""};
    return {};
}

} // namespace ocfsecd::obt
