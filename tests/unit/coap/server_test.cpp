#include "coap/server.h"

#include "coap/answer.h"
#include "world.h"

namespace ocfsecd::coap {

namespace {

class CoapServer : public ServerFixture {
protected:
    std::optional<Incoming> receive(const Message& message, const Channel& channel = clearPeer(),
                                    bool multicast = false) {
        auto incoming = server.receive(channel, multicast, encode(message), now);
        EXPECT_TRUE(incoming.ok());
        return incoming ? *std::move(incoming) : std::nullopt;
    }
    /// What a request that the server judges by itself is answered with.
    Message refusal(const Message& message, const Channel& channel = clearPeer()) {
        EXPECT_FALSE(server.receive(channel, false, encode(message), now).ok()) << "it is told of";
        return answer();
    }
};

} // namespace

TEST_F(CoapServer, PiggybacksAQuickAnswer) {
    const auto request = requestMessage(code::get, 0x1234, "/oic/d");
    const auto incoming = receive(request);
    ASSERT_TRUE(incoming);
    EXPECT_EQ(incoming->request.path, "/oic/d");
    EXPECT_EQ(incoming->channel, clearPeer());
    EXPECT_FALSE(incoming->multicast);
    server.respond(incoming->id, {.payload = {0xA0}}, now);
    const auto message = answer();
    EXPECT_EQ(message.type, Type::acknowledgement);
    EXPECT_EQ(message.id, 0x1234);
    EXPECT_EQ(message.token, request.token);
    EXPECT_EQ(message.code, code::content);
    EXPECT_FALSE(server.hasPending(clearPeer()));
    pass(300s);
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(server.usage().exchanges, 0U);
    EXPECT_EQ(server.usage().peers, 0U);
    EXPECT_FALSE(server.deadline());
}

TEST_F(CoapServer, AnswersSeparatelyWhatTakesLonger) {
    const auto request = requestMessage(code::post, 7, "/oic/sec/pstat");
    const auto incoming = receive(request, securePeer());
    ASSERT_TRUE(incoming);
    EXPECT_EQ(server.deadline(), now + 100ms);
    pass(99ms);
    EXPECT_TRUE(sent().empty());
    pass(1ms);
    EXPECT_EQ(toHex(encode(answer())), "60000007");

    now += 5s;
    server.respond(incoming->id, {.code = code::changed}, now);
    const auto separate = answer();
    EXPECT_EQ(separate.type, Type::confirmable);
    EXPECT_EQ(separate.token, request.token);
    EXPECT_EQ(separate.code, code::changed);
    EXPECT_TRUE(server.hasPending(securePeer()));
    EXPECT_FALSE(server.hasPending(securePeer(2)));

    EXPECT_FALSE(receive({.type = Type::acknowledgement, .id = separate.id}, securePeer()));
    EXPECT_FALSE(server.hasPending(securePeer()));
    pass(100s);
    EXPECT_TRUE(sent().empty()) << "acknowledged: not sent again";
}

TEST_F(CoapServer, RetransmitsASeparateAnswerWithDoublingPauses) {
    const auto incoming = receive(requestMessage(code::get, 7), securePeer());
    pass(100ms);
    server.respond(incoming->id, {}, now);
    const auto first = sent().back();
    std::vector<Duration> pauses;
    while (server.hasPending(securePeer())) {
        const auto before = now;
        now = *server.deadline();
        server.tick(now);
        pauses.push_back(std::chrono::duration_cast<Duration>(now - before));
        for (const auto& again : sent())
            EXPECT_EQ(again, first);
        ASSERT_LE(pauses.size(), 5U);
    }
    ASSERT_EQ(pauses.size(), 5U) << "four retransmissions, then given up (RFC 7252 4.2)";
    EXPECT_GE(pauses[0], 2s);
    EXPECT_LE(pauses[0], 3s);
    for (std::size_t i = 1; i < pauses.size(); ++i)
        EXPECT_EQ(pauses[i], 2 * pauses[i - 1]);
}

TEST_F(CoapServer, AResetEndsTheRetransmission) {
    const auto incoming = receive(requestMessage(code::get, 7), securePeer());
    pass(100ms);
    server.respond(incoming->id, {}, now);
    const auto separate = sent().back();
    EXPECT_FALSE(receive({.type = Type::reset, .id = separate.id}, securePeer()));
    EXPECT_FALSE(server.hasPending(securePeer()));
}

TEST_F(CoapServer, ForeignAcknowledgementsChangeNothing) {
    const auto incoming = receive(requestMessage(code::get, 7), securePeer());
    pass(100ms);
    server.respond(incoming->id, {}, now);
    const auto separate = sent().back();
    EXPECT_FALSE(receive({.type = Type::acknowledgement, .id = separate.id}, securePeer(2)));
    EXPECT_FALSE(
        receive({.type = Type::acknowledgement, .id = static_cast<std::uint16_t>(separate.id + 1)}, securePeer()));
    EXPECT_TRUE(server.hasPending(securePeer()));
}

TEST(Conformance, CO_07_dedup) {
    // Resend POST s=0 (the recorded one of a hard reset): it must not come out twice, however late its copy is.
    const Bytes reset =
        *fromHex("480264db033cf0dbb0a8ebdab36f696303736563057073746174122710522710e206e30800420800ffbf63646f73"
                 "bf617300ffff");
    RepeatableRandom random;
    Server server{{}, random};
    auto now = kStart;
    const auto receive = [&] { return *server.receive(securePeer(), false, reset, now); };
    const auto first = receive();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->request.path, "/oic/sec/pstat");

