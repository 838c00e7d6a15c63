#pragma once
// The sockets, the CoAP client and the DTLS sessions of one run, on one event loop that turns while somebody waits.

#include "coap/client.h"
#include "dtls/session.h"
#include "net/udp_socket.h"
#include "systemd/loop.h"
#include "tools/obt/handshake_failure.h"
#include "tools/obt/progress.h"

#include <functional>
#include <map>
#include <memory>

namespace ocfsecd::obt {

using LineId = std::uint32_t;    ///< one socket, never reused
using SessionId = std::uint64_t; ///< one DTLS session, never reused

class Wire {
public:
    Wire(coap::ClientSettings settings, Random& random, Progress& progress);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// A socket on a free port; `interface` is where groups and link-local peers are reached by.
    Result<LineId> openLine(Address::Family family, unsigned interface = 0);
    void closeLine(LineId line);

    /// One request, to its end or until `patience` is over (Reason::timedOut).
    Result<coap::Response> ask(const coap::Channel& channel, coap::Request request,
                               std::optional<Duration> patience = std::nullopt);
    /// Several requests to many groups at once; `heard` gets each answer until it returns false or the window is over.
    using Heard = std::function<bool(const coap::Channel& from, const coap::Response& response)>;
    void askAll(const std::vector<coap::Channel>& groups, const std::vector<coap::Request>& requests,
                const Heard& heard);

    /// Starts a DTLS session to `peer` and waits for the end of its handshake. Every failure says which of the two went
    /// wrong: nobody there, or not authenticated.
    Result<SessionId> connect(LineId line, const Address& peer, dtls::ClientParameters parameters, Proof proof);
    dtls::Session& session(SessionId id);
    void disconnect(SessionId id);

    /// Turns the loop until `until` at the latest.
    void sleepUntil(TimePoint until);
    TimePoint now() const { return loop_.now(); }

private:
    struct Line;
    struct Association;
    void receive(LineId id, const net::Received& datagram);
    void feed(Association& association, const Address& from, ByteView datagram);
    void deliver(SessionId id, Association& association, dtls::Output& out);
    void take(std::vector<coap::Answer> answers);
    void flush();
    void pump(std::optional<TimePoint> until);

    systemd::Loop loop_;
    coap::Client client_;
    Progress& progress_;
    std::map<LineId, std::unique_ptr<Line>> lines_;
    std::map<SessionId, std::unique_ptr<Association>> associations_;
    std::map<coap::CallId, std::vector<coap::Answer>> answers_;
    LineId lastLine_ = 0;
    SessionId lastSession_ = 0;
};

} // namespace ocfsecd::obt
