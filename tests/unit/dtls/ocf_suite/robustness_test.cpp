// Damage anywhere in a handshake: no crash, no quiet success with different keys, no memory without bound.

#include "dtls/ocf_suite/reassembly.h"
#include "recorded.h"

#include <fstream>
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define OCF_SUITE_TEST_OTHER_HEAP
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OCF_SUITE_TEST_OTHER_HEAP
#endif
#endif

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

class Damaged : public ::testing::TestWithParam<Suite> {};

INSTANTIATE_TEST_SUITE_P(Suites, Damaged, ::testing::Values(kAnon, kPsk),
                         [](const auto& test) { return test.param == kAnon ? "Anon" : "Psk"; });

// One handshake with its nth datagram changed once; what is lost by it is repeated.
void expectSafe(Suite suite, std::size_t nth, const std::function<Bytes(Bytes)>& damage) {
    Pair pair;
    std::size_t count = 0;
    pair.wire = [&](bool, const Bytes& octets) { return std::vector<Bytes>{count++ == nth ? damage(octets) : octets}; };
    pair.connect(suite);
    pair.advance(3s);
    if (!pair.established())
        return;
    ASSERT_TRUE(pair.server.session->keyBlock()->equals(pair.client.session->keyBlock()->view()));
    pair.clientSend("works");
    ASSERT_EQ(pair.server.messages.size(), 1u);
    EXPECT_EQ(textOf(pair.server.messages[0]), "works");
}

std::vector<std::size_t> handshakeSizes(Suite suite) {
    Pair pair;
    std::vector<std::size_t> out;
    pair.wire = [&](bool, const Bytes& octets) {
        out.push_back(octets.size());
        return std::vector<Bytes>{octets};
    };
    pair.connect(suite);
    return out;
}

} // namespace

TEST_P(Damaged, EveryTruncationIsSurvived) {
    const auto sizes = handshakeSizes(GetParam());
    ASSERT_EQ(sizes.size(), 4u);
    for (std::size_t nth = 0; nth < sizes.size(); ++nth)
        for (std::size_t size = 0; size < sizes[nth]; ++size) {
            SCOPED_TRACE(std::to_string(nth) + " cut to " + std::to_string(size));
            expectSafe(GetParam(), nth, [&](Bytes octets) {
                octets.resize(size);
                return octets;
            });
        }
}

TEST_P(Damaged, EveryChangedOctetIsSurvived) {
    const auto sizes = handshakeSizes(GetParam());
    for (std::size_t nth = 0; nth < sizes.size(); ++nth)
        for (std::size_t at = 0; at < sizes[nth]; ++at)
            for (const int flip : {0x01, 0xff}) {
                SCOPED_TRACE(std::to_string(nth) + " changed at " + std::to_string(at));
                expectSafe(GetParam(), nth, [&](Bytes octets) {
                    octets[at] = static_cast<std::uint8_t>(octets[at] ^ flip);
                    return octets;
                });
            }
}

// Nothing a man in the middle changes in the messages passes the Finished: checked field by field on the transcript.
TEST_P(Damaged, ChangedMessagesNeverEstablish) {
    const auto sizes = handshakeSizes(GetParam());
    for (std::size_t at = kRecordHeader + kHandshakeHeader; at < sizes[0]; ++at) {
        SCOPED_TRACE(at);
        Pair pair;
        pair.wire = [&](bool toServer, const Bytes& octets) { // every copy of the hello, the same way
            auto copy = octets;
            if (toServer && copy.size() == sizes[0] && copy[kRecordHeader] == 1)
                copy[at] ^= 1;
            return std::vector<Bytes>{copy};
        };
        pair.connect(GetParam());
        pair.advance(60s);
        EXPECT_NE(pair.server.session->phase(), Phase::established);
        EXPECT_NE(pair.client.session->phase(), Phase::established);
    }
}

