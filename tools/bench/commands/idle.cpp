// `ocf-bench idle`: what an idle session costs the server in memory.

#include "tools/bench/commands/commands.h"
#include "tools/bench/crowd.h"

#include "tools/bench/process.h"

namespace ocfsecd::bench {

namespace {

constexpr Duration kSettle = 500ms; ///< the server's last work and its deferred freeing

struct Arguments {
    std::size_t sessions = 2000;
    std::size_t concurrent = 16;
};

Result<Report> measure(const Run& run, const Arguments& arguments) {
    const auto target = makeTarget(run.target);
    if (!target)
        return target.failure();
    if (target->pid == 0)
        return Failure{Reason::usage, "idle measures a process", "name it: --pid"};
    const auto atRest = memoryOf(target->pid);
    if (!atRest)
        return atRest.failure();
    Crowd crowd{*target, 200};
    auto& clients = crowd.clients();
    // A few first: code and tables that are loaded once.
    if (auto first = crowd.gather(arguments.concurrent, arguments.concurrent); !first)
        return first.failure();
    clients.run(clients.now() + kSettle);
    const auto before = memoryOf(target->pid);
    if (auto all = crowd.gather(arguments.sessions, arguments.concurrent); !all)
        return all.failure();
    clients.run(clients.now() + kSettle);
    const auto after = memoryOf(target->pid);
    if (!before || !after)
        return before ? after.failure() : before.failure();
    const auto grown = static_cast<double>(after->resident) - static_cast<double>(before->resident);
    Report report{"idle"};
    report.add("sessions", arguments.sessions);
    report.add("sessions_lost", crowd.lost());
    report.add("rss_before_first_session_octets", atRest->resident);
    report.add("private_before_first_session_octets", atRest->own);
    report.add("rss_octets", after->resident);
    report.add("octets_per_session", grown / static_cast<double>(arguments.sessions));
    return report;
}

} // namespace

void addIdle(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("idle", "memory of the server at rest and of each idle session");
    const auto arguments = std::make_shared<Arguments>();
    addTargetOptions(*command, run.target);
    command->add_option("-n,--sessions", arguments->sessions, "how many")
        ->check(CLI::Range(1, 60'000))
        ->capture_default_str();
    command->add_option("-c,--concurrent", arguments->concurrent, "handshakes at a time")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->callback([&run, arguments] { run.action = [&run, arguments] { return measure(run, *arguments); }; });
}

} // namespace ocfsecd::bench
