#include "captured_messages.h"
#include "client_fixture.h"

#include <algorithm>

namespace ocfsecd::coap {

TEST_F(CoapClient, WritesRequestsAsTheReferenceToolDoes) {
    const auto* captured =
        std::ranges::find(kCapturedMessages, std::string_view{"just-works 18"}, &CapturedMessage::name);
    ASSERT_NE(captured, std::end(kCapturedMessages));
    auto recorded = *decode(*fromHex(captured->hex));
    client.call(securePeer(), {.method = Method::post, .path = "/oic/sec/pstat", .payload = recorded.payload}, now);
    const auto message = sent();
    EXPECT_EQ(message.token.size(), 8U);
    recorded.id = message.id;
    recorded.token = message.token;
    EXPECT_EQ(message, recorded);
}

TEST_F(CoapClient, TakesAPiggybackedAnswer) {
    const auto id = client.call(securePeer(), kGet, now);
    const auto request = sent();
    EXPECT_EQ(request.type, Type::confirmable);
    const auto answers = receive(piggybacked(request, code::content, {0xA0}));
    EXPECT_EQ(responseIn(answers).payload, Bytes{0xA0});
    EXPECT_EQ(answers[0].id, id);
    EXPECT_TRUE(answers[0].last);
    EXPECT_EQ(answers[0].from, securePeer());
    EXPECT_FALSE(client.deadline());
    EXPECT_TRUE(receive(piggybacked(request)).empty()) << "a duplicate";
}

TEST_F(CoapClient, TakesASeparateAnswerAndAcknowledgesItsDuplicates) {
    client.call(securePeer(), kGet, now);
    const auto request = sent();
    EXPECT_TRUE(receive({.type = Type::acknowledgement, .id = request.id}).empty());
    now += 10s;
    EXPECT_TRUE(client.tick(now).empty());
    EXPECT_TRUE(client.takeOutgoing().empty()) << "acknowledged: not sent again";
    const Message answer{.type = Type::confirmable, .code = code::content, .id = 0x77, .token = request.token};
    (void)responseIn(receive(answer));
    EXPECT_EQ(toHex(encode(sent())), "60000077");
    EXPECT_TRUE(receive(answer).empty());
    EXPECT_EQ(toHex(encode(sent())), "60000077");
}

TEST_F(CoapClient, TheSeparateAnswerMayOvertakeTheAcknowledgement) {
    client.call(securePeer(), kGet, now);
    const auto request = sent();
    (void)responseIn(receive({.type = Type::nonConfirmable, .code = code::content, .id = 9, .token = request.token}));
    EXPECT_TRUE(receive({.type = Type::acknowledgement, .id = request.id}).empty());
}

TEST_F(CoapClient, RetransmitsAndGivesUp) {
    client.call(securePeer(), kGet, now);
    const auto first = sent();
    std::vector<Answer> answers;
    std::size_t copies = 1;
    while (answers.empty()) {
        now = *client.deadline();
        answers = client.tick(now);
        for (const auto& outgoing : client.takeOutgoing()) {
            EXPECT_EQ(read(outgoing), first);
            ++copies;
        }
        ASSERT_LE(copies, 5U);
    }
    EXPECT_EQ(failureIn(answers), Reason::timedOut);
    EXPECT_EQ(now, kStart + 30s) << "the response's time-out comes before the last acknowledgement's";
    EXPECT_GE(copies, 4U);
}

TEST_F(CoapClient, AnAcknowledgedRequestIsNotWaitedForForever) {
    client.call(securePeer(), kGet, now);
    (void)receive({.type = Type::acknowledgement, .id = sent().id});
    now += 29s;
    EXPECT_TRUE(client.tick(now).empty());
    now += 1s;
    EXPECT_EQ(failureIn(client.tick(now)), Reason::timedOut);
}

TEST_F(CoapClient, AResetEndsTheCall) {
    client.call(securePeer(), kGet, now);
    EXPECT_EQ(failureIn(receive({.type = Type::reset, .id = sent().id})), Reason::unavailable);
}

TEST_F(CoapClient, AnswersOfOthersChangeNothing) {
    client.call(securePeer(), kGet, now);
    const auto request = sent();
    EXPECT_TRUE(receive(piggybacked(request), securePeer(2)).empty()) << "another session";
    auto forged = piggybacked(request);
    forged.token[7] ^= 1;
    EXPECT_TRUE(receive(forged).empty()) << "another token";
    EXPECT_TRUE(receive({.type = Type::reset, .id = static_cast<std::uint16_t>(request.id + 1)}).empty());
    (void)client.takeOutgoing();
    EXPECT_TRUE(receive({.type = Type::confirmable, .code = code::content, .id = 5, .token = forged.token}).empty());
    EXPECT_EQ(toHex(encode(sent())), "70000005") << "nobody asked";
    (void)responseIn(receive(piggybacked(request)));
}

TEST_F(CoapClient, PingsRequestsAndGarbageAreReset) {
    EXPECT_TRUE(receive({.type = Type::confirmable, .id = 1}).empty());
    EXPECT_EQ(toHex(encode(sent())), "70000001");
    EXPECT_TRUE(receive(requestMessage(code::get, 2)).empty());
    EXPECT_EQ(toHex(encode(sent())), "70000002");
    EXPECT_TRUE(client.receive(securePeer(), *fromHex("4f010003"), now).empty());
    EXPECT_EQ(toHex(encode(sent())), "70000003");
    EXPECT_TRUE(client.receive(securePeer(), *fromHex("5f01"), now).empty());
    EXPECT_TRUE(client.takeOutgoing().empty());
}

TEST_F(CoapClient, OneRequestAtATimeGoesToADevice) {
    const auto first = client.call(securePeer(1), kGet, now);
    const auto second = client.call(securePeer(1), kGet, now);
    const auto third = client.call(securePeer(1), kGet, now);
    const auto request = sent();
    client.call(securePeer(2), kGet, now);
    EXPECT_EQ(client.takeOutgoing().size(), 1U) << "another device need not wait";
    client.cancel(second);
    EXPECT_EQ(receive(piggybacked(request), securePeer(1)).at(0).id, first);
    EXPECT_LE(*client.deadline(), now);
    EXPECT_TRUE(client.tick(now).empty());
    EXPECT_EQ(receive(piggybacked(sent()), securePeer(1)).at(0).id, third);
}

TEST_F(CoapClient, ACancelledCallLetsTheNextOneGo) {
    const auto first = client.call(securePeer(), kGet, now);
    const auto second = client.call(securePeer(), kGet, now);
    const auto request = sent();
    client.cancel(first);
    client.cancel(12345);
    EXPECT_TRUE(receive(piggybacked(request)).empty());
    EXPECT_TRUE(client.tick(now).empty());
    EXPECT_EQ(receive(piggybacked(sent())).at(0).id, second);
}

TEST_F(CoapClient, AnEndedSessionEndsItsCalls) {
    client.call(securePeer(1), kGet, now);
    client.call(securePeer(1), kGet, now);
    client.call(securePeer(2), kGet, now);
    const auto ended = client.dropSession(1);
    ASSERT_EQ(ended.size(), 2U);
    for (const auto& answer : ended)
        EXPECT_EQ(std::get<Failure>(answer.outcome).reason, Reason::unavailable);
    EXPECT_TRUE(client.dropSession(0).empty());
    EXPECT_EQ(client.dropSession(2).size(), 1U);
    EXPECT_FALSE(client.deadline());
}

TEST_F(CoapClient, TokensAndIdsAreFreshForEveryMessage) {
    std::set<Bytes> tokens;
    std::set<std::uint16_t> firstIds;
    for (std::uint64_t session = 1; session <= 50; ++session) {
        client.call(securePeer(session), kGet, now);
        const auto message = sent();
        tokens.insert(message.token);
        firstIds.insert(message.id);
    }
    EXPECT_EQ(tokens.size(), 50U);
    EXPECT_GT(firstIds.size(), 45U) << "ids start at random per peer";
}

TEST_F(CoapClient, AsksOlderDevicesInTheLegacyFormat) {
    client.call(securePeer(), kGet, now);
    EXPECT_TRUE(receive(piggybacked(sent(), code::notAcceptable)).empty());
    const auto again = sent();
    EXPECT_EQ(again.findNumber(option::accept), 60U);
    EXPECT_FALSE(again.find(option::ocfAcceptVersion));
    EXPECT_EQ(responseIn(receive(piggybacked(again, code::notAcceptable))).code, code::notAcceptable) << "once";
    auto request = kGet;
    request.accept = kFormatOcfCbor;
    client.call(securePeer(), request, now);
    EXPECT_EQ(responseIn(receive(piggybacked(sent(), code::notAcceptable))).code, code::notAcceptable)
        << "what the caller asked for is the caller's";
}

TEST_F(CoapClient, AnUnknownCriticalOptionInAnAnswerIsNoAnswer) {
    client.call(securePeer(), kGet, now);
    auto answer = piggybacked(sent());
    answer.add(65001, {});
    EXPECT_EQ(failureIn(receive(answer)), Reason::badOption);
}

TEST_F(CoapClient, CollectsTheAnswersToMulticastUntilItsWindowIsOver) {
    const auto id = client.callMulticast(multicastGroup(), {.path = "/oic/res", .query = {"rt=oic.r.doxm"}}, now);
    const auto request = sent();
    EXPECT_EQ(request.type, Type::nonConfirmable);
    EXPECT_EQ(request.findNumber(option::accept), 10000U);
    for (std::uint16_t peer = 1; peer <= 3; ++peer) {
        const Message answer{.type = peer == 2 ? Type::confirmable : Type::nonConfirmable, // IoTivity-Lite (facts 7.4)
                             .code = code::content,
                             .id = 5,
                             .token = request.token,
                             .payload = {0x80}};
        const auto answers = receive(answer, clearPeer(peer));
        EXPECT_EQ(responseIn(answers).payload, Bytes{0x80});
        EXPECT_EQ(answers[0].id, id);
        EXPECT_EQ(answers[0].from, clearPeer(peer));
        EXPECT_FALSE(answers[0].last);
        EXPECT_TRUE(receive(answer, clearPeer(peer)).empty()) << "its duplicate";
    }
    for (const auto& outgoing : client.takeOutgoing())
        EXPECT_EQ(toHex(outgoing.datagram), "60000005");
    const Message late{.type = Type::nonConfirmable, .code = code::content, .id = 6, .token = request.token};
    auto elsewhere = clearPeer(4);
    elsewhere.socket = 77;
    EXPECT_TRUE(receive(late, elsewhere).empty()) << "another socket";
    EXPECT_TRUE(receive(late, securePeer()).empty()) << "a session is no group";
    now += 5s;
    const auto end = client.tick(now);
    EXPECT_EQ(failureIn(end), Reason::timedOut);
    EXPECT_TRUE(end[0].last);
    EXPECT_EQ(end[0].id, id);
    EXPECT_TRUE(receive(late, clearPeer(4)).empty());
    EXPECT_FALSE(client.deadline());
}

TEST_F(CoapClient, FetchesTheRestOfAMulticastAnswerFromItsSender) {
    const auto body = patterned(1500);
    const auto id = client.callMulticast(multicastGroup(), {.path = "/oic/res"}, now);
    const auto request = sent();
    const Message first{.type = Type::nonConfirmable,
                        .code = code::content,
                        .id = 5,
                        .token = request.token,
                        .payload = copyOf(ByteView{body}.first(1024))};
    EXPECT_TRUE(receive(withBlock(first, option::block2, {0, true, 6}), clearPeer(1)).empty());
    EXPECT_TRUE(client.tick(now).empty());
    const auto next = sent();
    EXPECT_EQ(next.type, Type::confirmable);
    EXPECT_EQ(blockOf(next, option::block2), (Block{1, false, 6}));
    now += 5s;
    EXPECT_TRUE(std::ranges::none_of(client.tick(now), [](const Answer& a) { return a.last; }))
        << "the window waits for what is being fetched";
    (void)client.takeOutgoing();
    const auto answers = receive(withBlock(piggybacked(next, code::content, copyOf(ByteView{body}.subspan(1024))),
                                           option::block2, {1, false, 6}),
                                 clearPeer(1));
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0].id, id);
    EXPECT_EQ(answers[0].from, clearPeer(1));
    EXPECT_FALSE(answers[0].last);
    EXPECT_EQ(std::get<Response>(answers[0].outcome).payload, body);
    EXPECT_TRUE(answers[1].last);
}

TEST_F(CoapClient, ACancelledMulticastIsSilent) {
    const auto id = client.callMulticast(multicastGroup(), {.path = "/oic/res"}, now);
    const auto request = sent();
    const Message first{.type = Type::nonConfirmable,
                        .code = code::content,
                        .id = 5,
                        .token = request.token,
                        .payload = patterned(1024)};
    (void)receive(withBlock(first, option::block2, {0, true, 6}), clearPeer(1));
    client.cancel(id);
    now += 60s;
    EXPECT_TRUE(client.tick(now).empty());
    EXPECT_FALSE(client.deadline());
    EXPECT_TRUE(client.takeOutgoing().empty());
}

TEST_F(CoapClient, BoundsWhatItRemembersOfAMulticast) {
    client.callMulticast(multicastGroup(), {.path = "/oic/res"}, now);
    const auto request = sent();
    std::size_t taken = 0;
    for (std::uint16_t n = 0; n < 3000; ++n)
        taken += receive({.type = Type::nonConfirmable, .code = code::content, .id = n, .token = request.token},
                         clearPeer(n))
                     .size();
    EXPECT_EQ(taken, 1024U);
}

} // namespace ocfsecd::coap
