#pragma once
// How far an onboarding has come, for people and for the bus: computed, never stored.

#include "svr/state.h"

namespace ocfsecd::svr {

enum class Phase : std::uint8_t {
    idle,                  ///< nobody has begun
    methodSelected,        ///< `oxmsel` was written
    connected,             ///< the onboarding connection is open
    identified,            ///< device and owner have their UUIDs
    credentialEstablished, ///< the owner credential exists
    servicesConfigured,    ///< every precondition of RFPRO holds
    owned,                 ///< RFPRO, RFNOP or SRESET
};
std::string_view nameOf(Phase phase); ///< "credential-established", as on D-Bus

Phase phaseOf(const DeviceState& state, bool docOpen);

} // namespace ocfsecd::svr
