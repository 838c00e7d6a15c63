#include "coap/client.h"

#include "coap/backoff.h"
#include "coap/client_call.h"
#include "coap/timers.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace ocfsecd::coap {

namespace {

constexpr std::size_t kTokenOctets = 8;            ///< all there is: off-path senders have to guess it
constexpr std::size_t kMaxPeers = 1024;            ///< whose message ids are remembered
constexpr std::size_t kMaxMulticastAnswers = 1024; ///< per call; a network segment has fewer devices
constexpr std::size_t kRecentAnswers = 64;         ///< separate answers acknowledged lately, for their duplicates

constexpr TimePoint kAtOnce{}; ///< due with the next tick

Failure silent() {
    return {Reason::timedOut, "the device does not answer",
            "check that it is switched on and reachable, then try again"};
}

/// A unicast request: waiting for its turn, or with one message under way.
struct Call {
    Channel channel;
    ClientCall script;
    CallId parent = 0; ///< the multicast call whose answer this fetches the rest of
    bool started = false;
    std::uint16_t messageId = 0;
    Bytes token{};
    Bytes datagram{};
    bool acknowledged = false;
    Backoff backoff{};
    TimePoint giveUp{};
    std::optional<TimePoint> timer{};
};

struct Group {
    Channel channel;
    Request request;
    Bytes token;
    std::set<std::pair<Channel, std::uint16_t>> seen{};
    std::size_t fetching = 0; ///< answers whose remaining blocks are under way
    bool windowOver = false;
    std::optional<TimePoint> timer{};
};

struct Peer {
    std::uint16_t nextId = 0;
    std::deque<CallId> queue{}; ///< the first one is under way: one request at a time (RFC 7252 4.7, facts Q36)
};

} // namespace

struct Client::State {
    State(ClientSettings s, Random& r) : settings{s}, random{r} {}

    ClientSettings settings;
    Random& random;
    CallId lastId = 0;
    std::map<CallId, Call> calls;
    std::map<CallId, Group> groups;
    std::map<Bytes, CallId> byToken;
    std::map<std::pair<Channel, std::uint16_t>, CallId> byMessageId;
    std::map<Channel, Peer> peers;
    std::deque<std::pair<Channel, std::uint16_t>> recent;
    TimerQueue<CallId> timers;
    std::vector<Outgoing> outgoing;
    std::vector<Answer> answers;

    void send(const Channel& channel, Bytes datagram) { outgoing.push_back({channel, std::move(datagram)}); }
    Peer& peerOf(const Channel& channel);
    Bytes freshToken();
    CallId enqueue(Call call, std::optional<TimePoint> now);
    void begin(CallId id, Call& call, TimePoint now);
    void endExchange(Call& call);
    void remove(CallId id);
    void finish(CallId id, std::variant<Response, Failure> outcome);
    void endGroup(CallId id, Group& group);
    void takeAcknowledgement(const Channel& channel, Message message, TimePoint now);
    void takeResponse(const Channel& channel, Message message, TimePoint now);
    void takeGroupAnswer(CallId id, Group& group, const Channel& channel, Message message);
    void progress(CallId id, Call& call, Message response, TimePoint now);
    void confirm(const Channel& channel, const Message& message);
    void onTimer(CallId id, TimePoint now);
};

Client::Client(ClientSettings settings, Random& random) : state_{std::make_unique<State>(settings, random)} {}
Client::~Client() = default;

CallId Client::call(const Channel& channel, Request request, TimePoint now) {
    return state_->enqueue({.channel = channel, .script = {std::move(request), state_->settings}}, now);
}

CallId Client::callMulticast(const Channel& group, Request request, TimePoint now) {
    auto& s = *state_;
    Message message = ClientCall{request, s.settings}.next();
    message.type = Type::nonConfirmable;
    message.id = s.peerOf(group).nextId++;
    message.token = s.freshToken();
    const CallId id = ++s.lastId;
    Group& waiting = s.groups.emplace(id, Group{group, std::move(request), message.token}).first->second;
    s.byToken[message.token] = id;
    s.timers.move(waiting.timer, now + s.settings.multicastWindow, id);
    s.send(group, encode(message));
    return id;
}

