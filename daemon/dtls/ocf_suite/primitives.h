#pragma once
// SHA-256 and HMAC as values that can be copied in mid-stream. nettle and not GnuTLS: the constant-time MAC check
// copies the state hundreds of times a record (L5.6), and an idle session must not hold a library handle per direction.

#include "base/bytes.h"

#include <array>
#include <nettle/hmac.h>
#include <nettle/sha2.h>

namespace ocfsecd::dtls::ocf_suite {

inline constexpr std::size_t kDigest = 32;
using Digest = std::array<std::uint8_t, kDigest>;

class Sha256 {
public:
    Sha256();
    void update(ByteView data);
    Digest digest() const; ///< of what was hashed so far; hashing may go on

private:
    sha256_ctx state_;
};

/// The state is wiped when it ends.
class Hmac {
public:
    explicit Hmac(ByteView key);
    Hmac(const Hmac&) = default;
    Hmac& operator=(const Hmac&) = default;
    ~Hmac() { wipe(&state_, sizeof state_); }
    Hmac& update(ByteView data);
    Digest digest() const;

private:
    hmac_sha256_ctx state_;
};

/// Ends a MAC: nettle 4 dropped the length argument.
void finish(hmac_sha256_ctx& state, std::uint8_t* out);

/// Constant time for equal lengths.
bool equalSecret(ByteView a, ByteView b);

} // namespace ocfsecd::dtls::ocf_suite
