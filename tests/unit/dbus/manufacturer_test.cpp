// org.ocfsecd1.Manufacturer: the maker's key goes in by a descriptor, and only root puts it there.

#include "service_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <systemd/sd-bus.h>

namespace ocfsecd::dbus {
namespace {

class ManufacturerTest : public ActingTest {
protected:
    using ActingTest::ActingTest;

    Actions actions() override {
        auto out = ServiceTest::actions();
        out.importManufacturer = [this](unsigned, const std::string& chain, const SharedSecret& key,
                                        const Actions::Done& done) {
            asked_.push_back("import " + chain + " " + std::string{textOf(key->view())});
            done(outcome_);
        };
        out.createManufacturerKey = [](unsigned, const auto& done) { done(std::string{"REQUEST"}); };
        out.setManufacturerChain = [this](unsigned, const std::string& chain, const Actions::Done& done) {
            asked_.push_back("chain " + chain);
            done(outcome_);
        };
        return out;
    }
    test::Ran ask(std::vector<std::string> what, uid_t user = ::geteuid()) {
        return ActingTest::ask("Manufacturer", std::move(what), user);
    }
    /// Import with this descriptor: the name of the error, or "".
    std::string import(const std::string& chain, int key) {
        sd_bus* bus = nullptr;
        EXPECT_GE(sd_bus_new(&bus), 0);
        EXPECT_GE(sd_bus_set_address(bus, bus_.address().c_str()), 0);
        EXPECT_GE(sd_bus_set_bus_client(bus, 1), 0);
        EXPECT_GE(sd_bus_negotiate_fds(bus, 1), 0);
        EXPECT_GE(sd_bus_start(bus), 0);
        EXPECT_GE(sd_bus_attach_event(bus, loop_.get(), 0), 0);
        std::optional<std::string> outcome;
        EXPECT_GE(sd_bus_call_method_async(
                      bus, nullptr, "org.ocfsecd1", kDevice0, "org.ocfsecd1.Manufacturer", "Import",
                      [](sd_bus_message* reply, void* to, sd_bus_error*) {
                          const auto* error = sd_bus_message_get_error(reply);
                          *static_cast<std::optional<std::string>*>(to) = error != nullptr ? error->name : "";
                          return 0;
                      },
                      &outcome, "sh", chain.c_str(), key),
                  0);
        EXPECT_TRUE(test::turnUntil(loop_, [&] { return outcome.has_value(); }));
        sd_bus_flush_close_unref(bus);
        return outcome.value_or("no answer");
    }
    static int memoryFile(const std::string& content) {
        const int fd = ::memfd_create("key", MFD_CLOEXEC);
        EXPECT_EQ(::write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
        return fd;
    }
    Lines asked_;
};

TEST_F(ManufacturerTest, TakesTheKeyFromTheBeginningOfADescriptor) {
    const int key = memoryFile("KEY");
    EXPECT_EQ(import("CHAIN", key), "");
    EXPECT_EQ(asked_, Lines{"import CHAIN KEY"});
    outcome_ = Failure{Reason::precondition, "the certificate is not for this private key", ""};
    EXPECT_EQ(import("CHAIN", key), "org.ocfsecd1.Error.WrongState");
    ::close(key);
}

TEST_F(ManufacturerTest, RefusesWhatCannotBeAKeyFile) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    EXPECT_EQ(import("CHAIN", pipe[0]), "org.ocfsecd1.Error.InvalidArgs") << "whoever writes may never come";
    const int empty = memoryFile("");
    const int huge = memoryFile(std::string(8193, 'k'));
    const int good = memoryFile("KEY");
    EXPECT_EQ(import("CHAIN", empty), "org.ocfsecd1.Error.InvalidArgs");
    EXPECT_EQ(import("CHAIN", huge), "org.ocfsecd1.Error.LimitReached");
    EXPECT_EQ(import(std::string(16'385, 'c'), good), "org.ocfsecd1.Error.LimitReached");
    EXPECT_TRUE(asked_.empty());
    for (const int fd : {pipe[0], pipe[1], empty, huge, good})
        ::close(fd);
}

TEST_F(ManufacturerTest, GivesTheRequestAndTakesTheChain) {
    EXPECT_EQ(ask({"CreateKey"}).output, "s \"REQUEST\"\n");
    EXPECT_EQ(ask({"SetChain", "s", "CHAIN"}).exitCode, 0);
    EXPECT_EQ(asked_, Lines{"chain CHAIN"});
}

TEST_F(ManufacturerTest, ShowsWhatIsInstalledToEverybodyAndSignalsIt) {
    EXPECT_EQ(property("Certificate", kDevice0, "org.ocfsecd1.Manufacturer"), "a{sv} 0");
    const auto watcher = watch();
    view_.manufacturerCertificate = CertificateView{"Maker's gateway", 1, 2, "PEM"};
    service_->publish(0, view_);
    settle();
    EXPECT_EQ(watcher->signals, Lines{"changed /org/ocfsecd1/device/0 Certificate"});
    EXPECT_EQ(
        busctl({"get-property", "org.ocfsecd1", kDevice0, "org.ocfsecd1.Manufacturer", "Certificate"}, kNobody).output,
        "a{sv} 4 \"chain\" s \"PEM\" \"notAfter\" x 2 \"notBefore\" x 1 \"subject\" s \"Maker\\'s gateway\"\n");
}

class OpenManufacturerTest : public ManufacturerTest {
protected:
    OpenManufacturerTest() : ManufacturerTest{test::PrivateBus::Policy::open} {}
};

TEST_F(OpenManufacturerTest, AnUnauthorisedUserIsRefusedByTheServiceItself) {
    for (const auto& call : {Lines{"CreateKey"}, Lines{"SetChain", "s", "CHAIN"}}) {
        const auto refused = ask(call, kNobody);
        EXPECT_NE(refused.output.find("only root may do this"), std::string::npos) << refused.output;
    }
    EXPECT_TRUE(asked_.empty());
}

} // namespace
} // namespace ocfsecd::dbus
