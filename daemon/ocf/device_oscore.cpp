// A Device's protected requests (OSCORE, RFC 8613): they come through the clear sockets, and whoever sends them is the
// subject of a credential, as in a session of its own; by multicast a group that has this subject.

#include "ocf/device.h"
#include "svr/state_machine.h"

#include <algorithm>

namespace ocfsecd::ocf {

namespace {

/// Requests that wait for a key from the TPM or for numbers from the disk. Their senders repeat what is not kept.
constexpr std::size_t kMaxHeld = 16, kMaxHeldPerHost = 4;

/// RFC 8613 section 8.2: in clear, and nobody is to keep it.
coap::Message inClear(std::uint8_t code) {
    coap::Message out;
    out.code = code;
    out.addNumber(coap::option::maxAge, 0);
    return out;
}

} // namespace

/// An answer that nothing remembers, to a request that was not let in.
void Device::turnAway(const coap::Channel& channel, const coap::Message& request, coap::Message answer) {
    const bool confirmable = request.type == coap::Type::confirmable;
    answer.type = confirmable ? coap::Type::acknowledgement : coap::Type::nonConfirmable;
    answer.id = confirmable ? request.id : static_cast<std::uint16_t>(random_.number());
    answer.token = request.token;
    effects_.clear.push_back({channel, coap::encode(answer)});
}

/// False: it is not protected.
bool Device::takeProtected(const coap::Channel& channel, const Arrival& arrival, ByteView datagram,
                           const Result<coap::Message>& message, TimePoint now) {
    if (!message)
        return false;
    if (message->type == coap::Type::acknowledgement || message->type == coap::Type::reset) {
        // The message layer is below OSCORE, so these come in clear (RFC 8613 section 4.2). Whose message it was tells
        // its id, which the peer's channels have in common: to all others, the clear one too, it says nothing.
        for (const auto& inside : oscore_.channelsOf(channel))
            (void)coap_.receive(inside, false, datagram, message, now);
        return false;
    }
    if (!message->isRequest() || message->find(coap::option::oscore) == nullptr)
        return false;
    const auto refuse = [&](std::uint8_t code, const Failure& why) {
        reportUnexpected(channel, datagram, why);
        if (code != 0)
            turnAway(channel, *message, inClear(code));
        return true;
    };
    const auto option = coap::oscore::optionOf(*message);
    const auto context = option ? oscore_.find(**option) : std::nullopt;
    // Other groups than this device's are no concern of it, nor is one peer that asks all. RFC 7252 8.1: such a message
    // is never confirmable.
    if (arrival.multicast && (!context || !oscore_.isGroup(*context) || message->type != coap::Type::nonConfirmable))
        return true;
    if (!option)
        return refuse(coap::code::badOption, option.failure());
    if (!context)
        return refuse(coap::code::unauthorized, {Reason::notAuthorised, "no OSCORE context has this kid",
                                                 "provision a credential for its sender"});
    if (oscore_.isGroup(*context) && !arrival.multicast)
        return refuse(0, {Reason::notAuthorised, "the key of a group has protected a unicast request",
                          "send it to the multicast group, or use a pair-wise credential"});
    if (!oscore_.isOpen(*context) && !openContext(*context, now))
        return hold({channel, arrival, copyOf(datagram)});
    if (arrival.multicast)
        return takeFromGroup(*context, {channel, arrival, copyOf(datagram)}, *message, now);
    if (!oscore_.hasNumbers(*context)) {
        if (const auto authentic = oscore_.wantNumbers(*context, *message); !authentic)
            return refuse(authentic.failure().reason == Reason::badOption ? coap::code::badOption
                                                                          : coap::code::badRequest,
                          authentic.failure());
        hold({channel, arrival, copyOf(datagram)});
        reserveNumbers(now);
        return true;
    }
    const auto inside = oscore_.inside(*context, channel);
    auto opened = oscore_.take(*context, inside, *message, coap_, now);
    if (opened.challenge)
        turnAway(channel, *message, *std::move(opened.challenge));
    if (opened.datagram.empty())
        return refuse(opened.refusal, opened.why);
    accept(coap_.receive(inside, false, opened.datagram, now), channel, arrival, datagram, now);
    return true;
}

/// It is carried out, or not, and nobody is told: the facts' sources answer no request of a group.
bool Device::takeFromGroup(ContextNumber context, Protected request, const coap::Message& message, TimePoint now) {
    const auto opened = oscore_.takeFromGroup(context, message, now);
    if (!opened) {
        hold(std::move(request));
        reserveNumbers(now);
    } else if (opened->datagram.empty()) {
        reportUnexpected(request.channel, request.datagram, opened->why);
    } else {
        const auto inside = oscore_.inside(context, request.channel);
        accept(coap_.receive(inside, request.arrival.multicast, opened->datagram, now), request.channel,
               request.arrival, request.datagram, now);
    }
    return true;
}

/// False: its key is still in the TPM. However many wait for it, the TPM is asked once.
bool Device::openContext(ContextNumber context, TimePoint now) {
    const auto blob = oscore_.key(context);
    if (const auto key = keys_.get(blob, now)) {
        oscore_.open(blob, key);
        return oscore_.isOpen(context);
    }
    if (unsealing_.try_emplace(blob.privateArea).second)
        effects_.unseals.push_back({0, blob});
    return false;
}

bool Device::hold(Protected waiting) {
    const auto host = waiting.channel.peer.withPort(0);
    const auto ofHost =
        std::ranges::count_if(held_, [&](const auto& one) { return one.channel.peer.withPort(0) == host; });
    const bool repeated = std::ranges::any_of(
        held_, [&](const auto& one) { return one.channel == waiting.channel && one.datagram == waiting.datagram; });
    if (!repeated && held_.size() < kMaxHeld && static_cast<std::size_t>(ofHost) < kMaxHeldPerHost)
        held_.push_back(std::move(waiting));
    return true;
}

void Device::releaseHeld(TimePoint now) {
    for (const auto& waiting : std::exchange(held_, {}))
        takeProtected(waiting.channel, waiting.arrival, waiting.datagram, coap::decode(waiting.datagram), now);
}

/// RFC 8613 appendix B.1.1: durable ahead of their use, whenever there is no other commit to do it on its way.
void Device::reserveNumbers(TimePoint now) {
    if (!oscore_.wantsNumbers() || commit_ || resetting_ != Resetting::no || !svr::isDurable(state_))
        return;
    if (reserveAfter_ && now < *reserveAfter_)
        return held_.clear(); // the disk or the TPM failed; who waits asks again
    startCommit(state_, false, {});
}

/// After the credentials may have changed.
void Device::followCredentials(svr::OnboardingState before) {
    const bool softReset = before != svr::OnboardingState::sreset && state_.pstat.state == svr::OnboardingState::sreset;
    if (softReset)
        oscore_.end();
    oscore_.follow(state_, !softReset);
}

} // namespace ocfsecd::ocf
