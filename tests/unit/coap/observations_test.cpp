// Observing (RFC 7641), as a server sees it.

#include "coap/observations.h"

#include "world.h"

namespace ocfsecd::coap {

namespace {

class Observing : public ServerFixture {
protected:
    /// A GET with Observe, answered with `body` by a user that lets everybody observe.
    Message ask(std::uint32_t observe, const Channel& channel = securePeer(), std::uint16_t id = 1,
                std::uint8_t token = 1) {
        auto request = requestMessage(code::get, id, "/oic/sec/pstat");
        request.token = {token};
        request.addNumber(option::observe, observe);
        const auto incoming = server.receive(channel, false, encode(request), now);
        EXPECT_TRUE(incoming && *incoming);
        if (observe == 0)
            server.observe((*incoming)->id, (*incoming)->request);
        server.respond((*incoming)->id, {.payload = body}, now);
        return answer();
    }
    /// A new representation for all.
    std::vector<Message> change(Bytes to) {
        body = std::move(to);
        for (const auto& observer : server.observers())
            server.notify(observer.id, {.payload = body}, now);
        return sent();
    }
    void say(Type type, std::uint16_t id, const Channel& channel = securePeer()) {
        const auto incoming = server.receive(channel, false, encodeEmpty(type, id), now);
        EXPECT_TRUE(incoming && !*incoming);
    }

    Bytes body{1};
};

} // namespace

TEST_F(Observing, AnswersTheRegistrationAndTellsOfEachChangeOnce) {
    const auto first = ask(0);
    EXPECT_EQ(first.code, code::content);
    ASSERT_TRUE(first.findNumber(option::observe));
    auto last = *first.findNumber(option::observe);
    for (std::uint8_t i = 2; i < 6; ++i) {
        const auto told = change({i});
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(told[0].type, Type::nonConfirmable);
        EXPECT_EQ(told[0].code, code::content);
        EXPECT_EQ(told[0].token, first.token);
        EXPECT_EQ(told[0].payload, Bytes{i});
        EXPECT_EQ(told[0].findNumber(option::contentFormat), kFormatOcfCbor);
        EXPECT_GT(told[0].findNumber(option::observe).value_or(0), last) << "RFC 7641 4.4";
        last = *told[0].findNumber(option::observe);
        EXPECT_TRUE(change({i}).empty()) << "nothing new";
    }
}

TEST_F(Observing, EndsByAnObserveOfOneByAResetAndWithTheSession) {
    ask(0);
    const auto answer = ask(1, securePeer(), 2);
    EXPECT_EQ(answer.code, code::content);
    EXPECT_FALSE(answer.findNumber(option::observe));
    EXPECT_TRUE(change({2}).empty());

    ask(0, securePeer(), 3);
    const auto told = change({3});
    say(Type::reset, static_cast<std::uint16_t>(told.at(0).id + 1));
    EXPECT_EQ(change({4}).size(), 1U) << "another message's Reset";
    say(Type::reset, told.at(0).id, securePeer(2));
    EXPECT_EQ(change({5}).size(), 1U) << "another peer's Reset";
    say(Type::reset, told.at(0).id);
    EXPECT_TRUE(change({6}).empty());

    ask(0, securePeer(), 4);
    server.dropSession(1);
    EXPECT_TRUE(change({7}).empty());
    EXPECT_EQ(server.usage().observations, 0U);
}

TEST_F(Observing, TheSameTokenRegistersOnce) {
    ask(0, securePeer(), 1);
    ask(0, securePeer(), 2);
    EXPECT_EQ(change({2}).size(), 1U);
    ask(0, securePeer(), 3, 9);
    EXPECT_EQ(change({3}).size(), 2U) << "another token is another one";
}

TEST_F(Observing, EveryEighthIsConfirmableAndOneAtATime) {
    ask(0);
    for (std::uint8_t i = 2; i < 9; ++i)
        EXPECT_EQ(change({i}).at(0).type, Type::nonConfirmable);
    const auto asks = change({9}).at(0);
    EXPECT_EQ(asks.type, Type::confirmable);
    EXPECT_TRUE(change({10}).empty()) << "the next waits for its acknowledgement";
    EXPECT_TRUE(change({11}).empty());
    say(Type::acknowledgement, asks.id);
    const auto newest = answer();
    EXPECT_EQ(newest.payload, Bytes{11});
    EXPECT_EQ(newest.type, Type::nonConfirmable);
}

TEST_F(Observing, WhatIsNewerTakesThePlaceOfWhatIsSentAgain) {
    ask(0);
    for (std::uint8_t i = 2; i < 10; ++i)
        change({i});
    pass(3s); // the time-out is at most 3 s
    const auto again = answer();
    EXPECT_EQ(again.payload, Bytes{9});
    EXPECT_TRUE(change({10}).empty());
    EXPECT_TRUE(change({9}).empty()) << "and back: nothing is newer than what is under way";
    EXPECT_TRUE(change({11}).empty());
    pass(6s);
    const auto newer = answer();
    EXPECT_EQ(newer.payload, Bytes{11});
    EXPECT_NE(newer.id, again.id);
    say(Type::acknowledgement, newer.id);
    EXPECT_EQ(server.usage().observations, 1U);
}

TEST_F(Observing, WhoAcknowledgesNothingIsForgotten) {
    ask(0);
    for (std::uint8_t i = 2; i < 10; ++i)
        change({i});
    std::size_t copies = 1;
    for (int i = 0; i < 200; ++i) {
        pass(1s);
        copies += sent().size();
    }
    EXPECT_EQ(copies, 5U) << "MAX_RETRANSMIT is 4";
    EXPECT_EQ(server.usage().observations, 0U);
    EXPECT_TRUE(change({20}).empty());
}

TEST_F(Observing, IsConfirmedOnceADay) {
    ask(0);
    pass(24h - 1ms);
    EXPECT_TRUE(server.takeStaleObservers().empty());
    EXPECT_TRUE(change({1}).empty());
    pass(1ms);
    ASSERT_EQ(server.takeStaleObservers().size(), 1U);
    const auto told = change({1}); // the same, and sent all the same
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].type, Type::confirmable);
    say(Type::acknowledgement, told[0].id);
    pass(23h);
    EXPECT_TRUE(server.takeStaleObservers().empty());
}

