// `ocf-obt own`: takes a device.

#include "tools/common/shown.h"
#include "tools/obt/commands/own_means.h"
#include "tools/obt/credentials.h"
#include "tools/obt/private_file.h"
#include "tools/obt/requests.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Arguments {
    std::string target;
    std::string cms, ams;
    std::string cmsHandover, amsHandover;
    bool operational = false;
    MethodOptions method;
};

constexpr const char* kHelp =
    "The device offers its methods; the strongest that you can serve is taken:\n"
    "  manufacturer-certificate  --trust FILE; the device proves who made it\n"
    "  confirmed-manufacturer-certificate  the same, and somebody agrees at the device\n"
    "  random-pin                the device shows a PIN, you type it or give --pin-file\n"
    "  just-works                nobody is authenticated: only where no stranger is near\n"
    "\n"
    "With other managers: --cms UUID --cms-handover FILE names the credential manager (its UUID: ocf-obt whoami "
    "there).\n"
    "The device needs a credential of every manager before it leaves RFOTM, and only this connection can write it. So\n"
    "this tool makes a first key for the CMS, writes it to FILE (mode 0600) and keeps no copy; the CMS takes the file\n"
    "with \"ocf-obt accept FILE\" and at once replaces the key by one that only it and the device know.\n"
    "For --ams a key nobody knows is written; the CMS, whose duty credentials are, provisions the real one:\n"
    "\"ocf-obt provision handover TARGET --for AMS-UUID --file FILE\". If this tool is the CMS itself, --ams-handover "
    "FILE\n"
    "does that at once. The one who writes another's key necessarily sees it for a moment; none is kept.\n"
    "\n"
    "After a failure before RFPRO the device resets itself and has a new UUID: discover it again.\n"
    "Next: ocf-obt verify TARGET";

Failure usage(std::string what) {
    return {Reason::usage, std::move(what), "ocf-obt own --help"};
}

Result<Uuid> managerOf(const std::string& text, const Uuid& self, std::string_view option) {
    if (text.empty())
        return self;
    const auto uuid = Uuid::parse(text);
    if (!uuid || uuid->isNil())
        return usage(fmt::format("{} wants a UUID, not \"{}\"", option, text));
    return *uuid;
}

Result<OwnPlan> makePlan(Tool& tool, const Identity& identity, const Arguments& arguments) {
    OwnPlan plan;
    plan.self = identity.uuid;
    plan.domain = identity.domain;
    plan.device = Uuid::random(tool.random());
    const auto cms = managerOf(arguments.cms, plan.self, "--cms");
    const auto ams = managerOf(arguments.ams, plan.self, "--ams");
    if (!cms || !ams)
        return cms ? ams.failure() : cms.failure();
    plan.cms = *cms;
    plan.ams = *ams;
    if ((plan.cms != plan.self) != !arguments.cmsHandover.empty())
        return usage("--cms UUID and --cms-handover FILE belong together");
    if (!arguments.amsHandover.empty() && (plan.ams == plan.self || plan.cms != plan.self))
        return usage("--ams-handover is for a credential manager: with --cms, that one hands the AMS its key over");
    if (arguments.operational && (plan.cms != plan.self || plan.ams != plan.self))
        return usage("--operational is for one identity in all roles; else the AMS takes the device to RFNOP");
    if (plan.cms != plan.self)
        plan.cmsKey = makeKey(tool.random());
    if (plan.ams != plan.self && plan.ams != plan.cms)
        plan.amsKey = makeKey(tool.random());
    return plan;
}

