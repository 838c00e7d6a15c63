#pragma once
// A client's UDP socket, raw and cheap: load must not be limited by comfort.

#include "base/address.h"
#include "base/result.h"
#include "systemd/fd.h"

#include <optional>

namespace ocfsecd::bench {

/// Largest datagram a server sends here.
inline constexpr std::size_t kMaxAnswer = 2048;

/// Connected to `server`. On IPv4 loopback it leaves from the `host`-th of many addresses of 127.0.0.0/8: servers limit
/// what one host may do.
Result<systemd::Fd> connectTo(const Address& server, unsigned host);

/// False when the datagram did not leave (lost, as far as UDP is concerned).
bool sendOn(int fd, ByteView datagram);
/// The next datagram waiting, into `room`; nothing when there is none.
std::optional<ByteView> receiveOn(int fd, MutableByteView room);

} // namespace ocfsecd::bench
