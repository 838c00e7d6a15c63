#pragma once
// The OSCORE contexts of a device (RFC 8613): one for each credential with a sealed key by which it is sent requests,
// by one peer or by a group. Who may send, which requests have been seen, which numbers may be used for answers, and
// which request an answer belongs to. Pure.

#include "base/random.h"
#include "coap/exchange.h"
#include "coap/oscore/protection.h"
#include "coap/oscore/replay_window.h"
#include "coap/server.h"
#include "svr/state.h"

#include <deque>
#include <map>

namespace ocfsecd::ocf {

/// Never given twice by the same device: an ended context's number leads to no other.
using ContextNumber = std::uint32_t;

/// Numbers made durable ahead of their use (RFC 8613 appendix B.1.1), so that not every message costs a write.
inline constexpr std::uint64_t kReservedNumbers = 256;

/// What became of a protected request.
struct OpenedRequest {
    Bytes datagram;           ///< the request inside, under a token of ours; empty: it is not let in
    std::uint8_t refusal = 0; ///< then the code of the unprotected answer (RFC 8613 section 8.2); 0: none
    std::optional<coap::Message> challenge{}; ///< … or this protected answer
    Failure why{};                            ///< of a refusal
};

class OscoreContexts {
public:
    explicit OscoreContexts(Random& random) : random_{random} {}

    /// Follows the credentials: a context ends with its credential, with its key and in RESET. Of one that is new,
    /// and for the first time in use (`firstUse`), nothing can have been recorded, unless its secret may be that of one
    /// that is gone; any other has its peer prove that its requests are fresh (appendix B.1.2).
    void follow(const svr::DeviceState& state, bool firstUse);
    /// SRESET: all end; follow() begins anew with what there is.
    void end();
    /// Ended contexts protect answers that are already made, until this.
    void forgetEnded();

    struct Peer {
        Uuid uuid;
        svr::RoleIds roles;
        bool group = false; ///< a member of it, by multicast
        bool operator==(const Peer&) const = default;
    };
    /// The context of a request; nothing when there is none.
    std::optional<ContextNumber> find(const coap::oscore::OptionValue& option) const;

    bool isGroup(ContextNumber number) const { return contexts_.at(number).peer.group; }
    const svr::SealedBlob& key(ContextNumber number) const { return contexts_.at(number).key; }
    bool isOpen(ContextNumber number) const { return contexts_.at(number).keys.has_value(); }
    void open(const svr::SealedBlob& blob, const SharedSecret& masterSecret);

    /// Answers can be numbered.
    bool hasNumbers(ContextNumber number) const;
    /// Is it authentic? Then numbers are wanted for its answer.
    Result<void> wantNumbers(ContextNumber number, const coap::Message& message);
    bool wantsNumbers() const;
    /// A request of a group: an update, authentic and new. Nothing when its number has to be recorded first, which is
    /// wanted then: there is no answer by which a group could prove after a restart that it is not an old request.
    std::optional<OpenedRequest> takeFromGroup(ContextNumber number, const coap::Message& message, TimePoint now);
    /// Moves the stored numbers ahead of the used ones; they may be used once this state is followed. What is new
    /// begins above the numbers of all contexts that are gone: its secret may be one of theirs, and a number used twice
    /// with one key gives away what it protects (RFC 8613 section 7.5).
    void reserve(svr::DeviceState& next) const;

    /// `below` knows which messages, and which observations, there are on this channel.
    OpenedRequest take(ContextNumber number, const coap::Channel& channel, const coap::Message& message,
                       const coap::Server& below, TimePoint now);
    /// The datagram as it leaves. Nothing when its request is not known any more or no number is left.
    std::optional<coap::Outgoing> protect(const coap::Outgoing& out);
    /// The channel of what is inside: nothing of it mixes with what comes in clear from the same peer, and below it is
    /// as unverified. It has a socket number of ours, which leads back.
    coap::Channel inside(ContextNumber number, const coap::Channel& clear);
    static bool isInside(const coap::Channel& channel) { return channel.socket >= kFirstWay; }
    /// Of a channel inside; null: its context has ended.
    const Peer* peer(const coap::Channel& inside) const;
    /// The channels inside that have heard requests through this socket from this peer.
    std::vector<coap::Channel> channelsOf(const coap::Channel& clear) const;

private:
    static constexpr std::uint32_t kFirstWay = 1U << 31; ///< sockets have small numbers

    struct Request { ///< what an answer is bound to
        std::uint64_t number = 0;
        coap::Channel channel;
        Bytes token;
        std::uint16_t messageId = 0;
        std::uint64_t sequence = 0;
        coap::oscore::Binding binding;
    };
    struct Way { ///< a socket under a context
        ContextNumber context = 0;
        std::uint32_t socket = 0;
    };
    struct Context {
        bool isOf(const svr::Credential& other) const;

        svr::CredId credential{};
        svr::SealedBlob key;
        Bytes senderId, recipientId;
        Peer peer;
        std::optional<coap::oscore::Context> keys;
        coap::oscore::ReplayWindow window;
        std::optional<Bytes> echo; ///< to be repeated before any request is let in
        std::optional<TimePoint> nextChallenge;
        std::uint64_t next = 0;            ///< the next answer's number …
        std::uint64_t reserved = 0;        ///< … below this
        std::uint64_t seen = 0;            ///< of a group: requests below it are on record …
        std::uint64_t wanted = 0;          ///< … and shall be, below this
        std::uint64_t ahead = 1;           ///< so many were wanted at once …
        std::optional<TimePoint> wantedAt; ///< … then
        bool used = false;                 ///< its peer has shown that it has the key
        bool ended = false;
        std::deque<Request> requests, registrations;
    };

    static void recordGone(const Context& context, std::vector<svr::HeardGroup>& heard);
    Request& remember(Context& context, const coap::Channel& channel, const coap::Message& message,
                      const coap::oscore::OpenedRequest& opened, const coap::Server& below);
    OpenedRequest challenge(Context& context, const coap::Message& message, const coap::oscore::Binding& binding,
                            TimePoint now);

    Random& random_;
    ContextNumber lastContext_ = 0;
    std::uint32_t nextWay_ = kFirstWay;
    std::uint64_t lastRequest_ = 0;
    std::map<std::uint32_t, Way> ways_;
    std::map<ContextNumber, Context> contexts_;
};

} // namespace ocfsecd::ocf
