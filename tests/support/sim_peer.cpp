#include "sim_peer.h"

#include "payload_schema.h"
#include "svr/pin_key.h"

#include <gtest/gtest.h>

namespace ocfsecd::test {

namespace {

constexpr std::uint64_t kTheSession = 1; ///< each session has a CoAP client of its own

/// Every payload fits the table, whatever the test is about.
void holdAgainstTable(std::string_view href, payload::Direction direction, const cbor::Value& body) {
    payload::record(href, direction, body);
    for (const auto& misfit : payload::misfits(href, direction, body))
        ADD_FAILURE() << (direction == payload::Direction::answer ? "answer: " : "accepted request: ") << misfit;
}

std::uint64_t nextSeed() {
    static std::uint64_t seed = 1000;
    return ++seed;
}

} // namespace

const cbor::Value& Reply::operator[](std::string_view key) const {
    static const cbor::Value absent;
    const auto* found = body.find(key);
    return found != nullptr ? *found : absent;
}

std::string Reply::text(std::string_view key) const {
    return std::string{(*this)[key].text().value_or("")};
}

// Asker

Asker::Asker(Network& network, coap::Channel channel, std::function<void(const coap::Outgoing&)> send)
    : network_{network}, random_{nextSeed()}, channel_{channel}, send_{std::move(send)}, client_{network.clients,
                                                                                                 random_} {}

coap::CallId Asker::begin(Method method, std::string_view href, std::vector<std::string> query,
                          const cbor::Value* body) {
    coap::Request request;
    request.method = method;
    request.path = href;
    request.query = std::move(query);
    if (body != nullptr)
        request.payload = cbor::encode(*body);
    return begin(std::move(request));
}

coap::CallId Asker::begin(coap::Request request) {
    Asked asked{request.method, request.path, request.payload};
    const auto id = client_.call(channel_, std::move(request), network_.now());
    asked_.emplace(id, std::move(asked));
    flush();
    return id;
}

std::optional<Reply> Asker::reply(coap::CallId id) const {
    const auto found = replies_.find(id);
    return found == replies_.end() || found->second.empty() ? std::nullopt : std::optional{found->second.back()};
}

Reply Asker::request(Method method, std::string_view href, std::vector<std::string> query, const cbor::Value* body) {
    const auto id = begin(method, href, std::move(query), body);
    network_.until([&] { return ended_[id]; });
    return reply(id).value_or(Reply{});
}

Reply Asker::request(coap::Request request) {
    const auto id = begin(std::move(request));
    network_.until([&] { return ended_[id]; });
    return reply(id).value_or(Reply{});
}

Reply Asker::get(std::string_view href, std::vector<std::string> query) {
    return request(Method::get, href, std::move(query));
}

Reply Asker::post(std::string_view href, const cbor::Value& body, std::vector<std::string> query) {
    return request(Method::post, href, std::move(query), &body);
}

Reply Asker::put(std::string_view href, const cbor::Value& body) {
    return request(Method::put, href, {}, &body);
}

Reply Asker::del(std::string_view href, std::vector<std::string> query) {
    return request(Method::del, href, std::move(query));
}

Reply Asker::setState(int s) {
    return post("/oic/sec/pstat", cbor::Map{{"dos", cbor::Map{{"s", s}}}});
}

std::vector<Reply> Asker::discover(const Address& group, std::string_view href, std::vector<std::string> query) {
    coap::Request request;
    request.path = href;
    request.query = std::move(query);
    const auto id = client_.callMulticast({group, 0, 0}, std::move(request), network_.now());
    asked_.emplace(id, Asked{Method::get, std::string{href}, {}});
    flush();
    network_.until([&] { return ended_[id]; });
    auto out = replies_[id];
    std::erase_if(out, [](const Reply& reply) { return reply.failure.has_value(); });
    return out;
}

void Asker::received(const coap::Channel& from, ByteView datagram) {
    file(client_.receive(from, datagram, network_.now()));
}

void Asker::tick() {
    file(client_.tick(network_.now()));
}

void Asker::sessionEnded() {
    file(client_.dropSession(kTheSession));
}

void Asker::file(std::vector<coap::Answer> answers) {
    for (auto& answer : answers) {
        Reply reply;
        reply.from = answer.from.peer;
        if (auto* response = std::get_if<coap::Response>(&answer.outcome)) {
            reply.code = coap::codeText(response->code);
            if (auto body = cbor::decode(response->payload))
                reply.body = *std::move(body);
            if (const auto& asked = asked_.at(answer.id); reply.code == "2.05")
                holdAgainstTable(asked.href, payload::Direction::answer, reply.body);
            else if (const auto sent = cbor::decode(asked.payload); sent && reply.code.starts_with("2."))
                holdAgainstTable(asked.href, payload::Direction::request, *sent);
            reply.response = std::move(*response);
        } else {
            reply.failure = std::get<Failure>(answer.outcome);
        }
        replies_[answer.id].push_back(std::move(reply));
        ended_[answer.id] = answer.last;
    }
    flush();
}

void Asker::flush() {
    for (const auto& out : client_.takeOutgoing())
        send_(out);
}

// SimSession

SimSession::SimSession(Network& network, Address local, Address remote, dtls::ClientParameters parameters,
                       bool ownEngine)
    : network_{network}, local_{local}, remote_{remote} {
    asker_ = std::make_unique<Asker>(network, coap::Channel{remote, kTheSession, 0},
                                     [this](const coap::Outgoing& out) { sendRaw(out.datagram); });
    dtls::Output out;
    session_ = dtls::makeClientSession(std::move(parameters), network.now(), out, ownEngine);
    carry(out);
}

void SimSession::sendRaw(ByteView message) {
    dtls::Output out;
    session_->send(message, network_.now(), out);
    carry(out);
}

void SimSession::close() {
    dtls::Output out;
    session_->close(network_.now(), out);
    carry(out);
    network_.settle();
}

void SimSession::receive(const Packet& packet) {
    if (vanished_)
        return;
    datagrams.push_back(packet.octets);
    dtls::Output out;
    session_->feed(packet.octets, network_.now(), out);
    carry(out);
}

void SimSession::tick() {
    if (vanished_)
        return;
    if (const auto at = session_->deadline(); at && *at <= network_.now()) {
        dtls::Output out;
        session_->tick(network_.now(), out);
        carry(out);
    }
    asker_->tick();
}

std::optional<TimePoint> SimSession::deadline() const {
    if (vanished_)
        return std::nullopt;
    return earlier(session_->deadline(), asker_->deadline());
}

void SimSession::carry(dtls::Output& out) {
    if (vanished_)
        return;
    for (auto& datagram : out.datagrams)
        network_.send({local_, remote_, std::move(datagram)});
    for (auto& message : out.messages) {
        messages.push_back(message);
        asker_->received({remote_, kTheSession, 0}, message);
    }
    if (session_ && closed() && !std::exchange(ended_, true))
        asker_->sessionEnded();
}

// SimPeer

SimPeer::SimPeer(Network& network, Address host, const Address& deviceClear, const Address& deviceSecure)
    : network_{network}, host_{host}, deviceClear_{deviceClear}, deviceSecure_{deviceSecure} {
    clear_ = std::make_unique<Asker>(network, coap::Channel{deviceClear, 0, 0}, [this](const coap::Outgoing& out) {
        network_.send({host_.withPort(kClearSocket), out.channel.peer, out.datagram});
    });
    network_.attach(*this);
}

SimPeer::~SimPeer() {
    network_.detach(*this);
}

SimSession& SimPeer::beginHandshake(dtls::ClientParameters parameters, std::uint16_t port, bool ownEngine) {
    const auto local = host_.withPort(port != 0 ? port : nextPort_++);
    sessions_.push_back(std::make_unique<SimSession>(network_, local, deviceSecure_, std::move(parameters), ownEngine));
    return *sessions_.back();
}

SimSession& SimPeer::connect(dtls::ClientParameters parameters, std::uint16_t port, bool ownEngine) {
    auto& session = beginHandshake(std::move(parameters), port, ownEngine);
    network_.until([&] { return session.established() || session.closed(); });
    network_.settle(); // its last flight arrives
    return session;
}

SimSession& SimPeer::connectAnonymously(std::uint16_t port) {
    return connect(anonymousClient(), port);
}

SimSession& SimPeer::connectPsk(const Uuid& self, ByteView key, std::uint16_t port, bool ownEngine) {
    return connect(pskClient(self.raw(), key), port, ownEngine);
}

SimSession& SimPeer::connectCertified(const Issued* own, dtls::Suite suite) {
    return connect(certificateClient(own, suite));
}

void SimPeer::sendRaw(const Address& to, ByteView octets, std::uint16_t port) {
    network_.send({host_.withPort(port), to, copyOf(octets)});
    network_.settle();
}

bool SimPeer::hears(const Address& to) const {
    return to.withPort(0) == host_.withPort(0);
}

void SimPeer::receive(const Packet& packet) {
    heard.push_back(packet);
    if (packet.to.port() == kClearSocket)
        return clear_->received({packet.from, 0, 0}, packet.octets);
    // Of several on one port the youngest has it: a client that came back.
    for (auto session = sessions_.rbegin(); session != sessions_.rend(); ++session)
        if ((*session)->local() == packet.to)
            return (*session)->receive(packet);
}

void SimPeer::tick() {
    clear_->tick();
    for (const auto& session : sessions_)
        session->tick();
}

std::optional<TimePoint> SimPeer::deadline() const {
    auto at = clear_->deadline();
    for (const auto& session : sessions_)
        at = earlier(at, session->deadline());
    return at;
}

dtls::ClientParameters anonymousClient() {
    return {dtls::Suite::ecdhAnonAes128CbcSha256, {}, {}};
}

dtls::ClientParameters certificateClient(const Issued* own, dtls::Suite suite) {
    dtls::ClientParameters parameters;
    parameters.suite = suite;
    dtls::CertificateIdentity identity;
    identity.judgePeer = [](const std::vector<Bytes>&) -> Result<void> { return {}; };
    if (own != nullptr) {
        identity.chain = own->chain();
        parameters.sign = own->key.signer();
    }
    parameters.certificates = std::make_shared<const dtls::CertificateIdentity>(std::move(identity));
    return parameters;
}

dtls::ClientParameters pskClient(ByteView identity, ByteView key) {
    return {dtls::Suite::ecdhePskAes128CbcSha256,
            [identity = copyOf(identity), key = copyOf(key)](ByteView) {
                return std::optional{dtls::ClientKey{identity, shareSecret(key)}};
            },
            {}};
}

dtls::ClientParameters pinClient(std::string pin) {
    dtls::ClientParameters parameters;
    parameters.suite = dtls::Suite::ecdhePskAes128CbcSha256;
    parameters.chooseKey = [pin = std::move(pin)](ByteView hint) -> std::optional<dtls::ClientKey> {
        if (hint.size() != svr::kPinHintPrefix.size() + 16 || !textOf(hint).starts_with(svr::kPinHintPrefix))
            return std::nullopt;
        const auto device = Uuid::fromRaw(hint.last(16));
        return dtls::ClientKey{copyOf(viewOf(svr::kPinIdentity)),
                               std::make_shared<const SecretBytes>(svr::derivePinKey(pin, *device))};
    };
    return parameters;
}

} // namespace ocfsecd::test
