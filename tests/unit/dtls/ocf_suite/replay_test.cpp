// The reference client's recorded datagrams against our server, whose randoms, session id, ephemeral key and IVs are
// the reference device's: every octet of ours must be what the device sent.

#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

class Replay : public ::testing::TestWithParam<std::size_t> {
protected:
    const Recording& recording() const { return kGoodRecordings[GetParam()]; }

    /// All our server draws until it is established, then the IVs.
    void prepare() {
        random.say(hex(recording().secrets.serverRandom));
        random.say(parseServerHello(bodyOf(recording(), MessageType::serverHello)).value.sessionId);
        random.say(hex(recording().secrets.serverScalar));
        for (const auto& datagram : recording().datagrams)
            if (!datagram.toServer) {
                const auto octets = hex(datagram.hex);
                for (const auto& record : recordsOf(octets))
                    if (record.epoch == 1)
                        random.say(record.fragment.first(16));
            }
        ServerParameters parameters;
        parameters.suites = {recording().suite};
        if (recording().suite == kPsk)
            parameters.pskHint =
                parseServerKeyExchange(bodyOf(recording(), MessageType::serverKeyExchange), kPsk).value.hint;
        server = makeServer(std::move(parameters), random, now);
    }

    Output feed(std::size_t index) {
        Output out;
        server->feed(hex(recording().datagrams[index].hex), now, out);
        return out;
    }
    std::string recorded(std::size_t index) const { return std::string{recording().datagrams[index].hex}; }

    TimePoint now{std::chrono::hours{1}};
    ScriptedRandom random;
    std::unique_ptr<Session> server;
};

INSTANTIATE_TEST_SUITE_P(Recorded, Replay, ::testing::Values(0u, 1u, 2u),
                         [](const auto& test) { return kGoodRecordings[test.param].name; });

} // namespace

TEST_P(Replay, ServerAnswersTheRecordedClientOctetForOctet) {
    prepare();
    auto out = feed(2); // the hello with the cookie
    ASSERT_EQ(out.datagrams.size(), 1u);
    EXPECT_EQ(toHex(out.datagrams[0]), recorded(3));

    out = feed(4);
    if (recording().suite == kPsk) {
        EXPECT_TRUE(out.datagrams.empty());
        ASSERT_EQ(server->phase(), Phase::waitingForKey);
        EXPECT_EQ(server->identity().size(), 16u);
        server->provideKey(shareSecret(hex(recording().secrets.psk)), now, out);
    }
    ASSERT_EQ(server->phase(), Phase::established);
    ASSERT_EQ(out.datagrams.size(), 1u);
    EXPECT_EQ(toHex(out.datagrams[0]), recorded(5));
    const auto block = server->keyBlock();
    ASSERT_TRUE(block);
    EXPECT_EQ(toHex(block->view()), recording().secrets.keyBlock);

    for (std::size_t i = 6; i < recording().datagrams.size(); ++i) {
        const auto& datagram = recording().datagrams[i];
        const auto octets = hex(datagram.hex);
        if (recordsOf(octets)[0].type == ContentType::alert)
            break;
        Output step;
        if (datagram.toServer) {
            server->feed(octets, now, step);
            ASSERT_EQ(step.messages.size(), 1u);
            EXPECT_EQ(toHex(step.messages[0]), datagram.message);
        } else if (i < 10) { // from there on the recording is a selection, record numbers have gaps
            server->send(hex(datagram.message), now, step);
            ASSERT_EQ(step.datagrams.size(), 1u);
            EXPECT_EQ(toHex(step.datagrams[0]), datagram.hex);
        }
    }
}

