#pragma once
// One UDP socket of one address family: says where each datagram was sent to and lets the answer leave from there.

#include "base/address.h"
#include "base/result.h"
#include "systemd/fd.h"

#include <functional>

namespace ocfsecd::net {

/// Octets of the largest datagram taken; longer ones are dropped, never cut. CoAP blocks are at most 1024 octets plus
/// header and DTLS overhead, a flight with a certificate chain comes in fragments (facts 7.1): 4096 leaves room.
inline constexpr std::size_t kMaxDatagram = 4096;
/// Asked of the kernel, which gives at most net.core.rmem_max: room for a burst of handshakes between two turns.
inline constexpr int kReceiveBuffer = 1024 * 1024;

/// One datagram; `octets` are valid during the callback.
struct Received {
    Address peer;
    Address local;          ///< what it was sent to (a group when multicast), with the socket's port
    unsigned interface = 0; ///< index of the one it came in by
    bool multicast = false;
    ByteView octets;
};

/// Where an answer leaves from. All empty: the kernel chooses.
struct From {
    Address local;          ///< source address; a group or none: the kernel chooses one of the interface
    unsigned interface = 0; ///< used for multicast and link-local peers, and when `local` is no source address
};
/// The answer to a datagram leaves from where it came in.
inline From answering(const Received& r) {
    return {r.local, r.interface};
}

class UdpSocket {
public:
    /// A unicast socket, alone on its port: no SO_REUSEADDR, IPv6 only IPv6 (L9.4). Port 0: any free one.
    /// Groups can be joined on it. Reason::inputOutput says who may be in the way.
    static Result<UdpSocket> bind(const Address& local);
    /// A wildcard socket for group traffic only, sharing its port with other programs: it may also be given unicast
    /// datagrams meant for nobody else (L9.4); receive() drops those.
    static Result<UdpSocket> bindMulticast(Address::Family family, std::uint16_t port);
    /// One handed over by the service manager. Reason::configuration when it is not a bound UDP socket of one family.
    static Result<UdpSocket> adopt(systemd::Fd fd);

    int fd() const { return fd_.get(); }
    Address::Family family() const { return local_.family(); }
    const Address& local() const { return local_; } ///< as bound, with the real port

    /// Hands over what waits, at most one batch: call again when the descriptor is still readable.
    /// Returns how many datagrams were taken from the kernel. The callback must not destroy this socket.
    std::size_t receive(const std::function<void(const Received&)>& take);
    /// Reason::unavailable when the kernel's buffer is full (UDP: treat as lost), inputOutput for other errors.
    Result<void> send(const Address& peer, ByteView octets, const From& from = {});

    /// Joining what is joined already is success (L9.5).
    Result<void> join(const Address& group, unsigned interface);
    void leave(const Address& group, unsigned interface);

    std::uint64_t dropped() const { return dropped_; } ///< too long, broadcast, without packet information

private:
    UdpSocket(systemd::Fd fd, const Address& local, bool groupsOnly);
    static Result<UdpSocket> open(const Address& local, bool shared);

    systemd::Fd fd_;
    Address local_;
    bool groupsOnly_ = false;
    std::uint64_t dropped_ = 0;
};

} // namespace ocfsecd::net