    EXPECT_FALSE(receive()) << "while it is worked on";
    ASSERT_EQ(server.takeOutgoing().size(), 1U) << "the empty acknowledgement";
    now += 20s;
    server.respond(first->id, {.code = code::changed}, now);
    const auto separate = server.takeOutgoing();
    ASSERT_EQ(separate.size(), 1U);
    EXPECT_EQ(read(separate[0]).type, Type::confirmable);
    EXPECT_FALSE(receive()) << "while the answer is under way";
    EXPECT_EQ(toHex(server.takeOutgoing().at(0).datagram), "600064db");
    EXPECT_FALSE(*server.receive(securePeer(), false, encodeEmpty(Type::acknowledgement, read(separate[0]).id), now));
    now += 200s;
    EXPECT_FALSE(receive()) << "after the answer arrived";
    EXPECT_EQ(toHex(server.takeOutgoing().at(0).datagram), "600064db");
    EXPECT_TRUE(*server.receive(securePeer(2), false, reset, now)) << "another session's is another request";
    now = kStart + 248s;
    EXPECT_TRUE(receive()) << "the exchange's lifetime is over (RFC 7252 4.8.2)";
}

TEST_F(CoapServer, ADuplicateGetsThePiggybackedAnswerAgain) {
    const auto request = requestMessage(code::get, 7);
    const auto incoming = receive(request);
    server.respond(incoming->id, {.payload = {0xA0}}, now);
    const auto first = answer();
    for (int i = 0; i < 3; ++i) {
        pass(10s);
        EXPECT_FALSE(receive(request));
        EXPECT_EQ(answer(), first);
    }
}

TEST_F(CoapServer, TheSameIdWithAnotherTokenIsAnotherRequest) {
    auto request = requestMessage(code::get, 7);
    ASSERT_TRUE(receive(request));
    request.token = {9, 9};
    const auto second = receive(request);
    ASSERT_TRUE(second);
    server.respond(second->id, {}, now);
    EXPECT_EQ(answer().token, (Bytes{9, 9}));
}

TEST_F(CoapServer, TheSameIdFromAnotherPortOrSocketIsAnotherRequest) {
    const auto request = requestMessage(code::get, 7);
    EXPECT_TRUE(receive(request));
    auto port = clearPeer();
    port.peer = port.peer.withPort(1);
    EXPECT_TRUE(receive(request, port));
    auto socket = clearPeer();
    socket.socket = 9;
    EXPECT_TRUE(receive(request, socket));
    EXPECT_TRUE(receive(request, securePeer()));
}

TEST_F(CoapServer, ANonConfirmableRequestGetsANonConfirmableAnswerOnce) {
    const auto request = requestMessage(code::get, 7, "/oic/d", Type::nonConfirmable);
    const auto incoming = receive(request);
    ASSERT_TRUE(incoming);
    pass(1s);
    EXPECT_TRUE(sent().empty()) << "nothing to acknowledge";
    server.respond(incoming->id, {}, now);
    EXPECT_EQ(answer().type, Type::nonConfirmable);
    EXPECT_FALSE(receive(request));
    EXPECT_TRUE(sent().empty());
    EXPECT_FALSE(server.hasPending(clearPeer()));
}

TEST_F(CoapServer, PingsAndUnaskedAnswersAreReset) {
    EXPECT_FALSE(receive({.type = Type::confirmable, .code = code::empty, .id = 0x0102}));
    EXPECT_EQ(toHex(encode(answer())), "70000102");
    EXPECT_FALSE(receive({.type = Type::confirmable, .code = code::content, .id = 3, .token = {1}}));
    EXPECT_EQ(toHex(encode(answer())), "70000003");
    EXPECT_FALSE(receive({.type = Type::nonConfirmable, .code = code::content, .id = 4}));
    EXPECT_FALSE(receive({.type = Type::acknowledgement, .code = code::content, .id = 4}));
    EXPECT_FALSE(receive({.type = Type::reset, .id = 4}));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(server.usage().exchanges, 0U);
}

