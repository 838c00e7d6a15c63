#include "ocf/device.h"

#include "ocf/manufacturer.h"
#include "ocf/resources.h"

#include "svr/state_machine.h"
#include "svr/validity.h"

#include <fmt/format.h>
#include <utility>

namespace ocfsecd::ocf {

Device::Device(unsigned index, DeviceSettings settings, Random& random, TimePoint now)
    : index_{index}, settings_{std::move(settings)}, random_{random}, capabilities_{settings_.capabilities},
      doc_{settings_.onboarding}, coap_{settings_.coap, random}, listener_{settings_.dtls, *this, random, now},
      keys_{settings_.keyCache}, oscore_{random}, pin_{settings_.pin}, now_{now}, audit_{settings_.auditSpace,
                                                                                         settings_.auditEvery} {}

Device::~Device() = default;

void Device::startUnowned(TimePoint now, bool opensWindow) {
    failure_.reset();
    serving_ = true;
    state_ = svr::enterReset(std::move(state_));
    endSessions(now);
    enterRfotm(opensWindow, now);
}

void Device::setManufacturerCredentials(std::vector<svr::Credential> credentials) {
    capabilities_.manufacturerCredentials = std::move(credentials);
    if (!serving_)
        return; // enters the state with it
    adoptInstalled_ = commit_.has_value();
    adoptManufacturer(state_, capabilities_.manufacturerCredentials);
    refreshCertificates();
    effects_.changed = true;
}

void Device::startOwned(svr::DeviceState state, TimePoint now) {
    failure_.reset();
    serving_ = true;
    state_ = std::move(state);
    beginTime(now);
    adoptManufacturer(state_, capabilities_.manufacturerCredentials);
    refreshCertificates();
    oscore_.follow(state_, false);
    effects_.changed = true;
    report({Event::Kind::started, {}, "the device is served again", "", {}});
}

void Device::startResetting(TimePoint now) {
    failure_.reset();
    serving_ = true;
    beginReset(true, now);
    resetAt_ = now; // the answer to whoever asked went out in another life
    tick(now);
}

void Device::failed(Failure why, TimePoint now) {
    listener_.closeAll(now);
    pumpListener(now);
    failure_ = std::move(why);
    serving_ = false;
    effects_.changed = true;
}

void Device::receiveClear(const coap::Channel& channel, const Arrival& arrival, ByteView datagram, TimePoint now) {
    now_ = now;
    if (!serving_ || !mayApproach(channel.peer))
        return;
    auto message = coap::decode(datagram);
    if (!takeProtected(channel, arrival, datagram, message, now))
        take(channel, arrival, datagram, std::move(message), now);
}

void Device::receiveSecure(const Address& peer, const Arrival& arrival, ByteView datagram, TimePoint now) {
    if (!serving_ || !mayApproach(peer))
        return;
    now_ = now;
    secureArrival_ = arrival;
    listener_.feed(peer, datagram, now, {arrival.local, arrival.interface});
    pumpListener(now);
}

/// Design section 7: who onboards is a neighbour, unless the configuration says otherwise.
bool Device::mayApproach(const Address& peer) const {
    return state_.pstat.state != svr::OnboardingState::rfotm || settings_.offLinkOnboarding || endpoints_.onLink(peer);
}

void Device::setEndpoints(std::vector<LocalAddress> addresses, Ports ports) {
    endpoints_.set(std::move(addresses), ports);
    effects_.changed = true;
}

void Device::tick(TimePoint now) {
    now_ = now;
    knownTime_.observe(clock(), now);
    coap_.tick(now);
    if (!coap_.takeStaleObservers().empty())
        tellObservers(now);
    audit_.tick(state_.ael, wallTime(), now);
    listener_.tick(now);
    pumpListener(now);
    keys_.expire(now);
    std::erase_if(pacedDiscoveries_, [now](const auto& entry) { return entry.second <= now; });
    if (windowCloses_ && *windowCloses_ <= now)
        closeWindow();
    if (const auto until = pin_.deadline(); until && *until <= now && !doc_.occupied())
        voidPin("expired");
    if (const auto at = doc_.deadline(state_.pstat.state); at && *at <= now) {
        listener_.close(doc_.open() ? doc_.session() : listener_.find(*doc_.peer()), now);
        pumpListener(now);
    }
    if (resetting_ == Resetting::waiting && *resetAt_ <= now) {
        if (!resetErases_)
            return resetFinished({}, now);
        resetting_ = Resetting::finishing;
        effects_.resets.push_back(ResetStep::finish);
    }
}

/// A method that was selected and not used does not stay selected (facts 4.5): the gate is shut again.
void Device::closeWindow() {
    windowCloses_.reset();
    if (state_.pstat.state == svr::OnboardingState::rfotm && !doc_.occupied() &&
        state_.doxm.oxmsel == svr::oxm::justWorks)
        state_.doxm.oxmsel = svr::oxm::self;
    effects_.changed = true;
}

/// The PIN is over; without a PIN its method is not selected any more, unless the connection it opened is there.
void Device::voidPin(const char* why) {
    if (!pin_.selected())
        return;
    pin_.erase();
    pinGone_ = why;
    if (state_.doxm.oxmsel == svr::oxm::randomPin && state_.pstat.state == svr::OnboardingState::rfotm &&
        !doc_.occupied())
        state_.doxm.oxmsel = svr::oxm::self;
    effects_.pins.push_back({std::nullopt, why});
    effects_.changed = true;
}

void Device::setPinDisplay(bool somebody) {
    pinDisplay_ = somebody;
    if (!somebody && settings_.randomPin != RandomPinOffer::always && !doc_.occupied())
        voidPin("nobody shows it");
    effects_.changed = true;
}

Result<void> Device::mayShowPins() const {
    if (settings_.randomPin == RandomPinOffer::never)
        return Failure{Reason::methodNotAllowed, "the device never offers the Random PIN method",
                       "set RandomPin= in ocfsecd.conf"};
    return {};
}

Result<ShownPin> Device::shownPin() const {
    if (!serving_)
        return notServed();
    if (pin_.selected())
        return *pin_.shown();
    if (auto may = mayShowPins(); !may)
        return may.failure();
    if (state_.pstat.state != svr::OnboardingState::rfotm)
        return Failure{Reason::precondition, "there is no PIN: the device has an owner, or is being reset",
                       "its owner, or a reset, makes it unowned"};
    if (!pinGone_.empty())
        return Failure{Reason::precondition, fmt::format("there is no PIN any more: {}", pinGone_),
                       "let the tool select the Random PIN method again"};
    return Failure{Reason::precondition, "there is no PIN: no tool has selected the Random PIN method",
                   "select it with an onboarding tool"};
}

Result<void> Device::openWindow(Duration time, TimePoint now) {
    if (!serving_)
        return notServed();
    if (settings_.justWorks == JustWorks::never)
        return Failure{Reason::methodNotAllowed, "the device never offers Just Works",
                       "set JustWorks= in ocfsecd.conf, or use another method"};
    if (state_.pstat.state != svr::OnboardingState::rfotm)
        return Failure{Reason::precondition, "the device has an owner, or is being reset",
                       "Just Works is for a device without owner: reset it first"};
    if (settings_.justWorks == JustWorks::window)
        windowCloses_ = now + time;
    effects_.changed = true;
    return {};
}

Result<svr::Decision> Device::checkAccess(const std::optional<Uuid>& peer, const std::string& href,
                                          svr::Operation operation) const {
    if (!serving_)
        return notServed();
    if (findRow(href) == nullptr)
        return Failure{Reason::notFound, fmt::format("there is no resource {}", href), "ask /oic/res what there is"};
    svr::Caller caller;
    caller.secure = peer.has_value();
    caller.docOpen = doc_.occupied();
    caller.peer = peer;
    caller.at = wallTime();
    if (const auto* credential = peer ? svr::usablePsk(state_, *peer, caller.at) : nullptr;
        credential && credential->role)
        caller.roles.push_back(*credential->role);
    return svr::decide(state_, caller, targetOf(href), operation, settings_.access);
}

std::optional<TimePoint> Device::deadline() const {
    auto at = earlier(coap_.deadline(), listener_.deadline());
    at = earlier(at, keys_.deadline());
    at = earlier(at, windowCloses_);
    at = earlier(at, audit_.deadline());
    if (keepsAuditLog())
        at = earlier(at, audit_.writeDeadline());
    if (!doc_.occupied())
        at = earlier(at, pin_.deadline());
    at = earlier(at, doc_.deadline(state_.pstat.state));
    for (const auto& paced : pacedDiscoveries_)
        at = earlier(at, paced.second);
    if (!toJudge_.empty())
        at = earlier(at, now_);
    return resetting_ == Resetting::waiting ? earlier(at, resetAt_) : at;
}

Effects Device::takeEffects(TimePoint now) {
    for (auto& out : coap_.takeOutgoing()) {
        if (out.channel.secure()) {
            listener_.send(out.channel.session, out.datagram, now);
            continue;
        }
        if (!OscoreContexts::isInside(out.channel))
            effects_.clear.push_back(std::move(out));
        else if (auto leaving = oscore_.protect(out)) // else its asker has long had another answer, or asks again
            effects_.clear.push_back(*std::move(leaving));
    }
    judgeSessions(now); // after the answer to whoever gave up what his own session rests on
    oscore_.forgetEnded();
    reserveNumbers(now);
    pumpListener(now);
    for (auto& datagram : listener_.takeDatagrams())
        effects_.secure.push_back(std::move(datagram));
    now_ = now;
    effects_.recorded = audit_.takeRecorded();
    if (keepsAuditLog())
        effects_.auditLog = audit_.takeUnwritten(now);
    return std::exchange(effects_, {});
}

void Device::closeSessions(TimePoint now) {
    audit_.writeAtOnce();
    listener_.closeAll(now);
}

std::vector<int> Device::offeredMethods() const {
    auto out = settings_.capabilities.oxms;
    // The window is a matter of the unowned device; an owned one says what it can.
    const bool open = settings_.justWorks == JustWorks::always ||
                      (settings_.justWorks == JustWorks::window &&
                       (windowCloses_.has_value() || state_.pstat.state != svr::OnboardingState::rfotm));
    if (!open || state_.sp.currentprofile == svr::profile::black) // facts 2.1
        std::erase(out, svr::oxm::justWorks);
    if (settings_.randomPin == RandomPinOffer::always ||
        (settings_.randomPin == RandomPinOffer::display && pinDisplay_))
        out.push_back(svr::oxm::randomPin);
    if (settings_.manufacturerCertificate && certificates_.hasManufacturer())
        out.push_back(svr::oxm::manufacturerCertificate);
    return out;
}

/// By reference: every request is judged with them, and they hold the maker's certificates.
const svr::Capabilities& Device::capabilities() {
    capabilities_.oxms = offeredMethods();
    return capabilities_;
}

svr::Phase Device::phase() const {
    return svr::phaseOf(state_, doc_.occupied());
}

Failure Device::notServed() const {
    return failure_ ? *failure_ : Failure{Reason::unavailable, "the device is still starting", "try again"};
}

bool Device::pending() const {
    return commit_.has_value() || resetting_ != Resetting::no;
}

Result<void> Device::restoreAuditLog(ByteView octets) {
    return audit_.restore(octets);
}

void Device::auditLogWritten(const Result<void>& outcome) {
    if (!outcome)
        audit_.notWritten();
}

/// Who is not owned writes nothing (design section 7), and a RESET erases what there is.
bool Device::keepsAuditLog() const {
    return serving_ && svr::isDurable(state_) && resetting_ == Resetting::no;
}

svr::WallTime Device::clock() const {
    return settings_.wallClock ? settings_.wallClock->now() : svr::WallTime{};
}

svr::WallTime Device::wallTime() const {
    return svr::effectiveTime(clock(), state_);
}

void Device::beginTime(TimePoint now) {
    knownTime_.begin(svr::WallTime{std::chrono::seconds{state_.lastKnownGood}}, clock(), now);
}

void Device::report(Event event) {
    event.fields.emplace_back("STATE", std::string{svr::nameOf(state_.pstat.state)});
    audit_.record(event, state_.ael, wallTime(), now_);
    effects_.events.push_back(std::move(event));
}

} // namespace ocfsecd::ocf
