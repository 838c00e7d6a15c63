// What callers who may do nothing, who are gone before the answer, or who come at the wrong time cannot do.

#include "authority.h"
#include "caller.h"
#include "pin_agent.h"
#include "service_fixture.h"

#include <algorithm>

namespace ocfsecd::dbus {
namespace {

constexpr const char* kBusy = "org.ocfsecd1.Error.Busy";
constexpr uid_t kDaemon = 1; // one more that the bus knows by name, on every machine
constexpr const char* kInvalid = "org.ocfsecd1.Error.InvalidArgs";

/// The policy of the bus forbids nothing.
class HostileCaller : public ServiceTest {
protected:
    HostileCaller() : ServiceTest{test::PrivateBus::Policy::open} {}
    void SetUp() override {
        if (::geteuid() != 0)
            GTEST_SKIP() << "needs root to be somebody else";
        ServiceTest::SetUp();
    }
    Actions actions() override {
        auto out = ServiceTest::actions();
        out.softReset = [this](unsigned, Actions::Done done) { waiting_.push_back(std::move(done)); };
        out.mayShowPins = [this](unsigned) {
            if (busDies_)
                bus_.kill();
            return outcome_;
        };
        out.pin = [this](unsigned) -> Result<PinView> {
            return PinView{shareSecret(viewOf("31415926")), loop_.now() + 60s};
        };
        out.setPinDisplay = [this](unsigned, bool somebody) { displays_.push_back(somebody); };
        return out;
    }
    std::unique_ptr<test::Caller> stranger(uid_t user = kNobody) {
        return std::make_unique<test::Caller>(loop_, bus_.address(), user);
    }

    bool busDies_ = false;
    std::vector<Actions::Done> waiting_;
    std::vector<bool> displays_;
};

TEST_F(HostileCaller, KeepsNobodyOutByCallsThatWaitForPolkit) {
    test::Authority polkit{loop_, bus_.address()};
    polkit.thinks = true;
    const auto one = stranger();
    const auto same = stranger();
    for (int n = 0; n < 20; ++n) {
        one->call("Device", "Reset");
        same->call("Device", "Reset");
    }
    const auto settled = [&] { return polkit.asked.size() + one->outcomes.size() + same->outcomes.size() == 40; };
    ASSERT_TRUE(test::turnUntil(loop_, settled));
    EXPECT_EQ(polkit.asked.size(), 4u) << "of one user, on however many connections";
    EXPECT_EQ(std::ranges::count(one->outcomes, kBusy) + std::ranges::count(same->outcomes, kBusy), 36);
    EXPECT_EQ(call("Reset").exitCode, 0) << "root";
    const auto other = stranger(kDaemon);
    other->call("Device", "Reset");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return polkit.asked.size() == 5; })) << "another user";
    polkit.granted = "org.ocfsecd1.reset";
    polkit.answer();
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return resets_.size() == 6 && other->outcomes.size() == 1; }));
    EXPECT_EQ(other->outcomes, Lines{""});
}

TEST_F(HostileCaller, KeepsNoLongTextInMemory) {
    test::Authority polkit{loop_, bus_.address()};
    polkit.thinks = true;
    const auto caller = stranger();
    const std::string text(1'000'000, 'x');
    const auto path = "/" + std::string(60'000, 'x'); // sd-bus itself takes no longer one
    caller->call("AccessControl", "CheckAccess", "sss", text.c_str(), "/oic/d", "retrieve");
    caller->call("AccessControl", "CheckAccess", "sss", "anon-clear", text.c_str(), "retrieve");
    caller->call("AccessControl", "CheckAccess", "sss", "anon-clear", "/oic/d", text.c_str());
    caller->call("Onboarding", "RegisterPinAgent", "o", path.c_str());
    caller->call("Onboarding", "UnregisterPinAgent", "o", path.c_str());
    caller->call("Manufacturer", "SetChain", "s", text.c_str());
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return caller->outcomes.size() + polkit.asked.size() == 6; }));
    EXPECT_EQ(caller->outcomes, (Lines{kInvalid, kInvalid, kInvalid, kInvalid, "org.ocfsecd1.Error.NotFound",
                                       "org.ocfsecd1.Error.LimitReached"}));
}

TEST_F(HostileCaller, WhoHasLeftBeforePolkitAnswersIsNoAgent) {
    test::Authority polkit{loop_, bus_.address()};
    polkit.thinks = true;
    polkit.granted = "org.ocfsecd1.onboard";
    const auto caller = stranger();
    caller->call("Onboarding", "RegisterPinAgent", "o", "/agent");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return polkit.asked.size() == 1; }));
    caller->leave();
    settle();
    polkit.answer();
    settle();
    EXPECT_TRUE(displays_.empty()) << "nobody would ever take it off the list";
}

TEST_F(HostileCaller, ABusThatDiesWhileACallIsServedEndsNothingElse) {
    test::PinAgent agent{loop_, bus_.address()};
    busDies_ = true; // just before the agent is called with the PIN
    agent.call("RegisterPinAgent");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return !service_->onBus(); }));
    busDies_ = false;
    bus_.start();
    ASSERT_TRUE(test::turnUntil(loop_, [this] { return service_->onBus(); }));
    EXPECT_EQ(property("Name"), "s \"Gateway\"");
}

TEST_F(HostileCaller, WhoWaitsAtTheEndIsToldThatItIsTheEnd) {
    test::Caller caller{loop_, bus_.address(), ::geteuid()};
    caller.call("Device", "SoftReset");
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return waiting_.size() == 1; }));
    service_.reset();
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return caller.outcomes.size() == 1; }));
    EXPECT_EQ(caller.outcomes, Lines{"org.ocfsecd1.Error.Unavailable"});
    waiting_[0]({}); // too late for anybody
}

} // namespace
} // namespace ocfsecd::dbus
