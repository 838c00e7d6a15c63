// `ocf-bench start`: from the start of a server's program to its first answer in clear.

#include "coap/message.h"
#include "tools/bench/commands/commands.h"
#include "tools/bench/process.h"
#include "tools/bench/socket.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ocfsecd::bench {

namespace {

constexpr std::chrono::microseconds kStep{500};
constexpr Duration kPatience = 30s;

struct Arguments {
    std::string server;
    std::string path = "/oic/res";
    std::size_t runs = 5;
    std::vector<std::string> command;
};

/// The program, ended with SIGTERM.
class Program {
public:
    explicit Program(const std::vector<std::string>& command) {
        std::vector<char*> words;
        for (const auto& word : command)
            words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        process_ = ::fork();
        if (process_ == 0) {
            ::execvp(words[0], words.data());
            ::_exit(127);
        }
    }
    ~Program() {
        if (process_ <= 0)
            return;
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    bool ended() {
        if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == 0)
            return false;
        process_ = 0;
        return true;
    }
    pid_t process() const { return process_; }

private:
    pid_t process_ = 0;
};

bool answered(ByteView datagram) {
    const auto message = coap::decode(datagram);
    return message && message->code == coap::code::content;
}

struct Start {
    double milliseconds = 0;
    double cpuMilliseconds = 0;
};

Result<Start> timeOne(const Address& server, const Arguments& arguments) {
    const auto socket = connectTo(server, 0);
    if (!socket)
        return socket.failure();
    coap::Message request;
    request.type = coap::Type::nonConfirmable;
    request.code = coap::code::get;
    for (std::size_t at = 1; at < arguments.path.size();) {
        const auto end = std::min(arguments.path.find('/', at), arguments.path.size());
        request.add(coap::option::uriPath, viewOf(std::string_view{arguments.path}.substr(at, end - at)));
        at = end + 1;
    }
    std::array<std::uint8_t, kMaxAnswer> room;
    const auto began = std::chrono::steady_clock::now();
    Program program{arguments.command};
    while (std::chrono::steady_clock::now() < began + kPatience) {
        ++request.id; // a new request each time: a server remembers old ones
        sendOn(socket->get(), coap::encode(request));
        std::this_thread::sleep_for(kStep); // not poll(): a refused datagram would wake it at once
        while (const auto datagram = receiveOn(socket->get(), room))
            if (answered(*datagram)) {
                const auto took = std::chrono::steady_clock::now() - began;
                const auto cpu = cpuTimeOf(program.process());
                return Start{std::chrono::duration<double, std::milli>{took}.count(),
                             cpu ? std::chrono::duration<double, std::milli>{*cpu}.count() : 0};
            }
        if (program.ended())
            return Failure{Reason::unavailable, fmt::format("{} ended without an answer", arguments.command.front()),
                           "run it alone and see"};
    }
    return Failure{Reason::timedOut, fmt::format("no answer to GET {} within 30 s", arguments.path), ""};
}

Result<Report> measure(const Arguments& arguments) {
    const auto server = Address::parse(arguments.server);
    if (!server)
        return Failure{Reason::usage, fmt::format("\"{}\" is no address:port", arguments.server),
                       "ocf-bench start --help"};
    std::vector<double> wall;
    std::vector<double> cpu;
    for (std::size_t i = 0; i < arguments.runs; ++i) {
        const auto one = timeOne(*server, arguments);
        if (!one)
            return one.failure();
        wall.push_back(one->milliseconds);
        cpu.push_back(one->cpuMilliseconds);
    }
    Report report{"start"};
    report.add("runs", arguments.runs);
    report.add("first_answer_ms", quantile(wall, 0.5));
    report.add("fastest_ms", quantile(wall, 0));
    report.add("slowest_ms", quantile(wall, 1));
    report.add("server_cpu_ms", quantile(cpu, 0.5));
    return report;
}

} // namespace

void addStart(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("start", "from the start of a program to its first answer in clear");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("-s,--server", arguments->server, "address:port of its clear socket")->required();
    command->add_option("--path", arguments->path, "what is asked for")->capture_default_str();
    command->add_option("--runs", arguments->runs, "how often")->check(CLI::Range(1, 1000))->capture_default_str();
    command->add_option("COMMAND", arguments->command, "after --: the program and its arguments; ended with SIGTERM")
        ->required();
    command->callback([&run, arguments] { run.action = [arguments] { return measure(*arguments); }; });
}

} // namespace ocfsecd::bench