void Client::cancel(CallId id) {
    auto& s = *state_;
    if (const auto group = s.groups.find(id); group != s.groups.end()) {
        std::vector<CallId> fetching;
        for (const auto& [child, call] : s.calls)
            if (call.parent == id)
                fetching.push_back(child);
        for (const CallId child : fetching)
            s.remove(child);
        s.timers.move(group->second.timer, std::nullopt, id);
        s.byToken.erase(group->second.token);
        s.groups.erase(group);
    } else {
        s.remove(id);
    }
}

std::vector<Answer> Client::receive(const Channel& channel, ByteView datagram, TimePoint now) {
    auto& s = *state_;
    auto message = decode(datagram);
    if (!message) {
        if (const auto id = confirmableId(datagram))
            s.send(channel, encodeEmpty(Type::reset, *id));
    } else if (message->type == Type::acknowledgement || message->type == Type::reset) {
        s.takeAcknowledgement(channel, *std::move(message), now);
    } else if (message->isResponse()) {
        s.takeResponse(channel, *std::move(message), now);
    } else if (message->type == Type::confirmable) { // a ping, or a request to one who is no server
        s.send(channel, encodeEmpty(Type::reset, message->id));
    }
    return std::exchange(s.answers, {});
}

std::vector<Answer> Client::tick(TimePoint now) {
    auto& s = *state_;
    while (const auto id = s.timers.due(now))
        s.onTimer(*id, now);
    return std::exchange(s.answers, {});
}

std::vector<Answer> Client::dropSession(std::uint64_t session) {
    auto& s = *state_;
    std::vector<CallId> lost;
    for (const auto& [id, call] : s.calls)
        if (session != 0 && call.channel.session == session)
            lost.push_back(id);
    for (const CallId id : lost)
        s.finish(id, Failure{Reason::unavailable, "the DTLS session ended", "connect again"});
    std::erase_if(s.peers, [&](const auto& peer) { return session != 0 && peer.first.session == session; });
    return std::exchange(s.answers, {});
}

std::optional<TimePoint> Client::deadline() const {
    return state_->timers.next();
}

std::vector<Outgoing> Client::takeOutgoing() {
    return std::exchange(state_->outgoing, {});
}

Peer& Client::State::peerOf(const Channel& channel) {
    if (peers.size() >= kMaxPeers && !peers.contains(channel))
        std::erase_if(peers, [](const auto& peer) { return peer.second.queue.empty(); });
    const auto [at, isNew] = peers.try_emplace(channel);
    if (isNew)
        at->second.nextId = static_cast<std::uint16_t>(random.number());
    return at->second;
}

Bytes Client::State::freshToken() {
    Bytes token(kTokenOctets);
    random.fill(token);
    return token;
}

CallId Client::State::enqueue(Call call, std::optional<TimePoint> now) {
    const CallId id = ++lastId;
    Peer& peer = peerOf(call.channel);
    peer.queue.push_back(id);
    Call& queued = calls.emplace(id, std::move(call)).first->second;
    if (peer.queue.front() == id && now)
        begin(id, queued, *now);
    else if (peer.queue.front() == id)
        timers.move(queued.timer, kAtOnce, id);
    return id;
}

/// Sends the call's next message, as an exchange of its own with its own token.
void Client::State::begin(CallId id, Call& call, TimePoint now) {
    endExchange(call);
    Message message = call.script.next();
    message.type = Type::confirmable;
    message.id = call.messageId = peerOf(call.channel).nextId++;
    message.token = call.token = freshToken();
    call.started = true;
    call.datagram = encode(message);
    call.backoff = Backoff{settings.ackTimeout, settings.ackRandomFactor, settings.maxRetransmit, random};
    call.giveUp = now + settings.responseTimeout;
    byToken[call.token] = id;
    byMessageId[{call.channel, call.messageId}] = id;
    timers.move(call.timer, std::min(now + call.backoff.wait(), call.giveUp), id);
    send(call.channel, call.datagram);
}

void Client::State::endExchange(Call& call) {
    if (call.started) {
        byToken.erase(call.token);
        byMessageId.erase({call.channel, call.messageId});
    }
    call.acknowledged = false;
}

/// Forgets a call; the next one for its peer begins with the next tick.
void Client::State::remove(CallId id) {
    const auto at = calls.find(id);
    if (at == calls.end())
        return;
    Call& call = at->second;
    endExchange(call);
    timers.move(call.timer, std::nullopt, id);
    auto& queue = peerOf(call.channel).queue;
    const bool wasFirst = !queue.empty() && queue.front() == id;
    std::erase(queue, id);
    if (wasFirst && !queue.empty())
        timers.move(calls.at(queue.front()).timer, kAtOnce, queue.front());
    calls.erase(at);
}

