// org.ocfsecd1.Credentials, .AccessControl and .Events; and who besides root may ask.

#include "service_fixture.h"

#include <stdexcept>
#include <systemd/sd-bus.h>

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

void check(int result) {
    if (result < 0)
        throw std::runtime_error{"polkit's stand-in"};
}

/// Answers as polkit's authority does, on sd-bus itself; the caller's bus name and the action are written down.
class Authority {
public:
    Authority(systemd::Loop& loop, const std::string& address) {
        check(sd_bus_new(&bus_));
        check(sd_bus_set_address(bus_, address.c_str()));
        check(sd_bus_set_bus_client(bus_, 1));
        check(sd_bus_start(bus_));
        check(sd_bus_add_object(
            bus_, nullptr, "/org/freedesktop/PolicyKit1/Authority",
            [](sd_bus_message* message, void* self, sd_bus_error*) {
                return static_cast<Authority*>(self)->onCall(message);
            },
            this));
        check(sd_bus_request_name(bus_, "org.freedesktop.PolicyKit1", 0));
        check(sd_bus_attach_event(bus_, loop.get(), 0));
    }
    ~Authority() { sd_bus_flush_close_unref(bus_); }
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    std::string granted; ///< this action
    std::vector<std::string> asked;

private:
    int onCall(sd_bus_message* message) {
        if (sd_bus_message_is_method_call(message, "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization") == 0)
            return 0;
        const char* action = nullptr;
        std::uint32_t flags = 1;
        check(sd_bus_message_skip(message, "(sa{sv})"));
        check(sd_bus_message_read(message, "s", &action));
        check(sd_bus_message_skip(message, "a{ss}"));
        check(sd_bus_message_read(message, "u", &flags));
        asked.push_back(std::string{action} + (flags == 0 ? "" : " with a prompt"));
        return sd_bus_reply_method_return(message, "(bba{ss})", granted == action, 0, 0);
    }
    sd_bus* bus_ = nullptr;
};

class PolkitTest : public RecordsTest {
protected:
    PolkitTest() : RecordsTest{test::PrivateBus::Policy::open} {}
};

TEST_F(PolkitTest, GrantsOthersExactlyTheActionItNames) {
    Authority polkit{loop_, bus_.address()};
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
    Authority polkit{loop_, bus_.address()};
    EXPECT_EQ(ask("Credentials", {"List"}).exitCode, 0);
    EXPECT_NE(ask("Manufacturer", {"CreateKey"}, kNobody).output.find("only root may do this"), std::string::npos);
    EXPECT_TRUE(polkit.asked.empty());
}

} // namespace
} // namespace ocfsecd::dbus
