#include "ocf/oscore_contexts.h"

#include "svr/state_machine.h"

#include <algorithm>

namespace ocfsecd::ocf {

namespace {

namespace oscore = coap::oscore;

constexpr std::size_t kRemembered = 64;          ///< requests of one context that can still be answered
constexpr std::size_t kRememberedObservers = 16; ///< registrations: they are answered for as long as they last
constexpr std::uint64_t kLowWater = kReservedNumbers / 2;
constexpr std::uint64_t kEnough = 8; ///< for the answer to one request and its retransmissions
constexpr std::size_t kEchoSize = 8;
constexpr std::uint16_t kEcho = 252; ///< the option of RFC 9175 section 2.2.1
/// Old requests that somebody recorded are authentic: they must not use up numbers as fast as they can be sent.
constexpr Duration kChallengeEvery = 100ms;

/// A group's requests are recorded one by one, so that a restart costs none; of one that goes on sending faster than
/// this, twice as many each time.
constexpr Duration kGroupsOften = 1s;
constexpr std::uint64_t kRecordedAtOnce = 256;

/// Type 128 is a sender's only; this device sends no requests.
bool opensContext(const svr::Credential& credential) {
    return (credential.type == svr::credtype::oscorePairWise ||
            credential.type == svr::credtype::oscoreMulticastServer) &&
           credential.oscore && credential.key.sealed && credential.subject && !credential.subject->isNil();
}

OscoreContexts::Peer peerOf(const svr::Credential& credential) {
    OscoreContexts::Peer out{*credential.subject, {}, credential.type == svr::credtype::oscoreMulticastServer};
    if (credential.role)
        out.roles.push_back(*credential.role);
    return out;
}

OpenedRequest refused(std::uint8_t code, Failure why) {
    return {.datagram = {}, .refusal = code, .challenge = {}, .why = std::move(why)};
}

Failure replayed() {
    return {Reason::notAuthorised, "an OSCORE request was received before",
            "number each request anew; a peer that lost its numbers needs a new credential"};
}

/// Below, the token is the request's number.
Bytes tokenOf(std::uint64_t number) {
    return Writer{}.u64(number).take();
}

std::uint8_t refusalOf(const Failure& failure) {
    return failure.reason == Reason::badOption ? coap::code::badOption : coap::code::badRequest;
}

} // namespace

void OscoreContexts::follow(const svr::DeviceState& state, bool firstUse) {
    std::map<ContextNumber, bool> kept;
    std::vector<Context> added;
    for (const auto& credential : state.cred.creds) {
        if (!svr::isDurable(state) || !opensContext(credential))
            continue;
        bool known = false;
        for (auto& [number, context] : contexts_) {
            if (context.ended || !context.isOf(credential))
                continue;
            known = kept[number] = true;
            context.reserved = std::max(context.reserved, credential.oscore->ssn);
            context.seen = std::max(context.seen, credential.oscore->seen);
        }
        if (known)
            continue;
        Context context;
        context.credential = credential.id;
        context.key = *credential.key.sealed;
        context.senderId = credential.oscore->senderId;
        context.recipientId = credential.oscore->recipientId;
        context.peer = peerOf(credential);
        context.next = context.reserved = credential.oscore->ssn;
        context.seen = credential.oscore->seen;
        if (context.peer.group) {
            if (context.seen > 0)
                context.window.startAt(context.seen - 1);
        } else if (!firstUse || credential.oscore->ssn > state.oscoreNumbers.first) {
            context.echo.emplace(kEchoSize);
            random_.fill(*context.echo);
        }
        added.push_back(std::move(context));
    }
    for (auto& [number, context] : contexts_)
        context.ended = context.ended || !kept[number];
    for (auto& context : added)
        contexts_.emplace(++lastContext_, std::move(context));
}

void OscoreContexts::end() {
    for (auto& entry : contexts_)
        entry.second.ended = true;
}

void OscoreContexts::forgetEnded() {
    std::erase_if(contexts_, [](const auto& entry) { return entry.second.ended; });
    std::erase_if(ways_, [this](const auto& entry) { return !contexts_.contains(entry.second.context); });
}

coap::Channel OscoreContexts::inside(ContextNumber number, const coap::Channel& clear) {
    auto out = clear;
    for (const auto& [socket, way] : ways_)
        if (way.context == number && way.socket == clear.socket) {
            out.socket = socket;
            return out;
        }
    out.socket = nextWay_++;
    ways_[out.socket] = {number, clear.socket};
    return out;
}

const OscoreContexts::Peer* OscoreContexts::peer(const coap::Channel& inside) const {
    const auto way = ways_.find(inside.socket);
    if (way == ways_.end())
        return nullptr;
    const auto found = contexts_.find(way->second.context);
    return found == contexts_.end() || found->second.ended ? nullptr : &found->second.peer;
}

std::optional<ContextNumber> OscoreContexts::find(const oscore::OptionValue& option) const {
    if (!option.kid || option.kidContext) // OCF's contexts have no ID context
        return std::nullopt;
    for (const auto& [number, context] : contexts_)
        if (!context.ended && context.recipientId == *option.kid && context.next + kEnough <= oscore::kMaxPartialIv)
            return number;
    return std::nullopt;
}

void OscoreContexts::open(const svr::SealedBlob& blob, const SharedSecret& masterSecret) {
    for (auto& entry : contexts_) {
        auto& context = entry.second;
        if (context.ended || context.keys || context.key != blob)
            continue;
        if (auto keys = oscore::derive({masterSecret, {}, std::nullopt, context.senderId, context.recipientId}))
            context.keys = *std::move(keys);
        else
            context.ended = true; // a state nobody can have written: both names are the same
    }
}

bool OscoreContexts::hasNumbers(ContextNumber number) const {
    const auto& context = contexts_.at(number);
    return context.next + kEnough <= context.reserved;
}

Result<void> OscoreContexts::wantNumbers(ContextNumber number, const coap::Message& message) {
    auto& context = contexts_.at(number);
    if (auto opened = oscore::openRequest(*context.keys, message); !opened)
        return opened.failure();
    context.used = true;
    return {};
}

bool OscoreContexts::wantsNumbers() const {
    return std::ranges::any_of(contexts_, [](const auto& entry) {
        const auto& context = entry.second;
        if (context.ended)
            return false;
        return context.wanted > context.seen || (context.used && context.next + kLowWater > context.reserved &&
                                                 context.reserved <= oscore::kMaxPartialIv);
    });
}

void OscoreContexts::reserve(svr::DeviceState& next) const {
    auto& creds = next.cred.creds;
    auto& fresh = next.oscoreNumbers.next;
    for (const auto& entry : contexts_) {
        const auto& context = entry.second;
        if (context.ended)
            continue;
        const auto own = std::ranges::find_if(creds, [&](const auto& one) { return context.isOf(one); });
        if (own != creds.end())
            own->oscore->seen = std::max(own->oscore->seen, context.wanted);
        if (own == creds.end() && context.peer.group)
            recordGone(context, next.oscoreNumbers.heard);
        else if (own == creds.end())
            fresh = std::max(fresh, context.reserved);
        else if (context.used)
            own->oscore->ssn =
                std::max(own->oscore->ssn, std::min(context.next + kReservedNumbers, oscore::kMaxPartialIv + 1));
    }
    for (auto& credential : creds) {
        if (!credential.oscore || credential.key.sealed)
            continue;
        credential.oscore->ssn = std::max(credential.oscore->ssn, fresh);
        if (credential.type == svr::credtype::oscoreMulticastServer)
            for (const auto& heard : next.oscoreNumbers.heard)
                if (heard.recipientId == credential.oscore->recipientId)
                    credential.oscore->seen = std::max(credential.oscore->seen, heard.seen);
    }
}

/// The key of a request follows from secret and identifier: with another identifier no recorded one is authentic.
void OscoreContexts::recordGone(const Context& context, std::vector<svr::HeardGroup>& heard) {
    if (context.seen == 0)
        return;
    auto seen = context.seen;
    std::erase_if(heard, [&](const auto& one) {
        const bool same = one.recipientId == context.recipientId;
        seen = same ? std::max(seen, one.seen) : seen;
        return same;
    });
    if (heard.size() >= svr::kMaxHeardGroups)
        heard.erase(heard.begin());
    heard.push_back({context.recipientId, seen});
}

bool OscoreContexts::Context::isOf(const svr::Credential& other) const {
    return opensContext(other) && other.id == credential && *other.key.sealed == key &&
           other.oscore->senderId == senderId && other.oscore->recipientId == recipientId && peerOf(other) == peer;
}

OpenedRequest OscoreContexts::take(ContextNumber number, const coap::Channel& channel, const coap::Message& message,
                                   const coap::Server& below, TimePoint now) {
    auto& context = contexts_.at(number);
    const auto option = oscore::optionOf(message);
    const auto sequence = option && *option ? oscore::sequenceOf((*option)->partialIv) : std::nullopt;
    if (!sequence)
        return refused(coap::code::badOption,
                       {Reason::badOption, "an OSCORE request has no Partial IV", "number each request"});
    const Request* former = nullptr;
    for (const auto* known : {&context.requests, &context.registrations})
        for (const auto& request : *known)
            if (request.channel == channel && request.messageId == message.id && request.sequence == *sequence &&
                request.token == message.token)
                former = &request;
    // RFC 7252 4.5, below OSCORE: it gets the same answer.
    const bool duplicate = former != nullptr && below.remembers(channel, message.id);
    if (!duplicate && !context.echo && !context.window.isFresh(*sequence))
        return refused(coap::code::unauthorized, replayed());
    auto opened = oscore::openRequest(*context.keys, message);
    if (!opened)
        return refused(refusalOf(opened.failure()), opened.failure());
    context.used = true;
    if (duplicate) {
        opened->message.token = tokenOf(former->number);
        return {.datagram = coap::encode(opened->message)};
    }
    if (context.echo) {
        const auto* proof = opened->message.find(kEcho);
        if (proof == nullptr || !equal(proof->value, *context.echo))
            return challenge(context, message, opened->binding, now);
        context.window.startAt(*sequence);
        context.echo.reset();
    } else {
        context.window.take(*sequence);
    }
    const auto& request = remember(context, channel, message, *opened, below);
    opened->message.token = tokenOf(request.number);
    return {.datagram = coap::encode(opened->message)};
}

std::optional<OpenedRequest> OscoreContexts::takeFromGroup(ContextNumber number, const coap::Message& message,
                                                           TimePoint now) {
    auto& context = contexts_.at(number);
    auto opened = oscore::openRequest(*context.keys, message);
    if (!opened)
        return refused(0, opened.failure());
    if (!context.window.isFresh(opened->sequence))
        return refused(0, replayed());
    // The reference implementation takes nothing else; a read would need an answer.
    if (opened->message.code != coap::code::post)
        return refused(0, {Reason::methodNotAllowed, "a group's request is no update", "send a POST"});
    if (opened->sequence >= context.seen) {
        if (opened->sequence < context.wanted)
            return std::nullopt;
        const bool often = context.wantedAt && now - *context.wantedAt < kGroupsOften;
        context.ahead = often ? std::min(2 * context.ahead, kRecordedAtOnce) : 1;
        context.wantedAt = now;
        context.wanted = std::min(opened->sequence + context.ahead, oscore::kMaxPartialIv + 1);
        return std::nullopt;
    }
    context.window.take(opened->sequence);
    opened->message.token = tokenOf(++lastRequest_);
    return OpenedRequest{.datagram = coap::encode(opened->message)};
}

OpenedRequest OscoreContexts::challenge(Context& context, const coap::Message& message, const oscore::Binding& binding,
                                        TimePoint now) {
    auto out = refused(0, {Reason::notAuthorised, "an OSCORE request has to be proven fresh after a restart",
                           "send it again with the Echo option of the answer"});
    if ((context.nextChallenge && now < *context.nextChallenge) || context.next >= context.reserved)
        return out; // who has the key asks again
    context.nextChallenge = now + kChallengeEvery;
    coap::Message answer;
    answer.code = coap::code::unauthorized;
    answer.token = message.token;
    answer.add(kEcho, *context.echo);
    out.challenge = oscore::protectResponse(*context.keys, answer, binding, context.next++);
    return out;
}

/// A registration anew, or its end, has the number of the former one: below it is the same token.
OscoreContexts::Request& OscoreContexts::remember(Context& context, const coap::Channel& channel,
                                                  const coap::Message& message, const oscore::OpenedRequest& opened,
                                                  const coap::Server& below) {
    const bool registers = opened.message.find(coap::option::observe) != nullptr;
    auto& known = registers ? context.registrations : context.requests;
    Request request{++lastRequest_, channel, message.token, message.id, opened.sequence, opened.binding};
    if (registers) {
        const auto former = std::ranges::find_if(
            known, [&](const Request& one) { return one.channel == channel && one.token == message.token; });
        if (former != known.end()) {
            request.number = former->number;
            return *former = std::move(request);
        }
    }
    if (known.size() >= (registers ? kRememberedObservers : kRemembered)) {
        // Of the registrations first one that was not accepted, or is over.
        const auto idle = std::ranges::find_if(
            known, [&](const Request& one) { return !registers || !below.observes(one.channel, tokenOf(one.number)); });
        known.erase(idle != known.end() ? idle : known.begin());
    }
    return known.emplace_back(std::move(request));
}

std::optional<coap::Outgoing> OscoreContexts::protect(const coap::Outgoing& out) {
    const auto way = ways_.find(out.channel.socket);
    auto message = coap::decode(out.datagram);
    if (way == ways_.end() || !message)
        return std::nullopt;
    auto leaving = out;
    leaving.channel.socket = way->second.socket;
    if (!message->isResponse())
        return leaving; // empty: an acknowledgement, a Reset
    auto& context = contexts_.at(way->second.context);
    const auto number = Reader{message->token}.u64();
    for (const auto* known : {&context.requests, &context.registrations})
        for (const auto& request : *known) {
            if (request.number != number || context.next >= context.reserved || !context.keys)
                continue;
            message->token = request.token;
            leaving.datagram =
                coap::encode(oscore::protectResponse(*context.keys, *message, request.binding, context.next++));
            return leaving;
        }
    return std::nullopt;
}

std::vector<coap::Channel> OscoreContexts::channelsOf(const coap::Channel& clear) const {
    std::vector<coap::Channel> out;
    for (const auto& [socket, way] : ways_) {
        if (way.socket != clear.socket)
            continue;
        auto channel = clear;
        channel.socket = socket;
        const auto& context = contexts_.at(way.context);
        const auto heard = [&](const Request& request) { return request.channel == channel; };
        if (std::ranges::any_of(context.requests, heard) || std::ranges::any_of(context.registrations, heard))
            out.push_back(channel);
    }
    return out;
}

} // namespace ocfsecd::ocf
