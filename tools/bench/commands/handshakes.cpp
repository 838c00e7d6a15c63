// `ocf-bench handshakes`: complete ECDHE_PSK handshakes, a fixed number at a time.

#include "tools/bench/clients.h"
#include "tools/bench/commands/commands.h"
#include "tools/bench/meter.h"

namespace ocfsecd::bench {

namespace {

struct Arguments {
    std::size_t count = 2000;
    std::size_t concurrent = 16;
    double seconds = 60; ///< at most
    bool keep = false;   ///< sessions open
};

/// Whoever is in makes room for the next.
class Turnstile final : public Watcher {
public:
    Turnstile(const Target& target, const Arguments& arguments)
        : clients_{target, *this, static_cast<unsigned>(arguments.concurrent)}, keep_{arguments.keep} {}

    Result<void> pass(std::size_t count, const Arguments& arguments) {
        const auto until = clients_.now() + Duration{static_cast<Duration::rep>(arguments.seconds * 1000)};
        const auto goal = done_ + failed_ + count;
        while (done_ + failed_ < goal && clients_.now() < until) {
            while (clients_.handshaking() < arguments.concurrent && done_ + failed_ + clients_.handshaking() < goal)
                if (auto client = clients_.open(); !client)
                    return client.failure();
            clients_.run(until, [&, before = done_ + failed_] { return done_ + failed_ != before; });
        }
        return {};
    }
    void established(ClientId id) override {
        ++done_;
        milliseconds.push_back(
            std::chrono::duration<double, std::milli>{clients_.now() - clients_.openedAt(id)}.count());
        if (!keep_)
            clients_.close(id);
    }
    void closed(ClientId, const dtls::Close& reason) override {
        ++failed_;
        lastFailure = reason.failure.what;
    }
    std::size_t done() const { return done_; }
    std::size_t failed() const { return failed_; }
    void forget() {
        done_ = failed_ = 0;
        milliseconds.clear();
    }

    std::vector<double> milliseconds;
    std::string lastFailure;

private:
    Clients clients_;
    bool keep_;
    std::size_t done_ = 0;
    std::size_t failed_ = 0;
};

Result<Report> measure(const Run& run, const Arguments& arguments) {
    const auto target = makeTarget(run.target);
    if (!target)
        return target.failure();
    Turnstile turnstile{*target, arguments};
    // One first: the server fetches the key.
    if (auto first = turnstile.pass(1, arguments); !first)
        return first.failure();
    if (turnstile.done() == 0)
        return Failure{Reason::handshakeFailed, "no session: " + turnstile.lastFailure,
                       "check address, key and server"};
    turnstile.forget();
    const auto meter = Meter::start(target->pid);
    if (!meter)
        return meter.failure();
    if (auto all = turnstile.pass(arguments.count, arguments); !all)
        return all.failure();
    const auto reading = meter->read();
    if (!reading)
        return reading.failure();
    const auto done = static_cast<double>(turnstile.done());
    Report report{"handshakes"};
    report.add("concurrent", arguments.concurrent);
    report.add("handshakes", turnstile.done());
    report.add("failed", turnstile.failed());
    report.add("seconds", reading->seconds);
    report.add("handshakes_per_second", done / reading->seconds);
    if (target->pid != 0) {
        report.add("server_cpu_us_per_handshake", 1e6 * reading->serverCpu / done);
        report.add("handshakes_per_second_of_server_cpu", done / reading->serverCpu);
        report.add("server_busy_percent", 100 * reading->serverCpu / reading->seconds);
    }
    report.add("client_cpu_us_per_handshake", 1e6 * reading->clientCpu / done);
    report.add("median_ms", quantile(turnstile.milliseconds, 0.5));
    report.add("p99_ms", quantile(turnstile.milliseconds, 0.99));
    return report;
}

} // namespace

void addHandshakes(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("handshakes", "ECDHE_PSK handshakes per second, server CPU time of each");
    const auto arguments = std::make_shared<Arguments>();
    addTargetOptions(*command, run.target);
    command->add_option("-n,--count", arguments->count, "how many")
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str();
    command->add_option("-c,--concurrent", arguments->concurrent, "how many at a time, each from its own host")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--seconds", arguments->seconds, "at most this long")->capture_default_str();
    command->add_flag("--keep", arguments->keep, "leave the sessions open instead of closing each");
    command->callback([&run, arguments] { run.action = [&run, arguments] { return measure(run, *arguments); }; });
}

} // namespace ocfsecd::bench
