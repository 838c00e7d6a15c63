// `ocf-bench flood`: how many new clients get in while others flood the server, compared with peace.

#include "tools/bench/clients.h"
#include "tools/bench/commands/commands.h"
#include "tools/bench/flood_sources.h"
#include "tools/bench/meter.h"

namespace ocfsecd::bench {

namespace {

struct Arguments {
    double clients = 100; ///< new ones per second
    double hellos = 5000;
    double halfOpen = 200;
    unsigned hosts = 64;
    double seconds = 5;
    double patience = 5;
};

Duration durationOf(double seconds) {
    return Duration{static_cast<Duration::rep>(seconds * 1000)};
}

class Visitors final : public Watcher {
public:
    explicit Visitors(const Target& target) : clients_{target, *this, 200} {}
    void established(ClientId id) override {
        ++in;
        milliseconds.push_back(
            std::chrono::duration<double, std::milli>{clients_.now() - clients_.openedAt(id)}.count());
        clients_.close(id);
    }
    void closed(ClientId, const dtls::Close&) override { ++out; }
    Clients& clients() { return clients_; }

    std::size_t in = 0, out = 0, came = 0;
    std::vector<double> milliseconds;

private:
    Clients clients_;
};

struct Outcome {
    std::size_t came = 0, in = 0, turnedAway = 0;
    double medianMs = 0, p99Ms = 0, serverBusy = 0;
    double share() const { return came == 0 ? 0 : static_cast<double>(in) / static_cast<double>(came); }
    Json json() const {
        return {{"came", came},          {"in", in},        {"turned_away", turnedAway},
                {"median_ms", medianMs}, {"p99_ms", p99Ms}, {"server_busy_percent", serverBusy}};
    }
};

/// New clients at a steady rate; then those that are still on their way get their time.
Result<Outcome> visit(const Target& target, const Arguments& arguments, const std::function<Result<void>()>& attack) {
    Visitors visitors{target};
    auto& clients = visitors.clients();
    Rate rate{arguments.clients};
    std::optional<Failure> failure;
    bool arriving = true;
    const auto step = [&] {
        if (auto done = attack(); !done)
            failure = done.failure();
        for (auto due = arriving ? rate.due(clients.now()) : 0; due > 0; --due, ++visitors.came)
            if (auto client = clients.open(); !client)
                failure = client.failure();
    };
    const auto meter = Meter::start(target.pid);
    if (!meter)
        return meter.failure();
    clients.run(
        clients.now() + durationOf(arguments.seconds), [&] { return failure.has_value(); }, step);
    const auto reading = meter->read();
    arriving = false;
    clients.run(
        clients.now() + durationOf(arguments.patience),
        [&] { return failure || visitors.in + visitors.out >= visitors.came; }, step);
    if (failure)
        return *failure;
    if (!reading)
        return reading.failure();
    return Outcome{visitors.came,
                   visitors.in,
                   visitors.out,
                   quantile(visitors.milliseconds, 0.5),
                   quantile(visitors.milliseconds, 0.99),
                   100 * reading->serverCpu / reading->seconds};
}

Result<Report> measure(const Run& run, const Arguments& arguments) {
    const auto target = makeTarget(run.target);
    if (!target)
        return target.failure();
    const auto peace = visit(*target, arguments, [] { return Result<void>{}; });
    if (!peace)
        return peace.failure();
    if (peace->in == 0)
        return Failure{Reason::handshakeFailed, "no client gets in, even without a flood", "check key and server"};
    const auto began = std::chrono::steady_clock::now();
    HelloFlood hellos{*target, arguments.hellos, arguments.hosts, began};
    if (auto opened = hellos.open(); !opened)
        return opened.failure();
    HalfOpenFlood halfOpen{*target, arguments.halfOpen, arguments.hosts};
    const auto flooded = visit(*target, arguments, [&] {
        const auto now = std::chrono::steady_clock::now();
        hellos.step(now);
        return halfOpen.step(now);
    });
    if (!flooded)
        return flooded.failure();
    const auto seconds = std::chrono::duration<double>{std::chrono::steady_clock::now() - began}.count();
    Report report{"flood"};
    report.add("clients_per_second", arguments.clients);
    report.add("hellos_per_second", static_cast<double>(hellos.sent()) / seconds);
    report.add("half_open_per_second", static_cast<double>(halfOpen.left()) / seconds);
    report.add("attacking_hosts", std::uint64_t{arguments.hosts});
    report.add("unloaded", peace->json());
    report.add("flooded", flooded->json());
    report.add("in_percent_of_unloaded", 100 * flooded->share() / peace->share());
    return report;
}

} // namespace

void addFlood(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("flood", "how many new clients get in during a flood, compared with peace");
    const auto arguments = std::make_shared<Arguments>();
    addTargetOptions(*command, run.target);
    command->add_option("--clients", arguments->clients, "new clients per second")->capture_default_str();
    command->add_option("--hellos", arguments->hellos, "ClientHellos without a cookie per second")
        ->capture_default_str();
    command->add_option("--half-open", arguments->halfOpen, "handshakes per second that stop behind the cookie")
        ->capture_default_str();
    command->add_option("--hosts", arguments->hosts, "addresses the attack comes from")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--seconds", arguments->seconds, "how long, without and with the flood")->capture_default_str();
    command->add_option("--patience", arguments->patience, "seconds a client tries")->capture_default_str();
    command->callback([&run, arguments] { run.action = [&run, arguments] { return measure(run, *arguments); }; });
}

} // namespace ocfsecd::bench
