#pragma once
// The network interfaces of this machine and which of them the daemon serves.

#include "base/address.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::net {

/// An address of an interface and how much of it names the link.
struct InterfaceAddress {
    Address address; ///< port 0
    unsigned prefixLength = 0;
    bool operator==(const InterfaceAddress&) const = default;
};

struct Interface {
    unsigned index = 0;
    std::string name;
    bool up = false;
    bool multicast = false;
    bool loopback = false;
    bool pointToPoint = false;
    bool defaultRoute = false; ///< a default route of either family leaves by it: it may be the way to the Internet
    std::vector<InterfaceAddress> addresses;
    bool operator==(const Interface&) const = default;
};

/// By index. Reason::inputOutput when the kernel does not tell.
Result<std::vector<Interface>> listInterfaces();

/// `Interfaces=` of the configuration: names, shell patterns, and either with "!" in front to leave out.
///
/// Without any: every multicast interface that is up and neither loopback nor point-to-point nor carries a default
/// route. A pattern chooses among these too: "eth*" must not open the way to the Internet by accident. Only a name in
/// full chooses an interface that carries a default route, the loopback or a tunnel.
class Selection {
public:
    Selection() = default;
    explicit Selection(std::vector<std::string> patterns) : patterns_{std::move(patterns)} {}

    bool chooses(const Interface& interface) const;
    std::vector<Interface> chosenFrom(const std::vector<Interface>& all) const;
    /// Says, for the journal, why none was chosen and what to write; empty when one is.
    std::string explainNone(const std::vector<Interface>& all) const;

private:
    std::vector<std::string> patterns_;
};

} // namespace ocfsecd::net
