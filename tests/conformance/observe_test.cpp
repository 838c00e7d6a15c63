// Observing (RFC 7641; facts 1.5, 2.3, 3.7) over the wire.

#include "support/messages.h"
#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

/// A client that observes: it keeps what comes for its token, and acknowledges it or not.
class Watcher {
public:
    Watcher(Scene& scene, SimSession& session, std::uint8_t token = 0x77) : network_{scene.network}, session_{session} {
        auto request = message(coap::code::get, kPstat, {}, static_cast<std::uint16_t>(0x4000 + token));
        request.token = {0xab, token};
        token_ = request.token;
        request.addNumber(coap::option::observe, 0);
        session.sendRaw(coap::encode(request));
        scene.network.until([&] { return !mine().empty(); }, 10s);
    }
    /// What has come for the token, the answer to the registration first: "2.05 s=2", "5.03".
    std::vector<std::string> told() const {
        network_.settle();
        std::vector<std::string> out;
        for (const auto& one : mine())
            out.push_back(coap::codeText(one.code) + (one.payload.empty() ? "" : " s=" + stateIn(one.payload)));
        return out;
    }
    std::vector<coap::Message> mine() const {
        std::vector<coap::Message> out;
        for (const auto& octets : session_.messages)
            if (auto one = coap::decode(octets); one && one->token == token_)
                out.push_back(*std::move(one));
        return out;
    }

private:
    static std::string stateIn(ByteView payload) {
        const auto body = cbor::decode(payload);
        const auto* dos = body ? body->find("dos") : nullptr;
        return dos != nullptr ? std::to_string(dos->find("s")->integer().value_or(-1)) : "?";
    }

    Network& network_;
    SimSession& session_;
    Bytes token_;
};

using Told = std::vector<std::string>;

} // namespace

TEST(Conformance, PS_09_observable) {
    Scene scene;
    scene.own(kRfnop);
    auto& session = scene.owner();
    Watcher watcher{scene, session};
    ASSERT_EQ(watcher.told(), Told{"2.05 s=3"});
    auto& actor = scene.owner();
    EXPECT_EQ(actor->setState(2).code, "2.04");
    EXPECT_EQ(actor->setState(3).code, "2.04");
    EXPECT_EQ(actor->setState(4).code, "2.04");
    EXPECT_EQ(watcher.told(), (Told{"2.05 s=3", "2.05 s=2", "2.05 s=3", "2.05 s=4"}));
    EXPECT_EQ(actor->post(kPstat, cbor::Map{{"tm", 8}}).code, "2.04");
    EXPECT_EQ(watcher.told().size(), 5U) << "not only of dos";
    EXPECT_EQ(actor->setState(4).code, "2.04");
    EXPECT_EQ(watcher.told().size(), 5U) << "of what is a change";
    std::uint32_t last = 0;
    for (const auto& one : watcher.mine()) {
        EXPECT_GT(one.findNumber(coap::option::observe).value_or(0), last);
        last = one.findNumber(coap::option::observe).value_or(0);
    }
}

TEST(Observe, ToldOnlyWhatIsDurable) {
    Scene scene;
    scene.own(kRfnop);
    Watcher watcher{scene, scene.owner()};
    auto& actor = scene.owner();
    auto& inside = scene.device.inside("holds the commit under way");
    inside.vault().holding = true;
    const cbor::Value body{cbor::Map{{"dos", cbor::Map{{"s", 2}}}}};
    actor.ask().begin(Method::post, kPstat, {}, &body);
    scene.network.advance(1s);
    EXPECT_EQ(watcher.told().size(), 1U) << "the commit is under way";
    inside.release();
    scene.network.settle();
    EXPECT_EQ(watcher.told(), (Told{"2.05 s=3", "2.05 s=2"}));
}