TEST_P(Damaged, RandomDatagramsAreSurvivedInEveryPhase) {
    SeededRandom random{77};
    for (int round = 0; round < 400; ++round) {
        Pair pair{static_cast<std::uint64_t>(round)};
        pair.startServer(serverOf(GetParam()));
        pair.startClient(clientOf(GetParam()));
        for (int step = round % 5; step > 0 && !pair.queue.empty(); --step) {
            const auto next = pair.queue.front();
            pair.queue.pop_front();
            pair.deliver(next.first, next.second);
        }
        for (int i = 0; i < 50; ++i) {
            Bytes noise(random.below(200));
            random.fill(noise);
            if (noise.size() > kRecordHeader + kHandshakeHeader) { // looks like a record, mostly of handshake
                const Bytes head{static_cast<std::uint8_t>(20 + random.below(4)), 0xfe, 0xfd, 0,
                                 static_cast<std::uint8_t>(random.below(2))};
                std::ranges::copy(head, noise.begin());
                noise[11] = 0;
                noise[12] = static_cast<std::uint8_t>(noise.size() - kRecordHeader);
                noise[13] = std::array<std::uint8_t, 6>{1, 2, 3, 12, 16, 20}[random.below(6)];
                std::fill_n(noise.begin() + 14, 11, std::uint8_t{0});
                noise[18] = static_cast<std::uint8_t>(random.below(4));
                noise[16] = noise[24] = static_cast<std::uint8_t>(noise.size() - kRecordHeader - kHandshakeHeader);
            }
            pair.deliver(random.below(2) == 0, noise);
        }
        pair.run();
        if (pair.established()) {
            EXPECT_TRUE(pair.server.session->keyBlock()->equals(pair.client.session->keyBlock()->view()));
        }
    }
}

TEST(Memory, HeldRecordsAreFew) {
#ifdef OCF_SUITE_TEST_OTHER_HEAP
    GTEST_SKIP() << "the sanitizer's heap is another one";
#endif
    Pair pair;
    pair.answerKey = false;
    pair.startServer(serverOf(kPsk));
    pair.startClient(clientOf(kPsk));
    pair.deliver(true, pair.queue.front().second);
    SeededRandom random{1};
    const auto before = ::mallinfo2().uordblks;
    for (std::uint64_t i = 0; i < 10000; ++i) {
        const Bytes junk(480, 1);
        pair.deliver(true, Writer{}.u8(22).u16(0xfefd).u16(1).u48(i).u16(junk.size()).bytes(junk).view());
        pair.deliver(true, Writer{}.u8(23).u16(0xfefd).u16(1).u48(i).u16(junk.size()).bytes(junk).view());
    }
    EXPECT_LT(::mallinfo2().uordblks - before, 8192u);
}

// Design: at most 3 kB an idle session.
TEST(Memory, IdleSessionIsSmall) {
#ifdef OCF_SUITE_TEST_OTHER_HEAP
    GTEST_SKIP() << "the sanitizer's heap is another one";
#endif
    constexpr std::size_t kSessions = 2000;
    const auto resident = [] {
        std::size_t size = 0, pages = 0;
        std::ifstream{"/proc/self/statm"} >> size >> pages;
        return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    };
    std::vector<std::unique_ptr<Session>> idle;
    idle.reserve(kSessions + 200);
    SeededRandom random{5};
    const auto add = [&] {
        Pair pair;
        Output toServer, toClient;
        idle.push_back(makeServer(serverOf(kPsk), random, pair.now));
        auto& server = *idle.back();
        const auto client = makeClient(clientOf(kPsk), random, pair.now, toServer);
        for (int i = 0; i < 2; ++i) {
            for (const auto& datagram : std::exchange(toServer.datagrams, {}))
                server.feed(datagram, pair.now, toClient);
            if (server.phase() == Phase::waitingForKey)
                server.provideKey(shareSecret(kKey), pair.now, toClient);
            for (const auto& datagram : std::exchange(toClient.datagrams, {}))
                client->feed(datagram, pair.now, toServer);
        }
        ASSERT_EQ(client->phase(), Phase::established);
        client->send(viewOf("hello"), pair.now, toServer);
        server.feed(toServer.datagrams.back(), pair.now, toClient);
        ASSERT_FALSE(server.deadline());
    };
    for (int i = 0; i < 200; ++i)
        add();
    const auto before = resident();
    for (std::size_t i = 0; i < kSessions; ++i)
        add();
    const auto each = (resident() - before) / kSessions;
    RecordProperty("octets per idle session", static_cast<int>(each));
    EXPECT_LE(each, 3000u);
}

} // namespace ocfsecd::dtls::ocf_suite::test
