#include "tools/obt/own.h"

#include "svr/owner_credential.h"
#include "tools/obt/exchange.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

Failure inStep(const OwnStep& step, const Failure& failure) {
    return {failure.reason, fmt::format("step \"{}\": {}", step.name, failure.what), failure.next};
}

/// Ends a failed onboarding: the device resets itself when told so, or when the connection closes in RFOTM (F4.1 D5).
/// `committed`: it may already be in RFPRO, where closing does not reset it. There only its word counts: a connection
/// that ends instead of an answer may as well be the goodbye of a device that restarts, and stays ours.
Failure abandon(Session& connection, OwnRecord& record, const Failure& failure, bool committed) {
    const auto reset = change(connection, setState(state::reset));
    if (reset || !committed) {
        record.dropped();
        return {failure.reason, failure.what + "; the device resets itself and comes back with a new UUID",
                "wait a few seconds, then: ocf-obt discover"};
    }
    return {failure.reason, failure.what + "; whether the device is ours could not be found out, its key is kept",
            "ocf-obt verify TARGET, or a factory reset at the device and: ocf-obt forget TARGET"};
}

Result<void> walk(const OwnStep& step, const OwnPlan& plan, Session& connection, OwnRecord& record) {
    const auto request = step.request(plan);
    const auto response = connection.request(request);
    if (!response)
        return inStep(step, response.failure());
    if (!succeeded(*response) && !(step.absentIsFine && response->code == coap::code::notFound))
        return inStep(step, refusal(*response, describe(request)));
    if (!step.derives)
        return {};
    const auto keyBlock = connection.keyBlock();
    if (!keyBlock)
        return inStep(step, keyBlock.failure());
    return record.keep(svr::deriveOwnerKey(*keyBlock, plan.method->derivation, plan.self, plan.device));
}

/// The Device Onboarding Connection of the method.
Result<std::unique_ptr<Session>> connect(Peer& peer, const Method& method, const Assurance& assurance,
                                         OwnRecord& record) {
    SharedSecret pin;
    if (method.needs == Needs::pin) {
        record.step("ask for the PIN");
        auto asked = assurance.askPin();
        if (!asked)
            return asked.failure();
        pin = std::move(*asked);
    }
    record.step("open the onboarding connection");
    auto opened = method.needs == Needs::pin          ? peer.openWithPin(*pin, assurance.current)
                  : method.needs == Needs::makerRoots ? peer.openToCertificate(assurance.judge)
                                                      : peer.openAnonymous();
    if (opened)
        return opened;
    const auto& failure = opened.failure();
    // Whatever it was, the device resets itself when a handshake fails (F4.1 D5).
    return Failure{failure.reason, "the onboarding connection: " + failure.what,
                   method.needs == Needs::nothing || failure.next.empty() ? "wait a few seconds, then: ocf-obt discover"
                                                                          : failure.next};
}

/// The key works on a new session and the device there says it is ours.
Result<std::unique_ptr<Session>> prove(Peer& peer, const OwnPlan& plan, const SharedSecret& key) {
    auto session = peer.openWithKey(plan.self, [key](ByteView) { return key; });
    if (!session)
        return Failure{session.failure().reason, "the owner credential does not work: " + session.failure().what,
                       session.failure().next};
    const auto doxm = readDoxm(**session);
    if (!doxm)
        return doxm.failure();
    if (!doxm->owned || doxm->device != plan.device || doxm->devowner != plan.self || doxm->rowner != plan.self)
        return Failure{Reason::malformed, "the device does not report what it was told", ""};
    return session;
}

Result<void> takeToOperation(Session& session, const OwnPlan& plan) {
    for (auto& request : {makeDelete(href::acl2), postAces(defaultAces(plan.self)), setState(state::rfnop)})
        if (auto done = change(session, request); !done)
            return Failure{done.failure().reason, "the device is owned, but not operational: " + done.failure().what,
                           "ocf-obt status TARGET"};
    return {};
}

/// Passes everything on and remembers the key.
class Keeping final : public OwnRecord {
public:
    explicit Keeping(OwnRecord& next) : next_{next} {}
    void step(std::string_view name) override { next_.step(name); }
    Result<void> keep(SharedSecret key) override {
        key_ = key;
        return next_.keep(std::move(key));
    }
    Result<void> proven() override { return next_.proven(); }
    void dropped() override { next_.dropped(); }
    const SharedSecret& key() const { return key_; }

private:
    OwnRecord& next_;
    SharedSecret key_;
};

} // namespace

Result<void> own(Peer& peer, const OwnPlan& plan, const Assurance& assurance, bool operational, OwnRecord& outer) {
    Keeping record{outer};
    std::unique_ptr<Session> connection;
    const auto steps = ownSteps();
    for (const auto& step : steps) {
        if (step.needed != nullptr && !step.needed(plan))
            continue;
        record.step(step.name);
        if (step.via == Via::clear) {
            const auto request = step.request(plan);
            const auto response = peer.clear(request);
            if (!response)
                return inStep(step, response.failure());
            if (!succeeded(*response))
                return inStep(step, refusal(*response, describe(request)));
            continue;
        }
        if (!connection) {
            auto opened = connect(peer, *plan.method, assurance, record);
            if (!opened)
                return opened.failure();
            connection = std::move(*opened);
            record.step(step.name);
        }
        if (auto done = walk(step, plan, *connection, record); !done)
            return abandon(*connection, record, done.failure(), &step == &steps.back());
    }
    record.step("prove the owner credential");
    // The onboarding connection stays open meanwhile: without a working key only it can still reset the device.
    auto session = prove(peer, plan, record.key());
    if (!session)
        return abandon(*connection, record, session.failure(), true);
    if (auto kept = record.proven(); !kept)
        return Failure{kept.failure().reason,
                       "the device is owned and its key is kept, but the proof could not be saved: " +
                           kept.failure().what,
                       "ocf-obt verify TARGET"};
    if (!operational)
        return {};
    record.step("access rules and RFNOP");
    return takeToOperation(**session, plan);
}

} // namespace ocfsecd::obt