TEST(Conformance, SM_39_reset_cancels_observers) {
    Scene scene;
    scene.own(kRfnop);
    Watcher watcher{scene, scene.owner()};
    Watcher another{scene, scene.owner(), 0x78};
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.network.settle();
    EXPECT_EQ(watcher.told(), (Told{"2.05 s=3", "5.03"}));
    EXPECT_EQ(another.told(), (Told{"2.05 s=3", "5.03"}));
    EXPECT_FALSE(watcher.mine().back().findNumber(coap::option::observe));
    scene.waitForRfotm();
    EXPECT_EQ(watcher.told().size(), 2U) << "and nothing after it";
}

TEST(Conformance, SM_40_rfnop_cancels_unauthorised_observers) {
    // An anonymous observer of the onboarding connection, which keeps its privilege for a while, and one whose ACE
    // goes.
    auto plan = Plan::separateServices();
    plan.aces.emplace_back(ace(toUuid(kPairwise), {href(kPstat)}, 2));
    ocf::DeviceSettings settings;
    settings.onboarding.afterRfnop = 2s;
    Scene scene{std::move(plan), settings};
    scene.onboarding.steps(kToOwned);
    scene.onboarding.steps("n");
    Watcher anonymous{scene, scene.onboarding.doc()};
    Watcher losing{scene, scene.as(kPairwise)};
    ASSERT_EQ(losing.told(), Told{"2.05 s=2"});
    EXPECT_EQ(scene.as(kAms)->del(kAcl2).code, "2.02");
    EXPECT_EQ(scene.owner()->setState(3).code, "2.04");
    EXPECT_EQ(losing.told(), (Told{"2.05 s=2", "5.03"})) << "and never what it may not read";
    EXPECT_EQ(anonymous.told(), (Told{"2.05 s=2", "2.05 s=3"})) << "facts 4.1 D6";
    scene.network.advance(2500ms);
    EXPECT_TRUE(scene.onboarding.doc().closed());
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    EXPECT_EQ(anonymous.told().size(), 2U);
}

TEST(Observe, AnObserverInClearLosesItWithTheFirstOnboarding) {
    Scene scene;
    auto request = message(coap::code::get, kPstat);
    request.addNumber(coap::option::observe, 0);
    scene.other.sendRawClear(coap::encode(request));
    scene.other.heard.clear();
    scene.onboarding.steps("cd"); // om was 4 and stays 4; nothing is told
    EXPECT_TRUE(scene.other.heard.empty());
    scene.onboarding.steps("efghi"); // i writes rowneruuid: a change that nobody in clear may read now
    ASSERT_EQ(scene.other.heard.size(), 1U);
    const auto last = coap::decode(scene.other.heard.front().octets);
    ASSERT_TRUE(last);
    EXPECT_EQ(coap::codeText(last->code), "5.03");
    EXPECT_TRUE(last->payload.empty());
}

TEST(Observe, EndsWithTheSessionAndWithARefusedTarget) {
    Scene scene;
    scene.own(kRfnop);
    auto& session = scene.owner();
    Watcher watcher{scene, session};
    session.close();
    auto& actor = scene.owner();
    EXPECT_EQ(actor->setState(2).code, "2.04");
    EXPECT_EQ(watcher.told().size(), 1U);
    coap::Request notObservable;
    notObservable.path = kCred;
    notObservable.observe = 0;
    const auto answer = actor.ask().request(notObservable);
    EXPECT_EQ(answer.code, "2.05") << "an ordinary answer";
    EXPECT_FALSE(answer.response.observe);
    notObservable.path = "/oic/sec/nothing";
    EXPECT_EQ(actor.ask().request(notObservable).code, "4.01");
}

TEST(Observe, WhatDiscoverySaysIsTrue) {
    Scene scene;
    scene.own(kRfnop);
    const auto links = scene.owner()->get(kRes);
    ASSERT_NE(links.body.array(), nullptr);
    for (const auto& link : *links.body.array()) {
        coap::Request request;
        request.path = std::string{*link.find("href")->text()};
        request.observe = 0;
        const auto answer = scene.owner().ask().request(request);
        if (answer.code != "2.05")
            continue;
        EXPECT_EQ(answer.response.observe.has_value(), (*link.find("p")->find("bm")->integer() & 2) != 0)
            << request.path;
    }
}

} // namespace ocfsecd::test::conformance
