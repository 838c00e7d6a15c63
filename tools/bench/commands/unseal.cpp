// `ocf-bench unseal`: what a handshake takes longer when the server has to fetch the key from its TPM first.

#include "tools/bench/commands/commands.h"
#include "tools/bench/crowd.h"

namespace ocfsecd::bench {

namespace {

struct Arguments {
    double cache = 60;
    std::size_t runs = 5;
};

Result<Report> measure(const Run& run, const Arguments& arguments) {
    const auto target = makeTarget(run.target);
    if (!target)
        return target.failure();
    Crowd crowd{*target, 1};
    auto& clients = crowd.clients();
    std::vector<double> cold;
    std::vector<double> warm;
    const auto forgotten = Duration{static_cast<Duration::rep>(arguments.cache * 1000)} + 200ms;
    for (std::size_t i = 0; i < arguments.runs; ++i) {
        clients.run(clients.now() + forgotten);
        for (auto* into : {&cold, &warm}) {
            const auto began = clients.now();
            const auto in = crowd.gather(1, 1);
            if (!in)
                return in.failure();
            into->push_back(std::chrono::duration<double, std::milli>{clients.now() - began}.count());
            clients.close(in->front());
        }
    }
    Report report{"unseal"};
    report.add("runs", arguments.runs);
    report.add("handshake_with_unseal_ms", quantile(cold, 0.5));
    report.add("handshake_with_cached_key_ms", quantile(warm, 0.5));
    report.add("unseal_ms", quantile(cold, 0.5) - quantile(warm, 0.5));
    return report;
}

} // namespace

void addUnseal(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("unseal", "time the TPM adds to a handshake when the key cache has expired");
    const auto arguments = std::make_shared<Arguments>();
    addTargetOptions(*command, run.target);
    command->add_option("--cache", arguments->cache, "the server's KeyCacheSec, in seconds")->capture_default_str();
    command->add_option("--runs", arguments->runs, "how often")->check(CLI::Range(1, 1000))->capture_default_str();
    command->callback([&run, arguments] { run.action = [&run, arguments] { return measure(run, *arguments); }; });
}

} // namespace ocfsecd::bench
