#include "service_fixture.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>

namespace ocfsecd::dbus {
namespace {

const std::string kInterfaces = "org.ocfsecd1.Events org.ocfsecd1.AccessControl org.ocfsecd1.Credentials "
                                "org.ocfsecd1.Manufacturer org.ocfsecd1.Onboarding org.ocfsecd1.Device";

/// "org.ocfsecd1.Device property Sessions u" … of introspection data in XML, sorted.
Lines membersOf(const std::string& xml) {
    Lines members;
    const std::regex tag{R"rx(<(interface|method|property|signal|arg) ([^>]*)>)rx"};
    const std::regex attribute{R"rx((\w+)="([^"]*)")rx"};
    std::string interface;
    std::string method;
    for (std::sregex_iterator at{xml.begin(), xml.end(), tag}, end; at != end; ++at) {
        const auto kind = (*at)[1].str();
        const auto text = (*at)[2].str();
        std::map<std::string, std::string> of; // whatever their order
        for (std::sregex_iterator a{text.begin(), text.end(), attribute}; a != end; ++a)
            of[(*a)[1]] = (*a)[2];
        if (kind == "interface")
            interface = of["name"];
        else if (interface.starts_with("org.ocfsecd1.") && kind == "arg")
            members.push_back(interface + " method " + method + " " + of["direction"] + " " + of["name"] + " " +
                              of["type"]);
        else if (interface.starts_with("org.ocfsecd1."))
            members.push_back(interface + " " + kind + " " + of["name"] + " " + of["type"] + " " + of["access"]);
        if (kind == "method" || kind == "signal")
            method = of["name"];
    }
    std::sort(members.begin(), members.end());
    return members;
}

std::string readFile(const std::string& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

TEST_F(ServiceTest, ShowsExactlyWhatTheXmlAndTheSnapshotPromise) {
    auto manager = busctl({"introspect", "--xml-interface", "org.ocfsecd1", "/org/ocfsecd1"}).output;
    auto device = busctl({"introspect", "--xml-interface", "org.ocfsecd1", kDevice0}).output;
    EXPECT_EQ(membersOf(manager), membersOf(readFile(OCFSECD_MANAGER_XML)));
    std::string promised;
    for (const auto* file : {OCFSECD_DEVICE_XML, OCFSECD_ONBOARDING_XML, OCFSECD_MANUFACTURER_XML,
                             OCFSECD_CREDENTIALS_XML, OCFSECD_ACCESS_CONTROL_XML, OCFSECD_EVENTS_XML})
        promised += readFile(file);
    EXPECT_EQ(membersOf(device), membersOf(promised));
    std::string all;
    for (const auto& line : membersOf(manager + device))
        all += line + "\n";
    EXPECT_EQ(all, readFile(OCFSECD_DBUS_SNAPSHOT)) << "clients rely on it: change it only on purpose";
}

TEST_F(ServiceTest, ShowsEveryPropertyOfADevice) {
    EXPECT_EQ(property("DeviceId"), "s \"6a5f7b1e-33b1-4a0e-9d52-0c4b6f6d7a11\"");
    EXPECT_EQ(property("Name"), "s \"Gateway\"");
    EXPECT_EQ(property("OnboardingState"), "s \"rfotm\"");
    EXPECT_EQ(property("Phase"), "s \"idle\"");
    EXPECT_EQ(property("Owned"), "b false");
    EXPECT_EQ(property("OwnerId"), "s \"\"");
    EXPECT_EQ(property("OwnerCredential"), "a{sv} 0");
    EXPECT_EQ(property("SupportedMethods"), "as 1 \"just-works\"");
    EXPECT_EQ(property("Endpoints"), "as 2 \"coap://192.0.2.1:5683\" \"coaps://192.0.2.1:5684\"");
    view_.owned = view_.operational = view_.pending = true;
    view_.onboardingState = "rfnop";
    view_.phase = "owned";
    view_.selectedMethod = "just-works";
    view_.ownerId = Uuid::parse("11111111-2222-4333-8444-555555555555");
    view_.ownerCredential = OwnerCredentialView{7, "derived", true};
    view_.sessions = 3;
    service_->publish(0, view_);
    EXPECT_EQ(property("Owned"), "b true");
    EXPECT_EQ(property("Operational"), "b true");
    EXPECT_EQ(property("Pending"), "b true");
    EXPECT_EQ(property("OwnerId"), "s \"11111111-2222-4333-8444-555555555555\"");
    EXPECT_EQ(property("OwnerCredential"), "a{sv} 3 \"credid\" u 7 \"origin\" s \"derived\" \"sealed\" b true");
    EXPECT_EQ(property("SelectedMethod"), "s \"just-works\"");
    EXPECT_EQ(property("Sessions"), "u 3");
}

TEST_F(ServiceTest, ShowsTheManager) {
    const auto of = [this](const char* name) { return property(name, "/org/ocfsecd1", "org.ocfsecd1.Manager"); };
    EXPECT_EQ(of("Version"), "s \"0.1.0\"");
    EXPECT_EQ(of("Features"), "as 1 \"just-works\"");
    EXPECT_EQ(of("Devices"), "ao 1 \"/org/ocfsecd1/device/0\"");
    EXPECT_EQ(of("TpmState"), "s \"ok\"");
    EXPECT_EQ(of("TpmManufacturer"), "s \"IBM\"");
    EXPECT_EQ(of("SealedObjects"), "u 0");
}

TEST_F(ServiceTest, SignalsWhatChangedOnceAndTogether) {
    const auto watcher = watch();
    view_.phase = "connected";
    view_.selectedMethod = "just-works";
    service_->publish(0, view_);
    service_->publish(0, view_); // nothing new
    settle();
    EXPECT_EQ(watcher->signals, Lines{"changed /org/ocfsecd1/device/0 Phase SelectedMethod"});
    watcher->signals.clear();
    ManagerView manager;
    manager.version = "0.1.0";
    manager.tpmState = "tpm-unavailable";
    manager.tpmManufacturer = "IBM";
    manager.tpmPolicy = "epoch";
    service_->publish(manager);
    settle();
    EXPECT_EQ(watcher->signals, Lines{"changed /org/ocfsecd1 TpmState"});
}

TEST_F(ServiceTest, SignalsSessionsAtMostOnceASecond) {
    const auto watcher = watch();
    const auto start = loop_.now();
    for (view_.sessions = 1; view_.sessions <= 20; ++view_.sessions)
        service_->publish(0, view_);
    view_.phase = "connected";
    service_->publish(0, view_); // other changes do not wait, and do not take Sessions along
    ASSERT_TRUE(test::turnUntil(loop_, [&] { return watcher->signals.size() >= 3; }));
    EXPECT_EQ(watcher->signals,
              (Lines{"changed /org/ocfsecd1/device/0 Sessions", "changed /org/ocfsecd1/device/0 Phase",
                     "changed /org/ocfsecd1/device/0 Sessions"}));
    EXPECT_GE(loop_.now(), start + 1s);
    EXPECT_EQ(property("Sessions"), "u 21");
}

TEST_F(ServiceTest, AnnouncesDevicesThatComeAndGo) {
    const auto watcher = watch();
    service_->publish(3, view_);
    settle();
    EXPECT_EQ(watcher->signals,
              (Lines{"added /org/ocfsecd1/device/3 " + kInterfaces, "changed /org/ocfsecd1 Devices"}));
    watcher->signals.clear();
    service_->withdraw(3);
    service_->withdraw(3);
    settle();
    EXPECT_EQ(watcher->signals,
              (Lines{"removed /org/ocfsecd1/device/3 " + kInterfaces, "changed /org/ocfsecd1 Devices"}));
    EXPECT_EQ(property("Devices", "/org/ocfsecd1", "org.ocfsecd1.Manager"), "ao 1 \"/org/ocfsecd1/device/0\"");
}

TEST_F(ServiceTest, ListsItsObjects) {
    const auto ran =
        busctl({"call", "org.ocfsecd1", "/org/ocfsecd1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"},
               ::geteuid() == 0 ? kNobody : ::geteuid());
    EXPECT_EQ(ran.exitCode, 0) << ran.output;
    EXPECT_NE(ran.output.find("\"/org/ocfsecd1/device/0\""), std::string::npos) << ran.output;
}

TEST_F(ServiceTest, AnyoneMayReadAndNobodyElseMayAct) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to be somebody else";
    EXPECT_EQ(busctl({"get-property", "org.ocfsecd1", kDevice0, "org.ocfsecd1.Device", "Owned"}, kNobody).output,
              "b false\n");
    EXPECT_EQ(busctl({"introspect", "org.ocfsecd1", kDevice0}, kNobody).exitCode, 0);
    const auto refused = call("Reset", kNobody);
    EXPECT_NE(refused.exitCode, 0);
    EXPECT_NE(refused.output.find("only root may do this"), std::string::npos) << refused.output;
    EXPECT_TRUE(resets_.empty());
    EXPECT_EQ(call("Reset").exitCode, 0) << "root";
    EXPECT_EQ(resets_, std::vector<unsigned>{0});
}

TEST_F(ServiceTest, NobodyElseMayPoseAsTheAgent) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to be somebody else";
    const auto ran = busctl({"call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                             "RequestName", "su", "org.ocfsecd1", "2"},
                            kNobody);
    EXPECT_NE(ran.exitCode, 0);
    EXPECT_NE(ran.output.find("denied"), std::string::npos) << ran.output;
}

TEST_F(ServiceTest, TellsWhyAnActionFailed) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to act";
    outcome_ = Failure{Reason::tpmUnavailable, "the TPM does not answer", "check /dev/tpmrm0"};
    const auto ran = call("Reset");
    EXPECT_NE(ran.exitCode, 0);
    EXPECT_NE(ran.output.find("the TPM does not answer; check /dev/tpmrm0"), std::string::npos) << ran.output;
    const auto absent = call("SoftReset"); // no such action in this test
    EXPECT_NE(absent.output.find("the agent cannot do this now"), std::string::npos) << absent.output;
}

TEST_F(ServiceTest, SurvivesTheBusAndComesBackWithAllObjects) {
    bus_.kill();
    ASSERT_TRUE(test::turnUntil(loop_, [this] { return !service_->onBus(); }));
    view_.phase = "connected"; // life goes on meanwhile
    service_->publish(0, view_);
    service_->publish(1, view_);
    bus_.start();
    ASSERT_EQ(bus_.problem(), "");
    const auto watcher = watch();
    ASSERT_TRUE(test::turnUntil(loop_, [this] { return service_->onBus(); }));
    settle();
    EXPECT_EQ(property("Phase"), "s \"connected\"");
    EXPECT_EQ(property("Devices", "/org/ocfsecd1", "org.ocfsecd1.Manager"),
              "ao 2 \"/org/ocfsecd1/device/0\" \"/org/ocfsecd1/device/1\"");
    EXPECT_EQ(watcher->signals,
              (Lines{"added /org/ocfsecd1 org.ocfsecd1.Manager", "added /org/ocfsecd1/device/0 " + kInterfaces,
                     "added /org/ocfsecd1/device/1 " + kInterfaces}));
    ASSERT_EQ(journal_.size(), 2u) << "once each, however long it took";
    EXPECT_EQ(journal_[0].id, journal::id::busLost);
    EXPECT_EQ(journal_[1].id, journal::id::busRegained);
}

TEST_F(ServiceTest, WaitsForABusThatIsNotThereYet) {
    service_.reset();
    bus_.kill();
    journal_.clear();
    service_ = std::make_unique<Service>(loop_, bus_.address(), actions());
    service_->publish(0, view_);
    ASSERT_TRUE(test::turnUntil(loop_, [this] { return !journal_.empty(); }));
    EXPECT_EQ(journal_[0].id, journal::id::busLost);
    bus_.start();
    ASSERT_TRUE(test::turnUntil(loop_, [this] { return service_->onBus(); }));
    EXPECT_EQ(property("Name"), "s \"Gateway\"");
}

TEST_F(ServiceTest, WaitsForANameThatAnotherProcessHas) {
    journal_.clear();
    auto first = std::move(service_);
    service_ = std::make_unique<Service>(loop_, bus_.address(), actions());
    ASSERT_TRUE(test::turnUntil(loop_, [this] { return !journal_.empty(); }));
    EXPECT_NE(journal_[0].text.find("another process owns the name"), std::string::npos) << journal_[0].text;
    EXPECT_TRUE(first->onBus());
    first.reset();
    EXPECT_TRUE(test::turnUntil(loop_, [this] { return service_->onBus(); }));
}

/// A bus whose policy forbids nothing: the service's own check decides.
class OpenBusTest : public ServiceTest {
protected:
    OpenBusTest() : ServiceTest{test::PrivateBus::Policy::open} {}
    Actions actions() override {
        Actions out;
        out.reset = [this](unsigned, Actions::Done done) { waiting_.push_back(std::move(done)); };
        out.softReset = [this](unsigned, const Actions::Done& done) { done(outcome_); };
        return out;
    }
    std::vector<Actions::Done> waiting_;
};

TEST_F(OpenBusTest, AnUnauthorisedUserIsRefusedByTheServiceItself) {
    const auto refused = call("SoftReset", ::geteuid() == 0 ? kNobody : ::geteuid());
    EXPECT_NE(refused.exitCode, 0);
    EXPECT_NE(refused.output.find("only root may do this"), std::string::npos) << refused.output;
    EXPECT_TRUE(waiting_.empty());
    if (::geteuid() == 0) {
        EXPECT_EQ(call("SoftReset").exitCode, 0);
    }
}

TEST_F(OpenBusTest, AnAnswerThatComesAfterTheBusHasDiedHurtsNobody) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to act";
    systemd::PostSource whenAsked{loop_, [&] {
                                      if (waiting_.size() == 1)
                                          bus_.kill();
                                  }};
    EXPECT_NE(call("Reset").exitCode, 0);
    ASSERT_EQ(waiting_.size(), 1u);
    whenAsked = systemd::PostSource{};
    waiting_[0](Failure{Reason::busy, "too late", ""});
    bus_.start();
    ASSERT_TRUE(test::turnUntil(loop_, [this] { return service_->onBus(); }));
    waiting_[0]({}); // and once more, to the new connection
    EXPECT_EQ(property("Name"), "s \"Gateway\"");
}

TEST_F(OpenBusTest, ADeviceThatIsWithdrawnAnswersItsWaitingCalls) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to act";
    systemd::PostSource whenAsked{loop_, [&] {
                                      if (waiting_.size() == 1)
                                          service_->withdraw(0);
                                  }};
    const auto ran = call("Reset");
    EXPECT_NE(ran.output.find("the device is gone"), std::string::npos) << ran.output;
    waiting_[0]({});
    service_.reset();
    waiting_[0]({});
}

} // namespace
} // namespace ocfsecd::dbus
