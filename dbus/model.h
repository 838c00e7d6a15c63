#pragma once
// What the bus shows and may ask for, as plain values: whoever publishes need not know D-Bus, and D-Bus knows no
// device.

#include "base/result.h"
#include "base/uuid.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ocfsecd::dbus {

struct OwnerCredentialView {
    std::uint32_t credid = 0;
    std::string origin; ///< "derived" or "provisioned"
    bool sealed = false;
    bool operator==(const OwnerCredentialView&) const = default;
};

/// One logical device. Texts are those of org.ocfsecd1.Device.xml.
struct DeviceView {
    Uuid deviceId;
    std::string name;
    std::string onboardingState = "reset";
    std::string phase = "idle";
    bool pending = false;
    bool owned = false;
    std::optional<Uuid> ownerId;
    std::optional<OwnerCredentialView> ownerCredential;
    bool operational = false;
    std::vector<std::string> supportedMethods;
    std::string selectedMethod;
    std::vector<std::string> endpoints;
    std::uint32_t sessions = 0;
    bool operator==(const DeviceView&) const = default;
};

/// The agent as a whole. Texts are those of org.ocfsecd1.Manager.xml.
struct ManagerView {
    std::string version;               ///< as first published: does not change
    std::vector<std::string> features; ///< as first published: do not change
    std::string tpmState = "ok";       ///< or nameOf() a named failure
    std::string tpmFailureText;
    std::string tpmRemedy;
    std::string tpmManufacturer;
    std::string tpmPolicy;
    std::uint32_t sealedObjects = 0;
    bool operator==(const ManagerView&) const = default;
};

/// What callers may ask for; they are authorised before. Called on the loop's thread; `done` may be called at once or
/// later, also when nobody waits any more. An empty one answers Unavailable.
struct Actions {
    using Done = std::function<void(Result<void>)>;
    std::function<void(unsigned device, Done done)> reset;
    std::function<void(unsigned device, Done done)> softReset;
};

} // namespace ocfsecd::dbus
