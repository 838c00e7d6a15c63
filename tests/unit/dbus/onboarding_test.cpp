// org.ocfsecd1.Onboarding: the window, and how a PIN reaches people.

#include "pin_agent.h"
#include "service_fixture.h"

#include <algorithm>

namespace ocfsecd::dbus {
namespace {

class OnboardingTest : public ActingTest {
protected:
    using ActingTest::ActingTest;

    Actions actions() override {
        auto out = ServiceTest::actions();
        out.openWindow = [this](unsigned, Duration time) {
            windows_.push_back(time);
            return outcome_;
        };
        out.pin = [this](unsigned) -> Result<PinView> {
            if (pin_)
                return *pin_;
            return Failure{Reason::precondition, "there is no PIN any more: used", "select it again"};
        };
        out.mayShowPins = [this](unsigned) { return outcome_; };
        out.setPinDisplay = [this](unsigned, bool somebody) { displays_.push_back(somebody); };
        return out;
    }
    test::Ran ask(std::vector<std::string> what, uid_t user = ::geteuid()) {
        return ActingTest::ask("Onboarding", std::move(what), user);
    }
    PinView pinFor(Duration time) { return {shareSecret(viewOf("31415926")), loop_.now() + time}; }
    std::unique_ptr<test::PinAgent> registered(const char* path = "/agent") {
        auto agent = std::make_unique<test::PinAgent>(loop_, bus_.address(), path);
        agent->call("RegisterPinAgent");
        EXPECT_TRUE(test::turnUntil(loop_, [&] { return !agent->outcomes.empty(); }));
        EXPECT_EQ(agent->outcomes, Lines{""});
        return agent;
    }

    std::vector<Duration> windows_;
    std::optional<PinView> pin_;
    std::vector<bool> displays_;
};

TEST_F(OnboardingTest, OpensTheWindowForAsLongAsAsked) {
    EXPECT_EQ(ask({"OpenWindow", "u", "90"}).exitCode, 0);
    EXPECT_EQ(ask({"OpenWindow", "u", "0"}).exitCode, 0);
    EXPECT_EQ(windows_, (std::vector<Duration>{90s, 0s}));
    EXPECT_NE(ask({"OpenWindow", "u", "86401"}).output.find("a day at most"), std::string::npos);
    EXPECT_EQ(windows_.size(), 2u);
    outcome_ = Failure{Reason::precondition, "the device has an owner", "reset it first"};
    const auto refused = ask({"OpenWindow", "u", "1"});
    EXPECT_NE(refused.exitCode, 0);
    EXPECT_NE(refused.output.find("the device has an owner; reset it first"), std::string::npos) << refused.output;
}

TEST_F(OnboardingTest, GivesThePinToRootAndSaysWhyThereIsNone) {
    EXPECT_NE(ask({"GetPin"}).output.find("there is no PIN any more: used"), std::string::npos);
    pin_ = pinFor(299s + 500ms);
    EXPECT_EQ(ask({"GetPin"}).output, "su \"31415926\" 300\n");
    EXPECT_NE(ask({"GetPin"}, kNobody).exitCode, 0);
    EXPECT_EQ(ask({"GetPin"}, kNobody).output.find("31415926"), std::string::npos);
}

TEST_F(OnboardingTest, ShowsEveryPinToEveryAgentAndTakesItBack) {
    const auto first = registered();
    EXPECT_EQ(displays_, std::vector<bool>{true});
    pin_ = pinFor(60s);
    service_->displayPin(0, *pin_);
    const auto second = registered("/late");
    EXPECT_EQ(displays_, std::vector<bool>{true}) << "there is somebody already";
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return !second->told.empty() && !first->told.empty(); }));
    EXPECT_EQ(first->told, Lines{"display 31415926 60"});
    EXPECT_EQ(second->told, Lines{"display 31415926 60"}) << "at once: it is in force";
    service_->cancelPin(0, "used");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return second->told.size() > 1 && first->told.size() > 1; }));
    EXPECT_EQ(first->told.back(), "cancel used");
    EXPECT_EQ(second->told.back(), "cancel used");
    for (const auto& entry : journal_)
        EXPECT_EQ(entry.text.find("31415926"), std::string::npos) << entry.text;
}