void Client::State::finish(CallId id, std::variant<Response, Failure> outcome) {
    const Call& call = calls.at(id);
    const CallId parent = call.parent;
    answers.push_back({parent != 0 ? parent : id, call.channel, std::move(outcome), parent == 0});
    remove(id);
    const auto group = groups.find(parent);
    if (group == groups.end())
        return;
    --group->second.fetching;
    endGroup(parent, group->second);
}

/// A multicast call ends when its window is over and every answer is complete.
void Client::State::endGroup(CallId id, Group& group) {
    if (!group.windowOver || group.fetching != 0)
        return;
    answers.push_back({id, group.channel,
                       Failure{Reason::timedOut, "no further device answers", "ask again if one is missing"}, true});
    byToken.erase(group.token);
    groups.erase(id);
}

void Client::State::takeAcknowledgement(const Channel& channel, Message message, TimePoint now) {
    const auto at = byMessageId.find({channel, message.id});
    if (at == byMessageId.end())
        return;
    const CallId id = at->second;
    Call& call = calls.at(id);
    if (message.type == Type::reset) {
        finish(id, Failure{Reason::unavailable, "the device rejected the message", "check the address and port"});
    } else if (message.code == code::empty) { // the answer comes separately
        call.acknowledged = true;
        timers.move(call.timer, call.giveUp, id);
    } else if (message.token == call.token) {
        progress(id, call, std::move(message), now);
    }
}

void Client::State::takeResponse(const Channel& channel, Message message, TimePoint now) {
    const auto at = byToken.find(message.token);
    const auto group = at == byToken.end() ? groups.end() : groups.find(at->second);
    const auto call = at == byToken.end() ? calls.end() : calls.find(at->second);
    if (call != calls.end() && call->second.channel == channel) {
        confirm(channel, message);
        progress(call->first, call->second, std::move(message), now);
    } else if (group != groups.end() && !channel.secure() && group->second.channel.socket == channel.socket) {
        confirm(channel, message);
        takeGroupAnswer(group->first, group->second, channel, std::move(message));
    } else if (message.type == Type::confirmable) {
        const bool again = std::ranges::find(recent, std::pair{channel, message.id}) != recent.end();
        send(channel, encodeEmpty(again ? Type::acknowledgement : Type::reset, message.id));
    }
}

void Client::State::confirm(const Channel& channel, const Message& message) {
    if (message.type != Type::confirmable)
        return;
    send(channel, encodeEmpty(Type::acknowledgement, message.id));
    recent.emplace_back(channel, message.id);
    if (recent.size() > kRecentAnswers)
        recent.pop_front();
}

void Client::State::takeGroupAnswer(CallId id, Group& group, const Channel& channel, Message message) {
    if (group.windowOver || group.seen.size() == kMaxMulticastAnswers ||
        !group.seen.emplace(channel, message.id).second)
        return;
    const auto block = blockOption(message, option::block2).block;
    if (block && block->more) { // the rest comes by unicast (RFC 7959 2.8)
        ++group.fetching;
        enqueue({.channel = channel, .script = {group.request, settings, std::move(message)}, .parent = id}, {});
        return;
    }
    if (auto response = responseOf(std::move(message)))
        answers.push_back({id, channel, *std::move(response), false});
}

void Client::State::progress(CallId id, Call& call, Message response, TimePoint now) {
    if (auto outcome = call.script.take(std::move(response)))
        finish(id, *std::move(outcome));
    else
        begin(id, call, now);
}

void Client::State::onTimer(CallId id, TimePoint now) {
    if (const auto group = groups.find(id); group != groups.end()) {
        timers.move(group->second.timer, std::nullopt, id);
        group->second.windowOver = true;
        return endGroup(id, group->second);
    }
    Call& call = calls.at(id);
    if (!call.started)
        return begin(id, call, now);
    if (now >= call.giveUp || call.acknowledged || !call.backoff.retransmit())
        return finish(id, silent());
    send(call.channel, call.datagram);
    timers.move(call.timer, std::min(now + call.backoff.wait(), call.giveUp), id);
}

} // namespace ocfsecd::coap
