#include "coap/server.h"

#include "coap/exchange_memory.h"
#include "coap/options.h"

namespace ocfsecd::coap {

struct Server::State {
    State(ServerSettings s, Random& r)
        : settings{s}, random{r}, memory{settings, r}, transfers{{s.blockTransferTimeout, s.maxTransfersPerPeer,
                                                                  s.maxTransfers}} {}

    ServerSettings settings;
    Random& random;
    ExchangeMemory memory;
    Transfers transfers;
    std::vector<Outgoing> outgoing;

    void send(const Channel& channel, Bytes datagram) { outgoing.push_back({channel, std::move(datagram)}); }
    void acknowledged(const Channel& channel, std::uint16_t answerId);
    bool isDuplicate(const Channel& channel, const Message& message, std::size_t octets);
    std::optional<Incoming> takeRequest(const Channel& channel, bool multicast, Message message, std::size_t octets,
                                        TimePoint now);
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
    auto& s = *state_;
    s.memory.expire(now);
    auto message = decode(datagram);
    if (!message) {
        // RFC 7252 4.2: a Confirmable message that makes no sense is rejected; multicast never is (8.1).
        if (const auto id = confirmableId(datagram); id && !multicast)
            s.send(channel, encodeEmpty(Type::reset, *id));
        return message.failure();
    }
    if (message->type == Type::acknowledgement || message->type == Type::reset) {
        s.acknowledged(channel, message->id);
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

std::optional<Incoming> Server::State::takeRequest(const Channel& channel, bool multicast, Message message,
                                                   std::size_t octets, TimePoint now) {
    auto verdict = judge(message);
    if (const auto* code = std::get_if<std::uint8_t>(&verdict)) {
        refuse(channel, multicast, message, *code); // judged anew for a duplicate: nothing to remember
        return std::nullopt;
    }
    auto& judged = std::get<Judged>(verdict);
    if (multicast && (judged.block1 || (judged.block2 && judged.block2->number != 0)))
        return std::nullopt; // blocks belong to one peer (RFC 7959 2.8)

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
        return std::nullopt;
    }
    return deliver(*id, std::move(judged), now);
}

/// Puts blocks together and serves kept ones; what is left for the user comes out.
std::optional<Incoming> Server::State::deliver(RequestId id, Judged judged, TimePoint now) {
    Exchange& exchange = *memory.get(id);
    Request& request = judged.request;
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
        if (const Response* kept = transfers.find(exchange.download, now)) {
            answer(id, exchange, *kept, now, 0ms);
            return std::nullopt;
        }
        // A GET can be asked again; anything else would be executed a second time, and without its payload.
        if (request.method != Method::get)
            return refused(code::incomplete);
    }
    if (exchange.type == Type::confirmable)
        memory.setTimer(id, exchange, now + settings.separateAfter);
    return Incoming{id, exchange.channel, exchange.multicast, std::move(request)};
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

void Server::respond(RequestId id, Response response, TimePoint now, Duration delay) {
    auto& s = *state_;
    Exchange* exchange = s.memory.get(id);
    if (!exchange || exchange->phase != Phase::pending)
        return;
    if (exchange->multicast && response.code >> 5 != 2) // RFC 7252 8.2
        return ignore(id);
    s.answer(id, *exchange, std::move(response), now, delay);
}

void Server::ignore(RequestId id) {
    auto& s = *state_;
    Exchange* exchange = s.memory.get(id);
    if (!exchange || exchange->phase != Phase::pending)
        return;
    exchange->ignored = true;
    s.memory.setPhase(id, *exchange, Phase::finished);
}

void Server::dropSession(std::uint64_t session) {
    if (session == 0)
        return; // the peers in clear are no session
    state_->memory.dropSession(session);
    state_->transfers.dropSession(session);
}

bool Server::hasPending(const Channel& channel) const {
    return state_->memory.hasAnswerUnderWay(channel);
}

void Server::tick(TimePoint now) {
    auto& s = *state_;
    s.memory.expire(now);
    s.transfers.expire(now);
    while (const auto id = s.memory.due(now))
        s.onTimer(*id, *s.memory.get(*id), now);
}

std::optional<TimePoint> Server::deadline() const {
    return earlier(state_->memory.next(), state_->transfers.next());
}

std::vector<Outgoing> Server::takeOutgoing() {
    return std::exchange(state_->outgoing, {});
}

ServerUsage Server::usage() const {
    return {state_->memory.size(), state_->memory.peers(), state_->memory.timers(), state_->transfers.size()};
}

} // namespace ocfsecd::coap
