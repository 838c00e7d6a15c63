#include "tools/obt/discovery.h"

#include "net/multicast.h"
#include "tools/obt/answers.h"
#include "tools/obt/requests.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace ocfsecd::obt {

namespace {

/// Hostile answers must not fill the memory.
constexpr std::size_t kMaxFound = 512;
constexpr std::string_view kDoxmQuery = "rt=oic.r.doxm";
constexpr Duration kLookPatience = 3s; ///< for what makes an answer complete

std::vector<net::Interface> usable(const std::vector<net::Interface>& all, const std::vector<std::string>& patterns) {
    if (!patterns.empty())
        return net::Selection{patterns}.chosenFrom(all);
    // Asking is harmless where serving is not: the way to the Internet is often the way to the devices.
    std::vector<net::Interface> out;
    std::ranges::copy_if(all, std::back_inserter(out),
                         [](const net::Interface& i) { return i.up && i.multicast && !i.loopback && !i.pointToPoint; });
    return out;
}

bool speaks(const net::Interface& interface, Address::Family family) {
    return std::ranges::any_of(interface.addresses,
                               [&](const net::InterfaceAddress& a) { return a.address.family() == family; });
}

std::vector<FoundDevice> listed(std::map<Uuid, FoundDevice> found) {
    std::vector<FoundDevice> out;
    for (auto& [device, entry] : found)
        out.push_back(std::move(entry));
    return out;
}

/// One device, asked as OCF devices are and, if it refuses that, as older ones (Q35).
Result<coap::Response> askEither(Wire& wire, const coap::Channel& channel, const coap::Request& request,
                                 Duration patience) {
    auto answer = wire.ask(channel, request, patience);
    if (!answer || !wantsOlderDialect(*answer))
        return answer;
    return wire.ask(channel, inDialect(request, Dialect::oic), patience);
}

} // namespace

std::vector<Address> ocfGroups(Address::Family family, Scope scope, unsigned interface) {
    if (family == Address::Family::v4)
        return {Address::v4({224, 0, 1, 187}, net::kCoapPort)};
    std::vector<Address> out;
    for (const std::uint8_t reach : {std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{5}}) {
        std::array<std::uint8_t, 16> group{0xff, reach};
        group[14] = 0x01;
        group[15] = 0x58;
        if (reach == 2 || (reach == 3 && scope != Scope::link) || scope == Scope::site)
            out.push_back(Address::v6(group, net::kCoapPort, interface));
    }
    return out;
}

Result<void> Discovery::multicast(const coap::Request& request, const Heard& heard) {
    const auto all = net::listInterfaces();
    if (!all)
        return all.failure();
    std::vector<coap::Channel> groups;
    std::vector<LineId> lines;
    std::string trouble;
    for (const auto& interface : usable(*all, settings_.interfaces))
        for (const auto family : {Address::Family::v4, Address::Family::v6}) {
            if (!speaks(interface, family))
                continue;
            const auto line = wire_.openLine(family, interface.index);
            if (!line) {
                trouble = line.failure().what;
                continue;
            }
            lines.push_back(*line);
            for (const auto& group : ocfGroups(family, settings_.scope, interface.index))
                groups.push_back({group, 0, *line});
        }
    if (groups.empty())
        return Failure{Reason::configuration, trouble.empty() ? "no network interface to send multicast on" : trouble,
                       "name one with --interface; \"ip link\" lists them"};
    // An older device says nothing at all to a multicast it does not understand (Q35): it is asked in its own way too.
    const std::vector<coap::Request> dialects{request, inDialect(request, Dialect::oic)};
    wire_.askAll(groups, dialects, [&](const coap::Channel& from, const coap::Response& response) {
        const auto body = bodyOf(response, "discovery");
        return !body || heard(from.peer, *body);
    });
    for (const auto line : lines)
        wire_.closeLine(line);
    return {};
}

