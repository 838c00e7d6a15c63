#include "coap/server.h"

#include "coap/exchange_memory.h"
#include "coap/observations.h"
#include "coap/options.h"

namespace ocfsecd::coap {

struct Server::State {
    State(ServerSettings s, Random& r)
        : settings{s}, random{r}, memory{settings, r},
          transfers{{s.blockTransferTimeout, s.maxTransfersPerPeer, s.maxTransfers}}, observations{settings} {}

    ServerSettings settings;
    Random& random;
    ExchangeMemory memory;
    Transfers transfers;
    Observations observations;
    std::vector<ObserverId> stale;
    std::vector<Outgoing> outgoing;

    void send(const Channel& channel, Bytes datagram) { outgoing.push_back({channel, std::move(datagram)}); }
    void acknowledged(const Channel& channel, std::uint16_t answerId);
    void notified(const Channel& channel, const Message& message, TimePoint now);
    void registerObserver(Exchange& exchange, Response& response, TimePoint now);
    void notify(ObserverId id, Observation& observation, Response response, TimePoint now, bool again = false);
    void onObserverTimer(ObserverId id, Observation& observation, TimePoint now);
    bool isDuplicate(const Channel& channel, const Message& message, std::size_t octets);
    Result<std::optional<Incoming>> takeRequest(const Channel& channel, bool multicast, Message message,
                                                std::size_t octets, TimePoint now);
    std::optional<Incoming> deliver(RequestId id, Judged judged, TimePoint now);
    void refuse(const Channel& channel, bool multicast, const Message& message, std::uint8_t code);
    void acknowledge(RequestId id, Exchange& exchange);
    void answer(RequestId id, Exchange& exchange, Response response, TimePoint now, Duration delay);
    void transmit(RequestId id, Exchange& exchange, TimePoint now);
    void onTimer(RequestId id, Exchange& exchange, TimePoint now);
};

Server::Server(ServerSettings settings, Random& random) : state_{std::make_unique<State>(settings, random)} {}
Server::~Server() = default;

Result<std::optional<Incoming>> Server::receive(const Channel& channel, bool multicast, ByteView datagram,
                                                TimePoint now) {
    return receive(channel, multicast, datagram, decode(datagram), now);
}

Result<std::optional<Incoming>> Server::receive(const Channel& channel, bool multicast, ByteView datagram,
                                                Result<Message> message, TimePoint now) {
    auto& s = *state_;
    s.memory.expire(now);
    if (!message) {
        // RFC 7252 4.2: a Confirmable message that makes no sense is rejected; multicast never is (8.1).
        if (const auto id = confirmableId(datagram); id && !multicast)
            s.send(channel, encodeEmpty(Type::reset, *id));
        return message.failure();
    }
    if (message->type == Type::acknowledgement || message->type == Type::reset) {
        s.acknowledged(channel, message->id);
        s.notified(channel, *message, now);
        return std::optional<Incoming>{};
    }
    if (!message->isRequest()) { // a ping, or a response nobody asked for
        if (message->type == Type::confirmable && !multicast)
            s.send(channel, encodeEmpty(Type::reset, message->id));
        return std::optional<Incoming>{};
    }
    if (multicast && message->type == Type::confirmable) // RFC 7252 8.1
        return std::optional<Incoming>{};
    if (s.isDuplicate(channel, *message, datagram.size()))
        return std::optional<Incoming>{};
    return s.takeRequest(channel, multicast, *std::move(message), datagram.size(), now);
}

/// Acknowledgement or Reset: either ends the retransmission.
void Server::State::acknowledged(const Channel& channel, std::uint16_t answerId) {
    const auto id = memory.findUnacknowledged(channel, answerId);
    if (!id)
        return;
    Exchange& exchange = *memory.get(*id);
    exchange.answer.clear(); // a late duplicate gets the empty acknowledgement again
    memory.setPhase(*id, exchange, Phase::finished);
}

/// RFC 7252 4.5. The token is compared too: a client that starts anew on the same port may draw the same message id for
/// another request, and an answer with the old token would be of no use to it.
/// The size too: a remembered answer must not be had for less than the request that paid for it.
bool Server::State::isDuplicate(const Channel& channel, const Message& message, std::size_t octets) {
    const auto id = memory.find(channel, message.id);
    if (!id)
        return false;
    Exchange& exchange = *memory.get(*id);
    if (exchange.token != message.token || exchange.octets != octets) {
        memory.forget(*id);
        return false;
    }
    if (message.type != Type::confirmable || exchange.type != Type::confirmable || exchange.ignored)
        return true;
    if (exchange.phase == Phase::finished && !exchange.answer.empty())
        send(channel, exchange.answer);
    else
        acknowledge(*id, exchange);
    return true;
}

Result<std::optional<Incoming>> Server::State::takeRequest(const Channel& channel, bool multicast, Message message,
                                                           std::size_t octets, TimePoint now) {
    const auto nothing = std::optional<Incoming>{};
    auto verdict = judge(message);
    if (const auto* code = std::get_if<std::uint8_t>(&verdict)) {
        refuse(channel, multicast, message, *code); // judged anew for a duplicate: nothing to remember
        if (multicast)
            return nothing; // it may well be for others
        return failureOf(*code);
    }
    auto& judged = std::get<Judged>(verdict);
    if (multicast && (judged.block1 || (judged.block2 && judged.block2->number != 0)))
        return nothing; // blocks belong to one peer (RFC 7959 2.8)

    if (judged.request.method == Method::get && judged.request.observe == 1U) // RFC 7641 3.6
        if (const auto observer = observations.find(channel, message.token))
            observations.remove(*observer);

    Exchange exchange{.channel = channel,
                      .type = message.type,
                      .id = message.id,
                      .token = message.token,
                      .octets = octets,
                      .multicast = multicast,
                      .download = TransferKey::of(channel, Direction::download, judged.request)};
    exchange.ask = {.block1 = judged.block1,
                    .block2 = judged.block2,
                    .asksSize2 = judged.asksSize2,
                    .exponent = std::min(settings.blockExponent, kMaxBlockExponent)};
    if (!multicast && !channel.secure())
        exchange.ask.octets = answerBudget(octets, settings.clearAmplification);
    const auto id = memory.add(std::move(exchange), now);
    if (!id) {
        refuse(channel, multicast, message, code::unavailable);
        return nothing;
    }
    return deliver(*id, std::move(judged), now);
}

/// Puts blocks together; what is for the user comes out.
std::optional<Incoming> Server::State::deliver(RequestId id, Judged judged, TimePoint now) {
    Exchange& exchange = *memory.get(id);
    Request& request = judged.request;
    bool continues = false;
    const auto refused = [&](std::uint8_t code) {
        if (code == code::tooLarge)
            exchange.ask.size1 = static_cast<std::uint32_t>(settings.maxBody);
        answer(id, exchange, {.code = code}, now, 0ms);
        return std::nullopt;
    };
    if (judged.block1) {
        auto step = takeBlock(transfers, TransferKey::of(exchange.channel, Direction::upload, request), *judged.block1,
                              std::move(request.payload), judged.size1, settings.maxBody, now);
        if (!step.body)
            return refused(step.code);
        request.payload = std::move(*step.body);
    } else if (request.payload.size() > settings.maxBody) {
        return refused(code::tooLarge);
    } else if (judged.block2 && judged.block2->number != 0) {
        continues = transfers.find(exchange.download, now) != nullptr;
        // A GET can be asked again; anything else would be executed a second time, and without its payload.
        if (!continues && request.method != Method::get)
            return refused(code::incomplete);
    }
    if (exchange.type == Type::confirmable)
        memory.setTimer(id, exchange, now + settings.separateAfter);
    return Incoming{id, exchange.channel, exchange.multicast, std::move(request), continues};
}

/// Answers without remembering anything. Multicast: never (RFC 7252 8.2).
void Server::State::refuse(const Channel& channel, bool multicast, const Message& message, std::uint8_t code) {
    if (multicast)
        return;
    const bool confirmable = message.type == Type::confirmable;
    if (!confirmable && code == code::badOption) { // RFC 7252 5.4.1
        send(channel, encodeEmpty(Type::reset, message.id));
        return;
    }
    Message out{.type = confirmable ? Type::acknowledgement : Type::nonConfirmable,
                .code = code,
                .id = confirmable ? message.id : memory.nextMessageId(channel),
                .token = message.token};
    send(channel, encode(out));
}

void Server::State::acknowledge(RequestId id, Exchange& exchange) {
    send(exchange.channel, encodeEmpty(Type::acknowledgement, exchange.id));
    if (exchange.phase == Phase::pending) {
        exchange.acknowledged = true;
        memory.setTimer(id, exchange, std::nullopt);
    }
}

void Server::State::answer(RequestId id, Exchange& exchange, Response response, TimePoint now, Duration delay) {
    if (response.payload.size() > settings.maxBody)
        response = {.code = code::internal};
    const bool piggybacked = exchange.type == Type::confirmable && !exchange.acknowledged;
    Message head{.type = piggybacked                          ? Type::acknowledgement
                         : exchange.type == Type::confirmable ? Type::confirmable
                                                              : Type::nonConfirmable, // facts 7.4: also for multicast
                 .id = piggybacked ? exchange.id : memory.nextMessageId(exchange.channel),
                 .token = exchange.token};
    exchange.answerId = head.id;
    if (exchange.observed)
        registerObserver(exchange, response, now);
    auto composed = compose(head, response, exchange.ask);
    if (composed.outOfRange)
        composed = compose(head, {.code = code::badRequest}, {});
    if (!composed.more)
        transfers.drop(exchange.download);
    else if (!exchange.ask.block2 || exchange.ask.block2->number == 0 || !transfers.find(exchange.download, now))
        transfers.start(exchange.download, std::move(response), now);

    exchange.answer = encode(composed.message);
    if (exchange.multicast && delay > 0ms) {
        memory.setPhase(id, exchange, Phase::delayed);
        memory.setTimer(id, exchange, now + delay);
    } else {
        transmit(id, exchange, now);
    }
}

/// Sends the answer for the first time.
void Server::State::transmit(RequestId id, Exchange& exchange, TimePoint now) {
    send(exchange.channel, exchange.answer);
    if (exchange.type == Type::confirmable && exchange.acknowledged) {
        exchange.sent = exchange.answer.size();
        exchange.backoff = Backoff{settings.ackTimeout, settings.ackRandomFactor, settings.maxRetransmit, random};
        memory.setPhase(id, exchange, Phase::unacknowledged);
        memory.setTimer(id, exchange, now + exchange.backoff.wait());
        return;
    }
    if (exchange.type != Type::confirmable)
        exchange.answer = {}; // its duplicates are ignored
    memory.setPhase(id, exchange, Phase::finished);
}

void Server::State::onTimer(RequestId id, Exchange& exchange, TimePoint now) {
    switch (exchange.phase) {
    case Phase::pending:
        return acknowledge(id, exchange);
    case Phase::delayed:
        return transmit(id, exchange, now);
    case Phase::unacknowledged:
        // In clear all copies together stay within the budget: the source is as unverified as before. RFC 7252 4.2 lets
        // a sender give up early.
        exchange.sent += exchange.answer.size();
        if (exchange.sent <= exchange.ask.octets && exchange.backoff.retransmit()) {
            send(exchange.channel, exchange.answer);
            return memory.setTimer(id, exchange, now + exchange.backoff.wait());
        }
        exchange.answer = {};
        return memory.setPhase(id, exchange, Phase::finished);
    case Phase::finished:
        return memory.setTimer(id, exchange, std::nullopt);
    }
}

// Observers (RFC 7641)

void Server::State::registerObserver(Exchange& exchange, Response& response, TimePoint now) {
    auto request = *std::exchange(exchange.observed, std::nullopt);
    if (response.code != code::content || exchange.multicast ||
        (exchange.ask.block2 && exchange.ask.block2->number != 0))
        return;
    Observation observation{.channel = exchange.channel,
                            .token = exchange.token,
                            .request = std::move(request),
                            .ask = exchange.ask,
                            .download = exchange.download,
                            .told = entityTag(response.payload)};
    if (observations.add(std::move(observation), now))
        response.observe = observations.nextSequence();
}

/// Acknowledgement or Reset of a notification.
void Server::State::notified(const Channel& channel, const Message& message, TimePoint now) {
    const auto id = observations.findSent(channel, message.id);
    if (!id)
        return;
    if (message.type == Type::reset) // RFC 7641 3.6: no longer interested
        return observations.remove(*id);
    Observation& observation = *observations.get(*id);
    if (observation.underWay != message.id)
        return;
    observation.underWay.reset();
    observation.datagram = {};
    observation.confirmBy = now + settings.observeConfirmWithin;
    observations.setTimer(*id, observation, observation.confirmBy);
    if (auto newer = std::exchange(observation.newer, std::nullopt))
        notify(*id, observation, *std::move(newer), now);
}

/// `again`: in place of one that nobody acknowledged, whose back-off goes on (RFC 7641 4.5.2).
void Server::State::notify(ObserverId id, Observation& observation, Response response, TimePoint now, bool again) {
    const bool last = response.code >> 5 != 2;
    // In clear nobody has proven that he wants this: each one has to be acknowledged, and is sent once.
    const bool confirmable = !last && (!observation.channel.secure() || now >= observation.confirmBy || again ||
                                       observation.unconfirmed + 1 >= settings.observeConfirmEvery);
    Message head{.type = confirmable ? Type::confirmable : Type::nonConfirmable,
                 .id = memory.nextMessageId(observation.channel),
                 .token = observation.token};
    observation.told = entityTag(response.payload);
    if (!last)
        response.observe = observations.nextSequence();
    auto composed = compose(head, response, observation.ask);
    const auto messageId = composed.message.id;
    auto datagram = encode(composed.message);
    send(observation.channel, datagram);
    if (last)
        return observations.remove(id);
    if (composed.more)
        transfers.start(observation.download, std::move(response), now);
    else
        transfers.drop(observation.download);
    observation.sent.at(observation.sentCount++ % observation.sent.size()) = messageId;
    observation.unconfirmed = confirmable ? 0 : observation.unconfirmed + 1;
    if (!confirmable)
        return;
    observation.underWay = messageId;
    observation.datagram = std::move(datagram);
    if (!again)
        observation.backoff = Backoff{settings.ackTimeout, settings.ackRandomFactor,
                                      observation.channel.secure() ? settings.maxRetransmit : 0, random};
    observations.setTimer(id, observation, now + observation.backoff.wait());
}

void Server::State::onObserverTimer(ObserverId id, Observation& observation, TimePoint now) {
    if (!observation.underWay) {
        stale.push_back(id);
        // Whatever its owner does about it, it is not due at once again.
        return observations.setTimer(id, observation, now + settings.observeConfirmWithin);
    }
    if (!observation.backoff.retransmit()) // RFC 7641 4.5: it is gone
        return observations.remove(id);
    if (auto newer = std::exchange(observation.newer, std::nullopt))
        return notify(id, observation, *std::move(newer), now, true);
    send(observation.channel, observation.datagram);
    observations.setTimer(id, observation, now + observation.backoff.wait());
}

void Server::observe(RequestId id, const Request& request) {
    if (Exchange* exchange = state_->memory.get(id); exchange && exchange->phase == Phase::pending)
        exchange->observed = request;
}

std::vector<Observer> Server::observers() const {
    return state_->observations.all();
}

void Server::notify(ObserverId id, Response response, TimePoint now) {
    auto& s = *state_;
    Observation* observation = s.observations.get(id);
    if (!observation)
        return;
    const bool news = response.code >> 5 != 2 || entityTag(response.payload) != observation->told;
    if (response.code >> 5 == 2 && observation->underWay) { // one at a time (RFC 7641 4.5.1)
        if (news)
            observation->newer = std::move(response);
        else
            observation->newer.reset();
        return;
    }
    if (news || now >= observation->confirmBy)
        s.notify(id, *observation, std::move(response), now);
}

std::vector<ObserverId> Server::takeStaleObservers() {
    return std::exchange(state_->stale, {});
}

void Server::respond(RequestId id, Response response, TimePoint now, Duration delay) {
    auto& s = *state_;
    Exchange* exchange = s.memory.get(id);
    if (!exchange || exchange->phase != Phase::pending)
        return;
    if (exchange->multicast && response.code >> 5 != 2) // RFC 7252 8.2
        return ignore(id);
    s.answer(id, *exchange, std::move(response), now, delay);
}

void Server::resume(RequestId id, TimePoint now) {
    auto& s = *state_;
    Exchange* exchange = s.memory.get(id);
    if (!exchange || exchange->phase != Phase::pending)
        return;
    const Response* kept = s.transfers.find(exchange->download, now);
    s.answer(id, *exchange, kept ? *kept : Response{.code = code::incomplete}, now, 0ms);
}

void Server::ignore(RequestId id) {
    auto& s = *state_;
    Exchange* exchange = s.memory.get(id);
    if (!exchange || exchange->phase != Phase::pending)
        return;
    exchange->ignored = true;
    s.memory.setPhase(id, *exchange, Phase::finished);
}

void Server::withdrawAnswers() {
    state_->transfers.dropDownloads();
    state_->memory.ignoreDelayed();
}

void Server::dropSession(std::uint64_t session) {
    if (session == 0)
        return; // the peers in clear are no session
    state_->memory.dropSession(session);
    state_->transfers.dropSession(session);
    state_->observations.dropSession(session);
}

bool Server::hasPending(const Channel& channel) const {
    return state_->memory.hasAnswerUnderWay(channel);
}

bool Server::remembers(const Channel& channel, std::uint16_t messageId) const {
    return state_->memory.find(channel, messageId).has_value();
}

bool Server::observes(const Channel& channel, const Bytes& token) const {
    return state_->observations.find(channel, token).has_value();
}

void Server::tick(TimePoint now) {
    auto& s = *state_;
    s.memory.expire(now);
    s.transfers.expire(now);
    while (const auto id = s.memory.due(now))
        s.onTimer(*id, *s.memory.get(*id), now);
    while (const auto id = s.observations.due(now))
        s.onObserverTimer(*id, *s.observations.get(*id), now);
}

std::optional<TimePoint> Server::deadline() const {
    return earlier(earlier(state_->memory.next(), state_->transfers.next()), state_->observations.next());
}

std::vector<Outgoing> Server::takeOutgoing() {
    return std::exchange(state_->outgoing, {});
}

ServerUsage Server::usage() const {
    return {state_->memory.size(), state_->memory.peers(), state_->memory.timers(), state_->transfers.size(),
            state_->observations.size()};
}

} // namespace ocfsecd::coap
