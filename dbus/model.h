#pragma once
// What the bus shows and may ask for, as plain values: whoever publishes need not know D-Bus, and D-Bus knows no
// device.

#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"
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

/// The maker's certificate as org.ocfsecd1.Manufacturer.xml says; times in seconds since 1970 UTC.
struct CertificateView {
    std::string subject;
    std::int64_t notBefore = 0, notAfter = 0;
    std::string chain; ///< PEM
    bool operator==(const CertificateView&) const = default;
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
    std::optional<CertificateView> manufacturerCertificate;
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

/// One entry of /oic/sec/cred as org.ocfsecd1.Credentials.xml says.
struct CredentialView {
    std::uint32_t credid = 0;
    std::string subject;
    std::uint32_t type = 0;
    std::string usage;
    std::string origin;
    bool sealed = false;
    std::string role; ///< empty: none
    std::optional<CertificateView> certificate;
};

/// One auditable event as org.ocfsecd1.Events.xml says.
struct EventView {
    std::string aeid;
    std::uint32_t category = 0, priority = 0;
    std::int64_t time = 0;
    std::string message;
    std::vector<std::string> auxiliary;
};

struct AccessView {
    bool allowed = false;
    std::string reason;
};

/// A PIN that is to be shown.
struct PinView {
    SharedSecret characters; ///< ASCII
    TimePoint until;         ///< it is void from then on
};

/// What callers may ask for; they are authorised before. Called on the loop's thread; `done` may be called at once or
/// later, also when nobody waits any more. An empty one answers Unavailable.
struct Actions {
    using Done = std::function<void(const Result<void>&)>;
    std::function<void(unsigned device, Done done)> reset;
    std::function<void(unsigned device, Done done)> softReset;
    std::function<Result<void>(unsigned device, Duration time)> openWindow; ///< 0: as long as configured
    std::function<Result<PinView>(unsigned device)> pin;
    std::function<Result<void>(unsigned device)> mayShowPins;          ///< why agents make no sense here
    std::function<void(unsigned device, bool somebody)> setPinDisplay; ///< the first agent came, the last one went
    std::function<void(unsigned device, std::string chain, SharedSecret key, Done done)> importManufacturer;
    std::function<void(unsigned device, std::function<void(const Result<std::string>&)> done)> createManufacturerKey;
    std::function<void(unsigned device, std::string chain, Done done)> setManufacturerChain;
    std::function<Result<std::vector<CredentialView>>(unsigned device)> credentials;
    std::function<Result<std::vector<EventView>>(unsigned device)> events;
    std::function<Result<AccessView>(unsigned device, const std::string& subject, const std::string& href,
                                     const std::string& operation)>
        checkAccess;
};

} // namespace ocfsecd::dbus
