// `ocf-bench get`: secured GETs, each busy session one after the other, among idle ones.

#include "coap/message.h"
#include "tools/bench/commands/commands.h"
#include "tools/bench/crowd.h"
#include "tools/bench/meter.h"

#include <fmt/format.h>

namespace ocfsecd::bench {

namespace {

constexpr Duration kLost = 1s; ///< a request without an answer for so long is sent again
constexpr Duration kWarmUp = 300ms;

struct Arguments {
    std::size_t busy = 64;
    std::size_t idle = 0;
    double seconds = 3;
    std::string path = "/oic/d";
    std::size_t concurrent = 16;
};

coap::Message requestFor(const std::string& path, bool ocf) {
    coap::Message out;
    out.code = coap::code::get;
    out.token.assign(4, 0);
    for (std::size_t at = 0; at < path.size();) {
        const auto begin = path.find_first_not_of('/', at);
        if (begin == std::string::npos)
            break;
        const auto end = std::min(path.find('/', begin), path.size());
        out.add(coap::option::uriPath, viewOf(std::string_view{path}.substr(begin, end - begin)));
        at = end;
    }
    if (ocf) {
        out.addNumber(coap::option::accept, coap::kFormatOcfCbor);
        out.addNumber(coap::option::ocfAcceptVersion, coap::kOcfVersion);
    }
    return out;
}

/// Each busy one asks again as soon as it is answered. The header is read and written in place: the clients must be
/// faster than the server.
class Askers final : public Crowd {
public:
    Askers(const Target& target, unsigned hosts, const Bytes& request) : Crowd{target, hosts}, request_{request} {}

    void begin(const std::vector<ClientId>& who) {
        for (const auto id : who)
            ask(id);
    }
    void sweep() {
        const auto at = clients().now();
        if (at < nextSweep_)
            return;
        nextSweep_ = at + kLost;
        std::vector<ClientId> late;
        for (const auto& [id, asked] : asked_)
            if (asked.at + kLost < at)
                late.push_back(id);
        resent += late.size();
        for (const auto id : late)
            ask(id);
    }
    void message(ClientId id, ByteView octets) override {
        Reader reader{octets};
        const auto first = reader.u8();
        const auto code = reader.u8();
        const auto mid = reader.u16();
        if (!reader.ok())
            return;
        if (((first >> 4) & 3U) == static_cast<unsigned>(coap::Type::confirmable) && code != 0)
            clients().send(id, coap::encodeEmpty(coap::Type::acknowledgement, mid));
        const auto token = reader.take(first & 0x0fU);
        const auto at = asked_.find(id);
        if (code < 64 || at == asked_.end() || token.size() != 4 || Reader{token}.u32() != at->second.token)
            return;
        if (code == coap::code::content)
            ++answered;
        else
            lastRefusal = coap::codeText(code);
        if (code != coap::code::content)
            ++refused;
        octetsOfAnswer = octets.size();
        microseconds.push_back(std::chrono::duration<double, std::micro>{clients().now() - at->second.at}.count());
        ask(id);
    }
    void forget() {
        answered = refused = resent = 0;
        microseconds.clear();
    }

    std::size_t answered = 0, refused = 0, resent = 0, octetsOfAnswer = 0;
    std::vector<double> microseconds;
    std::string lastRefusal;

private:
    struct Asked {
        std::uint32_t token = 0;
        TimePoint at;
    };
    void ask(ClientId id) {
        auto& asked = asked_[id];
        asked.token = ++lastToken_;
        asked.at = clients().now();
        Writer head;
        head.u16(static_cast<std::uint16_t>(lastToken_)).u32(lastToken_); // id and token of RFC 7252 section 3
        std::ranges::copy(head.view(), request_.begin() + 2);
        clients().send(id, request_);
    }

    Bytes request_;
    std::unordered_map<ClientId, Asked> asked_;
    std::uint32_t lastToken_ = 0;
    TimePoint nextSweep_{};
};

Result<Report> measure(const Run& run, const Arguments& arguments) {
    const auto target = makeTarget(run.target);
    if (!target)
        return target.failure();
    const auto request = coap::encode(requestFor(arguments.path, !run.target.home.empty()));
    Askers askers{*target, 200, request};
    const auto idle = askers.gather(arguments.idle, arguments.concurrent);
    if (!idle)
        return idle.failure();
    const auto busy = askers.gather(arguments.busy, arguments.concurrent);
    if (!busy)
        return busy.failure();
    auto& clients = askers.clients();
    const auto sweep = [&askers] { askers.sweep(); };
    askers.begin(*busy);
    clients.run(clients.now() + kWarmUp, {}, sweep);
    askers.forget();
    const auto meter = Meter::start(target->pid);
    if (!meter)
        return meter.failure();
    clients.run(clients.now() + Duration{static_cast<Duration::rep>(arguments.seconds * 1000)}, {}, sweep);
    const auto reading = meter->read();
    if (!reading)
        return reading.failure();
    if (askers.answered == 0)
        return Failure{
            Reason::timedOut,
            fmt::format("no answer to GET {}{}", arguments.path, askers.refused ? " but " + askers.lastRefusal : ""),
            "name a resource the key may read: --path"};
    const auto done = static_cast<double>(askers.answered);
    Report report{"get"};
    report.add("path", arguments.path);
    report.add("answer_octets", askers.octetsOfAnswer);
    report.add("busy_sessions", arguments.busy);
    report.add("idle_sessions", arguments.idle);
    report.add("seconds", reading->seconds);
    report.add("gets", askers.answered);
    report.add("refused", askers.refused);
    report.add("sent_again", askers.resent);
    report.add("sessions_lost", askers.lost());
    report.add("gets_per_second", done / reading->seconds);
    if (target->pid != 0) {
        report.add("server_cpu_us_per_get", 1e6 * reading->serverCpu / done);
        report.add("server_busy_percent", 100 * reading->serverCpu / reading->seconds);
    }
    report.add("client_cpu_us_per_get", 1e6 * reading->clientCpu / done);
    report.add("median_us", quantile(askers.microseconds, 0.5));
    report.add("p99_us", quantile(askers.microseconds, 0.99));
    return report;
}

} // namespace

void addGet(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("get", "secured GETs per second, server CPU time of each");
    const auto arguments = std::make_shared<Arguments>();
    addTargetOptions(*command, run.target);
    command->add_option("-b,--busy", arguments->busy, "sessions that ask, one request at a time each")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("-i,--idle", arguments->idle, "sessions that do nothing")
        ->check(CLI::Range(0, 60'000))
        ->capture_default_str();
    command->add_option("--seconds", arguments->seconds, "how long")->capture_default_str();
    command->add_option("--path", arguments->path, "what is asked for")->capture_default_str();
    command->add_option("-c,--concurrent", arguments->concurrent, "handshakes at a time while sessions are made")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->callback([&run, arguments] { run.action = [&run, arguments] { return measure(run, *arguments); }; });
}

} // namespace ocfsecd::bench
