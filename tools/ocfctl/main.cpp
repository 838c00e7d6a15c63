// ocfctl: local administration of ocfsecd over D-Bus. Composition: command line, one action, one exit code.

#include "tools/common/json_text.h"
#include "tools/common/shown.h"
#include "tools/ocfctl/commands/commands.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace ocfsecd;

ctl::Exit report(const Failure& failure, bool json) {
    const auto reason = nameOf(failure.reason);
    if (json)
        fmt::print("{}\n", cli::jsonText(nlohmann::json{
                               {"error", {{"reason", reason}, {"what", failure.what}, {"next", failure.next}}}}));
    fmt::print(stderr, "ocfctl: {}\n", cli::shown(failure.what));
    if (!failure.next.empty())
        fmt::print(stderr, "ocfctl: next: {}\n", cli::shown(failure.next));
    return ctl::exitFor(failure.reason);
}

/// Half a certificate request on a full disk is no success.
bool printed() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
        return true;
    fmt::print(stderr, "ocfctl: standard output could not be written: {}\n", std::strerror(errno));
    return false;
}

int run(int argc, char** argv) {
    ctl::Tool tool;
    CLI::App app{"Shows and administers the OCF device security agent of this machine.", "ocfctl"};
    app.set_version_flag("--version", "ocfctl " OCFSECD_VERSION);
    app.require_subcommand(1);
    app.fallthrough(); // `ocfctl status --json` is `ocfctl --json status`
    app.footer(ctl::exitCodeHelp());
    app.add_option("--bus", tool.bus, "\"system\", or the address of another bus")->capture_default_str();
    app.add_flag("--json", tool.json, "results as JSON on standard output");
    app.add_flag("-y,--yes", tool.yes, "answer every question with yes");
    for (const auto add : {ctl::addStatus, ctl::addReset, ctl::addSoftReset, ctl::addPin, ctl::addWindow,
                           ctl::addManufacturer, ctl::addRecords})
        add(app, tool);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return static_cast<int>(app.exit(error) == 0 ? ctl::Exit::done : ctl::Exit::usage);
    }
    const auto result = tool.action();
    const auto exit = result ? *result : report(result.failure(), tool.json);
    return static_cast<int>(printed() ? exit : ctl::Exit::failed);
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& fault) {
        fmt::print(stderr, "ocfctl: fault: {}\n", ocfsecd::cli::shown(fault.what()));
        return static_cast<int>(ctl::Exit::failed);
    }
}
