#include "tools/obt/reach.h"

#include "tools/obt/exchange.h"
#include "tools/obt/own_certificate.h"
#include "tools/obt/own_roles.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// A device that answers discovery at all does so at once; one that may not, stays silent.
constexpr Duration kQuickLook = 1s;

std::optional<Address> addressOf(const std::optional<Endpoint>& endpoint) {
    return endpoint ? std::optional{endpoint->address} : std::nullopt;
}

/// The address for requests in clear first: the doxm link of an owned device names only secure ones.
std::vector<Endpoint> endpointsOf(const FoundDevice& found) {
    std::vector<Endpoint> out{{false, found.from}};
    for (const auto& endpoint : found.endpoints)
        if (endpoint != out.front())
            out.push_back(endpoint);
    return out;
}

std::optional<Address> clearAddress(const Subject& subject) {
    return addressOf(chooseEndpoint(subject.endpoints, false, {}));
}

} // namespace

Result<Subject> Reach::subject(const std::string& text) {
    tool_.target = text;
    const auto target = parseTarget(text);
    if (!target)
        return target.failure();
    auto subjects = tool_.subjects();
    if (!subjects)
        return subjects.failure();
    if (const auto* endpoint = std::get_if<Endpoint>(&*target); endpoint != nullptr && !endpoint->secure) {
        const auto there = tool_.discovery().at(endpoint->address, kQuickLook);
        if (!there)
            return there.failure();
        auto known = subjects->load(there->device);
        if (known)
            known->endpoints = endpointsOf(*there);
        return known;
    }
    auto all = subjects->all();
    if (!all)
        return all.failure();
    if (const auto* endpoint = std::get_if<Endpoint>(&*target)) {
        for (auto& known : *all)
            for (const auto& seen : known.endpoints)
                if (seen == *endpoint)
                    return std::move(known);
        return Failure{Reason::notFound, fmt::format("no known device was seen at {}", endpoint->text()),
                       "ocf-obt list"};
    }
    std::vector<Candidate> candidates;
    for (const auto& known : *all)
        candidates.push_back({known.device, known.name});
    const auto index = choose(*target, candidates);
    if (!index)
        return Failure{index.failure().reason, index.failure().what,
                       index.failure().next.empty() ? "ocf-obt list" : index.failure().next};
    return std::move((*all)[*index]);
}

Located Reach::find(Subject& subject, bool anew) {
    const auto clear = clearAddress(subject);
    auto there = anew || !clear ? tool_.discovery().find(subject.device) : tool_.discovery().at(*clear, kQuickLook);
    const bool itself = there && there->device == subject.device;
    if (itself)
        subject.endpoints = endpointsOf(*there);
    const auto from = clearAddress(subject).value_or(Address{});
    Located out;
    out.peer = tool_.peer(clearAddress(subject), addressOf(chooseEndpoint(subject.endpoints, true, from)));
    out.answered = there || exitFor(there.failure().reason) == Exit::refused;
    if (there && !itself)
        out.stranger = there->device;
    return out;
}

Result<Opened> Reach::openWithCertificate(Peer& peer, const Subject& subject) {
    const auto home = tool_.home();
    if (!home)
        return home.failure();
    const auto now = svr::SystemWallClock{}.now();
    const auto own = OwnCertificate::obtain(**home, now, tool_.random());
    if (!own)
        return own.failure();
    const auto& wanted = tool_.options.roles;
    const auto roles = OwnRoles{(*home)->directory()}.find(wanted, *own->certificate().key, now);
    if (!roles)
        return roles.failure();
    auto session = peer.openWithCertificate(own->shown(), own->judgeOf(subject.device, now));
    if (!session)
        return session.failure();
    if (!roles->empty())
        if (auto asserted = change(**session, assertRoles(*roles)); !asserted)
            return Failure{asserted.failure().reason, "the roles were not taken: " + asserted.failure().what,
                           "the device has to trust this CA: ocf-obt certify TARGET"};
    return Opened{*std::move(session), std::nullopt};
}

Result<Opened> Reach::open(Peer& peer, const Subject& subject) {
    if (tool_.options.certificate || !tool_.options.roles.empty())
        return openWithCertificate(peer, subject);
    const auto home = tool_.home();
    if (!home)
        return home.failure();
    Failure last;
    for (std::size_t i = 0; i < subject.credentials.size(); ++i) {
        const auto& credential = subject.credentials[i];
        auto session = peer.openWithKey((*home)->identity().uuid, [&](ByteView hint) {
            // The device's hint is its UUID (F5.4); one without a hint is taken at its key's word.
            const auto who = Uuid::fromRaw(hint);
            return !who || *who == subject.device ? credential.key : nullptr;
        });
        if (session)
            return Opened{std::move(*session), i};
        last = session.failure();
        if (last.reason != Reason::handshakeFailed)
            break; // not the key's fault
    }
    return last;
}

Result<Reached> Reach::session(const std::string& target) {
    auto subject = this->subject(target);
    if (!subject)
        return subject.failure();
    tool_.begin(fmt::format("looking for {}", subject->device.text()));
    const auto before = subject->endpoints;
    auto peer = find(*subject).peer;
    tool_.begin(fmt::format("opening a session with {}", subject->device.text()));
    auto session = open(*peer, *subject);
    // Somewhere else it may be reached; what stands in the way here stands there as well.
    if (!session && exitFor(session.failure().reason) != Exit::store &&
        exitFor(session.failure().reason) != Exit::nothingFound &&
        session.failure().reason != Reason::handshakeFailed) {
        tool_.begin(fmt::format("looking for {} by multicast", subject->device.text()));
        const auto here = subject->endpoints;
        peer = find(*subject, true).peer;
        if (subject->endpoints != here)
            session = open(*peer, *subject);
    }
    if (!session)
        return session.failure();
    if (subject->endpoints != before)
        if (auto saved = tool_.subjects()->update(subject->device,
                                                  [&](Subject& known) { known.endpoints = subject->endpoints; });
            !saved)
            return saved.failure();
    tool_.begin(fmt::format("talking to {}", subject->device.text()));
    return Reached{std::move(*subject), std::move(peer), std::move(session->session), session->credential};
}

} // namespace ocfsecd::obt
