#pragma once
// Who may write a property in this state, by the tables of facts 2.1 and 2.3–2.5.

#include "svr/access.h"
#include "svr/tables.h"

#include <span>

namespace ocfsecd::svr {

/// What a caller is to a resource, as far as the tables care.
enum class Standing : std::uint8_t {
    anonymous, ///< in clear
    doc,       ///< the Device Onboarding Connection
    dots,      ///< owner of the device: doxm.rowneruuid, and in SRESET devowneruuid
    other,     ///< anybody else the access decision let in
};
Standing standingOf(const DeviceState& state, const Caller& caller);

/// Reason::unknownProperty for a name the table does not have, readOnly or notAuthorised where the mode says no.
Result<void> checkWrite(std::span<const PropertyAccess> table, std::string_view property, OnboardingState state,
                        Standing standing);

} // namespace ocfsecd::svr
