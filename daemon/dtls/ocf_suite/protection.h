#pragma once
// AES-128-CBC with HMAC-SHA-256, MAC then encrypt (RFC 5246 section 6.2.3.2): seals and opens records of one
// association. Opening takes the same time for every padding and every MAC.

#include "base/random.h"
#include "base/secret_bytes.h"
#include "dtls/ocf_suite/key_schedule.h"
#include "dtls/record.h"

namespace ocfsecd::dtls::ocf_suite {

inline constexpr std::size_t kMaxPlaintext = 16384;         ///< RFC 5246 section 6.2.1
inline constexpr std::size_t kMaxCiphertext = 16384 + 2048; ///< section 6.2.3

struct Sealing {
    ContentType type{};
    std::uint16_t epoch = 1;
    std::uint64_t sequence = 0;
};

class Protection {
public:
    /// `role` is ours: which half of the key block writes.
    Protection(ByteView keyBlock, Role role);

    /// The whole record, header included.
    Bytes seal(const Sealing& what, ByteView plaintext, Random& random) const;
    /// Nothing when padding or MAC are wrong; which of them, not even time tells.
    std::optional<Bytes> open(const Record& record) const;

private:
    struct Keys;
    const Keys& keys() const;
    SecretBytes memory_; ///< the expanded keys
};

/// The inside of open(): a decrypted fragment (content, MAC, padding), a keyed MAC state that has hashed nothing.
/// Length of the content, nothing when it is not authentic. Separate so that it can be compared with a plain version.
std::optional<std::size_t> authenticate(const hmac_sha256_ctx& keyed, const Sealing& what, ByteView decrypted);

} // namespace ocfsecd::dtls::ocf_suite