TEST_F(OnboardingTest, RegisteringTwiceIsOnce) {
    const auto agent = registered();
    agent->call("RegisterPinAgent");
    service_->displayPin(0, pinFor(60s));
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return agent->outcomes.size() == 2 && !agent->told.empty(); }));
    settle();
    EXPECT_EQ(agent->outcomes.back(), "");
    EXPECT_EQ(agent->told.size(), 1u);
}

TEST_F(OnboardingTest, DropsAnAgentThatLeavesTheBus) {
    const auto first = registered();
    const auto second = registered();
    first->leave();
    settle();
    EXPECT_EQ(displays_, std::vector<bool>{true}) << "one is left";
    second->leave();
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return displays_.size() == 2; }));
    EXPECT_FALSE(displays_.back());
}

TEST_F(OnboardingTest, DropsAnAgentThatCannotShowThePin) {
    const auto agent = registered();
    agent->refuses = true;
    service_->displayPin(0, pinFor(60s));
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return displays_.size() == 2; }));
    EXPECT_FALSE(displays_.back());
    const auto said = [](const auto& entry) { return entry.text.find("org.example.NoLight") != std::string::npos; };
    EXPECT_TRUE(std::ranges::any_of(journal_, said));
    for (const auto& entry : journal_)
        EXPECT_EQ(entry.text.find("31415926"), std::string::npos) << "what an agent says is not repeated";
}

TEST_F(OnboardingTest, UnregistersOnlyWhatTheCallerRegistered) {
    const auto agent = registered();
    test::PinAgent stranger{loop_, bus_.address()};
    stranger.call("UnregisterPinAgent");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return !stranger.outcomes.empty(); }));
    EXPECT_EQ(stranger.outcomes, Lines{"org.ocfsecd1.Error.NotFound"});
    EXPECT_EQ(displays_, std::vector<bool>{true});
    agent->call("UnregisterPinAgent");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return agent->outcomes.size() == 2; }));
    EXPECT_EQ(agent->outcomes.back(), "");
    EXPECT_EQ(displays_, (std::vector<bool>{true, false}));
}

TEST_F(OnboardingTest, TakesEightAgentsAndNoMore) {
    std::vector<std::unique_ptr<test::PinAgent>> agents;
    for (int n = 0; n < 8; ++n)
        agents.push_back(registered());
    test::PinAgent ninth{loop_, bus_.address()};
    ninth.call("RegisterPinAgent");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return !ninth.outcomes.empty(); }));
    EXPECT_EQ(ninth.outcomes, Lines{"org.ocfsecd1.Error.LimitReached"});
}

TEST_F(OnboardingTest, ALostBusIsTheEndOfAllAgents) {
    const auto agent = registered();
    bus_.kill();
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return displays_.size() >= 2; }));
    EXPECT_FALSE(displays_.back());
    service_->displayPin(0, pinFor(60s)); // nobody there, nobody hurt
    service_->cancelPin(0, "expired");
}

TEST_F(OnboardingTest, ReleasesItsAgentsAtTheEnd) {
    const auto agent = registered();
    service_.reset();
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return !agent->told.empty(); }));
    EXPECT_EQ(agent->told, Lines{"release"});
    EXPECT_EQ(displays_, std::vector<bool>{true}) << "whoever acts for it may be half gone";
}

/// The policy forbids nothing: the service's own check decides.
class OpenOnboardingTest : public OnboardingTest {
protected:
    OpenOnboardingTest() : OnboardingTest{test::PrivateBus::Policy::open} {}
};

TEST_F(OpenOnboardingTest, AnUnauthorisedUserIsRefusedByTheServiceItself) {
    pin_ = pinFor(60s);
    for (const auto& call : {Lines{"GetPin"}, Lines{"OpenWindow", "u", "1"}, Lines{"RegisterPinAgent", "o", "/a"},
                             Lines{"UnregisterPinAgent", "o", "/a"}}) {
        const auto refused = ask(call, kNobody);
        EXPECT_NE(refused.exitCode, 0) << call[0];
        EXPECT_NE(refused.output.find("only root may do this"), std::string::npos) << refused.output;
    }
    EXPECT_TRUE(windows_.empty());
    EXPECT_TRUE(displays_.empty());
}

} // namespace
} // namespace ocfsecd::dbus
