// The program itself, against the daemon's own face on a private bus with the installed policy.

#include "dbus/service.h"
#include "private_bus.h"
#include "systemd/journal.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace ocfsecd {
namespace {

constexpr uid_t kNobody = 65534;
constexpr const char* kDevice = "6a5f7b1e-33b1-4a0e-9d52-0c4b6f6d7a11";

class Ocfctl : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(bus_.problem(), "");
        former_ = journal::setSink([](const journal::Entry&) {});
    }
    void TearDown() override { journal::setSink(former_); }

    void startDaemon() {
        dbus::Actions actions;
        actions.reset = [this](unsigned device, const auto& done) {
            resets_.push_back(device);
            done(outcome_);
        };
        actions.softReset = [this](unsigned device, const auto& done) {
            softResets_.push_back(device);
            done(outcome_);
        };
        actions.openWindow = [this](unsigned, Duration time) {
            windows_.push_back(time);
            return outcome_;
        };
        actions.pin = [this](unsigned) -> Result<dbus::PinView> {
            if (outcome_)
                return dbus::PinView{shareSecret(viewOf("31415926")), loop_.now() + 60s};
            return outcome_.failure();
        };
        actions.mayShowPins = [](unsigned) { return Result<void>{}; };
        actions.setPinDisplay = [this](unsigned, bool somebody) {
            if (!somebody)
                return; // as a tool that has waited for it, tries a wrong PIN, and then the right one
            service_->cancelPin(0, "reset");
            service_->displayPin(0, {shareSecret(viewOf("27182818")), loop_.now() + 60s});
            service_->cancelPin(0, "used");
        };
        actions.importManufacturer = [this](unsigned, const std::string& chain, const SharedSecret& key,
                                            const auto& done) {
            made_.push_back(chain + "+" + std::string{textOf(key->view())});
            done(outcome_);
        };
        actions.createManufacturerKey = [](unsigned, const auto& done) { done(std::string{"REQUEST\n"}); };
        actions.setManufacturerChain = [this](unsigned, const std::string& chain, const auto& done) {
            made_.push_back(chain);
            done(outcome_);
        };
        service_ = std::make_unique<dbus::Service>(loop_, bus_.address(), std::move(actions));
        manager_.version = "0.1.0";
        service_->publish(manager_);
        device_.deviceId = *Uuid::parse(kDevice);
        device_.name = "Gateway";
        device_.onboardingState = "rfotm";
        service_->publish(0, device_);
        ASSERT_TRUE(test::turnUntil(loop_, [this] { return service_->onBus(); }));
    }

    /// Without a terminal: nobody answers questions. `bus` stands before the command, --json and the like behind.
    test::Ran run(std::vector<std::string> arguments, uid_t user = ::geteuid(), const std::string& bus = {}) {
        // At an address where nobody listens, sdbus-c++ 1.2 itself loses memory: not what is tested here.
        std::vector<std::string> command{"env",   "ASAN_OPTIONS=detect_leaks=0",        "sh",
                                         "-c",    R"(exec "$0" "$@" )" + redirections_, programFor(user),
                                         "--bus", bus.empty() ? bus_.address() : bus};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return test::runBeside(loop_, std::move(command), user);
    }

    /// Others may not enter the folder the tree was built in: they get a copy beside the bus, which goes with it.
    std::string programFor(uid_t user) {
        if (user == ::geteuid())
            return OCFCTL_PROGRAM;
        const auto copy =
            std::filesystem::path{bus_.address().substr(bus_.address().find('/'))}.parent_path() / "ocfctl";
        std::filesystem::copy_file(OCFCTL_PROGRAM, copy, std::filesystem::copy_options::skip_existing);
        std::filesystem::permissions(copy, std::filesystem::perms{0755});
        return copy;
    }

    test::PrivateBus bus_;
    systemd::Loop loop_;
    journal::Sink former_;
    dbus::ManagerView manager_;
    dbus::DeviceView device_;
    std::vector<unsigned> resets_;
    std::vector<unsigned> softResets_;
    std::vector<Duration> windows_;
    std::string redirections_ = "</dev/null";
    std::vector<std::string> made_;
    Result<void> outcome_;
    std::unique_ptr<dbus::Service> service_;
};

