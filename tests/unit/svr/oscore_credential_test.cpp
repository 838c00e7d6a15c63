// OSCORE contexts as credentials (facts 2.4).

#include "svr/cred.h"
#include "svr/credential_codec.h"
#include "svr/persist.h"
#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

constexpr const char *kOne = "11223344556677", *kTwo = "778899aabbccdd", *kThree = "00000000000001";

cbor::Map context(int type, cbor::Map oscore, Bytes secret = Bytes(16, 7)) {
    return {{"credtype", type},
            {"subjectuuid", kStranger.text()},
            {"privatedata", cbor::Map{{"data", std::move(secret)}, {"encoding", "oic.sec.encoding.raw"}}},
            {"oscore", std::move(oscore)}};
}
cbor::Map pairWise(const char* sender = kOne, const char* recipient = kTwo) {
    return context(64, {{"senderid", sender}, {"recipientid", recipient}});
}
Reply post(World& world, cbor::Array list) {
    return world.post(as(kOwner), kCredHref, cbor::Map{{"creds", std::move(list)}});
}

} // namespace

TEST(OscoreCredential, AllThreeTypesAreTaken) {
    World world{rfpro};
    const auto before = world.state.cred.creds.size();
    EXPECT_EQ(codeOf(post(world, {pairWise(), context(128, {{"senderid", kThree}, {"desc", "lights"}}),
                                  context(256, {{"recipientid", kThree}, {"desc", "lights"}})})),
              "2.04");
    ASSERT_EQ(world.state.cred.creds.size(), before + 3);
    const auto& first = world.state.cred.creds.at(before);
    EXPECT_EQ(toHex(first.oscore->senderId), kOne);
    EXPECT_EQ(toHex(first.oscore->recipientId), kTwo);
    const auto shown = representation(first);
    EXPECT_EQ(*shown.find("oscore"), (cbor::Value{cbor::Map{{"senderid", kOne}, {"recipientid", kTwo}, {"ssn", 0}}}));
    EXPECT_EQ(*shown.find("privatedata")->find("data"), cbor::Value{Bytes{}}) << "the secret is never shown";
}

TEST(OscoreCredential, AMasterSecretOf32OctetsIsTaken) {
    World world{rfpro};
    EXPECT_EQ(codeOf(post(world, {context(64, {{"senderid", kOne}, {"recipientid", kTwo}}, Bytes(32, 7))})), "2.04")
        << "that is what the reference tool provisions";
}

TEST(OscoreCredential, WhatDoesNotFitItsTypeIsRefused) {
    World world{rfpro};
    const cbor::Map bad[] = {
        context(64, {{"senderid", kOne}}),
        context(64, {{"recipientid", kOne}}),
        context(64, {{"senderid", kOne}, {"recipientid", kOne}}),
        context(64, {{"senderid", kOne}, {"recipientid", kTwo}, {"desc", "x"}}),
        context(64, {{"senderid", kOne}, {"recipientid", kTwo}, {"ssn", 5}}),
        context(64, {{"senderid", "112233445566"}, {"recipientid", kTwo}}),
        context(64, {{"senderid", "1122334455667g"}, {"recipientid", kTwo}}),
        context(64, {{"senderid", kOne}, {"recipientid", kTwo}}, Bytes(24, 1)),
        context(64, {{"senderid", kOne}, {"recipientid", kTwo}}, Bytes(31, 1)),
        context(64, {{"senderid", kOne}, {"recipientid", kTwo}}, Bytes{}),
        context(128, {{"senderid", kOne}, {"recipientid", kTwo}}),
        context(128, {{"recipientid", kTwo}}),
        context(256, {{"senderid", kOne}}),
    };
    for (const auto& credential : bad)
        EXPECT_REFUSED(world, "4.00", post(world, {credential}));
}

TEST(OscoreCredential, SentAnewItReplacesAndNoNumberIsUsedTwice) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {pairWise()})), "2.04");
    const auto id = world.state.cred.creds.back().id;
    world.state.cred.creds.back().oscore->ssn = 512;
    const auto count = world.state.cred.creds.size();
    ASSERT_EQ(codeOf(post(world, {pairWise()})), "2.04");
    EXPECT_EQ(world.state.cred.creds.size(), count);
    EXPECT_EQ(world.state.cred.creds.back().id, id);
    EXPECT_EQ(world.state.cred.creds.back().oscore->ssn, 512U);
    auto other = pairWise(kThree, kTwo);
    other.emplace_back("credid", 4711);
    EXPECT_REFUSED(world, "4.00", post(world, {other}));
}

TEST(OscoreCredential, ItsNumbersAreDurable) {
    auto state = World{rfnop}.state;
    Credential credential;
    credential.id = CredId{9};
    credential.type = credtype::oscorePairWise;
    credential.subject = kStranger;
    credential.key.sealed = SealedBlob{{1}, {2}};
    credential.oscore = OscoreContext{Bytes(7, 1), Bytes(7, 2), "", 256, 40};
    for (auto& old : state.cred.creds) {
        old.key.clear.reset();
        old.key.sealed = SealedBlob{{3}, {static_cast<std::uint8_t>(numberOf(old.id))}};
    }
    state.cred.creds.push_back(credential);
    const auto read = decodeState(encodeState(state));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->cred.creds.back(), credential);
}