/// The device meant; asks when the choice is not explicit.
Result<FoundDevice> chooseDevice(Tool& tool, const std::string& text) {
    std::optional<Target> target;
    if (!text.empty()) {
        const auto parsed = parseTarget(text);
        if (!parsed)
            return parsed.failure();
        target = *parsed;
    }
    if (const auto* endpoint = target ? std::get_if<Endpoint>(&*target) : nullptr) {
        if (endpoint->secure)
            return usage("a device without an owner is named by its coap:// address");
        return tool.discovery().at(endpoint->address, std::chrono::seconds{3});
    }
    tool.begin("asking for devices without an owner");
    const auto* uuid = target ? std::get_if<Uuid>(&*target) : nullptr;
    auto found = tool.discovery().unowned(uuid != nullptr ? std::optional{*uuid} : std::nullopt);
    if (!found)
        return found.failure();
    if (found->empty())
        return Failure{Reason::notFound, "no device waits for an owner", "ocf-obt discover --all"};
    std::vector<Candidate> candidates;
    std::string names;
    for (const auto& device : *found) {
        candidates.push_back({device.device, device.name});
        names += fmt::format("\n  {}  {}", device.device.text(), device.name);
    }
    if (!target && found->size() > 1) {
        // --yes is no choice: it answers a question about one device, not which of several.
        if (tool.interactive() && !tool.options.yes)
            for (auto& device : *found)
                if (tool.confirm(fmt::format("Own {} {}?", device.device.text(), device.name)))
                    return std::move(device);
        return Failure{Reason::limitReached, fmt::format("{} devices wait for an owner:{}", found->size(), names),
                       "ocf-obt own UUID"};
    }
    const auto index = target ? choose(*target, candidates) : Result<std::size_t>{std::size_t{0}};
    if (!index)
        return Failure{index.failure().reason, index.failure().what + " that waits for an owner", "ocf-obt discover"};
    auto& device = (*found)[*index];
    if (found->size() > 1 && uuid == nullptr)
        if (auto agreed = tool.confirm(fmt::format("Several devices answer. Own {} ({})?", device.device.text(),
                                                   device.name.empty() ? "no name" : device.name));
            !agreed)
            return agreed.failure();
    return std::move(device);
}

/// What it offers, when it is the device that was found and can be owned.
Result<Doxm> checkDevice(Peer& peer, const FoundDevice& found) {
    const auto read = [&](std::string_view path) -> Result<cbor::Value> {
        const auto request = makeGet(path);
        const auto response = peer.clear(request);
        return response ? bodyOf(*response, describe(request)) : Result<cbor::Value>{response.failure()};
    };
    const auto doxmBody = read(href::doxm);
    if (!doxmBody)
        return doxmBody.failure();
    const auto pstatBody = read(href::pstat);
    if (!pstatBody)
        return pstatBody.failure();
    const auto doxm = parseDoxm(*doxmBody);
    const auto pstat = parsePstat(*pstatBody);
    if (!doxm || !pstat)
        return doxm ? pstat.failure() : doxm.failure();
    if (doxm->device != found.device)
        return Failure{Reason::notFound, "the device has taken another UUID meanwhile: it was reset",
                       "ocf-obt discover"};
    if (auto fine = checkOwnable(*doxm, *pstat); !fine)
        return fine.failure();
    return doxm;
}

class Recorder final : public OwnRecord {
public:
    Recorder(Tool& tool, Subjects subjects, Subject subject)
        : tool_{tool}, subjects_{std::move(subjects)}, subject_{std::move(subject)} {}
    void step(std::string_view name) override { tool_.begin(name); }
    Result<void> keep(SharedSecret key) override {
        subject_.finished = false;
        subject_.credentials = {{Origin::derived, false, std::move(key)}};
        return subjects_.save(subject_);
    }
    Result<void> proven() override {
        return subjects_.update(subject_.device, [](Subject& subject) {
            subject.finished = true;
            subject.credentials.front().proven = true;
        });
    }
    void dropped() override {
        // Without the file nothing is lost: the key opens no device.
        static_cast<void>(subjects_.remove(subject_.device));
    }

private:
    Tool& tool_;
    Subjects subjects_;
    Subject subject_;
};

Subject subjectOf(const OwnPlan& plan, const FoundDevice& found) {
    Subject out;
    out.device = plan.device;
    out.name = found.name;
    out.owner = plan.self;
    out.rowners = {plan.self, plan.self, plan.cms, plan.ams};
    out.endpoints.push_back({false, found.from});
    for (const auto& endpoint : found.endpoints)
        if (endpoint != out.endpoints.front())
            out.endpoints.push_back(endpoint);
    return out;
}

/// Written before the onboarding starts: a device must not wait in RFPRO for a manager whose key no file holds.
Result<void> writeHandover(const std::string& file, const Subject& subject, const Uuid& recipient,
                           const SharedSecret& key) {
    if (file.empty() || !key)
        return {};
    return createPrivateFile(file, encodeHandover({recipient, subject.device, subject.name, subject.owner,
                                                   subject.rowners, subject.endpoints, key}));
}

void removeHandovers(const Arguments& arguments) {
    for (const auto& file : {arguments.cmsHandover, arguments.amsHandover})
        if (!file.empty())
            static_cast<void>(removePrivateFile(file));
}

