#pragma once
// The owner transfer methods this tool can carry out, as one table (facts 4.4), and the choice among them.

#include "base/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::obt {

/// What the user has to bring along.
enum class Needs {
    nothing,
    pin,        ///< which the device shows
    makerRoots, ///< certificates of the makers that are trusted
};

struct Method {
    std::int64_t number;         ///< in oxms, for oxmsel
    std::string_view name;       ///< for --method
    std::string_view derivation; ///< what enters the owner credential (OXM of facts 5.2)
    Needs needs;
    std::string_view unlock; ///< how a device that does not offer it comes to offer it; empty: not by its user
};

/// The strongest first: certificates authenticate the device by its maker's key; a PIN of eight digits can be found out
/// by whoever takes part in the handshake and then has time; Just Works authenticates nobody.
std::span<const Method> methods();
const Method* methodNamed(std::string_view name);
/// "random-pin"; "0xff01" for one that is not in the table, the number for others.
std::string methodText(std::int64_t number);
std::string methodTexts(const std::vector<std::int64_t>& numbers); ///< with commas; "none" for none

/// What the user can serve.
struct Means {
    bool pin = false;
    bool makerRoots = false;
    bool meant = false; ///< given for this device on purpose: then nothing that authenticates nobody will do
};

/// The strongest method that the device offers and the user can serve; with `wanted` that one and no other. A refusal
/// says what is offered and what would be needed for it: Reason::usage where an option is missing, else precondition.
/// The offer comes in clear, from anybody: who gave means of authentication gets no method without it unasked.
Result<const Method*> chooseMethod(const std::vector<std::int64_t>& offered, const Method* wanted, const Means& means);
/// A stronger method that the device offers too, and what it needs; empty where there is none.
std::string strongerThan(const Method& chosen, const std::vector<std::int64_t>& offered);

} // namespace ocfsecd::obt
