// The owner transfer methods beside Just Works: what is asked of the user when, and what enters the key.
#include "fake_peer.h"
#include "svr/owner_credential.h"
#include "tools/obt/own.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

const Uuid kSelf = *Uuid::parse("b0b00000-1111-2222-3333-444444444444");
const Uuid kDevice = *Uuid::parse("a71c3000-5555-6666-7777-888888888888");
const Uuid kTemporary = *Uuid::parse("11111111-2222-4333-8444-555555555555");

/// Facts 5.2: master secret 00 01 … 2f, client random c0 c1 …, server random 50 51 ….
SecretBytes vectorKeyBlock(std::size_t size) {
    Bytes master(48), client(32), server(32);
    for (std::size_t i = 0; i < master.size(); ++i)
        master[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < client.size(); ++i) {
        client[i] = static_cast<std::uint8_t>(0xc0 + i);
        server[i] = static_cast<std::uint8_t>(0x50 + i);
    }
    return svr::tlsKeyBlock(master, server, client, size);
}

struct Record final : OwnRecord {
    SharedSecret key;
    std::vector<std::string> told;
    void step(std::string_view name) override { told.emplace_back(name); }
    Result<void> keep(SharedSecret ownerKey) override {
        key = std::move(ownerKey);
        return {};
    }
    Result<void> proven() override { return {}; }
    void dropped() override {}
};

struct Methods : ::testing::Test {
    Methods() {
        plan.self = plan.cms = plan.ams = kSelf;
        plan.device = kDevice;
        plan.domain = kSelf;
        peer.bodies["/oic/sec/doxm"] = cbor::Map{{"owned", true},
                                                 {"deviceuuid", kDevice.text()},
                                                 {"devowneruuid", kSelf.text()},
                                                 {"rowneruuid", kSelf.text()}};
        assurance.current = kTemporary;
        assurance.askPin = [this]() -> Result<SharedSecret> {
            askedAfter = peer.log.size();
            if (!pin)
                return Failure{Reason::limitReached, "no PIN was typed", ""};
            return pin;
        };
        assurance.judge = [this](const std::vector<Bytes>& chain) -> Result<void> {
            judged = chain;
            if (trusted)
                return {};
            return Failure{Reason::handshakeFailed, "unknown maker", "use --trust"};
        };
    }
    Result<void> ownBy(std::string_view method, std::size_t keyBlock) {
        plan.method = methodNamed(method);
        peer.keyBlock = copyOf(vectorKeyBlock(keyBlock).view());
        return own(peer, plan, assurance, false, record);
    }
    std::string selected() const { return peer.log.empty() ? "" : cbor::diagnostic(peer.log.front().body); }

    FakePeer peer;
    OwnPlan plan;
    Assurance assurance;
    Record record;
    SharedSecret pin = shareSecret(viewOf("12345678"));
    bool trusted = true;
    std::size_t askedAfter = 0;
    std::vector<Bytes> judged;
};

} // namespace

TEST_F(Methods, ThePinIsAskedForOnceTheDeviceShowsIt) {
    ASSERT_TRUE(ownBy("random-pin", 96));
    EXPECT_EQ(selected(), "{\"oxmsel\": 1}");
    EXPECT_EQ(askedAfter, 1U) << "after the selection, before anything else";
    EXPECT_EQ(peer.pinOffered, "12345678");
    EXPECT_EQ(peer.pinOf, kTemporary) << "the PIN's salt is the UUID before the onboarding";
    EXPECT_EQ(peer.log[1].via, "pin");
    EXPECT_EQ(toHex(record.key->view()), "a16e5ed9610d1defe14fc0a116f5f6ad");
}

TEST_F(Methods, WithoutAPinNothingIsOpened) {
    pin = nullptr;
    const auto done = ownBy("random-pin", 96);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().what, "no PIN was typed");
    EXPECT_EQ(peer.log.size(), 1U);
}

TEST_F(Methods, AFailedHandshakeIsToldWithItsOwnRemedy) {
    peer.anonymousFails = Failure{Reason::handshakeFailed, "wrong PIN", "with a new PIN"};
    const auto done = ownBy("random-pin", 96);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().reason, Reason::handshakeFailed);
    EXPECT_EQ(done.failure().what, "the onboarding connection: wrong PIN");
    EXPECT_EQ(done.failure().next, "with a new PIN");
    EXPECT_EQ(record.key, nullptr);
}

TEST_F(Methods, TheKeyOfACertificateMethodIsThatOfTheVectors) {
    peer.chain = {Bytes{1}, Bytes{2}};
    const std::pair<std::size_t, std::string_view> vectors[] = {{40, "c28e365ee130d074034a622c01b20d16"},
                                                                {72, "cba7d3e31bb5e1c77260fae3b110fd04"},
                                                                {120, "df78341dfdf56035ca8e6d9d5f6639c2"}};
    for (const auto& [size, key] : vectors) {
        peer.log.clear();
        ASSERT_TRUE(ownBy("manufacturer-certificate", size));
        EXPECT_EQ(selected(), "{\"oxmsel\": 2}");
        EXPECT_EQ(peer.log[1].via, "certificate");
        EXPECT_EQ(judged, peer.chain);
        EXPECT_EQ(toHex(record.key->view()), key) << size;
    }
}

TEST_F(Methods, TheVendorsMethodHasANameOfItsOwnInTheKey) {
    ASSERT_TRUE(ownBy("confirmed-manufacturer-certificate", 120));
    EXPECT_EQ(selected(), "{\"oxmsel\": 65282}");
    EXPECT_EQ(toHex(record.key->view()), "77a1c71b3827ec45140e3ed523255566");
}

TEST_F(Methods, ADeviceOfAnUntrustedMakerIsToldNothing) {
    trusted = false;
    const auto done = ownBy("manufacturer-certificate", 40);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().reason, Reason::handshakeFailed);
    EXPECT_EQ(done.failure().next, "use --trust");
    EXPECT_EQ(peer.log.size(), 1U) << "only the selection";
}

} // namespace ocfsecd::obt
