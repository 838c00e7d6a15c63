// ocf-bench: load generator and stop-watch for DTLS servers, ours and others. Not a test: it judges nothing.

#include "tools/bench/commands/commands.h"
#include "tools/bench/process.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>

namespace ocfsecd::bench {

void addTargetOptions(CLI::App& command, TargetOptions& options) {
    command.add_option("-s,--server", options.server, "address:port of its DTLS socket")->required();
    command.add_option("--pid", options.pid, "its process: CPU time and memory are measured");
    command.add_option("--home", options.home, "ocf-obt home whose credential all clients use");
    command.add_option("--device", options.device, "UUID of the device, when the home knows several");
    command.add_option("--identity", options.identity, "without --home: PSK identity as text");
    command.add_option("--key", options.key, "and key as text (a test key: command lines are public)");
    command.add_flag("--own-engine", options.ownEngine, "clients on the own engine instead of GnuTLS");
}

} // namespace ocfsecd::bench

namespace {

using namespace ocfsecd;

int run(int argc, char** argv) {
    bench::Run run;
    CLI::App app{"Load and latency of CoAPs servers.", "ocf-bench"};
    app.set_version_flag("--version", "ocf-bench " OCFSECD_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_flag("--json", run.json, "figures as JSON on standard output");
    for (const auto add : {bench::addHandshakes, bench::addGet, bench::addIdle, bench::addOnboard, bench::addUnseal,
                           bench::addFlood, bench::addStart})
        add(app, run);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    bench::raiseFileLimit();
    const auto report = run.action();
    if (!report) {
        const auto& failure = report.failure();
        fmt::print(stderr, "ocf-bench: {}{}{}\n", failure.what, failure.next.empty() ? "" : "\n  next: ", failure.next);
        return failure.reason == Reason::usage ? 2 : 1;
    }
    report->print(run.json);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& fault) {
        fmt::print(stderr, "ocf-bench: fault: {}\n", fault.what());
        return 1;
    }
}
