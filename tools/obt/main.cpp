// ocf-obt: onboards OCF devices and provisions them. Composition: command line, one action, one exit code.

#include "tools/obt/commands/certificates.h"
#include "tools/obt/commands/commands.h"
#include "tools/obt/commands/looking_after.h"

#include <cstdio>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>

namespace {

using namespace ocfsecd;

void addSharedOptions(CLI::App& app, obt::Options& options) {
    app.add_option("--home", options.home, "directory of this identity (default: $XDG_STATE_HOME/ocf-obt)")
        ->envname("OCF_OBT_HOME");
    app.add_option(
           "--interface", options.interfaces,
           "network interface for multicast, name or pattern; may be repeated (default: all that can multicast)")
        ->allow_extra_args(false);
    const std::map<std::string, obt::Scope> scopes{
        {"link", obt::Scope::link}, {"realm", obt::Scope::realm}, {"site", obt::Scope::site}};
    app.add_option("--scope", options.scope, "how far IPv6 multicast reaches: link, realm, site (default: link)")
        ->transform(CLI::CheckedTransformer(scopes, CLI::ignore_case));
    app.add_option("--timeout", options.timeout, "seconds to wait for one answer")
        ->check(CLI::Range(0.1, 600.0))
        ->capture_default_str();
    app.add_option("--wait", options.wait, "seconds to collect answers to multicast (devices delay them up to 2 s)")
        ->check(CLI::Range(0.1, 60.0))
        ->capture_default_str();
    app.add_option(
           "--pace", options.pace,
           "milliseconds between requests to one device after a burst of 8; small devices fall silent otherwise")
        ->check(CLI::Range(0, 10000))
        ->capture_default_str();
    app.add_flag("--json", options.json, "results as JSON on standard output");
    app.add_flag("-y,--yes", options.yes, "answer every question with yes");
    app.add_flag("-q,--quiet", options.quiet, "no progress on standard error");
}

int run(int argc, char** argv) {
    obt::Tool tool;
    CLI::App app{"Onboards OCF devices: finds them, takes ownership, provisions credentials and access rules.",
                 "ocf-obt"};
    app.set_version_flag("--version", "ocf-obt " OCFSECD_VERSION);
    app.require_subcommand(1);
    app.fallthrough(); // `ocf-obt list --json` is `ocf-obt --json list`
    app.footer("First steps:\n  ocf-obt discover\n  ocf-obt own --operational\n  ocf-obt list\n\n" +
               obt::exitCodeHelp());
    addSharedOptions(app, tool.options);
    for (const auto add :
         {obt::addWhoami, obt::addDiscover, obt::addOwn, obt::addAccept, obt::addList, obt::addStatus, obt::addVerify,
          obt::addProvision, obt::addState, obt::addResource, obt::addReset, obt::addSecurityDomain, obt::addEvents,
          obt::addCa, obt::addCertify, obt::addRole, obt::addRevoke, obt::addRequest})
        add(app, tool);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? static_cast<int>(obt::Exit::done) : static_cast<int>(obt::Exit::usage);
    }
    const auto result = tool.action();
    return static_cast<int>(result ? *result : tool.report(result.failure()));
}

} // namespace

int main(int argc, char** argv) {
    // Keys are in this process: no core dump, no debugger of the same user, nothing readable by others.
    ::prctl(PR_SET_DUMPABLE, 0);
    ::umask(077);
    try {
        return run(argc, argv);
    } catch (const std::exception& fault) {
        fmt::print(stderr, "ocf-obt: fault: {}\n", fault.what());
        return static_cast<int>(obt::Exit::failed);
    }
}