TEST_F(Observing, InClearEachHasToBeAcknowledgedAndIsSentOnce) {
    ask(0, clearPeer());
    const auto told = change({2});
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].type, Type::confirmable);
    say(Type::acknowledgement, told[0].id, clearPeer());
    EXPECT_EQ(change({3}).size(), 1U);
    for (int i = 0; i < 10; ++i)
        pass(1s);
    EXPECT_TRUE(sent().empty()) << "a forged source gets one, and no copies of it";
    EXPECT_TRUE(change({4}).empty());
}

TEST_F(Observing, AnErrorIsTheLastThatIsSent) {
    ask(0);
    const auto id = server.observers().at(0).id;
    server.notify(id, {.code = code::unavailable}, now);
    const auto last = answer();
    EXPECT_EQ(last.code, code::unavailable);
    EXPECT_EQ(last.token, Bytes{1});
    EXPECT_FALSE(last.findNumber(option::observe));
    EXPECT_TRUE(change({9}).empty());
    server.notify(id, {}, now);
    EXPECT_TRUE(sent().empty());
}

TEST_F(Observing, OnlyAContentRegisters) {
    auto request = requestMessage(code::get, 1, "/oic/sec/pstat");
    request.addNumber(option::observe, 0);
    for (const auto code : {code::unauthorized, code::notFound, code::internal}) {
        request.id = static_cast<std::uint16_t>(code);
        const auto incoming = server.receive(securePeer(), false, encode(request), now);
        server.observe((*incoming)->id, (*incoming)->request);
        server.respond((*incoming)->id, {.code = code}, now);
        EXPECT_FALSE(answer().findNumber(option::observe));
    }
    request.id = 77;
    const auto ignorant = server.receive(securePeer(), false, encode(request), now);
    server.respond((*ignorant)->id, {}, now);
    EXPECT_FALSE(answer().findNumber(option::observe)) << "a resource that is not observable: an ordinary answer";
    EXPECT_EQ(server.usage().observations, 0U);
}

TEST_F(Observing, IsBoundedPerChannelAndInTotal) {
    const ServerSettings settings;
    std::uint16_t id = 0;
    for (std::uint8_t token = 0; token < 100; ++token)
        EXPECT_EQ(ask(0, securePeer(1), ++id, token).findNumber(option::observe).has_value(),
                  token < settings.maxObservationsPerChannel);
    for (std::uint16_t peer = 2; peer < 1000; ++peer)
        ask(0, securePeer(peer), ++id);
    EXPECT_EQ(server.usage().observations, settings.maxObservations);
    for (std::uint16_t peer = 1; peer < 1000; ++peer)
        server.dropSession(peer);
    EXPECT_EQ(server.usage().observations, 0U);
}

TEST_F(Observing, LongOnesGoBlockwise) {
    body = patterned(3000);
    const auto first = ask(0);
    EXPECT_TRUE(blockOf(first, option::block2).more);
    const auto told = change(patterned(2500));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].findNumber(option::observe));
    EXPECT_EQ(told[0].payload.size(), 1024U);
    auto rest = requestMessage(code::get, 50, "/oic/sec/pstat");
    rest.token = {77};
    rest.addNumber(option::block2, Block{1, false, 6}.value());
    EXPECT_FALSE(taken(server, securePeer(), encode(rest), now)) << "out of what was kept";
    const auto second = answer();
    EXPECT_FALSE(second.findNumber(option::observe)) << "RFC 7959 2.6";
    const auto whole = patterned(2500);
    EXPECT_TRUE(std::equal(second.payload.begin(), second.payload.end(), whole.begin() + 1024));
}

} // namespace ocfsecd::coap
