#pragma once
// Commands for the time after onboarding: what a device is part of, and what it wrote down.

#include "tools/obt/commands/commands.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

/// Of a refusal to let us see or change `href`: how to get that right.
inline Failure withWayOut(const Failure& failure, std::string_view href) {
    if (failure.reason != Reason::notAuthorised)
        return failure;
    return {failure.reason, failure.what,
            fmt::format("as AMS: ocf-obt provision ace TARGET --subject UUID --href {} --permission RU", href)};
}

void addSecurityDomain(CLI::App& app, Tool& tool);
void addEvents(CLI::App& app, Tool& tool);

} // namespace ocfsecd::obt
