#include "ocf/endpoints.h"

#include <algorithm>

namespace ocfsecd::ocf {

namespace {

std::string url(std::string_view scheme, const Address& host, std::uint16_t port) {
    const bool v6 = host.family() == Address::Family::v6;
    std::string out{scheme};
    out += "://";
    out += v6 ? '[' + host.host() + ']' : host.host();
    return out + ':' + std::to_string(port);
}

bool samePrefix(ByteView a, ByteView b, unsigned bits) {
    for (std::size_t i = 0; i < a.size() && bits > 0; ++i) {
        const unsigned here = std::min(bits, 8U);
        const auto mask = static_cast<std::uint8_t>(0xff << (8 - here));
        if (((a[i] ^ b[i]) & mask) != 0)
            return false;
        bits -= here;
    }
    return true;
}

} // namespace

void Endpoints::set(std::vector<LocalAddress> addresses, Ports ports) {
    addresses_ = std::move(addresses);
    ports_ = ports;
}

std::vector<std::string> Endpoints::reachableBy(const Address& peer, const Arrival& arrival, bool clearToo) const {
    const bool v6 = peer.family() == Address::Family::v6;
    const auto clear = v6 ? ports_.clear6 : ports_.clear4;
    const auto secure = v6 ? ports_.secure6 : ports_.secure4;
    std::vector<std::string> out;
    const auto add = [&](const Address& host) {
        if (clearToo && clear != 0)
            out.push_back(url("coap", host, clear));
        if (secure != 0)
            out.push_back(url("coaps", host, secure));
    };
    if (!arrival.multicast && arrival.local.family() == peer.family()) {
        add(arrival.local); // the address that is known to work for this peer
        return out;
    }
    for (const auto& local : addresses_) {
        // A zone has no place in a URI: a link-local peer gets link-local addresses of its own link, others none.
        if (local.address.family() == peer.family() && local.interface == arrival.interface &&
            (!v6 || local.address.isLinkLocal() == peer.isLinkLocal()))
            add(local.address);
    }
    return out;
}

std::vector<std::string> Endpoints::all() const {
    std::vector<std::string> out;
    for (const auto& local : addresses_) {
        const bool v6 = local.address.family() == Address::Family::v6;
        if (const auto port = v6 ? ports_.clear6 : ports_.clear4; port != 0)
            out.push_back(url("coap", local.address, port));
        if (const auto port = v6 ? ports_.secure6 : ports_.secure4; port != 0)
            out.push_back(url("coaps", local.address, port));
    }
    return out;
}

bool Endpoints::onLink(const Address& peer) const {
    if (peer.isLoopback() || (peer.family() == Address::Family::v6 && peer.isLinkLocal()))
        return true;
    return std::ranges::any_of(addresses_, [&](const LocalAddress& local) {
        return local.address.family() == peer.family() &&
               samePrefix(local.address.octets(), peer.octets(), local.prefixLength);
    });
}

} // namespace ocfsecd::ocf
