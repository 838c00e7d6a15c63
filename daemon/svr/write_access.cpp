#include "svr/write_access.h"

#include "svr/properties.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

Result<void> allowed(std::string_view property, Mode mode, OnboardingState state, Standing standing) {
    switch (mode) {
    case Mode::R:
        return Failure{Reason::readOnly, fmt::format("{} cannot be written in {}", property, nameOf(state)),
                       "GET /oic/sec/pstat tells the state; see which state allows this write"};
    case Mode::RWa:
        if (standing == Standing::anonymous)
            return {};
        return Failure{Reason::readOnly,
                       fmt::format("{} is written in clear, before the onboarding connection", property),
                       "end this onboarding; the device resets and accepts it again"};
    case Mode::RWd:
        if (standing == Standing::doc)
            return {};
        return Failure{Reason::readOnly, fmt::format("{} is written over the onboarding connection only", property),
                       "select a method with oxmsel, connect with DTLS, and write it there"};
    case Mode::RW:
        return {};
    case Mode::RWo:
        if (standing == Standing::doc || standing == Standing::dots)
            return {};
        return Failure{
            Reason::notAuthorised,
            fmt::format("{} is written in {} by the ownership transfer service only", property, nameOf(state)),
            "use the tool that owns the device (rowneruuid of doxm)"};
    }
    return Failure{Reason::internal, "unknown access mode", ""};
}

} // namespace

Standing standingOf(const DeviceState& state, const Caller& caller) {
    if (!caller.secure)
        return Standing::anonymous;
    if (caller.doc)
        return Standing::doc;
    if (!caller.peer || caller.peer->isNil())
        return Standing::other;
    if (caller.peer == state.doxm.rowneruuid)
        return Standing::dots;
    // Facts 3.4 line 9: in SRESET the device's owner repairs everything, even a broken doxm.rowneruuid.
    return state.pstat.state == OnboardingState::sreset && caller.peer == state.doxm.devowneruuid ? Standing::dots
                                                                                                  : Standing::other;
}

Result<void> checkWrite(std::span<const PropertyAccess> table, std::string_view property, OnboardingState state,
                        Standing standing) {
    const auto row = std::ranges::find(table, property, &PropertyAccess::name);
    if (row == table.end())
        return Failure{Reason::unknownProperty, "the payload has a property this resource does not have",
                       "send only the properties of the resource"};
    return allowed(property, row->mode.at(static_cast<std::size_t>(state)), state, standing);
}

PropertySkip unlessIn(std::span<const PropertyAccess> table) {
    return [table](std::string_view property, const cbor::Value&) {
        return std::ranges::find(table, property, &PropertyAccess::name) == table.end();
    };
}

Result<std::size_t> writeProperties(const DeviceState& state, const Call& call, std::span<const PropertyAccess> table,
                                    const PropertyWrite& write, const PropertySkip& skip) {
    const auto body = bodyOf(call.body);
    if (!body)
        return body.failure();
    const auto standing = standingOf(state, call.caller);
    std::size_t written = 0;
    for (const auto& [key, value] : **body) {
        const auto property = keyOf(key);
        if (!property)
            return property.failure();
        if (skip && skip(*property, value))
            continue;
        if (auto may = checkWrite(table, *property, state.pstat.state, standing); !may)
            return may.failure();
        if (auto done = write(*property, value); !done)
            return done.failure();
        ++written;
    }
    return written;
}

} // namespace ocfsecd::svr
