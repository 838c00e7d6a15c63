// `ocf-obt events`: what a device wrote down for its auditor (/oic/sec/ael).

#include "tools/obt/audit_events.h"
#include "tools/obt/commands/looking_after.h"
#include "tools/obt/exchange.h"
#include "tools/obt/reach.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::string_view kAel = "/oic/sec/ael";

struct Arguments {
    std::string target;
    std::vector<std::string> categories, logCategories;
    std::string priority, logPriority;
};

std::int64_t bitsOf(const std::vector<std::string>& names) {
    std::int64_t bits = 0;
    for (const auto& name : names)
        bits |= categoryNamed(name).value_or(0); // the command line took only names of categories
    return bits;
}

Result<void> setFilters(Session& session, const Arguments& arguments) {
    cbor::Map body;
    if (!arguments.logCategories.empty())
        body.emplace_back("categoryfilter", bitsOf(arguments.logCategories));
    if (!arguments.logPriority.empty())
        body.emplace_back("priorityfilter", *priorityNamed(arguments.logPriority));
    if (body.empty())
        return {};
    return whileProvisioning(session, [&] { return change(session, makePost(kAel, std::move(body))); });
}

Json jsonOf(const AuditEvent& event) {
    return {{"time", event.timestamp},
            {"id", event.id},
            {"category", categoryText(event.category)},
            {"priority", priorityText(event.priority)},
            {"message", event.message},
            {"details", event.details}};
}

Result<Exit> run(Tool& tool, const Arguments& arguments) {
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    auto& session = *reached->session;
    if (auto set = setFilters(session, arguments); !set)
        return withWayOut(set.failure(), kAel);
    const auto body = readResource(session, kAel);
    if (!body)
        return withWayOut(body.failure(), kAel);
    const auto log = parseAuditEvents(*body);
    if (!log)
        return log.failure();
    const auto wanted = arguments.categories.empty() ? ~std::int64_t{0} : bitsOf(arguments.categories);
    const auto upTo =
        arguments.priority.empty() ? std::numeric_limits<std::int64_t>::max() : *priorityNamed(arguments.priority);
    std::vector<std::vector<std::string>> rows{{"TIME", "ID", "CATEGORY", "PRIORITY", "MESSAGE", "DETAILS"}};
    auto events = Json::array();
    for (const auto& event : log->events) {
        if ((event.category & wanted) == 0 || event.priority > upTo)
            continue;
        rows.push_back({event.timestamp, event.id, categoryText(event.category), priorityText(event.priority),
                        event.message, fmt::format("{}", fmt::join(event.details, "; "))});
        events.push_back(jsonOf(event));
    }
    const auto summary =
        fmt::format("{} of {} events; {} of {} octets used. Written down: {}, {} and more important.\n",
                    rows.size() - 1, log->events.size(), log->usedSpace, log->maxSpace,
                    categoryText(log->categoryFilter), priorityText(log->priorityFilter));
    tool.print((rows.size() > 1 ? table(rows) : "") + summary,
               Json{{"deviceuuid", reached->subject.device.text()},
                    {"events", events},
                    {"usedspace", log->usedSpace},
                    {"maxspace", log->maxSpace},
                    {"categoryfilter", categoryText(log->categoryFilter)},
                    {"priorityfilter", priorityText(log->priorityFilter)}});
    return Exit::done;
}

} // namespace

void addEvents(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("events", "list what a device wrote down: refusals, changes, starts");
    auto arguments = makeArguments<Arguments>();
    addSession(*command, tool, arguments->target);
    const auto categories = categoryNames();
    const auto priorities = priorityNames();
    command->add_option("--category", arguments->categories, "show only these; may be repeated")
        ->check(CLI::IsMember(categories))
        ->allow_extra_args(false);
    command->add_option("--priority", arguments->priority, "show only these and more important ones")
        ->check(CLI::IsMember(priorities));
    command
        ->add_option("--log-category", arguments->logCategories,
                     "let the device write down only these from now on; may be repeated")
        ->check(CLI::IsMember(categories))
        ->allow_extra_args(false);
    command
        ->add_option("--log-priority", arguments->logPriority,
                     "let it write down only these and more important ones from now on")
        ->check(CLI::IsMember(priorities));
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return run(tool, *arguments); }; });
}

} // namespace ocfsecd::obt