TEST_F(Ocfctl, StatusShowsTheDeviceAndExitsWithZero) {
    startDaemon();
    const auto ran = run({"status"});
    EXPECT_EQ(ran.exitCode, 0) << ran.output;
    EXPECT_NE(ran.output.find(kDevice), std::string::npos) << ran.output;
}

TEST_F(Ocfctl, StatusAsJsonCarriesEveryPropertyOverTheBus) {
    manager_.features = {"just-works", "owner-credential"};
    manager_.tpmManufacturer = "IBM";
    manager_.tpmPolicy = "epoch";
    manager_.sealedObjects = 1;
    device_.owned = device_.operational = device_.pending = true;
    device_.phase = "owned";
    device_.selectedMethod = "just-works";
    device_.supportedMethods = {"just-works"};
    device_.ownerId = Uuid::parse("11111111-2222-4333-8444-555555555555");
    device_.ownerCredential = dbus::OwnerCredentialView{7, "derived", true};
    device_.endpoints = {"coaps://192.0.2.1:5684"};
    device_.sessions = 3;
    startDaemon();
    const auto ran = run({"status", "--json"});
    EXPECT_EQ(ran.exitCode, 0) << ran.output;
    const auto json = nlohmann::json::parse(ran.output, nullptr, false);
    EXPECT_EQ(json, (nlohmann::json{{"version", "0.1.0"},
                                    {"features", {"just-works", "owner-credential"}},
                                    {"tpm",
                                     {{"state", "ok"},
                                      {"failure", nullptr},
                                      {"remedy", nullptr},
                                      {"manufacturer", "IBM"},
                                      {"policy", "epoch"},
                                      {"sealedObjects", 1}}},
                                    {"devices",
                                     {{{"index", 0},
                                       {"deviceId", kDevice},
                                       {"name", "Gateway"},
                                       {"onboardingState", "rfotm"},
                                       {"phase", "owned"},
                                       {"pending", true},
                                       {"owned", true},
                                       {"ownerId", "11111111-2222-4333-8444-555555555555"},
                                       {"ownerCredential", {{"credid", 7}, {"origin", "derived"}, {"sealed", true}}},
                                       {"operational", true},
                                       {"supportedMethods", {"just-works"}},
                                       {"selectedMethod", "just-works"},
                                       {"endpoints", {"coaps://192.0.2.1:5684"}},
                                       {"sessions", 3}}}}}))
        << ran.output;
}

TEST_F(Ocfctl, StatusIsForEverybody) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to be somebody else";
    startDaemon();
    EXPECT_EQ(run({"status"}, kNobody).exitCode, 0);
}

TEST_F(Ocfctl, StatusOfANamedFailureTellsTheRemedyAndExitsWithOne) {
    manager_.tpmState = "tpm-unavailable";
    manager_.tpmFailureText = "no TPM at /dev/tpmrm0";
    manager_.tpmRemedy = "check Tcti=";
    startDaemon();
    const auto ran = run({"status"});
    EXPECT_EQ(ran.exitCode, 1);
    EXPECT_NE(ran.output.find("check Tcti="), std::string::npos) << ran.output;
}

TEST_F(Ocfctl, WithoutTheDaemonItTellsHowToStartItAndExitsWithThree) {
    for (const auto* command : {"status", "reset", "soft-reset"}) {
        const auto ran = run({command});
        EXPECT_EQ(ran.exitCode, 3) << ran.output;
        EXPECT_NE(ran.output.find("systemctl start ocfsecd"), std::string::npos) << ran.output;
    }
}

TEST_F(Ocfctl, WithoutABusItSaysSoAndExitsWithThree) {
    const auto ran = run({"status", "--json"}, ::geteuid(), "unix:path=/nonexistent");
    EXPECT_EQ(ran.exitCode, 3) << ran.output;
    EXPECT_NE(ran.output.find("\"reason\": \"unavailable\""), std::string::npos) << ran.output;
}

