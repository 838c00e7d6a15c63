// `ocf-bench onboard`: one Just Works ownership from the first request to normal operation, step by step. The home it
// leaves behind has the credential for the other commands.

#include "tools/bench/commands/commands.h"
#include "tools/obt/exchange.h"
#include "tools/obt/home.h"
#include "tools/obt/link.h"
#include "tools/obt/method.h"
#include "tools/obt/own.h"
#include "tools/obt/subjects.h"

#include <cmath>
#include <fmt/format.h>

namespace ocfsecd::bench {

namespace {

constexpr obt::Pace::Settings kNoPace{1000, Duration{0}}; ///< the device is measured, not the tool's politeness
constexpr Duration kPatience = 30s;
constexpr Duration kPoll = 20ms;

struct Arguments {
    std::string clear, secure, home, device;
    bool reset = false;
};

double sinceMs(TimePoint then) {
    return std::chrono::duration<double, std::milli>{std::chrono::steady_clock::now() - then}.count();
}

/// Takes the time of each step and keeps the key where the other commands look for it.
class Stopwatch final : public obt::OwnRecord {
public:
    Stopwatch(obt::Subjects subjects, obt::Subject subject)
        : subjects_{std::move(subjects)}, subject_{std::move(subject)} {}
    void step(std::string_view name) override {
        end();
        step_ = name;
        began_ = std::chrono::steady_clock::now();
    }
    Result<void> keep(SharedSecret key) override {
        subject_.credentials = {{obt::Origin::derived, false, std::move(key)}};
        return subjects_.save(subject_);
    }
    Result<void> proven() override {
        subject_.credentials.front().proven = true;
        return subjects_.save(subject_);
    }
    void dropped() override { static_cast<void>(subjects_.remove(subject_.device)); }
    void end() {
        if (!step_.empty())
            steps[std::exchange(step_, {})] = std::round(sinceMs(began_) * 1000) / 1000;
    }
    const obt::Subject& subject() const { return subject_; }
    Result<void> forget() { return subjects_.remove(subject_.device); }

    Json steps = Json::object();

private:
    obt::Subjects subjects_;
    obt::Subject subject_;
    std::string step_;
    TimePoint began_;
};

struct Parts {
    obt::OwnPlan plan;
    Address clear, secure;
};

Result<Parts> prepare(const Arguments& arguments, const obt::Home& home, Random& random) {
    const auto clear = Address::parse(arguments.clear);
    const auto secure = Address::parse(arguments.secure);
    const auto device = arguments.device.empty() ? Uuid::random(random) : Uuid::parse(arguments.device);
    if (!clear || !secure || !device)
        return Failure{Reason::usage, "--clear and --secure want address:port, --device a UUID",
                       "ocf-bench onboard --help"};
    Parts out{{}, *clear, *secure};
    out.plan.self = out.plan.cms = out.plan.ams = home.identity().uuid;
    out.plan.domain = home.identity().domain;
    out.plan.device = *device;
    out.plan.method = obt::methodNamed("just-works");
    return out;
}

Result<void> checkInClear(obt::NetworkPeer& peer) {
    for (const auto path : {obt::href::doxm, obt::href::pstat}) {
        const auto answer = peer.clear(obt::makeGet(path));
        if (!answer)
            return answer.failure();
        if (answer->code != coap::code::content)
            return Failure{Reason::precondition, fmt::format("GET {} in clear: {}", path, coap::codeText(answer->code)),
                           "the device must wait for an owner"};
    }
    return {};
}

/// Until it waits for an owner again.
Result<void> resetAndWait(obt::Wire& wire, obt::NetworkPeer& peer, const Stopwatch& watch) {
    auto session =
        peer.openWithKey(watch.subject().owner, [&](ByteView) { return watch.subject().credentials.front().key; });
    if (!session)
        return session.failure();
    if (auto done = obt::change(**session, obt::setState(obt::state::reset)); !done)
        return done;
    session->reset();
    for (const auto until = wire.now() + kPatience; wire.now() < until; wire.sleepUntil(wire.now() + kPoll))
        if (checkInClear(peer))
            return {};
    return Failure{Reason::timedOut, "the device did not come back from its reset", ""};
}

Result<Report> measure(const Arguments& arguments) {
    SystemRandom random;
    const auto home = obt::Home::open(arguments.home, random);
    if (!home)
        return home.failure();
    const auto parts = prepare(arguments, *home, random);
    if (!parts)
        return parts.failure();
    obt::Progress progress{false, false};
    obt::Wire wire{coap::ClientSettings{}, random, progress};
    obt::NetworkPeer peer{wire, parts->clear, parts->secure, kNoPace, kPatience};
    obt::Subject subject;
    subject.device = parts->plan.device;
    subject.owner = parts->plan.self;
    subject.rowners = {parts->plan.self, parts->plan.self, parts->plan.self, parts->plan.self};
    subject.endpoints = {{false, parts->clear}, {true, parts->secure}};
    Stopwatch watch{obt::Subjects{home->subjectsDirectory()}, std::move(subject)};

    const auto began = std::chrono::steady_clock::now();
    if (auto ready = checkInClear(peer); !ready)
        return ready.failure();
    if (auto done = obt::own(peer, parts->plan, obt::Assurance{}, true, watch); !done)
        return done.failure();
    const auto took = sinceMs(began);
    watch.end();

    Report report{"onboard"};
    report.add("device", parts->plan.device.text());
    report.add("onboarding_ms", took);
    report.add("steps_ms", watch.steps);
    if (arguments.reset) {
        const auto resetBegan = std::chrono::steady_clock::now();
        if (auto done = resetAndWait(wire, peer, watch); !done)
            return done.failure();
        report.add("reset_ms", sinceMs(resetBegan));
        if (auto forgotten = watch.forget(); !forgotten)
            return forgotten.failure();
    }
    return report;
}

} // namespace

void addOnboard(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("onboard", "wall time of a whole Just Works onboarding, to RFNOP");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("--clear", arguments->clear, "address:port of the device's clear socket")->required();
    command->add_option("-s,--secure", arguments->secure, "address:port of its DTLS socket")->required();
    command->add_option("--home", arguments->home, "ocf-obt home to own it with; made when missing")->required();
    command->add_option(
        "--device", arguments->device,
        "its new UUID; with a zero octet its sessions run on the own engine (default: random without one)");
    command->add_flag("--reset", arguments->reset, "then reset it: a whole life");
    command->callback([&run, arguments] { run.action = [arguments] { return measure(*arguments); }; });
}

} // namespace ocfsecd::bench
