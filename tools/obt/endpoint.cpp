#include "tools/obt/endpoint.h"

#include "net/multicast.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::string_view kDoxmType = "oic.r.doxm";
constexpr std::string_view kAnchorScheme = "ocf://";
/// A hostile device must not make the tool try endpoints for ever.
constexpr std::size_t kMaxEndpoints = 16;

bool equalHosts(const Address& a, const Address& b) {
    return a.family() == b.family() && equal(a.octets(), b.octets());
}

Address withScope(const Address& address, std::uint32_t scope) {
    if (!address.isLinkLocal() || address.family() != Address::Family::v6 || address.scope() != 0)
        return address;
    std::array<std::uint8_t, 16> octets{};
    std::ranges::copy(address.octets(), octets.begin());
    return Address::v6(octets, address.port(), scope);
}

bool hasType(const cbor::Value& link) {
    const auto* types = link.find("rt");
    if (types == nullptr)
        return false;
    if (types->text() == kDoxmType)
        return true;
    return types->array() != nullptr &&
           std::ranges::any_of(*types->array(), [](const cbor::Value& t) { return t.text() == kDoxmType; });
}

/// OIC 1.1: the link says only whether there is a secure port; the host is the sender's.
std::vector<Endpoint> olderEndpoints(const cbor::Value& link, const Address& from) {
    std::vector<Endpoint> out{{false, from}};
    const auto* policy = link.find("p");
    if (policy == nullptr || policy->find("sec") == nullptr || !policy->find("sec")->boolean().value_or(false))
        return out;
    const auto port = policy->find("port") != nullptr ? policy->find("port")->integer() : std::nullopt;
    if (port && *port > 0 && *port <= 0xffff)
        out.push_back({true, from.withPort(static_cast<std::uint16_t>(*port))});
    return out;
}

std::vector<Endpoint> endpointsOf(const cbor::Value& link, const Address& from) {
    const auto* eps = link.find("eps");
    if (eps == nullptr || eps->array() == nullptr)
        return olderEndpoints(link, from);
    std::vector<Endpoint> out;
    for (const auto& item : *eps->array()) {
        const auto* uri = item.find("ep");
        const auto endpoint = uri != nullptr && uri->text() ? parseEndpoint(*uri->text(), from.scope()) : std::nullopt;
        if (endpoint && !endpoint->address.isMulticast() && out.size() < kMaxEndpoints)
            out.push_back(*endpoint);
    }
    return out;
}

std::optional<Uuid> uuidOf(const cbor::Value* text) {
    if (text == nullptr || !text->text())
        return std::nullopt;
    auto uuid = *text->text();
    if (uuid.starts_with(kAnchorScheme))
        uuid.remove_prefix(kAnchorScheme.size());
    return Uuid::parse(uuid.substr(0, 36));
}

std::optional<DeviceLink> fromLinks(const cbor::Array& links, const cbor::Value* di, const Address& from) {
    for (const auto& link : links)
        if (hasType(link)) {
            auto device = uuidOf(link.find("anchor"));
            return DeviceLink{device ? device : uuidOf(di), endpointsOf(link, from)};
        }
    return std::nullopt;
}

} // namespace

std::string Endpoint::text() const {
    return fmt::format("{}://{}", secure ? "coaps" : "coap", address.text());
}

std::optional<Endpoint> parseEndpoint(std::string_view uri, std::uint32_t scope) {
    const bool secure = uri.starts_with("coaps://");
    if (!secure && !uri.starts_with("coap://"))
        return std::nullopt;
    uri.remove_prefix(secure ? 8 : 7);
    if (uri.ends_with('/'))
        uri.remove_suffix(1);
    std::string text{uri};
    const bool hasPort = text.starts_with('[') ? !text.ends_with(']') : text.find(':') != std::string::npos;
    if (!hasPort)
        text += fmt::format(":{}", secure ? net::kCoapsPort : net::kCoapPort);
    const auto address = Address::parse(text);
    if (!address || address->port() == 0)
        return std::nullopt;
    return Endpoint{secure, withScope(*address, scope)};
}

Result<DeviceLink> parseDoxmLink(const cbor::Value& answer, const Address& from) {
    const auto* list = answer.array();
    if (list == nullptr)
        return Failure{Reason::malformed,
                       fmt::format("{} answered /oic/res with something that is no list of links", from.text()), ""};
    if (auto link = fromLinks(*list, nullptr, from))
        return *link;
    for (const auto& object : *list) {
        const auto* links = object.find("links");
        if (links == nullptr || links->array() == nullptr)
            continue;
        if (auto link = fromLinks(*links->array(), object.find("di"), from))
            return *link;
    }
    return Failure{Reason::notFound, fmt::format("{} has no link to /oic/sec/doxm: no OCF security", from.text()), ""};
}

std::optional<Endpoint> chooseEndpoint(const std::vector<Endpoint>& endpoints, bool secure, const Address& from) {
    const auto pick = [&](auto&& fits) -> std::optional<Endpoint> {
        const auto found =
            std::ranges::find_if(endpoints, [&](const Endpoint& e) { return e.secure == secure && fits(e.address); });
        return found == endpoints.end() ? std::nullopt : std::optional{*found};
    };
    if (auto same = pick([&](const Address& a) { return equalHosts(a, from); }))
        return same;
    if (auto family = pick([&](const Address& a) { return a.family() == from.family(); }))
        return family;
    return pick([](const Address&) { return true; });
}

} // namespace ocfsecd::obt