TEST_F(CoapServer, AMalformedDatagramIsReportedAndResetWhenConfirmable) {
    const auto receiveHex = [&](std::string_view hex, bool multicast) {
        const auto result = server.receive(clearPeer(), multicast, *fromHex(hex), now);
        EXPECT_FALSE(result.ok());
        if (!result.ok()) {
            EXPECT_EQ(result.failure().reason, Reason::malformed);
        }
        return server.takeOutgoing();
    };
    const auto reset = receiveHex("40010001ff", false);
    ASSERT_EQ(reset.size(), 1U);
    EXPECT_EQ(toHex(reset[0].datagram), "70000001");
    EXPECT_TRUE(receiveHex("40010001ff", true).empty()) << "never an error to multicast";
    EXPECT_TRUE(receiveHex("50010001ff", false).empty());
    EXPECT_TRUE(receiveHex("80010001", false).empty()) << "another version is ignored silently";
    EXPECT_TRUE(receiveHex("4001", false).empty());
}

TEST_F(CoapServer, AnUnknownCriticalOptionIsBadOptionOrReset) {
    auto request = requestMessage(code::get, 7);
    request.add(65001, {});
    const auto refused = refusal(request);
    EXPECT_EQ(refused.code, code::badOption);
    EXPECT_EQ(refused.type, Type::acknowledgement);
    EXPECT_EQ(refused.token, request.token);
    EXPECT_EQ(refusal(request), refused) << "a duplicate is judged the same";
    request.type = Type::nonConfirmable;
    EXPECT_EQ(toHex(encode(refusal(request))), "70000007");
    EXPECT_EQ(server.usage().exchanges, 0U) << "refusals cost no memory";
}

TEST(Conformance, CO_02_accept_60_legacy) {
    RepeatableRandom random;
    Server server{{}, random};
    auto request = requestMessage(code::get, 7);
    request.addNumber(option::accept, 60);
    EXPECT_EQ(server.receive(clearPeer(), false, encode(request), kStart).failure().reason, Reason::notAcceptable);
    const auto out = server.takeOutgoing();
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(codeText(read(out[0]).code), "4.06");
}

TEST(Conformance, CO_03_version_below_2048_refused) {
    RepeatableRandom random;
    Server server{{}, random};
    std::uint16_t id = 0;
    const auto codeFor = [&](std::uint16_t number, std::uint32_t version) {
        auto request = requestMessage(code::get, ++id);
        request.addNumber(number, version);
        if (const auto incoming = taken(server, clearPeer(), encode(request), kStart))
            server.respond(incoming->id, {}, kStart);
        return codeText(read(server.takeOutgoing().at(0)).code);
    };
    for (const auto number : {option::ocfAcceptVersion, option::ocfContentVersion}) {
        EXPECT_EQ(codeFor(number, 2047), "4.15");
        EXPECT_EQ(codeFor(number, 0), "4.15");
        EXPECT_EQ(codeFor(number, 2048), "2.05");
        EXPECT_EQ(codeFor(number, 2112), "2.05");
    }
}

TEST(Conformance, CO_04_no_options_ok) {
    RepeatableRandom random;
    Server server{{}, random};
    const auto incoming = *server.receive(clearPeer(), false, encode(requestMessage(code::get, 7)), kStart);
    ASSERT_TRUE(incoming);
    server.respond(incoming->id, {.payload = {0xA0}}, kStart);
    const auto message = read(server.takeOutgoing().at(0));
    EXPECT_EQ(message.code, code::content);
    EXPECT_EQ(message.findNumber(option::contentFormat), 10000U);
    EXPECT_EQ(message.findNumber(option::ocfContentVersion), 2048U);
}

TEST_F(CoapServer, MulticastIsAnsweredNonConfirmablyAfterItsPause) {
    const auto incoming = receive(requestMessage(code::get, 7, "/oic/res", Type::nonConfirmable), clearPeer(), true);
    ASSERT_TRUE(incoming);
    EXPECT_TRUE(incoming->multicast);
    server.respond(incoming->id, {.payload = patterned(900)}, now, 250ms);
    EXPECT_TRUE(sent().empty());
    EXPECT_TRUE(server.hasPending(clearPeer()));
    EXPECT_EQ(server.deadline(), now + 250ms);
    pass(250ms);
    const auto message = answer();
    EXPECT_EQ(message.type, Type::nonConfirmable) << "facts 7.4";
    EXPECT_EQ(message.payload.size(), 900U) << "not limited by the size of the request";
    EXPECT_FALSE(server.hasPending(clearPeer()));
    EXPECT_FALSE(receive(requestMessage(code::get, 7, "/oic/res", Type::nonConfirmable), clearPeer(), true));
    EXPECT_TRUE(sent().empty());
}