/// Endpoints and name of a device that has answered.
void Discovery::lookCloser(FoundDevice& found) {
    const auto line = wire_.openLine(found.from.family(), found.from.scope());
    if (!line)
        return;
    const coap::Channel channel{found.from, 0, *line};
    if (found.endpoints.empty())
        if (const auto answer =
                askEither(wire_, channel, makeGet(href::res, {std::string{kDoxmQuery}}), kLookPatience)) {
            const auto body = bodyOf(*answer, "discovery");
            const auto link = body ? parseDoxmLink(*body, found.from) : Result<DeviceLink>{body.failure()};
            if (link)
                found.endpoints = link->endpoints;
        }
    if (const auto answer = askEither(wire_, channel, makeGet(href::device), kLookPatience))
        if (const auto body = bodyOf(*answer, "GET /oic/d"))
            found.name = parseName(*body);
    wire_.closeLine(*line);
}

Result<std::vector<FoundDevice>> Discovery::unowned(const std::optional<Uuid>& wanted) {
    std::map<Uuid, FoundDevice> found;
    const auto asked =
        multicast(makeGet(href::doxm, {"owned=FALSE"}), [&](const Address& from, const cbor::Value& body) {
            const auto doxm = parseDoxm(body);
            if (doxm && !doxm->owned && found.size() < kMaxFound && !found.contains(doxm->device))
                found[doxm->device] = {doxm->device, false, "", doxm->oxms, from, {}};
            return !wanted || !found.contains(*wanted);
        });
    if (!asked)
        return asked.failure();
    if (wanted && found.contains(*wanted))
        std::erase_if(found, [&](const auto& entry) { return entry.first != *wanted; });
    for (auto& [device, entry] : found)
        lookCloser(entry);
    return listed(std::move(found));
}

Result<std::vector<FoundDevice>> Discovery::all() {
    auto waiting = unowned();
    if (!waiting)
        return waiting;
    std::map<Uuid, FoundDevice> owned;
    const auto asked =
        multicast(makeGet(href::res, {std::string{kDoxmQuery}}), [&](const Address& from, const cbor::Value& body) {
            const auto link = parseDoxmLink(body, from);
            if (!link || !link->device || owned.size() >= kMaxFound || owned.contains(*link->device))
                return true;
            if (std::ranges::find(*waiting, *link->device, &FoundDevice::device) == waiting->end())
                owned[*link->device] = {*link->device, true, "", {}, from, link->endpoints};
            return true;
        });
    if (!asked)
        return asked.failure();
    for (auto& [device, entry] : owned) {
        lookCloser(entry);
        waiting->push_back(std::move(entry));
    }
    return waiting;
}

Result<FoundDevice> Discovery::find(const Uuid& device) {
    std::optional<FoundDevice> found;
    // `di` lets only this device answer (facts 7.3); devices that ignore it are sorted out here.
    const auto request = makeGet(href::res, {std::string{kDoxmQuery}, "di=" + device.text()});
    const auto asked = multicast(request, [&](const Address& from, const cbor::Value& body) {
        const auto link = parseDoxmLink(body, from);
        if (link && link->device == device)
            found = FoundDevice{device, true, "", {}, from, link->endpoints};
        return !found;
    });
    if (!asked)
        return asked.failure();
    if (!found)
        return Failure{Reason::timedOut, fmt::format("device {} does not answer discovery", device.text()),
                       "check that it is on and in this network"};
    return *found;
}

Result<FoundDevice> Discovery::at(const Address& address, Duration patience) {
    const auto line = wire_.openLine(address.family(), address.scope());
    if (!line)
        return line.failure();
    const auto answer = askEither(wire_, {address, 0, *line}, makeGet(href::res, {std::string{kDoxmQuery}}), patience);
    wire_.closeLine(*line);
    if (!answer)
        return answer.failure();
    const auto body = bodyOf(*answer, "GET /oic/res");
    const auto link = body ? parseDoxmLink(*body, address) : Result<DeviceLink>{body.failure()};
    if (!link)
        return link.failure();
    if (!link->device)
        return Failure{Reason::malformed, fmt::format("the device at {} does not say who it is", address.text()), ""};
    return FoundDevice{*link->device, false, "", {}, address, link->endpoints};
}

} // namespace ocfsecd::obt
