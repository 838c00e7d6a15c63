#include "tools/obt/exchange.h"

#include "fake_peer.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

class Exchanging : public ::testing::Test {
protected:
    void deviceIsIn(int s) { peer.bodies["/oic/sec/pstat"] = cbor::Map{{"dos", cbor::Map{{"s", s}, {"p", false}}}}; }
    Result<void> act() {
        return whileProvisioning(*session, [&] { return change(*session, makePost("/x", cbor::Map{{"a", 1}})); });
    }
    std::vector<std::string> changes() const {
        std::vector<std::string> out;
        for (const auto& entry : peer.log)
            if (entry.request.method != coap::Method::get)
                out.push_back(cbor::diagnostic(entry.body));
        return out;
    }
    FakePeer peer;
    std::unique_ptr<Session> session = peer.open("key");
    const std::string toRfpro = cbor::diagnostic(cbor::Map{{"dos", cbor::Map{{"s", 2}}}});
    const std::string toRfnop = cbor::diagnostic(cbor::Map{{"dos", cbor::Map{{"s", 3}}}});
    const std::string theAct = cbor::diagnostic(cbor::Map{{"a", 1}});
};

} // namespace

TEST_F(Exchanging, AnOperationalDeviceIsTakenToProvisioningAndBack) {
    deviceIsIn(state::rfnop);
    ASSERT_TRUE(act());
    EXPECT_EQ(changes(), (std::vector{toRfpro, theAct, toRfnop}));
}

TEST_F(Exchanging, InProvisioningItJustActs) {
    deviceIsIn(state::rfpro);
    ASSERT_TRUE(act());
    EXPECT_EQ(changes(), std::vector{theAct});
}

TEST_F(Exchanging, InOtherStatesNothingIsChanged) {
    for (const int s : {state::rfotm, state::sreset, state::reset}) {
        deviceIsIn(s);
        EXPECT_EQ(act().failure().reason, Reason::precondition);
    }
    EXPECT_TRUE(changes().empty());
}

TEST_F(Exchanging, WhereTheStateMayNotBeSeenItJustActs) {
    peer.rule = [](const Recorded& r) -> std::optional<Result<coap::Response>> {
        return r.request.path == "/oic/sec/pstat"
                   ? std::optional{Result<coap::Response>{answer(coap::code::unauthorized)}}
                   : std::nullopt;
    };
    ASSERT_TRUE(act());
    EXPECT_EQ(changes(), std::vector{theAct});
}

TEST_F(Exchanging, ARefusedActStillTakesTheDeviceBack) {
    deviceIsIn(state::rfnop);
    peer.rule = [](const Recorded& r) -> std::optional<Result<coap::Response>> {
        return r.request.path == "/x" ? std::optional{Result<coap::Response>{answer(coap::code::unauthorized)}}
                                      : std::nullopt;
    };
    const auto done = act();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().reason, Reason::notAuthorised);
    EXPECT_EQ(changes(), (std::vector{toRfpro, theAct, toRfnop}));
}

TEST_F(Exchanging, ARefusalNamesRequestCodeAndReason) {
    peer.rule = [](const Recorded&) { return std::optional{Result<coap::Response>{answer(coap::code::unauthorized)}}; };
    const auto body = readResource(*session, "/oic/sec/cred", {"credid=3"});
    ASSERT_FALSE(body);
    for (const auto* part : {"GET /oic/sec/cred?credid=3", "4.01", "may not"})
        EXPECT_NE(body.failure().what.find(part), std::string::npos) << body.failure().what;
}

TEST_F(Exchanging, ASessionThatEndsInsteadOfAnAnswerIsAResetOnlyWhenTheKeyOpensNoMore) {
    const auto ends = [](Reason reason) { return Result<void>{Failure{reason, "gone", ""}}; };
    const auto never = []() -> Result<void> { throw std::logic_error{"nobody asked for a new session"}; };
    EXPECT_TRUE(resetDevice(*session, never)) << "it said yes";
    peer.rule = [](const Recorded&) { return std::optional{Result<coap::Response>{answer(coap::code::unauthorized)}}; };
    EXPECT_FALSE(resetDevice(*session, never));
    peer.rule = [](const Recorded&) {
        return std::optional{Result<coap::Response>{Failure{Reason::timedOut, "no answer", ""}}};
    };
    EXPECT_FALSE(resetDevice(*session, never));
    peer.rule = [](const Recorded&) {
        return std::optional{Result<coap::Response>{Failure{Reason::unavailable, "closed", ""}}};
    };
    EXPECT_TRUE(resetDevice(*session, [&] { return ends(Reason::unknownPskIdentity); }));
    EXPECT_TRUE(resetDevice(*session, [&] { return ends(Reason::handshakeFailed); }));
    const auto restarted = resetDevice(*session, [] { return Result<void>{}; });
    ASSERT_FALSE(restarted);
    EXPECT_NE(restarted.failure().what.find("still ours"), std::string::npos);
    const auto silent = resetDevice(*session, [&] { return ends(Reason::timedOut); });
    ASSERT_FALSE(silent) << "it may come back owned";
    EXPECT_NE(silent.failure().next.find("forget"), std::string::npos);
}

TEST_F(Exchanging, UnreadableAnswersAreFailures) {
    peer.rule = [](const Recorded&) {
        auto garbage = answer(coap::code::content);
        garbage.payload = Bytes{0x9f};
        return std::optional{Result<coap::Response>{garbage}};
    };
    EXPECT_EQ(readDoxm(*session).failure().reason, Reason::malformed);
    peer.rule = nullptr;
    peer.bodies["/oic/sec/doxm"] = cbor::Map{{"owned", true}};
    EXPECT_EQ(readDoxm(*session).failure().reason, Reason::malformed);
    peer.bodies["/oic/sec/pstat"] = cbor::Array{};
    EXPECT_FALSE(readPstat(*session));
}

} // namespace ocfsecd::obt
