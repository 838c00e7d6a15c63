#include "svr/pstat.h"

#include "svr/properties.h"
#include "svr/state_machine.h"
#include "svr/write_access.h"

#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

constexpr int kUpdateBits = 0xC0; // facts 2.3: without the software update feature these must not stay set

Reply get(const Pstat& pstat) {
    return content(cbor::Map{
        {"dos", cbor::Map{{"s", static_cast<int>(pstat.state)}, {"p", pstat.pending}}},
        {"isop", pstat.isop},
        {"cm", pstat.cm},
        {"tm", pstat.tm},
        {"om", pstat.om},
        {"sm", pstat.sm},
        {"rowneruuid", pstat.rowneruuid.text()},
    });
}

/// A POST taken apart, checked against the table of the current state.
struct Wanted {
    Pstat pstat; ///< with om, tm and rowneruuid applied
    std::optional<OnboardingState> target;
};

class Reading {
public:
    Reading(const DeviceState& state, Standing standing) : in_{state.pstat.state}, standing_{standing} {
        wanted_.pstat = state.pstat;
    }

    Result<Wanted> read(const cbor::Map& body) {
        for (const auto& [key, value] : body) {
            const auto property = keyOf(key);
            if (!property)
                return property.failure();
            if (auto applied = *property == "dos" ? readDos(value) : apply(*property, value); !applied)
                return applied.failure();
        }
        return wanted_;
    }

private:
    Result<void> may(std::string_view property) const { return checkWrite(kPstatAccess, property, in_, standing_); }

    Result<void> readDos(const cbor::Value& dos) {
        if (dos.map() == nullptr || dos.find("s") == nullptr)
            return malformed("dos", "a map with s");
        for (const auto& [key, value] : *dos.map()) {
            const auto member = keyOf(key);
            if (!member)
                return member.failure();
            if (auto allowed = may(fmt::format("dos.{}", *member)); !allowed)
                return allowed; // only s gets past
            const auto number = value.integer();
            wanted_.target = number ? onboardingState(*number) : std::nullopt;
            if (!wanted_.target)
                return malformed("dos.s", "an integer from 0 to 4");
        }
        return {};
    }

    Result<void> apply(std::string_view property, const cbor::Value& value) {
        // A flat "dos.s" is no property on the wire, whatever the table's rows are called.
        if (property.starts_with("dos."))
            return Failure{Reason::unknownProperty, "dos.s and dos.p are members of dos", "send {dos:{s:…}}"};
        if (auto allowed = may(property); !allowed)
            return allowed;
        auto& pstat = wanted_.pstat;
        if (property == "rowneruuid") {
            const auto uuid = readUuid(value, property);
            if (!uuid)
                return uuid.failure();
            pstat.rowneruuid = *uuid;
            return {};
        }
        const auto bits = readInteger(value, property, property == "om" ? 1 : 0, property == "om" ? 7 : 255);
        if (!bits)
            return bits.failure();
        if (property == "tm") {
            pstat.tm = static_cast<int>(*bits) & ~kUpdateBits;
            return {};
        }
        if ((*bits & ~std::int64_t{pstat.sm}) != 0)
            return Failure{Reason::malformed, fmt::format("om {} is not a subset of sm {}", *bits, pstat.sm),
                           fmt::format("send om {}", pstat.sm)};
        pstat.om = static_cast<int>(*bits);
        return {};
    }

    OnboardingState in_;
    Standing standing_;
    Wanted wanted_;
};

Standing standingOnPstat(const DeviceState& state, const Caller& caller) {
    const auto standing = standingOf(state, caller);
    const bool owner = caller.secure && caller.peer == state.pstat.rowneruuid && !state.pstat.rowneruuid.isNil();
    return standing == Standing::other && owner ? Standing::dots : standing;
}

Reply post(const DeviceState& state, const Call& call) {
    if (state.pstat.pending)
        return refused({Reason::busy, "a change of state is being worked on", "wait a few seconds and read dos again"});
    const auto body = bodyOf(call.body);
    if (!body)
        return refused(body.failure());
    auto wanted = Reading{state, standingOnPstat(state, call.caller)}.read(**body);
    if (!wanted)
        return refused(wanted.failure());

    auto next = state;
    next.pstat = wanted->pstat;
    if (!wanted->target)
        return changed(std::move(next));
    // dos.s comes last: what entering sets must win, and the preconditions see the rest of this POST (facts 1.6).
    if (auto may = checkTransition(next, state.pstat.state, *wanted->target); !may)
        return refused(may.failure());
    if (*wanted->target == state.pstat.state)
        return changed(std::move(next));
    auto reply = changed(enter(std::move(next), *wanted->target));
    reply.resetRequested = *wanted->target == OnboardingState::reset;
    return reply;
}

} // namespace

Reply handlePstat(const DeviceState& state, const Call& call) {
    return call.method == coap::Method::get ? get(state.pstat) : post(state, call);
}

} // namespace ocfsecd::svr
