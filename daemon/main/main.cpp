// ocfsecd: puts the parts together and lives until it is told to stop.

#include "agent.h"
#include "base/random.h"
#include "dbus/service.h"
#include "main/actions.h"
#include "main/views.h"
#include "systemd/journal.h"
#include "systemd/notify.h"
#include "systemd/watchdog.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>

namespace ocfsecd {
namespace {

/// Secrets stay in this process: no core dump, no debugger of the same user.
void closeTheDoors() {
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::umask(0077);
    std::signal(SIGPIPE, SIG_IGN);
    ::setenv("TSS2_LOG", "all+NONE", 1); // response codes are ours to report (L6.15)
}

int serve(Config config) {
    systemd::Loop loop;
    SystemRandom random;
    // Signals first: the worker thread inherits that they are blocked.
    std::unique_ptr<Agent> agent;
    const auto stop = [&] { // while the loop still turns: a stopped one takes no more orders
        systemd::notify::stopping("saying goodbye to the peers");
        journal::log({journal::Priority::notice, journal::id::stopping, "ocfsecd stops", {}});
        if (agent)
            agent->stop();
        loop.quit(0);
    };
    systemd::SignalSource term{loop, SIGTERM, stop};
    systemd::SignalSource interrupt{loop, SIGINT, stop};
    if (!SecretBytes::memoryIsLocked())
        journal::log({journal::Priority::warning,
                      {},
                      "memory for secrets cannot be locked and may reach swap; raise LimitMEMLOCK=",
                      {}});

    const auto bus = config.dbus.bus;
    dbus::Service service{loop, bus, actionsOf(agent)};
    bool started = false;
    const auto show = [&](unsigned device) {
        service.publish(device, viewOf(*agent, device));
        service.publish(viewOf(*agent));
        if (started)
            systemd::notify::status(statusLine(*agent));
    };
    agent = std::make_unique<Agent>(
        loop, std::move(config), random,
        Agent::Observers{
            show, [&] { show(0); },
            [&] {
                started = true;
                journal::log({journal::Priority::notice,
                              journal::id::started,
                              fmt::format("ocfsecd {} serves {} device(s)", OCFSECD_VERSION, agent->devices()),
                              {}});
                systemd::notify::ready(statusLine(*agent));
            },
            [&](unsigned device, const ocf::PinNotice& notice) {
                if (notice.pin)
                    service.displayPin(device, viewOf(*notice.pin));
                else
                    service.cancelPin(device, notice.why);
            },
            [&](unsigned device, const svr::AuditEntry& entry) { service.record(device, viewOf(entry)); }});
    if (auto begun = agent->start(); !begun) {
        journal::log(journal::Priority::error, "starting", begun.failure());
        return begun.failure().reason == Reason::configuration ? EX_CONFIG : EXIT_FAILURE;
    }
    systemd::Watchdog watchdog{loop, [&] { return agent->workerMoves(); }};
    return loop.run();
}

int run(int argc, char** argv) {
    CLI::App app{"OCF device security agent. Normally started by systemd; see ocfsecd(8)."};
    std::string file;
    bool dump = false;
    app.add_option("--config", file, "read this configuration file instead of ocfsecd.conf and its drop-ins");
    app.add_flag("--dump-config", dump, "print the configuration in force and exit");
    app.set_version_flag("--version", "ocfsecd " OCFSECD_VERSION);
    CLI11_PARSE(app, argc, argv);

    ConfigSources sources;
    if (!file.empty())
        sources.file = file;
    auto config = loadConfig(sources);
    if (!config) {
        journal::log(journal::Priority::error, "reading the configuration", config.failure());
        return EX_CONFIG;
    }
    if (dump) {
        fmt::print("{}", dumpConfig(*config));
        return EXIT_SUCCESS;
    }
    return serve(*std::move(config));
}

} // namespace
} // namespace ocfsecd

int main(int argc, char** argv) {
    ocfsecd::closeTheDoors();
    try {
        return ocfsecd::run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "ocfsecd: {}\n", error.what());
        return EXIT_FAILURE;
    }
}
