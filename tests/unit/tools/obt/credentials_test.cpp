#include "tools/obt/credentials.h"

#include "fake_peer.h"
#include "tools/obt/requests.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

const Uuid kOne = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const Uuid kTwo = *Uuid::parse("22222222-2222-4222-8222-222222222222");

cbor::Value credOf(const Uuid& subject, int credid, int credtype = 1) {
    return cbor::Map{{"creds", cbor::Array{cbor::Value{cbor::Map{
                                   {"credid", credid}, {"credtype", credtype}, {"subjectuuid", subject.text()}}}}},
                     {"rowneruuid", kOne.text()}};
}

void provisioning(FakePeer& peer) {
    peer.bodies["/oic/sec/pstat"] = cbor::Map{{"dos", cbor::Map{{"s", state::rfpro}}}};
    peer.bodies["/oic/sec/cred"] = cbor::Map{{"creds", cbor::Array{}}};
}

const cbor::Value* postedEntry(const FakePeer& peer) {
    for (const auto& entry : peer.log)
        if (entry.line == "POST /oic/sec/cred")
            return &entry.body.find("creds")->array()->at(0);
    return nullptr;
}

} // namespace

TEST(ProvisionKey, ReplacesTheEntryOfThatSubjectByItsCredid) {
    FakePeer peer;
    provisioning(peer);
    peer.bodies["/oic/sec/cred"] = credOf(kTwo, 55);
    const auto session = peer.open("key");
    ASSERT_TRUE(provisionKey(*session, kTwo, shareSecret(Bytes(16, 1))).done);
    ASSERT_NE(postedEntry(peer), nullptr);
    EXPECT_EQ(postedEntry(peer)->find("credid")->integer(), 55);
}

TEST(ProvisionKey, NeverReplacesACertificateOrAnothersKey) {
    for (const auto& there : {credOf(kTwo, 55, 8), credOf(kOne, 55)}) {
        FakePeer peer;
        provisioning(peer);
        peer.bodies["/oic/sec/cred"] = there;
        const auto session = peer.open("key");
        ASSERT_TRUE(provisionKey(*session, kTwo, shareSecret(Bytes(16, 1))).done);
        EXPECT_EQ(postedEntry(peer)->find("credid"), nullptr);
    }
}

TEST(ProvisionKey, GivesARoleWithTheKeyAndKeepsTheOneThatIsThere) {
    const auto roleSent = [](const std::optional<svr::RoleId>& wanted, bool there) {
        FakePeer peer;
        provisioning(peer);
        if (there)
            peer.bodies["/oic/sec/cred"] =
                cbor::Map{{"creds", cbor::Array{cbor::Value{cbor::Map{
                                        {"credid", 55},
                                        {"credtype", 1},
                                        {"subjectuuid", kTwo.text()},
                                        {"roleid", cbor::Map{{"role", "lighting"}, {"authority", "Home"}}}}}}},
                          {"rowneruuid", kOne.text()}};
        const auto session = peer.open("key");
        EXPECT_TRUE(provisionKey(*session, kTwo, shareSecret(Bytes(16, 1)), wanted).done);
        const auto* sent = postedEntry(peer)->find("roleid");
        if (sent == nullptr)
            return std::string{};
        const auto* authority = sent->find("authority");
        return std::string{*sent->find("role")->text()} +
               (authority != nullptr ? " of " + std::string{*authority->text()} : "");
    };
    EXPECT_EQ(roleSent(std::nullopt, false), "");
    EXPECT_EQ(roleSent(svr::RoleId{"watering", std::nullopt}, false), "watering");
    EXPECT_EQ(roleSent(std::nullopt, true), "lighting of Home") << "a new key is no new role";
    EXPECT_EQ(roleSent(svr::RoleId{"watering", "Garden"}, true), "watering of Garden");
}

TEST(ProvisionKey, TellsWhetherTheDeviceMayHoldTheKeyAfterAFailure) {
    const auto fails = [](std::string line, int state, Result<coap::Response> with) {
        FakePeer peer;
        provisioning(peer);
        peer.bodies["/oic/sec/pstat"] = cbor::Map{{"dos", cbor::Map{{"s", state::rfnop}}}};
        peer.rule = [=](const Recorded& r) -> std::optional<Result<coap::Response>> {
            const auto* dos = r.body.find("dos");
            return r.line == line && (dos == nullptr || dos->find("s")->integer() == state) ? std::optional{with}
                                                                                            : std::nullopt;
        };
        const auto session = peer.open("key");
        return provisionKey(*session, kTwo, shareSecret(Bytes(16, 1)));
    };
    const Result<coap::Response> refused{answer(coap::code::badRequest)};
    const Result<coap::Response> lost{Failure{Reason::timedOut, "no answer", ""}};
    EXPECT_FALSE(fails("GET /oic/sec/cred", 0, refused).mayHold);
    EXPECT_FALSE(fails("POST /oic/sec/pstat", state::rfpro, refused).mayHold);
    EXPECT_FALSE(fails("POST /oic/sec/cred", 0, refused).mayHold);
    EXPECT_TRUE(fails("POST /oic/sec/cred", 0, lost).mayHold) << "only the answer was lost, perhaps";
    const auto stuck = fails("POST /oic/sec/pstat", state::rfnop, refused);
    EXPECT_FALSE(stuck.done) << "the device stays in RFPRO";
    EXPECT_TRUE(stuck.mayHold) << "but has the key";
}

TEST(ProvisionPair, BothGetTheSameKeyForEachOther) {
    FakePeer one, two;
    provisioning(one);
    provisioning(two);
    const auto first = one.open("key"), second = two.open("key");
    SystemRandom random;
    ASSERT_TRUE(provisionPair(*first, kOne, *second, kTwo, random));
    EXPECT_EQ(postedEntry(one)->find("subjectuuid")->text(), kTwo.text());
    EXPECT_EQ(postedEntry(two)->find("subjectuuid")->text(), kOne.text());
    const auto key = *postedEntry(one)->find("privatedata")->find("data")->bytes();
    EXPECT_EQ(key.size(), 16U);
    EXPECT_TRUE(equal(key, *postedEntry(two)->find("privatedata")->find("data")->bytes()));
}

TEST(ProvisionPair, WhenTheSecondRefusesTheFirstHalfIsWithdrawnByCredid) {
    FakePeer one, two;
    provisioning(one);
    provisioning(two);
    one.rule = [&](const Recorded& r) -> std::optional<Result<coap::Response>> {
        if (r.line == "POST /oic/sec/cred")
            one.bodies["/oic/sec/cred"] = credOf(kTwo, 77);
        return std::nullopt;
    };
    two.rule = [](const Recorded& r) -> std::optional<Result<coap::Response>> {
        if (r.line == "POST /oic/sec/cred")
            return Result<coap::Response>{answer(coap::code::unauthorized)};
        return std::nullopt;
    };
    const auto first = one.open("key"), second = two.open("key");
    SystemRandom random;
    const auto done = provisionPair(*first, kOne, *second, kTwo, random);
    ASSERT_FALSE(done);
    EXPECT_NE(done.failure().what.find("nothing was left"), std::string::npos);
    EXPECT_EQ(one.lines().back(), "key DELETE /oic/sec/cred?credid=77");
}

} // namespace ocfsecd::obt
