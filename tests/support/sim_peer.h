#pragma once
// A peer on the simulated network: CoAP in clear, and DTLS sessions that carry CoAP.

#include "base/uuid.h"
#include "cbor/value.h"
#include "certificates.h"
#include "coap/client.h"
#include "dtls/session.h"
#include "network.h"

#include <memory>

namespace ocfsecd::test {

/// What came back for one request.
struct Reply {
    std::string code = "-"; ///< "2.05"; "-" when there was no answer
    cbor::Value body;
    coap::Response response;
    std::optional<Failure> failure; ///< why there was no answer
    Address from;
    /// The member of the body, null when absent.
    const cbor::Value& operator[](std::string_view key) const;
    std::string text(std::string_view key) const; ///< "" when it is no text
};

using coap::Method;

/// The CoAP client of one clear socket or one session; `send` puts its datagrams on the way.
class Asker {
public:
    Asker(Network& network, coap::Channel channel, std::function<void(const coap::Outgoing&)> send);

    coap::CallId begin(Method method, std::string_view href, std::vector<std::string> query = {},
                       const cbor::Value* body = nullptr);
    coap::CallId begin(coap::Request request);
    std::optional<Reply> reply(coap::CallId id) const;

    /// Waits for the answer; simulated time passes.
    Reply request(Method method, std::string_view href, std::vector<std::string> query = {},
                  const cbor::Value* body = nullptr);
    Reply request(coap::Request request);
    Reply get(std::string_view href, std::vector<std::string> query = {});
    Reply post(std::string_view href, const cbor::Value& body, std::vector<std::string> query = {});
    Reply put(std::string_view href, const cbor::Value& body);
    Reply del(std::string_view href, std::vector<std::string> query = {});
    Reply setState(int s); ///< POST pstat {dos:{s}}
    /// Answers to a multicast GET, within the client's window.
    std::vector<Reply> discover(const Address& group, std::string_view href, std::vector<std::string> query = {});

    void received(const coap::Channel& from, ByteView datagram);
    void tick();
    void sessionEnded();
    std::optional<TimePoint> deadline() const { return client_.deadline(); }

private:
    void file(std::vector<coap::Answer> answers);
    void flush();

    Network& network_;
    TestRandom random_;
    coap::Channel channel_;
    std::function<void(const coap::Outgoing&)> send_;
    coap::Client client_;
    /// What was asked: the answer is to fit it.
    struct Asked {
        Method method = Method::get;
        std::string href;
        Bytes payload;
    };
    std::map<coap::CallId, Asked> asked_;
    std::map<coap::CallId, std::vector<Reply>> replies_;
    std::map<coap::CallId, bool> ended_;
};

/// One DTLS session of a peer, from its own port.
class SimSession {
public:
    SimSession(Network& network, Address local, Address remote, dtls::ClientParameters parameters, bool ownEngine);

    bool established() const { return session_->phase() == dtls::Phase::established; }
    bool closed() const { return session_->phase() == dtls::Phase::closed; }
    dtls::Session& dtls() { return *session_; }
    Asker& ask() { return *asker_; }
    Asker* operator->() { return asker_.get(); }
    /// One CoAP message as it is.
    void sendRaw(ByteView message);
    void close();
    /// The client crashed: nothing is sent, nothing more is heard.
    void vanish() { vanished_ = true; }

    const Address& local() const { return local_; }
    std::vector<Bytes> messages;  ///< decrypted, as they came
    std::vector<Bytes> datagrams; ///< as they came

    void receive(const Packet& packet);
    void tick();
    std::optional<TimePoint> deadline() const;

private:
    void carry(dtls::Output& out);

    Network& network_;
    Address local_, remote_;
    std::unique_ptr<Asker> asker_;
    std::unique_ptr<dtls::Session> session_;
    bool vanished_ = false;
    bool ended_ = false;
};

class SimPeer final : public Host {
public:
    SimPeer(Network& network, Address host, const Address& deviceClear, const Address& deviceSecure);
    ~SimPeer() override;
    SimPeer(const SimPeer&) = delete;
    SimPeer& operator=(const SimPeer&) = delete;

    Asker* operator->() { return clear_.get(); } ///< in clear
    Asker& clear() { return *clear_; }

    /// A handshake to the device's secure port, driven to its end. From `port`, else from a fresh one.
    SimSession& connect(dtls::ClientParameters parameters, std::uint16_t port = 0, bool ownEngine = false);
    SimSession& connectAnonymously(std::uint16_t port = 0);
    SimSession& connectPsk(const Uuid& self, ByteView key, std::uint16_t port = 0, bool ownEngine = false);
    SimSession& connectCertified(const Issued* own, dtls::Suite suite = dtls::Suite::ecdheEcdsaAes128Ccm8);
    /// The handshake is begun, time does not pass.
    SimSession& beginHandshake(dtls::ClientParameters parameters, std::uint16_t port = 0, bool ownEngine = false);
    /// Octets from one of the peer's ports.
    void sendRaw(const Address& to, ByteView octets, std::uint16_t port);
    void sendRawClear(ByteView octets) { sendRaw(deviceClear_, octets, kClearSocket); }

    const Address& host() const { return host_; }
    std::vector<Packet> heard; ///< everything that came to any port

    bool hears(const Address& to) const override;
    void receive(const Packet& packet) override;
    void tick() override;
    std::optional<TimePoint> deadline() const override;

    static constexpr std::uint16_t kClearSocket = 40000;

private:
    Network& network_;
    Address host_, deviceClear_, deviceSecure_;
    std::unique_ptr<Asker> clear_;
    std::vector<std::unique_ptr<SimSession>> sessions_;
    std::uint16_t nextPort_ = 50000;
};

dtls::ClientParameters anonymousClient();
/// With an own chain, or without one; whatever the server shows is taken (tests look at peerChain()).
dtls::ClientParameters certificateClient(const Issued* own, dtls::Suite suite = dtls::Suite::ecdheEcdsaAes128Ccm8);
/// Answers any hint.
dtls::ClientParameters pskClient(ByteView identity, ByteView key);
/// The Random PIN method's: takes the device's UUID from the hint (facts 4.4).
dtls::ClientParameters pinClient(std::string pin);

} // namespace ocfsecd::test