TEST_F(CoapServer, MulticastNeverGetsAnError) {
    const auto multicast = [&](Message message) { return receive(message, clearPeer(), true); };
    EXPECT_FALSE(multicast(requestMessage(code::get, 1))) << "confirmable: dropped (RFC 7252 8.1)";
    auto request = requestMessage(code::get, 2, "/oic/res", Type::nonConfirmable);
    request.add(65001, {});
    EXPECT_FALSE(multicast(request));
    request = requestMessage(code::get, 3, "/oic/res", Type::nonConfirmable);
    request.addNumber(option::accept, 60);
    EXPECT_FALSE(multicast(request));
    request = requestMessage(code::post, 4, "/oic/res", Type::nonConfirmable);
    request.addNumber(option::block1, 0x08);
    EXPECT_FALSE(multicast(request));
    request = requestMessage(code::get, 5, "/oic/res", Type::nonConfirmable);
    request.addNumber(option::block2, 0x10);
    EXPECT_FALSE(multicast(request));
    const auto incoming = multicast(requestMessage(code::get, 6, "/oic/res", Type::nonConfirmable));
    ASSERT_TRUE(incoming);
    server.respond(incoming->id, {.code = code::notFound}, now, 100ms);
    const auto another = multicast(requestMessage(code::get, 7, "/oic/res", Type::nonConfirmable));
    ASSERT_TRUE(another);
    server.ignore(another->id);
    server.respond(another->id, {}, now);
    pass(10s);
    EXPECT_TRUE(sent().empty());
}

TEST_F(CoapServer, UnknownAndAnsweredRequestsAreNotAnsweredAgain) {
    server.respond(999, {}, now);
    const auto incoming = receive(requestMessage(code::get, 7));
    server.respond(incoming->id, {}, now);
    server.respond(incoming->id, {.code = code::internal}, now);
    EXPECT_EQ(answer().code, code::content);
    server.ignore(999);
}

TEST_F(CoapServer, AnIgnoredRequestAndItsDuplicatesGetNothingAtAll) {
    const auto incoming = receive(requestMessage(code::get, 7));
    server.ignore(incoming->id);
    server.respond(incoming->id, {}, now);
    EXPECT_FALSE(receive(requestMessage(code::get, 7)));
    pass(10s);
    EXPECT_TRUE(sent().empty());
}

TEST_F(CoapServer, ASessionTakesAllOfItsOwnAlong) {
    const auto ended = receive(requestMessage(code::get, 1), securePeer(1));
    auto half = requestMessage(code::post, 2);
    half.addNumber(option::block1, 0x08);
    half.payload = patterned(16);
    EXPECT_FALSE(receive(half, securePeer(1)));
    const auto living = receive(requestMessage(code::get, 1), securePeer(2));
    const auto open = receive(requestMessage(code::get, 1), clearPeer());
    EXPECT_EQ(server.usage().transfers, 1U);
    pass(100ms);
    server.respond(ended->id, {}, now);
    (void)sent();
    EXPECT_TRUE(server.hasPending(securePeer(1)));
    server.dropSession(1);
    server.dropSession(0);
    EXPECT_FALSE(server.hasPending(securePeer(1)));
    EXPECT_EQ(server.usage().transfers, 0U);
    EXPECT_EQ(server.usage().exchanges, 2U);
    server.respond(living->id, {}, now);
    server.respond(open->id, {}, now);
    EXPECT_EQ(sent().size(), 2U);
    pass(60s);
    for (const auto& outgoing : server.takeOutgoing())
        EXPECT_NE(outgoing.channel.session, 1U);
}

TEST_F(CoapServer, AnswerIdsStartAtRandomPerPeer) {
    std::set<std::uint16_t> first;
    for (std::uint16_t peer = 0; peer < 32; ++peer) {
        std::optional<std::uint16_t> previous;
        for (std::uint16_t id = 0; id < 2; ++id) {
            const auto incoming = receive(requestMessage(code::get, id, "/a", Type::nonConfirmable), clearPeer(peer));
            server.respond(incoming->id, {}, now);
            const auto message = answer();
            if (previous) {
                EXPECT_EQ(message.id, static_cast<std::uint16_t>(*previous + 1));
            } else {
                first.insert(message.id);
            }
            previous = message.id;
        }
    }
    EXPECT_GT(first.size(), 30U);
}

TEST_F(CoapServer, AnOverlongAnswerIsAnInternalError) {
    const auto incoming = receive(requestMessage(code::get, 7), securePeer());
    server.respond(incoming->id, {.payload = Bytes(16 * 1024 + 1)}, now);
    EXPECT_EQ(answer().code, code::internal);
}

} // namespace ocfsecd::coap