std::string nextCommand(const Arguments& arguments, const OwnPlan& plan) {
    if (!arguments.cmsHandover.empty())
        return fmt::format("ocf-obt --home CMS-HOME accept {}", arguments.cmsHandover);
    if (!arguments.amsHandover.empty())
        return fmt::format("ocf-obt --home AMS-HOME accept {}", arguments.amsHandover);
    return fmt::format("ocf-obt {} {}", arguments.operational ? "status" : "verify", plan.device.text());
}

/// By which method, and whether a better one was passed over.
std::string howText(const Method& method, const std::string& maker, const std::vector<std::int64_t>& offered) {
    auto out = fmt::format("Method: {}", method.name);
    if (!maker.empty())
        out += fmt::format("; its maker certified it as \"{}\"", cli::shown(maker));
    if (const auto stronger = strongerThan(method, offered); !stronger.empty())
        out += "; " + stronger;
    return out + ".";
}

Result<Exit> run(Tool& tool, const Arguments& arguments) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    auto plan = makePlan(tool, (*home)->identity(), arguments);
    if (!plan)
        return plan.failure();
    auto means = OwnMeans::read(arguments.method, tool.interactive());
    if (!means)
        return means.failure();
    const auto found = chooseDevice(tool, arguments.target);
    if (!found)
        return found.failure();
    const auto secure = chooseEndpoint(found->endpoints, true, found->from);
    const auto peer = tool.peer(found->from, secure ? std::optional{secure->address} : std::nullopt);
    tool.begin("looking whether the device can be owned");
    const auto doxm = checkDevice(*peer, *found);
    if (!doxm)
        return doxm.failure();
    const auto method = means->choose(doxm->oxms);
    if (!method)
        return method.failure();
    plan->method = *method;
    auto subject = subjectOf(*plan, *found);
    for (const auto& [file, recipient, key] : {std::tuple{arguments.cmsHandover, plan->cms, plan->cmsKey},
                                               std::tuple{arguments.amsHandover, plan->ams, plan->amsKey}})
        if (auto written = writeHandover(file, subject, recipient, key); !written)
            return written.failure();
    Recorder record{tool, *tool.subjects(), subject};
    if (auto done = own(*peer, *plan, means->assurance(tool, doxm->device), arguments.operational, record); !done) {
        if (const auto kept = tool.subjects()->load(plan->device); !kept && kept.failure().reason == Reason::notFound)
            removeHandovers(arguments); // the device was dropped: their keys open nothing
        tool.target = plan->device.text();
        return done.failure();
    }
    const auto next = tool.suggestion(nextCommand(arguments, *plan));
    const auto state = arguments.operational ? state::rfnop : state::rfpro;
    tool.print(fmt::format("{} is owned by {} and in {}.\n{}\nThe owner credential was derived and proven on a fresh "
                           "session.\nnext: {}",
                           plan->device.text(), plan->self.text(), stateName(state),
                           howText(**method, means->makerName(), doxm->oxms), next),
               Json{{"deviceuuid", plan->device.text()},
                    {"was", found->device.text()},
                    {"href", subject.href()},
                    {"devowneruuid", plan->self.text()},
                    {"cms", plan->cms.text()},
                    {"ams", plan->ams.text()},
                    {"method", (*method)->name},
                    {"maker", means->makerName().empty() ? Json{} : Json(means->makerName())},
                    {"state", stateName(state)},
                    {"ownerCredential", {{"origin", "derived"}, {"proven", true}}},
                    {"next", next}});
    return Exit::done;
}

} // namespace

void addOwn(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("own", "take a device; derive and prove the owner credential");
    auto arguments = makeArguments<Arguments>();
    command->add_option("TARGET", arguments->target,
                        std::string{kTargetHelp} + "; may be left out when only one device waits for an owner");
    command->add_option("--cms", arguments->cms, "UUID of the credential manager (default: this tool)");
    command->add_option("--ams", arguments->ams, "UUID of the access manager (default: this tool)");
    command->add_option("--cms-handover", arguments->cmsHandover, "new file for the CMS with its first key");
    command->add_option("--ams-handover", arguments->amsHandover, "new file for the AMS, when this tool is the CMS");
    command->add_flag("--operational", arguments->operational,
                      "also write the usual access rules and go to RFNOP (one identity in all roles)");
    addMethodOptions(*command, arguments->method);
    command->footer(kHelp);
    command->callback([&tool, arguments] {
        tool.target = arguments->target;
        tool.action = [&tool, arguments] { return run(tool, *arguments); };
    });
}

} // namespace ocfsecd::obt
