#include "tools/bench/key.h"

#include "tools/obt/home.h"
#include "tools/obt/subjects.h"

#include <fmt/format.h>

namespace ocfsecd::bench {

namespace {

Failure usage(std::string what, std::string next = "ocf-bench --help") {
    return {Reason::usage, std::move(what), std::move(next)};
}

Result<obt::Subject> subjectOf(const TargetOptions& options, const obt::Home& home) {
    const obt::Subjects subjects{home.subjectsDirectory()};
    if (!options.device.empty()) {
        const auto device = Uuid::parse(options.device);
        return device ? subjects.load(*device) : Result<obt::Subject>{usage("--device wants a UUID")};
    }
    auto all = subjects.all();
    if (!all)
        return all.failure();
    if (all->size() != 1)
        return usage(fmt::format("{} knows {} devices", options.home, all->size()), "name one: --device UUID");
    return std::move(all->front());
}

Result<dtls::ClientKey> keyOf(const TargetOptions& options) {
    if (options.home.empty()) {
        if (options.identity.empty() || options.key.empty())
            return usage("no key: give --home, or --identity and --key");
        return dtls::ClientKey{copyOf(viewOf(options.identity)), shareSecret(viewOf(options.key))};
    }
    SystemRandom random;
    const auto home = obt::Home::open(options.home, random);
    if (!home)
        return home.failure();
    const auto subject = subjectOf(options, *home);
    if (!subject)
        return subject.failure();
    for (const auto& credential : subject->credentials)
        if (credential.proven)
            return dtls::ClientKey{copyOf(home->identity().uuid.raw()), credential.key};
    return usage("no credential of this home was ever proven", "ocf-obt verify TARGET");
}

} // namespace

Result<Target> makeTarget(const TargetOptions& options) {
    const auto server = Address::parse(options.server);
    if (!server)
        return usage(fmt::format("\"{}\" is no address:port", options.server));
    auto key = keyOf(options);
    if (!key)
        return key.failure();
    return Target{*server, *std::move(key), options.pid, options.ownEngine};
}

} // namespace ocfsecd::bench
