// Client and server over a network that loses, doubles and reorders, in one process with a clock of its own.

#include "coap/client.h"
#include "coap/server.h"
#include "world.h"

#include <functional>
#include <map>

namespace ocfsecd::coap {

namespace {

struct Weather {
    unsigned lossPercent = 0;
    unsigned duplicatePercent = 0;
    Duration maxDelay = 0ms; ///< each copy travels between 1 ms and this long, so later ones overtake
};

class Network {
public:
    Network(std::uint32_t seed, Weather weather, ServerSettings serverSettings = {}, ClientSettings clientSettings = {})
        : random_{seed}, weather_{weather}, server{serverSettings, random_}, client{clientSettings, random_} {}

    /// Runs until the client's call ends. The server's user answers with `respond`, after `thinking`.
    std::vector<Answer> run(const Channel& channel, Request request, Duration thinking,
                            const std::function<Response(const Request&)>& respond) {
        std::vector<Answer> answers;
        client.call(channel, std::move(request), now);
        std::multimap<TimePoint, Incoming> working;
        collect();
        while (answers.empty()) {
            auto next = earlier(client.deadline(), server.deadline());
            if (!inFlight_.empty())
                next = earlier(next, inFlight_.begin()->first);
            if (!working.empty())
                next = earlier(next, working.begin()->first);
            now = std::max(now, next.value());
            while (!inFlight_.empty() && inFlight_.begin()->first <= now) {
                const auto packet = inFlight_.extract(inFlight_.begin()).mapped();
                if (packet.toServer) {
                    if (const auto incoming = taken(server, channel, packet.datagram, now)) {
                        executed.push_back(incoming->request);
                        working.emplace(now + thinking, *incoming);
                    }
                } else {
                    for (auto& answer : client.receive(channel, packet.datagram, now))
                        answers.push_back(std::move(answer));
                }
                collect();
            }
            while (!working.empty() && working.begin()->first <= now) {
                const auto incoming = working.extract(working.begin()).mapped();
                server.respond(incoming.id, respond(incoming.request), now);
            }
            server.tick(now);
            for (auto& answer : client.tick(now))
                answers.push_back(std::move(answer));
            collect();
        }
        return answers;
    }

    TimePoint now = kStart;
    std::vector<Request> executed; ///< what came out of the server

private:
    struct Packet {
        bool toServer;
        Bytes datagram;
    };
    void collect() {
        for (auto& outgoing : client.takeOutgoing())
            launch({true, std::move(outgoing.datagram)});
        for (auto& outgoing : server.takeOutgoing()) {
            launch({false, std::move(outgoing.datagram)});
        }
    }
    void launch(const Packet& packet) {
        const unsigned copies = random_.below(100) < weather_.duplicatePercent ? 2 : 1;
        for (unsigned i = 0; i < copies; ++i)
            if (random_.below(100) >= weather_.lossPercent)
                inFlight_.emplace(
                    now + Duration{1 + random_.below(static_cast<std::uint32_t>(weather_.maxDelay.count()) + 1)},
                    packet);
    }

    RepeatableRandom random_;
    Weather weather_;
    std::multimap<TimePoint, Packet> inFlight_;

public:
    Server server;
    Client client;
};

constexpr Weather kFair{};
// A long answer in clear takes a hundred exchanges: at a storm's loss one of them would fail all its seven attempts.
constexpr Weather kRain{.lossPercent = 10, .duplicatePercent = 30, .maxDelay = 400ms};
constexpr Weather kStorm{.lossPercent = 20, .duplicatePercent = 30, .maxDelay = 400ms};
const ClientSettings kPatient{.maxRetransmit = 6, .responseTimeout = 300s};

Response echo(const Request& request) {
    return {.code = code::changed, .payload = request.payload};
}

Response longAnswer(const Request&) {
    return {.payload = patterned(5000)};
}

} // namespace

TEST(CoapNetwork, EveryTransferArrivesWholeAndIsExecutedOnceInAStorm) {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        Network network{seed, kStorm, {}, kPatient};
        const Request request{.method = Method::post, .path = "/oic/sec/cred", .payload = patterned(4000)};
        const auto answers = network.run(securePeer(), request, 150ms, echo);
        ASSERT_EQ(answers.size(), 1U);
        ASSERT_TRUE(std::holds_alternative<Response>(answers[0].outcome))
            << "seed " << seed << ": " << std::get<Failure>(answers[0].outcome).what;
        EXPECT_EQ(std::get<Response>(answers[0].outcome).payload, request.payload) << seed;
        EXPECT_EQ(std::get<Response>(answers[0].outcome).code, code::changed) << seed;
        ASSERT_EQ(network.executed.size(), 1U) << seed;
        EXPECT_EQ(network.executed[0].payload, request.payload) << seed;
    }
}

