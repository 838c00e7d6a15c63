#include "svr/state_machine.h"

#include "svr/tables.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

constexpr int kUpdateBits = 0xC0; // facts 1.5: bits 6 and 7 belong to software update

Failure missing(std::string what, std::string next) {
    return {Reason::precondition, std::move(what), std::move(next)};
}

Failure noSuchTransition(OnboardingState from, OnboardingState to) {
    std::string next = "write 0 (RESET) or ask what the device allows with GET /oic/sec/pstat";
    if (to == OnboardingState::rfnop)
        next = "go to RFPRO (2) first, then to RFNOP (3)";
    else if (to == OnboardingState::rfotm)
        next = "write 0 (RESET): the device goes on to RFOTM by itself";
    return {Reason::precondition, fmt::format("{} cannot go to {}", nameOf(from), nameOf(to)), std::move(next)};
}

Result<void> ownedAndNamed(const DeviceState& state) {
    if (!state.doxm.owned)
        return missing("doxm.owned is false", "POST /oic/sec/doxm {owned:true} over the onboarding connection");
    if (state.doxm.devowneruuid.isNil())
        return missing("doxm.devowneruuid is nil",
                       "POST /oic/sec/doxm {devowneruuid:…} over the onboarding connection");
    if (state.doxm.deviceuuid.isNil())
        return missing("doxm.deviceuuid is nil", "POST /oic/sec/doxm {deviceuuid:…} over the onboarding connection");
    return {};
}

/// By subject only, whatever the type; "*" does not count (facts 1.4).
bool hasCredentialFor(const DeviceState& state, const Uuid& subject) {
    return std::ranges::any_of(state.cred.creds, [&](const Credential& c) { return c.subject == subject; });
}

Result<void> preconditions(const DeviceState& state, OnboardingState from, OnboardingState to) {
    switch (to) {
    case OnboardingState::reset:
        return {};
    case OnboardingState::rfotm:
        if (state.doxm.owned || !state.doxm.devowneruuid.isNil())
            return missing("the device still has an owner", "write 0 (RESET)");
        return {};
    case OnboardingState::rfpro:
        return readyForRfpro(state);
    case OnboardingState::rfnop:
        if (from != OnboardingState::rfnop && state.pstat.isop)
            return missing("pstat.isop is already true", "write 2 (RFPRO) first");
        return readyForRfpro(state);
    case OnboardingState::sreset:
        return ownedAndNamed(state); // the weak check: SRESET is where broken rowneruuids are repaired (facts U2)
    }
    return {};
}

} // namespace

Result<void> readyForRfpro(const DeviceState& state) {
    if (auto named = ownedAndNamed(state); !named)
        return named;
    const std::pair<std::string_view, const Uuid&> owners[] = {{"doxm", state.doxm.rowneruuid},
                                                               {"pstat", state.pstat.rowneruuid},
                                                               {"acl2", state.acl2.rowneruuid},
                                                               {"cred", state.cred.rowneruuid}};
    for (const auto& [resource, owner] : owners)
        if (owner.isNil())
            return missing(fmt::format("{}.rowneruuid is nil", resource),
                           fmt::format("POST /oic/sec/{} {{rowneruuid:…}}", resource));
    for (const auto& [resource, owner] : owners)
        if (!hasCredentialFor(state, owner))
            return missing(
                fmt::format("no credential has the subject {}, which is {}.rowneruuid", owner.text(), resource),
                "POST /oic/sec/cred with a credential of that subject");
    return {};
}

Result<void> checkTransition(const DeviceState& state, OnboardingState from, OnboardingState to) {
    switch (kTransitions.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to))) {
    case Transition::same:
        return {};
    case Transition::no:
        return noSuchTransition(from, to);
    case Transition::yes:
    case Transition::automatic:
        break;
    }
    return preconditions(state, from, to);
}

DeviceState enter(DeviceState state, OnboardingState to) {
    const auto& values = kEntryValues.at(static_cast<std::size_t>(to));
    auto& pstat = state.pstat;
    pstat.state = to;
    pstat.pending = values.pending;
    pstat.isop = values.isop;
    pstat.cm = values.cm | (pstat.cm & kUpdateBits);
    pstat.tm = values.tm | (pstat.tm & kUpdateBits);
    return state;
}

DeviceState enterReset(DeviceState state) {
    return enter(std::move(state), OnboardingState::reset);
}

bool isDurable(const DeviceState& state) {
    return state.pstat.state != OnboardingState::rfotm && state.pstat.state != OnboardingState::reset;
}

bool needsReset(const DeviceState& stored) {
    const auto in = stored.pstat.state;
    return in == OnboardingState::reset || in == OnboardingState::rfotm || stored.pstat.pending ||
           !ownedAndNamed(stored);
}

DeviceState manufacturerDefault(Random& random, const Capabilities& capabilities) {
    DeviceState state; // every rowneruuid nil, not owned, empty lists, om = sm = 4
    state.doxm.deviceuuid = Uuid::random(random);
    state.piid = Uuid::random(random);
    state.name = capabilities.name;
    state.sp = {capabilities.profiles, capabilities.currentProfile};
    state.cred.creds = capabilities.manufacturerCredentials;
    // A RESET forgets all contexts, so a secret of the last ownership would not be known again, were it ever
    // provisioned for the new one. Numbers that begin anywhere below 2^30 hardly meet those that it was used with.
    state.oscoreNumbers.first = state.oscoreNumbers.next = random.number() >> 2;
    return enter(std::move(state), OnboardingState::rfotm);
}

} // namespace ocfsecd::svr
