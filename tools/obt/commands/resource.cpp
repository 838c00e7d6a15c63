// `ocf-obt get`, `post`, `delete`: any resource of a device, with the right credential.

#include "tools/obt/commands/commands.h"
#include "tools/obt/exchange.h"
#include "tools/obt/reach.h"

#include <fmt/format.h>
#include <iostream>

namespace ocfsecd::obt {

namespace {

struct Arguments {
    std::string target;
    std::string href;
    std::vector<std::string> query;
    std::string payload;
    bool clear = false;
};

/// As much as a request may hold; fromJson() judges the rest.
std::string standardInput() {
    std::string out(cbor::Limits{}.octets, '\0');
    std::cin.read(out.data(), static_cast<std::streamsize>(out.size()));
    out.resize(static_cast<std::size_t>(std::cin.gcount()));
    return out;
}

Result<coap::Request> requestOf(coap::Method method, const Arguments& arguments) {
    if (!arguments.href.starts_with('/'))
        return Failure{Reason::usage, fmt::format("\"{}\" does not begin with /", arguments.href), ""};
    auto path = arguments.href;
    auto query = arguments.query;
    if (const auto mark = path.find('?'); mark != std::string::npos) {
        query.insert(query.begin(), path.substr(mark + 1));
        path.resize(mark);
    }
    if (method == coap::Method::get)
        return makeGet(path, query);
    if (method == coap::Method::del)
        return makeDelete(path, query);
    const auto body = fromJson(arguments.payload == "-" ? standardInput() : arguments.payload);
    if (!body)
        return body.failure();
    auto request = makePost(path, *body);
    request.query = query;
    return request;
}

Result<coap::Response> askClear(Tool& tool, const std::string& text, coap::Request request) {
    const auto target = parseTarget(text);
    if (!target)
        return target.failure();
    if (const auto* endpoint = std::get_if<Endpoint>(&*target); endpoint != nullptr && !endpoint->secure)
        return tool.peer(endpoint->address, std::nullopt)->clear(std::move(request));
    Reach reach{tool};
    auto subject = reach.subject(text);
    if (!subject)
        return subject.failure();
    return reach.find(*subject).peer->clear(std::move(request));
}

Result<coap::Response> ask(Tool& tool, const Arguments& arguments, coap::Request request) {
    tool.target = arguments.target;
    if (arguments.clear)
        return askClear(tool, arguments.target, std::move(request));
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    return reached->session->request(std::move(request));
}

Result<Exit> run(Tool& tool, coap::Method method, const Arguments& arguments) {
    auto request = requestOf(method, arguments);
    if (!request)
        return request.failure();
    const auto what = describe(*request);
    const auto response = ask(tool, arguments, std::move(*request));
    if (!response)
        return response.failure();
    if (!succeeded(*response))
        return refusal(*response, what);
    const auto code = coap::codeText(response->code);
    if (response->payload.empty()) {
        tool.print(fmt::format("{}: {}", what, code), Json{{"code", code}});
        return Exit::done;
    }
    const auto body = bodyOf(*response, what);
    if (!body)
        return body.failure();
    const auto json = toJson(*body);
    tool.print(json.dump(2, ' ', false, Json::error_handler_t::replace), Json{{"code", code}, {"payload", json}});
    return Exit::done;
}

CLI::App* add(CLI::App& app, Tool& tool, const char* name, const char* text, coap::Method method) {
    auto* command = app.add_subcommand(name, text);
    auto arguments = makeArguments<Arguments>();
    addSession(*command, tool, arguments->target);
    command->add_option("HREF", arguments->href, "\"/oic/sec/cred\", \"/oic/sec/acl2?aceid=3\"")->required();
    command->add_option("--query", arguments->query, "key=value; may be repeated")->allow_extra_args(false);
    command->add_flag("--clear", arguments->clear, "without encryption and authentication")
        ->excludes("--certificate")
        ->excludes("--as-role");
    if (method == coap::Method::post)
        command
            ->add_option("PAYLOAD", arguments->payload,
                         "JSON, or - for standard input; byte strings as {\"$base64\": \"…\"}. Other users of this "
                         "machine see the command line")
            ->required();
    command->callback([&tool, arguments, method] {
        tool.action = [&tool, arguments, method] { return run(tool, method, *arguments); };
    });
    return command;
}

} // namespace

void addResource(CLI::App& app, Tool& tool) {
    add(app, tool, "get", "read a resource", coap::Method::get);
    add(app, tool, "post", "change a resource", coap::Method::post);
    add(app, tool, "delete", "delete a resource or entries of it", coap::Method::del);
}

} // namespace ocfsecd::obt
