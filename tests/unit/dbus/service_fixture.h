#pragma once
// The service on a private bus, with acts that write down what they were asked.

#include "bus_watcher.h"
#include "dbus/service.h"
#include "private_bus.h"
#include "systemd/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace ocfsecd::dbus {

inline constexpr uid_t kNobody = 65534;
inline constexpr const char* kDevice0 = "/org/ocfsecd1/device/0";

using Lines = std::vector<std::string>;

class ServiceTest : public testing::Test {
protected:
    explicit ServiceTest(test::PrivateBus::Policy policy = test::PrivateBus::Policy::project) : bus_{policy} {}

    void SetUp() override {
        ASSERT_EQ(bus_.problem(), "");
        former_ = journal::setSink([this](const journal::Entry& entry) { journal_.push_back(entry); });
        start();
    }
    void TearDown() override { journal::setSink(former_); }

    void start() {
        service_ = std::make_unique<Service>(loop_, bus_.address(), actions());
        ManagerView manager;
        manager.version = "0.1.0";
        manager.features = {"just-works"};
        manager.tpmManufacturer = "IBM";
        manager.tpmPolicy = "epoch";
        service_->publish(manager);
        view_.deviceId = *Uuid::parse("6a5f7b1e-33b1-4a0e-9d52-0c4b6f6d7a11");
        view_.name = "Gateway";
        view_.onboardingState = "rfotm";
        view_.supportedMethods = {"just-works"};
        view_.endpoints = {"coap://192.0.2.1:5683", "coaps://192.0.2.1:5684"};
        service_->publish(0, view_);
        ASSERT_TRUE(test::turnUntil(loop_, [this] { return service_->onBus(); }));
    }

    virtual Actions actions() {
        Actions out;
        out.reset = [this](unsigned device, const Actions::Done& done) {
            resets_.push_back(device);
            done(outcome_);
        };
        return out;
    }

    test::Ran busctl(std::vector<std::string> arguments, uid_t user = ::geteuid()) {
        arguments.insert(arguments.begin(), {"busctl", "--no-pager", "--address=" + bus_.address()});
        return test::runBeside(loop_, std::move(arguments), user);
    }
    std::string property(const std::string& name, const std::string& path = kDevice0,
                         const std::string& interface = "org.ocfsecd1.Device") {
        auto ran = busctl({"get-property", "org.ocfsecd1", path, interface, name});
        EXPECT_EQ(ran.exitCode, 0) << ran.output;
        return ran.output.substr(0, ran.output.find('\n'));
    }
    test::Ran call(const std::string& method, uid_t user = ::geteuid()) {
        return busctl({"call", "org.ocfsecd1", kDevice0, "org.ocfsecd1.Device", method}, user);
    }
    std::unique_ptr<test::BusWatcher> watch() { return std::make_unique<test::BusWatcher>(loop_, bus_.address()); }
    /// A call and its answer have passed: all signals before it have arrived.
    void settle() { property("Name"); }

    test::PrivateBus bus_;
    systemd::Loop loop_;
    std::vector<journal::Entry> journal_;
    journal::Sink former_;
    std::vector<unsigned> resets_;
    Result<void> outcome_;
    DeviceView view_;
    std::unique_ptr<Service> service_;
};

/// Those who ask are root, for one of the device's interfaces.
class ActingTest : public ServiceTest {
protected:
    explicit ActingTest(test::PrivateBus::Policy policy = test::PrivateBus::Policy::project) : ServiceTest{policy} {}

    void SetUp() override {
        if (::geteuid() != 0)
            GTEST_SKIP() << "needs root to act";
        ServiceTest::SetUp();
    }
    test::Ran ask(const std::string& interface, std::vector<std::string> what, uid_t user = ::geteuid()) {
        what.insert(what.begin(), {"call", "org.ocfsecd1", kDevice0, "org.ocfsecd1." + interface});
        return busctl(std::move(what), user);
    }
};

} // namespace ocfsecd::dbus
