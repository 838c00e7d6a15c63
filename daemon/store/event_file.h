#pragma once
// The auditable events of a device as a file beside its snapshot: CBOR array [magic, version, nonce, encrypted], under
// the state key with device and ownership as associated data. What is not noticed: a file replaced by an older one of
// the same ownership.

#include "store/aead.h"

#include <string_view>

namespace ocfsecd::store {

inline constexpr std::size_t kMaxEvents = 64 * 1024; ///< octets of the list; its own bound is far below (facts 8.1)

Result<Bytes> encodeEvents(unsigned device, std::uint64_t epoch, const SecretBytes& key, ByteView list);
/// Reason::stateCorrupt; `file` is its name for the failure's text.
Result<Bytes> decodeEvents(ByteView octets, unsigned device, std::uint64_t epoch, const SecretBytes& key,
                           std::string_view file);

} // namespace ocfsecd::store