TEST_F(Ocfctl, AWrongCommandLineExitsWithTwo) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{{}, {"explode"}, {"status", "--nonsense"}})
        EXPECT_EQ(run(arguments).exitCode, 2);
}

TEST_F(Ocfctl, ResetWithoutConfirmationDoesNothing) {
    startDaemon();
    const auto ran = run({"reset"});
    EXPECT_EQ(ran.exitCode, 4) << ran.output;
    EXPECT_NE(ran.output.find("--yes"), std::string::npos) << ran.output;
    EXPECT_TRUE(resets_.empty());
}

TEST_F(Ocfctl, ResetActsOnTheOnlyDeviceOrOnTheNamedOne) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may act";
    startDaemon();
    EXPECT_EQ(run({"reset", "--yes"}).exitCode, 0);
    dbus::DeviceView second;
    second.deviceId = *Uuid::parse("6a5f7b1e-33b1-4a0e-9d52-0c4b6f6d7a12");
    service_->publish(3, second);
    EXPECT_EQ(run({"reset", "--yes"}).exitCode, 4) << "there are two";
    EXPECT_EQ(run({"reset", "1", "--yes"}).exitCode, 4) << "there is no such device";
    EXPECT_EQ(run({"reset", "3", "--yes"}).exitCode, 0);
    EXPECT_EQ(run({"-y", "reset", kDevice}).exitCode, 0);
    EXPECT_EQ(resets_, (std::vector<unsigned>{0, 3, 0}));
    EXPECT_TRUE(softResets_.empty());
}

TEST_F(Ocfctl, SoftResetTellsWhyTheDaemonRefuses) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may act";
    startDaemon();
    outcome_ = Failure{Reason::precondition, "the device has no owner", "onboard it first"};
    const auto ran = run({"soft-reset", "--yes"});
    EXPECT_EQ(ran.exitCode, 5) << ran.output;
    EXPECT_NE(ran.output.find("the device has no owner; onboard it first"), std::string::npos) << ran.output;
    EXPECT_EQ(softResets_, (std::vector<unsigned>{0}));
}

TEST_F(Ocfctl, WindowOpensForTheTimeAsked) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may act";
    startDaemon();
    EXPECT_EQ(run({"window", "open"}).exitCode, 0);
    EXPECT_EQ(run({"window", "open", "0", "--for", "90"}).exitCode, 0);
    EXPECT_EQ(run({"window", "open", "--for", "86401"}).exitCode, 2);
    EXPECT_EQ(run({"window"}).exitCode, 2);
    EXPECT_EQ(windows_, (std::vector<Duration>{0s, 90s}));
    outcome_ = Failure{Reason::precondition, "the device has an owner", "reset it first"};
    EXPECT_EQ(run({"window", "open"}).exitCode, 5);
}

TEST_F(Ocfctl, PinShowsThePinOrWhyThereIsNone) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may act";
    startDaemon();
    const auto ran = run({"pin", "--json"});
    EXPECT_EQ(ran.exitCode, 0);
    EXPECT_EQ(nlohmann::json::parse(ran.output, nullptr, false),
              (nlohmann::json{{"device", 0}, {"pin", "31415926"}, {"expiresIn", 60}}))
        << ran.output;
    outcome_ = Failure{Reason::precondition, "there is no PIN: no tool has asked for one", "select the method"};
    const auto none = run({"pin"});
    EXPECT_EQ(none.exitCode, 5);
    EXPECT_NE(none.output.find("no tool has asked for one; select the method"), std::string::npos) << none.output;
}

TEST_F(Ocfctl, PinWaitShowsPinsUntilTheRightOneIsUsed) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may act";
    startDaemon();
    const auto ran = run({"pin", "--wait"});
    EXPECT_EQ(ran.exitCode, 0) << ran.output;
    EXPECT_NE(ran.output.find("PIN 31415926   good for one attempt within 60 s"), std::string::npos) << ran.output;
    EXPECT_NE(ran.output.find("the PIN is void: reset; the next one is shown here\nPIN 27182818 "), std::string::npos)
        << ran.output;
    EXPECT_TRUE(ran.output.ends_with("the PIN is void: used\n")) << ran.output;
}

