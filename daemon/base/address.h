#pragma once
// An IPv4 or IPv6 address with port and scope: the name of a peer.

#include "base/bytes.h"

#include <array>
#include <compare>
#include <functional>
#include <netinet/in.h>
#include <optional>
#include <string>

namespace ocfsecd {

class Address {
public:
    enum class Family : std::uint8_t { none, v4, v6 };

    Address() = default;
    static Address v4(const std::array<std::uint8_t, 4>& octets, std::uint16_t port);
    static Address v6(const std::array<std::uint8_t, 16>& octets, std::uint16_t port, std::uint32_t scope = 0);
    /// IPv4-mapped IPv6 becomes IPv4. Nothing for another family.
    static std::optional<Address> from(const sockaddr* address, socklen_t length);
    /// "192.0.2.1:5683", "[2001:db8::1]:5683", "[fe80::1%eth0]:5683".
    static std::optional<Address> parse(std::string_view text);

    Family family() const { return family_; }
    std::uint16_t port() const { return port_; }
    std::uint32_t scope() const { return scope_; } ///< interface index of a link-local address
    ByteView octets() const { return ByteView{octets_}.first(family_ == Family::v4 ? 4 : 16); }
    bool isMulticast() const;
    bool isLinkLocal() const;
    bool isLoopback() const;
    Address withPort(std::uint16_t port) const;
    /// Fills a sockaddr for the socket calls; returns its length.
    socklen_t toSockaddr(sockaddr_storage& out) const;
    std::string host() const; ///< without port and scope
    std::string text() const; ///< as parse() reads it, the scope as a number
    /// Octets that name the peer: family, address, port, scope. Input of the DTLS cookie.
    Bytes key() const;
    auto operator<=>(const Address&) const = default;

private:
    Family family_ = Family::none;
    std::array<std::uint8_t, 16> octets_{};
    std::uint16_t port_ = 0;
    std::uint32_t scope_ = 0;
};

} // namespace ocfsecd

template <>
struct std::hash<ocfsecd::Address> {
    std::size_t operator()(const ocfsecd::Address& address) const noexcept;
};
