#pragma once
// TARGET of a command line: which device is meant.

#include "base/uuid.h"
#include "tools/obt/endpoint.h"

#include <string>
#include <variant>
#include <vector>

namespace ocfsecd::obt {

/// The beginning of a UUID, lower case, at least kMinPrefix characters; or a name: which of the two is tried in this
/// order.
struct PrefixOrName {
    std::string text;
};
using Target = std::variant<Uuid, Endpoint, PrefixOrName>;

/// Shorter beginnings are too easily someone else's device.
inline constexpr std::size_t kMinPrefix = 4;
inline constexpr std::string_view kTargetHelp =
    "device: UUID, its unique beginning (4 characters or more), name, or coap://address[:port]";

/// Reason::usage for an empty text and a bad address.
Result<Target> parseTarget(std::string_view text);

/// What there is to choose from.
struct Candidate {
    Uuid device;
    std::string name;
};

/// The one meant (its index). Reason::notFound, or limitReached when several fit. An address is not decided here.
Result<std::size_t> choose(const Target& target, const std::vector<Candidate>& candidates);

} // namespace ocfsecd::obt