TEST(CoapNetwork, LongAnswersArriveWholeInTheRain) {
    for (std::uint32_t seed = 1; seed <= 15; ++seed)
        for (const auto& channel : {securePeer(), clearPeer()}) {
            Network network{seed, kRain, {}, kPatient};
            const auto answers = network.run(channel, {.path = "/oic/res"}, 0ms, longAnswer);
            ASSERT_EQ(answers.size(), 1U);
            ASSERT_TRUE(std::holds_alternative<Response>(answers[0].outcome))
                << "seed " << seed << ": " << std::get<Failure>(answers[0].outcome).what;
            EXPECT_EQ(std::get<Response>(answers[0].outcome).payload, patterned(5000));
        }
}

TEST(CoapNetwork, ASlowAnswerComesSeparatelyAndOnce) {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        Network network{seed, kStorm, {}, kPatient};
        const auto answers = network.run(securePeer(), {.method = Method::post, .path = "/a"}, 8s, echo);
        ASSERT_EQ(answers.size(), 1U);
        EXPECT_TRUE(std::holds_alternative<Response>(answers[0].outcome)) << seed;
        EXPECT_EQ(network.executed.size(), 1U) << seed;
    }
}

TEST(CoapNetwork, BothSidesAgreeOnEveryBlockSize) {
    for (unsigned theirs = 0; theirs <= 6; ++theirs)
        for (unsigned ours = 0; ours <= 6; ++ours) {
            Network network{1, kFair, {.maxExchangesPerPeer = 16, .blockExponent = ours}, {.blockExponent = theirs}};
            const Request request{.method = Method::post, .path = "/a", .payload = patterned(2100)};
            const auto answers = network.run(securePeer(), request, 0ms, echo);
            ASSERT_EQ(answers.size(), 1U);
            ASSERT_TRUE(std::holds_alternative<Response>(answers[0].outcome))
                << theirs << " " << ours << ": " << std::get<Failure>(answers[0].outcome).what;
            EXPECT_EQ(std::get<Response>(answers[0].outcome).payload, request.payload) << theirs << " " << ours;
            EXPECT_EQ(network.executed.size(), 1U);
        }
}

TEST(CoapNetwork, ADeadNetworkEndsTheCallInTime) {
    Network network{1, {.lossPercent = 100}};
    const auto answers = network.run(securePeer(), {.path = "/a"}, 0ms, echo);
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_TRUE(std::holds_alternative<Failure>(answers[0].outcome));
    EXPECT_EQ(std::get<Failure>(answers[0].outcome).reason, Reason::timedOut);
    EXPECT_EQ(network.now, kStart + 30s);
}

TEST(CoapNetwork, ADoubledNetworkExecutesOnce) {
    Network network{1, {.duplicatePercent = 100, .maxDelay = 50ms}};
    const auto answers = network.run(securePeer(), {.method = Method::post, .path = "/a"}, 10ms, echo);
    EXPECT_EQ(answers.size(), 1U);
    EXPECT_EQ(network.executed.size(), 1U);
}

} // namespace ocfsecd::coap
