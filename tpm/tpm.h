#pragma once
// The TPM 2.0 as this project uses it: one parent, sealed secrets bound to an ownership epoch, two NV counters per
// device. Every call blocks (10–500 ms on real chips) and belongs to the worker's thread.

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct TSS2_TCTI_OPAQUE_CONTEXT_BLOB;

namespace ocfsecd::tpm {

/// TCG parts of a sealed object as TPM2_Create gives them (marshalled TPM2B_PUBLIC and TPM2B_PRIVATE).
struct SealedObject {
    Bytes publicArea;
    Bytes privateArea;
    bool operator==(const SealedObject&) const = default;
};

/// A P-256 key that signs SHA-256 digests with ECDSA (marshalled TPM2B_PUBLIC and TPM2B_PRIVATE).
struct SigningKey {
    Bytes publicArea;
    Bytes privateArea;
    bool operator==(const SigningKey&) const = default;
};

/// A point of P-256: x, then y, 32 octets each. Of a signing key: tpm/public_point.h.
using PublicPoint = std::array<std::uint8_t, 64>;

struct Options {
    std::string tcti = "device:/dev/tpmrm0"; ///< tss2-tctildr name
    std::vector<unsigned> pcrSelection;      ///< SHA-256 PCRs the policy also needs; empty: none
    std::uint32_t nvBase = 0x01800100;       ///< NV index of device n: epoch nvBase+2n, counter nvBase+2n+1
};

/// The two NV counters of a device (design section 4).
struct Counters {
    std::uint64_t epoch = 0;   ///< ownership epoch: even while unowned, odd while owned (daemon/store/store.h)
    std::uint64_t counter = 0; ///< durable onboarding-state transitions
};

struct Description {
    std::string manufacturer; ///< TPM2_PT_MANUFACTURER as text, e.g. "IBM"
    std::string firmware;     ///< "8217.4131.22.13878"
};

/// The TPM does not do its part, whatever it says; what waits for it goes on when it is back.
constexpr bool isTpmFailure(Reason reason) {
    return reason == Reason::tpmUnavailable || reason == Reason::ownerAuthRequired || reason == Reason::tpmLockout;
}

class Tpm {
public:
    /// Opens the TCTI, makes the parent ready and flushes leftovers.
    /// Reason::tpmUnavailable, ownerAuthRequired, tpmLockout.
    static Result<std::unique_ptr<Tpm>> open(const Options& options);
    /// The same over a TCTI that is ready; it stays the caller's and outlives the Tpm. Tests put faults in front of the
    /// TPM this way (L6.16).
    static Result<std::unique_ptr<Tpm>> openOn(TSS2_TCTI_OPAQUE_CONTEXT_BLOB* tcti, const Options& options);
    virtual ~Tpm() = default;

    virtual const Description& description() const = 0;
    /// TPM name of the parent: pinned in the snapshot, compared before anything else is tried.
    virtual ByteView parentName() const = 0;
    /// Nothing when the indices do not exist or were not finished. Reason::foreignState when an index of that number is
    /// not ours.
    virtual Result<std::optional<Counters>> readCounters(unsigned device) = 0;
    /// Makes both indices and gives each its first increment (their Names change then: L6.5); the epoch begins even.
    /// Repeats what a crash left undone. The counter comes last: while it has no value, no ownership ever was durable.
    virtual Result<Counters> defineCounters(unsigned device) = 0;
    virtual Result<std::uint64_t> advanceEpoch(unsigned device) = 0;
    virtual Result<std::uint64_t> advanceCounter(unsigned device) = 0;
    /// Seals up to 128 octets to the device's epoch (and the PCRs). Reason::policyMismatch for all-zero PCRs.
    virtual Result<SealedObject> seal(unsigned device, const SecretBytes& secret) = 0;
    /// Seals to an epoch that may be still to come: the object opens only when the device's epoch has got there.
    virtual Result<SealedObject> sealAt(unsigned device, std::uint64_t epoch, const SecretBytes& secret) = 0;
    /// Reason::policyMismatch when the epoch or a PCR moved on, foreignState for another TPM's or parent's object.
    virtual Result<SecretBytes> unseal(unsigned device, const SealedObject& object) = 0;
    /// Makes a signing key that never leaves this TPM. `auth`, up to 32 octets, is what its use asks for; it is bound
    /// to no epoch.
    virtual Result<SigningKey> createSigningKey(const SecretBytes& auth) = 0;
    /// Takes in a private key made elsewhere; its use asks for no value. Reason::malformed when it does not fit
    /// `point`.
    virtual Result<SigningKey> importSigningKey(const SecretBytes& scalar, const PublicPoint& point) = 0;
    /// DER of an ECDSA-Sig-Value over a digest of 32 octets. Reason::notAuthorised for a wrong `auth` (any number of
    /// times: no lockout), foreignState for another TPM's or parent's key.
    virtual Result<Bytes> sign(const SigningKey& key, const SecretBytes& auth, ByteView digest) = 0;
    /// False after a transport or integrity error: this object is dead, open a new one (L6.12).
    virtual bool usable() const = 0;
    /// NV writes (definitions and increments) done through this object, for ocf-bench and tests.
    virtual std::uint64_t nvWrites() const = 0;
};

} // namespace ocfsecd::tpm
