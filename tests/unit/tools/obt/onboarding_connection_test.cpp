// Both halves of each owner transfer method, over real sockets: this tool's library and the device itself.
#include "device_fixture.h"
#include "tools/obt/exit_code.h"
#include "tools/obt/requests.h"

namespace ocfsecd::obt {

namespace {

struct Record final : OwnRecord {
    SharedSecret key;
    bool isProven = false;
    void step(std::string_view) override {}
    Result<void> keep(SharedSecret ownerKey) override {
        key = std::move(ownerKey);
        return {};
    }
    Result<void> proven() override {
        isProven = true;
        return {};
    }
    void dropped() override { key = nullptr; }
};

class OnboardingConnection : public OnLoopback {
protected:
    OnboardingConnection() {
        plan.self = plan.cms = plan.ams = test::kOwner;
        plan.device = test::kNewDeviceId;
        plan.domain = test::kOwner;
        assurance.askPin = [this] { return Result<SharedSecret>{shareSecret(viewOf(pin.empty() ? shownPin() : pin))}; };
        assurance.judge = [this](const std::vector<Bytes>& chain) -> Result<void> {
            const auto leaf = judgeMaker(chain, roots, svr::SystemWallClock{}.now());
            return leaf ? Result<void>{} : Result<void>{leaf.failure()};
        };
    }
    Result<void> ownBy(std::string_view method) {
        plan.method = methodNamed(method);
        assurance.current = temporary();
        NetworkPeer peer{wire, device.clear(), device.secure(), {100, 1ms}, 5s};
        return own(peer, plan, assurance, true, record);
    }
    svr::OnboardingState dos() {
        return device.with([](test::SimDevice& it) { return it.dos(); });
    }
    void expectBackInRfotm(const Uuid& former) {
        EXPECT_TRUE(device.until([&](test::SimDevice& it) {
            return it.dos() == test::kRfotm && !it.device().pending() && it.state().doxm.deviceuuid != former;
        }));
    }

    SystemRandom random;
    Progress progress{false, false};
    Wire wire{{}, random, progress};
    OwnPlan plan;
    Assurance assurance;
    Record record;
    std::string pin; ///< typed instead of the right one
    std::vector<svr::TrustAnchor> roots = *parseMakerRoots(test::pemOf({maker.root.der}), "roots");
};

} // namespace

TEST_F(OnboardingConnection, EachMethodOwnsAndProvesAndTakesToOperation) {
    for (const auto* method : {"just-works", "random-pin", "manufacturer-certificate"}) {
        const auto done = ownBy(method);
        ASSERT_TRUE(done) << method << ": " << done.failure().what;
        EXPECT_TRUE(record.isProven);
        EXPECT_EQ(dos(), test::kRfnop) << method;
        const auto former = device.with([](test::SimDevice& it) {
            EXPECT_EQ(it.state().doxm.devowneruuid, test::kOwner);
            it.operatorReset();
            return it.state().doxm.deviceuuid;
        });
        expectBackInRfotm(former);
        record = {};
    }
}

TEST_F(OnboardingConnection, AWrongPinIsSaidAndTheNextOneWorks) {
    const auto former = temporary();
    pin = "0000";
    const auto wrong = ownBy("random-pin");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(exitFor(wrong.failure().reason), Exit::authentication);
    EXPECT_NE(wrong.failure().what.find("wrong PIN"), std::string::npos) << wrong.failure().what;
    EXPECT_EQ(record.key, nullptr);
    expectBackInRfotm(former);
    pin.clear();
    const auto right = ownBy("random-pin");
    EXPECT_TRUE(right) << right.failure().what;
}

TEST_F(OnboardingConnection, APinOfAnotherDeviceIsNotTriedOnThisOne) {
    assurance.current = test::kPairwise;
    plan.method = methodNamed("random-pin");
    NetworkPeer peer{wire, device.clear(), device.secure(), {100, 1ms}, 5s};
    const auto done = own(peer, plan, assurance, true, record);
    ASSERT_FALSE(done);
    EXPECT_NE(done.failure().what.find("another device answered"), std::string::npos) << done.failure().what;
}

TEST_F(OnboardingConnection, ADeviceOfAnUntrustedMakerIsNotTaken) {
    const auto former = temporary();
    const auto stranger = test::issue(test::authority("CN=Maker root"));
    roots = *parseMakerRoots(test::pemOf({stranger.der}), "roots");
    const auto done = ownBy("manufacturer-certificate");
    ASSERT_FALSE(done);
    EXPECT_EQ(exitFor(done.failure().reason), Exit::authentication);
    EXPECT_NE(done.failure().what.find("does not hold"), std::string::npos) << done.failure().what;
    EXPECT_NE(done.failure().next.find("--trust"), std::string::npos);
    expectBackInRfotm(former);
    roots = *parseMakerRoots(test::pemOf({maker.root.der}), "roots");
    const auto right = ownBy("manufacturer-certificate");
    EXPECT_TRUE(right) << right.failure().what;
}

} // namespace ocfsecd::obt