TEST_F(Ocfctl, WhatTheDaemonFailsAtIsNoFaultOfTheProgram) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may act";
    startDaemon();
    outcome_ = Failure{Reason::inputOutput, "the disk is full", "make room"};
    const auto ran = run({"reset", "--yes"});
    EXPECT_EQ(ran.exitCode, 5) << ran.output;
    EXPECT_NE(ran.output.find("the disk is full"), std::string::npos) << ran.output;
}

TEST_F(Ocfctl, OutputThatCannotBeWrittenIsNoSuccess) {
    startDaemon();
    redirections_ = "</dev/null >/dev/full";
    const auto ran = run({"status"});
    EXPECT_EQ(ran.exitCode, 6);
    EXPECT_NE(ran.output.find("No space left"), std::string::npos) << ran.output;
}

TEST_F(Ocfctl, JsonIsAsciiWhateverOthersChose) {
    device_.name = "\u202eLampe\u009b31m";
    startDaemon();
    const auto ran = run({"status", "--json"});
    EXPECT_EQ(nlohmann::json::parse(ran.output, nullptr, false)["devices"][0]["name"], device_.name);
    EXPECT_TRUE(std::ranges::all_of(ran.output, [](char c) { return c > 0; })) << ran.output;
    EXPECT_EQ(run({"reset", "\xff", "--json"}).exitCode, 4) << "no UTF-8, and no such device";
}

TEST_F(Ocfctl, MfgHandsOverFilesAndPrintsTheRequest) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may act";
    startDaemon();
    const auto folder = std::filesystem::path{bus_.address().substr(bus_.address().find('/'))}.parent_path();
    const auto chain = (folder / "chain.pem").string();
    const auto key = (folder / "key.pem").string();
    std::ofstream{chain} << "CHAIN";
    std::ofstream{key} << "KEY";
    EXPECT_EQ(run({"mfg", "import", chain, key}).exitCode, 0);
    EXPECT_EQ(run({"mfg", "chain", chain}).exitCode, 0);
    EXPECT_EQ(made_, (std::vector<std::string>{"CHAIN+KEY", "CHAIN"}));
    EXPECT_EQ(run({"mfg", "create"}).output, "REQUEST\n");
    EXPECT_EQ(run({"mfg", "import", chain, "/nonexistent"}).exitCode, 2);
    EXPECT_EQ(run({"mfg", "import", chain, "/dev/null"}).exitCode, 5) << "no file with a key";
    EXPECT_EQ(run({"mfg", "chain"}).exitCode, 2);
    outcome_ = Failure{Reason::malformed, "certificate 1 of the chain is expired", "renew it"};
    const auto refused = run({"mfg", "chain", chain});
    EXPECT_EQ(refused.exitCode, 5);
    EXPECT_NE(refused.output.find("certificate 1 of the chain is expired"), std::string::npos) << refused.output;
}

TEST_F(Ocfctl, MfgShowTellsWhatIsInstalledToEverybody) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to be somebody else";
    startDaemon();
    EXPECT_NE(run({"mfg", "show"}).output.find("no manufacturer certificate"), std::string::npos);
    device_.manufacturerCertificate = dbus::CertificateView{"Maker's gateway", 0, 86'400, "PEM\n"};
    service_->publish(0, device_);
    EXPECT_NE(run({"mfg", "show"}, kNobody).output.find("1970-01-02 00:00:00 UTC"), std::string::npos);
    const auto json = nlohmann::json::parse(run({"mfg", "show", "--json"}).output, nullptr, false);
    EXPECT_EQ(json["certificate"]["subject"], "Maker's gateway");
}

TEST_F(Ocfctl, OthersThanRootAreRefusedAndTold) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to be somebody else";
    startDaemon();
    const auto ran = run({"reset", "--yes"}, kNobody);
    EXPECT_EQ(ran.exitCode, 5) << ran.output;
    EXPECT_NE(ran.output.find("sudo"), std::string::npos) << ran.output;
    EXPECT_TRUE(resets_.empty());
}

} // namespace
} // namespace ocfsecd