TEST(ReplayOne, RecordedCloseNotifyClosesAndIsAnswered) {
    ScriptedRandom random;
    const auto& recording = kGoodRecordings[2];
    random.say(hex(recording.secrets.serverRandom));
    random.say(parseServerHello(bodyOf(recording, MessageType::serverHello)).value.sessionId);
    random.say(hex(recording.secrets.serverScalar));
    const TimePoint now{std::chrono::hours{1}};
    ServerParameters parameters;
    parameters.suites = {kPsk};
    parameters.pskHint = parseServerKeyExchange(bodyOf(recording, MessageType::serverKeyExchange), kPsk).value.hint;
    const auto server = makeServer(std::move(parameters), random, now);
    Output out;
    server->feed(hex(recording.datagrams[2].hex), now, out);
    server->feed(hex(recording.datagrams[4].hex), now, out);
    server->provideKey(shareSecret(hex(recording.secrets.psk)), now, out);
    ASSERT_EQ(server->phase(), Phase::established);
    out = {};
    server->feed(hex(recording.datagrams[10].hex), now, out);
    EXPECT_EQ(server->phase(), Phase::closed);
    EXPECT_EQ(server->closeReason().cause, Close::Cause::peerCloseNotify);
    ASSERT_EQ(out.datagrams.size(), 1u);
    const auto content = Protection{hex(recording.secrets.keyBlock), Role::client}.open(recordsOf(out.datagrams[0])[0]);
    ASSERT_TRUE(content);
    EXPECT_EQ(toHex(*content), "0100");
}

// A handshake must not tell good keys from bad ones but by the one Finished: an authentic record of another type, which
// would move the replay window, is not even opened.
TEST_P(Replay, NothingProtectedCountsBeforeTheFinished) {
    prepare();
    feed(2);
    const auto flight = hex(recording().datagrams[4].hex);
    const auto records = recordsOf(flight);
    ASSERT_EQ(records.size(), 3u);
    Output out;
    server->feed(Writer{}.bytes(records[0].whole).bytes(records[1].whole).view(), now, out);
    if (recording().suite == kPsk)
        server->provideKey(shareSecret(hex(recording().secrets.psk)), now, out);
    const Protection client{hex(recording().secrets.keyBlock), Role::client};
    SeededRandom iv{3};
    for (const auto& [type, content] : {std::pair{ContentType::alert, Bytes{1, alert::userCanceled}},
                                        std::pair{ContentType::alert, Bytes{2, alert::userCanceled}},
                                        std::pair{ContentType::applicationData, Bytes{1}}})
        server->feed(client.seal({type, 1, 1000}, content, iv), now, out);
    EXPECT_EQ(server->phase(), Phase::handshaking);
    server->feed(records[2].whole, now, out);
    EXPECT_EQ(server->phase(), Phase::established);
    EXPECT_TRUE(out.messages.empty());
}

// Facts 4.1 D5b: the recorded device's answer to a wrong PIN, octet for octet.
TEST(ReplayOne, RecordedWrongPinGetsTheRecordedAlert) {
    SeededRandom random{1};
    const TimePoint now{std::chrono::hours{1}};
    ServerParameters parameters;
    parameters.suites = {kPsk};
    parameters.pskHint = hex("6f69632e7365632e646f786d2e7264703a0102030405060708090a0b0c0d0e0f10");
    const auto server = makeServer(std::move(parameters), random, now);
    Output out;
    server->feed(hex(kWrongPin[2].hex), now, out);
    out = {};
    server->feed(hex(kWrongPin[4].hex), now, out);
    ASSERT_EQ(server->phase(), Phase::waitingForKey);
    EXPECT_EQ(textOf(server->identity()), "oic.sec.doxm.rdp");
    server->provideKey(shareSecret(kKey), now, out);
    ASSERT_EQ(server->phase(), Phase::closed);
    EXPECT_EQ(server->closeReason().cause, Close::Cause::handshakeFailed);
    EXPECT_EQ(server->closeReason().alert, alert::badRecordMac);
    ASSERT_EQ(out.datagrams.size(), 1u);
    EXPECT_EQ(toHex(out.datagrams[0]), kWrongPin[5].hex);
}

} // namespace ocfsecd::dtls::ocf_suite::test
