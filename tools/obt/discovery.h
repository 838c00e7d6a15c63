#pragma once
// Who is there: multicast to the OCF groups (facts 7.3), answers merged per device.

#include "net/interfaces.h"
#include "tools/obt/endpoint.h"
#include "tools/obt/link.h"

namespace ocfsecd::obt {

struct FoundDevice {
    Uuid device;
    bool owned = false;
    std::string name;               ///< of /oic/d, where it may be read
    std::vector<std::int64_t> oxms; ///< unowned devices tell
    Address from;                   ///< where it answered from: its address for requests in clear
    std::vector<Endpoint> endpoints;
};

/// How far IPv6 multicast reaches.
enum class Scope { link, realm, site };

struct DiscoverySettings {
    std::vector<std::string> interfaces; ///< names or patterns; none: all that can multicast but the loopback
    Scope scope = Scope::link;
    Pace::Settings pace;
    Duration handshakeTimeout = 15s;
};

/// The groups of a family that reach all OCF devices within the scope (facts 7.3).
std::vector<Address> ocfGroups(Address::Family family, Scope scope, unsigned interface);

class Discovery {
public:
    Discovery(Wire& wire, DiscoverySettings settings) : wire_{wire}, settings_{std::move(settings)} {}

    /// Devices that wait for an owner; as soon as it answers, only the wanted one. Reason::configuration without a
    /// usable interface.
    Result<std::vector<FoundDevice>> unowned(const std::optional<Uuid>& wanted = std::nullopt);
    /// All devices, owned ones included where they answer discovery in clear.
    Result<std::vector<FoundDevice>> all();
    /// One device by its UUID, as soon as it answers; Reason::timedOut.
    Result<FoundDevice> find(const Uuid& device);
    /// The device at an address for requests in clear.
    Result<FoundDevice> at(const Address& address, Duration patience);

private:
    using Heard = std::function<bool(const Address& from, const cbor::Value& body)>;
    Result<void> multicast(const coap::Request& request, const Heard& heard);
    void lookCloser(FoundDevice& found);

    Wire& wire_;
    DiscoverySettings settings_;
};

} // namespace ocfsecd::obt
