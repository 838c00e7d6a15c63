#pragma once
// The client half of CoAP, pure: requests, retransmission, separate responses, block-wise both ways, multicast answers.

#include "base/random.h"
#include "coap/exchange.h"

#include <memory>
#include <variant>

namespace ocfsecd::coap {

struct ClientSettings {
    Duration ackTimeout = 2s;
    double ackRandomFactor = 1.5;
    unsigned maxRetransmit = 4;
    Duration responseTimeout = 30s; ///< from the request (or its last block) to the response
    Duration multicastWindow = 5s;  ///< how long answers to a multicast request are taken
    std::size_t maxBody = 64 * 1024;
    unsigned blockExponent = 6;
    std::uint16_t accept = kFormatOcfCbor;
};

using CallId = std::uint64_t;

/// One answer, or why there is none. A multicast call yields many answers and ends with Reason::timedOut; an answer
/// whose remaining blocks could not be fetched from its sender is a Failure that is not the last.
struct Answer {
    CallId id = 0;
    Channel from;
    std::variant<Response, Failure> outcome;
    bool last = true; ///< no further answer will come for this call
};

class Client {
public:
    Client(ClientSettings settings, Random& random);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Confirmable unicast; one at a time goes to a channel, the others wait their turn (facts Q36). contentFormat,
    /// accept and OCF versions are filled in when absent (the content's when a payload exists); a 4.06 to the accept
    /// filled in is asked again in the legacy format (Q35).
    CallId call(const Channel& channel, Request request, TimePoint now);
    /// Non-confirmable multicast: answers may come from any peer on that socket.
    CallId callMulticast(const Channel& group, Request request, TimePoint now);
    void cancel(CallId id);
    std::vector<Answer> receive(const Channel& channel, ByteView datagram, TimePoint now);
    std::vector<Answer> tick(TimePoint now);
    /// The session is gone: its calls end with Reason::unavailable.
    std::vector<Answer> dropSession(std::uint64_t session);
    std::optional<TimePoint> deadline() const;
    std::vector<Outgoing> takeOutgoing();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::coap
