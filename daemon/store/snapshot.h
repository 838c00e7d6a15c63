#pragma once
// A snapshot as bytes: CBOR array [magic, version, header, nonce, body], the header a byte string holding a CBOR map,
// the body encrypted with AES-256-GCM under the state key with the header as associated data.

#include "store/aead.h"
#include "tpm/tpm.h"

#include <optional>
#include <string_view>

namespace ocfsecd::store {

constexpr std::size_t kMaxBody = 1024 * 1024; ///< a state of a thousand credentials with certificates is half of it
constexpr std::size_t kMaxSnapshot = kMaxBody + 16 * 1024; ///< with header, tag and heads

enum class Mark { owned, resetting };

/// Readable by anybody, changed by nobody: it is the associated data of the body.
struct Header {
    unsigned device = 0;
    Mark mark = Mark::owned;
    std::uint64_t epoch = 0;      ///< the odd epoch this ownership has
    std::uint64_t counter = 0;    ///< the TPM's counter once this snapshot is in force
    std::uint64_t generation = 0; ///< commits of this ownership
    Bytes parentName;
    tpm::SealedObject stateKey; ///< sealed to `epoch`
    /// The state key sealed to the epoch before, in an ownership's first snapshot only: it is verified before the epoch
    /// is advanced for it.
    std::optional<tpm::SealedObject> earlyKey;
};

struct Snapshot {
    Header header;
    Bytes headerOctets;
    Bytes nonce;
    Bytes encrypted;
};

/// `file` is its name for the failure's text. Reason::stateCorrupt, or foreignState for a newer format.
Result<Snapshot> decodeSnapshot(ByteView octets, std::string_view file);
/// A whole file.
Result<Bytes> encodeSnapshot(const Header& header, const SecretBytes& key, ByteView body);
/// Reason::stateCorrupt when header, nonce, body and key do not belong together.
Result<Bytes> openBody(const Snapshot& snapshot, const SecretBytes& key, std::string_view file);
/// Fresh for each ownership.
Result<SecretBytes> makeStateKey();

} // namespace ocfsecd::store
