// org.ocfsecd1.Credentials, .AccessControl and .Events; and who besides root may ask.

#include "authority.h"
#include "service_fixture.h"

namespace ocfsecd::dbus {
namespace {

class RecordsTest : public ActingTest {
protected:
    using ActingTest::ActingTest;

    Actions actions() override {
        auto out = ServiceTest::actions();
        out.credentials = [](unsigned) -> Result<std::vector<CredentialView>> {
            return std::vector<CredentialView>{{7, "*", 1, "", "derived", true, "", {}}};
        };
        out.events = [](unsigned) -> Result<std::vector<EventView>> { return std::vector<EventView>{kEvent}; };
        out.checkAccess = [this](unsigned, const std::string& subject, const std::string& href,
                                 const std::string& operation) -> Result<AccessView> {
            if (!outcome_)
                return outcome_.failure();
            return AccessView{false, subject + " " + href + " " + operation};
        };
        return out;
    }
    static inline const EventView kEvent{"AC-1", 1, 2, 3, "Access denied", {"a", "b"}};
};

TEST_F(RecordsTest, ListsCredentialsAndEvents) {
    EXPECT_EQ(ask("Credentials", {"List"}).output,
              "aa{sv} 1 6 \"credid\" u 7 \"origin\" s \"derived\" \"sealed\" b true \"subject\" s \"*\" \"type\" u 1 "
              "\"usage\" s \"\"\n");
    EXPECT_EQ(ask("Events", {"List"}).output,
              "aa{sv} 1 6 \"aeid\" s \"AC-1\" \"auxiliary\" as 2 \"a\" \"b\" \"category\" u 1 \"message\" s "
              "\"Access denied\" \"priority\" u 2 \"time\" x 3\n");
}

TEST_F(RecordsTest, SignalsAnEventOnce) {
    const auto watcher = watch();
    service_->record(0, kEvent);
    settle();
    EXPECT_EQ(watcher->signals, Lines{"Recorded"});
}

TEST_F(RecordsTest, TellsTheDecisionAndItsReason) {
    EXPECT_EQ(ask("AccessControl", {"CheckAccess", "sss", "anon-clear", "/oic/d", "retrieve"}).output,
              "bs false \"anon-clear /oic/d retrieve\"\n");
    outcome_ = Failure{Reason::notFound, "there is no resource /x", "ask /oic/res"};
    const auto refused = ask("AccessControl", {"CheckAccess", "sss", "anon-clear", "/x", "retrieve"});
    EXPECT_NE(refused.output.find("there is no resource /x"), std::string::npos) << refused.output;
}

TEST_F(RecordsTest, WithoutPolkitOnlyRootMayAsk) {
    for (const auto* interface : {"Credentials", "Events"}) {
        const auto refused = ask(interface, {"List"}, kNobody);
        EXPECT_NE(refused.exitCode, 0);
        EXPECT_NE(refused.output.find("only root may do this"), std::string::npos) << refused.output;
    }
}

class PolkitTest : public RecordsTest {
protected:
    PolkitTest() : RecordsTest{test::PrivateBus::Policy::open} {}
};

TEST_F(PolkitTest, GrantsOthersExactlyTheActionItNames) {
    test::Authority polkit{loop_, bus_.address()};
    polkit.granted = "org.ocfsecd1.inspect";
    EXPECT_EQ(ask("Credentials", {"List"}, kNobody).exitCode, 0);
    EXPECT_NE(ask("Device", {"Reset"}, kNobody).output.find("only root may do this"), std::string::npos);
    EXPECT_EQ(polkit.asked, (Lines{"org.ocfsecd1.inspect", "org.ocfsecd1.reset"}));
    EXPECT_TRUE(resets_.empty());
    polkit.granted = "org.ocfsecd1.reset";
    EXPECT_EQ(ask("Device", {"Reset"}, kNobody).exitCode, 0);
    EXPECT_EQ(resets_, std::vector<unsigned>{0});
}

TEST_F(PolkitTest, IsNotAskedAboutRootNorAboutTheManufacturersKey) {
    test::Authority polkit{loop_, bus_.address()};
    EXPECT_EQ(ask("Credentials", {"List"}).exitCode, 0);
    EXPECT_NE(ask("Manufacturer", {"CreateKey"}, kNobody).output.find("only root may do this"), std::string::npos);
    EXPECT_TRUE(polkit.asked.empty());
}

} // namespace
} // namespace ocfsecd::dbus
