#pragma once
// Which of its own certificates a device presents while one takes another's place: the newest of those that are valid
// now, unless a peer could not do with it and there is an older one that has worked. Pure.

#include "base/address.h"
#include "svr/state.h"
#include "svr/wall_time.h"

#include <deque>
#include <span>

namespace ocfsecd::ocf {

/// Hosts whose failures are remembered: a device has a handful of peers, and a stranger costs one place.
inline constexpr std::size_t kMaxRememberedHosts = 64;

struct OwnCertificate {
    svr::CredId id{};
    bool proven = false; ///< a session with it has succeeded
    svr::WallTime notBefore{}, notAfter{};
};

class CertificateChoice {
public:
    /// `own`: oldest first. The place in it; nothing when it is empty.
    std::optional<std::size_t> choose(std::span<const OwnCertificate> own, const Address& peer,
                                      svr::WallTime now) const;
    /// A handshake with that certificate failed: the same host is shown the other one next.
    void failed(const Address& peer, svr::CredId id);

private:
    struct Failed {
        Address host;
        svr::CredId id{};
    };
    std::deque<Failed> failed_; ///< one per host, the oldest first
};

} // namespace ocfsecd::ocf
