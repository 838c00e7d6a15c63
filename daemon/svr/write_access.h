#pragma once
// Who may write a property in this state, by the tables of facts clause 2, and the writing of all that a POST has.

#include "svr/access.h"
#include "svr/resource.h"
#include "svr/tables.h"

#include <functional>
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

using PropertyWrite = std::function<Result<void>(std::string_view property, const cbor::Value& value)>;
using PropertySkip = std::function<bool(std::string_view property, const cbor::Value& value)>;

/// For resources that ignore properties they do not have.
PropertySkip unlessIn(std::span<const PropertyAccess> table);
/// Every property of a POST's body in its order: may it be written, then write(). The first failure ends it. `skip`
/// passes over what neither is checked nor written. Gives how many were written.
Result<std::size_t> writeProperties(const DeviceState& state, const Call& call, std::span<const PropertyAccess> table,
                                    const PropertyWrite& write, const PropertySkip& skip = {});

} // namespace ocfsecd::svr
