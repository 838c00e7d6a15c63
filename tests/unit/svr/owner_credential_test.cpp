#include "svr/owner_credential.h"

#include "svr/cred.h"
#include "world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

std::string hexOf(const SharedSecret& key) {
    return key ? toHex(key->view()) : "-";
}

/// Facts 5.2: master secret 00 … 2f, randoms c0 … df and 50 … 6f, owner b0b0…, device a71c….
Bytes counting(std::uint8_t from, std::size_t count) {
    Bytes out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(static_cast<std::uint8_t>(from + i));
    return out;
}
std::string calculated(std::string_view method, std::size_t length) {
    const auto block = tlsKeyBlock(counting(0x00, 48), counting(0x50, 32), counting(0xc0, 32), length);
    return hexOf(deriveOwnerKey(block, method, uuidOf("b0b00000-1111-2222-3333-444444444444"),
                                uuidOf("a71c3000-5555-6666-7777-888888888888")));
}

/// One recorded onboarding of the reference tool and device.
struct Recording {
    int method;
    std::string_view masterSecret, serverRandom, clientRandom, keyBlock, owner, device, key;
};
constexpr Recording kJustWorks{
    oxm::justWorks,
    "bbef5ffe0f92f4d2f8a4d966b5cd6f7699b9a1e0e4cea7d42cf43ac7688e680bd47f5e2ddf87f272dda16fa5afc9f2b8",
    "6b060c91b274dd03494c4a935f4a8e30fc642ac5cdce5a2a2b0bddc673b61455",
    "6b060c91933440934fd1adbc1802bd5ef37df69883a4d1703f88abfa2ad97d65",
    "99bdc068d4d1f0b997831fc5c2bd65b80fcd28e714de918f3a739bde9500ce01e4b8121fb97b3d1b174f050a4694a8527efa0707f6ae11c2"
    "36da9d2d4a32a0174afc3ceb4c531319b0c27f95295f0c48d760ddbe7f1c29ef44206003d4acd547",
    "00bcb47c1eb94b894132c2d2181ca984",
    "ab0349bf2f084ed95a4b5d6961cec6a1",
    "75c639eaa63cae811a86c95c6d49da56"};
constexpr Recording kRandomPin{
    oxm::randomPin,
    "41d908a4366a45d2c5799f784d35bc3f43d7cdedc66ef9cb5ef76f3044ee86007cd70389ca8c6508367b9883208d5aa5",
    "6b060ca45180bbe36195eebc5f1956da271deaab126ce9d51cc4ea1eff3350f9",
    "6b060ca44206183147c626d64ccc54863dd97501343668f0c2dff7d0135e4ef7",
    "9e5f3c8095202675e0ccea600af719dd0f42c7f4b8fa62a3a8731404ec39cc4ba30dae40f21278b882d9ac1e64702a08483b3f9ccc1765d3"
    "f6c156801dacc398021ed88d5e687d8995afaa44927bbe71a8213ec2e14e290700d77cbb8af6c90c",
    "c9970e6a613e498055f638efa43c83f1",
    "4f3525abe3ac4a864ca1d60c3076425d",
    "d9480285ae980a9d452137affec30c4e"};
constexpr Recording kManufacturerCertificate{
    oxm::manufacturerCertificate,
    "899abcbe7ff4003909b6c5d91ff96326646c9bc28d72f73c88aeff142a99589ea4c55e61c860abc9d1fe1a13d0d88d1a",
    "6b060cb29b41bbc9819c821e1a44f4ff7e720fb92856d4c1223049ef5add37a4",
    "6b060cb2c8ef97c9fcb0eff874eb62f1415820d3ae8b0f3db0ac02811345d538",
    "cd2a42ff10084225e956c5a0f87ae5dbe9e102bad2ecf17aa7274ef5872030129a6a717bc5d0cae4",
    "e287e93b7f6b47f15bfc9e7a1d7f42ee",
    "9bc9b60992024b3c7acdf14e613f2ebf",
    "d06b7328c3d0a83f33b38006fb858243"};

void expectRecording(const Recording& r) {
    const auto bytes = [](std::string_view hex) { return fromHex(hex).value(); };
    const auto block =
        tlsKeyBlock(bytes(r.masterSecret), bytes(r.serverRandom), bytes(r.clientRandom), r.keyBlock.size() / 2);
    EXPECT_EQ(toHex(block.view()), r.keyBlock);
    EXPECT_EQ(hexOf(deriveOwnerKey(SecretBytes{bytes(r.keyBlock)}, oxm::nameOf(r.method),
                                   *Uuid::fromRaw(bytes(r.owner)), *Uuid::fromRaw(bytes(r.device)))),
              r.key);
}

/// A device in the middle of the recorded Just Works onboarding; `owners` says which of the three UUIDs name the owner.
World onboarding() {
    World world;
    world.state.doxm.oxmsel = oxm::justWorks;
    world.state.doxm.deviceuuid = kDevice;
    world.keyBlock = *fromHex(kJustWorks.keyBlock);
    return world;
}
cbor::Map emptyKey(const Uuid& subject, cbor::Value privatedata) {
    return {{"credtype", 1}, {"subjectuuid", subject.text()}, {"privatedata", std::move(privatedata)}};
}
const cbor::Value kEmptyRaw{cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", Bytes{}}}};
const cbor::Value kEmptyBase64{cbor::Map{{"encoding", "oic.sec.encoding.base64"}, {"data", ""}}};

void expectDerived(World& world, const cbor::Value& body) {
    const auto reply = world.post(overDoc(), kCredHref, body);
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_FALSE(reply.body);
    EXPECT_TRUE(reply.ownerKeyDerived);
    const auto* credential = findPsk(world.state, kOwner);
    ASSERT_NE(credential, nullptr);
    EXPECT_EQ(hexOf(credential->key.clear), kJustWorks.key);
    EXPECT_EQ(credential->origin, Origin::derived);
}

} // namespace

TEST(OwnerCredential, PHashMatchesThePublishedTls12Vector) {
    // The TLS 1.2 P_SHA256 test vector of the IETF list: secret, label || seed, 100 octets.
    const auto secret = *fromHex("9bbe436ba940f017b17652849a71db35");
    const auto seed = Writer{}.bytes(viewOf("test label")).bytes(*fromHex("a0ba9f936cda311827a6f796ffd5198c")).take();
    EXPECT_EQ(toHex(pHashSha256(secret, seed, 100).view()),
              "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7"
              "077def17ab"
              "fd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66");
}

TEST(OwnerCredential, KeyBlockMatchesTheCalculatedOne) {
    const auto block = toHex(tlsKeyBlock(counting(0x00, 48), counting(0x50, 32), counting(0xc0, 32), 96).view());
    EXPECT_EQ(block.size(), 192U);
    EXPECT_EQ(block.substr(0, 32), "b8a6f35765ccc99106073773bcfb03b8");
    EXPECT_EQ(block.substr(176), "3614f671d575a500");
}

TEST(OwnerCredential, MatchesTheRecordedOnboardings) {
    expectRecording(kJustWorks);
    expectRecording(kRandomPin);
    expectRecording(kManufacturerCertificate);
}

TEST(OwnerCredential, VectorOfGcmAndVendorMethod) {
    EXPECT_EQ(calculated("oic.sec.doxm.mfgcert", 120), "df78341dfdf56035ca8e6d9d5f6639c2");
    EXPECT_EQ(calculated("x.org.iotivity.conmfgcert", 120), "77a1c71b3827ec45140e3ed523255566");
}

TEST(OwnerCredential, LongerKeysBeginWithTheShorterOne) {
    const auto block = SecretBytes{*fromHex(kJustWorks.keyBlock)};
    const auto longer = deriveOwnerKey(block, "oic.sec.doxm.jw", kOwner, kDevice, 32);
    EXPECT_EQ(hexOf(longer).substr(0, 32), kJustWorks.key); // facts 5.2: N = 32
    EXPECT_EQ(longer->size(), 32U);
}

TEST(Conformance, OC_05_vector_jw) {
    EXPECT_EQ(calculated("oic.sec.doxm.jw", 96), "f1cd78ffacfa743ada154e7666d6fa95");
}

TEST(Conformance, OC_06_vector_rdp) {
    EXPECT_EQ(calculated("oic.sec.doxm.rdp", 96), "a16e5ed9610d1defe14fc0a116f5f6ad");
}

TEST(Conformance, OC_07_vector_mfg40_72) {
    EXPECT_EQ(calculated("oic.sec.doxm.mfgcert", 40), "c28e365ee130d074034a622c01b20d16");
    EXPECT_EQ(calculated("oic.sec.doxm.mfgcert", 72), "cba7d3e31bb5e1c77260fae3b110fd04");
}

TEST(Conformance, OC_08_uses_new_deviceuuid) {
    auto world = onboarding();
    const auto temporary = uuidOf("9893960a-4ecf-4512-7258-780685ee3700");
    world.state.doxm.deviceuuid = temporary;
    ASSERT_EQ(codeOf(world.post(overDoc(), kDoxmHref, cbor::Map{{"deviceuuid", kDevice.text()}})), "2.04");
    const cbor::Map body{{"creds", cbor::Array{emptyKey(kOwner, kEmptyRaw)}}, {"rowneruuid", kOwner.text()}};
    expectDerived(world, body);
    const auto other = deriveOwnerKey(SecretBytes{world.keyBlock}, "oic.sec.doxm.jw", kOwner, temporary);
    EXPECT_NE(hexOf(other), hexOf(findPsk(world.state, kOwner)->key.clear));
}

TEST(Conformance, OC_09_rowner_same_post_any_order) {
    const cbor::Array list{emptyKey(kOwner, kEmptyRaw)};
    const cbor::Map orders[] = {{{"creds", list}, {"rowneruuid", kOwner.text()}},
                                {{"rowneruuid", kOwner.text()}, {"creds", list}}};
    for (const auto& body : orders) {
        auto world = onboarding();
        expectDerived(world, body);
        EXPECT_EQ(world.state.cred.rowneruuid, kOwner);
    }
}

TEST(Conformance, OC_10_owner_by_devowneruuid) {
    auto world = onboarding();
    world.state.doxm.devowneruuid = kOwner;
    expectDerived(world, cbor::Map{{"creds", cbor::Array{emptyKey(kOwner, kEmptyRaw)}}});
    EXPECT_TRUE(world.state.cred.rowneruuid.isNil());
    // The third of facts 5.3's owners.
    auto third = onboarding();
    third.state.doxm.rowneruuid = kOwner;
    expectDerived(third, cbor::Map{{"creds", cbor::Array{emptyKey(kOwner, kEmptyRaw)}}});
}

TEST(Conformance, OC_11_empty_psk_other_subject_refused) {
    auto world = onboarding();
    const cbor::Map body{{"creds", cbor::Array{emptyKey(kStranger, kEmptyRaw)}}, {"rowneruuid", kOwner.text()}};
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kCredHref, body));
    const cbor::Map anybody{{"credtype", 1}, {"subjectuuid", "*"}, {"privatedata", kEmptyRaw}};
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kCredHref, cbor::Map{{"creds", cbor::Array{anybody}}}));
    // Nobody is owner yet: the nil UUID is no owner.
    EXPECT_REFUSED(world, "4.00",
                   world.post(overDoc(), kCredHref, cbor::Map{{"creds", cbor::Array{emptyKey(Uuid{}, kEmptyRaw)}}}));
}

TEST(Conformance, OC_12_empty_psk_outside_rfotm_refused) {
    for (const auto in : {rfpro, sreset}) {
        World world{in};
        world.keyBlock = *fromHex(kJustWorks.keyBlock);
        for (const auto& caller : {as(kOwner), overDoc()})
            for (const auto& data : {kEmptyRaw, kEmptyBase64})
                EXPECT_REFUSED(
                    world, "4.00",
                    world.post(caller, kCredHref, cbor::Map{{"creds", cbor::Array{emptyKey(kOwner, data)}}}));
    }
}

TEST(Conformance, OC_13_explicit_key_accepted) {
    auto world = onboarding();
    const cbor::Map data{{"encoding", "oic.sec.encoding.raw"}, {"data", kTestKey}};
    const cbor::Map body{{"creds", cbor::Array{emptyKey(kOwner, data)}}, {"rowneruuid", kOwner.text()}};
    const auto reply = world.post(overDoc(), kCredHref, body);
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_FALSE(reply.ownerKeyDerived);
    ASSERT_NE(ownerCredential(world.state), nullptr);
    EXPECT_EQ(ownerCredential(world.state)->origin, Origin::provisioned);
    EXPECT_EQ(hexOf(ownerCredential(world.state)->key.clear), toHex(kTestKey));
}

TEST(Conformance, OC_14_empty_base64_text_ok) {
    auto world = onboarding();
    const cbor::Map body{{"creds", cbor::Array{emptyKey(kOwner, kEmptyBase64)}}, {"rowneruuid", kOwner.text()}};
    expectDerived(world, body);
    const auto reply = world.get(overDoc(), kCredHref);
    EXPECT_EQ(*at(reply, "creds").array()->at(0).find("privatedata"),
              cbor::Value(cbor::Map{{"data", ""}, {"encoding", "oic.sec.encoding.base64"}}));
}

TEST(Conformance, OC_15_empty_raw_bytes_ok) {
    const cbor::Value forms[] = {
        kEmptyRaw,
        cbor::Map{{"encoding", "oic.sec.encoding.raw"}},
        cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", ""}},
        cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", cbor::Value{}}},
        cbor::Map{},
        cbor::Value{},
    };
    for (const auto& form : forms) {
        auto world = onboarding();
        const cbor::Map body{{"creds", cbor::Array{emptyKey(kOwner, form)}}, {"rowneruuid", kOwner.text()}};
        expectDerived(world, body);
    }
    auto absent = onboarding();
    const cbor::Map credential{{"credtype", 1}, {"subjectuuid", kOwner.text()}};
    expectDerived(absent, cbor::Map{{"rowneruuid", kOwner.text()}, {"creds", cbor::Array{credential}}});
}

TEST(Conformance, OC_16_key_not_readable) {
    auto world = onboarding();
    const cbor::Map body{{"creds", cbor::Array{emptyKey(kOwner, kEmptyRaw)}}, {"rowneruuid", kOwner.text()}};
    expectDerived(world, body);
    const auto key = copyOf(findPsk(world.state, kOwner)->key.clear->view());
    for (const auto& query : {std::vector<std::string>{}, {"if=oic.if.baseline"}, {"subjectuuid=" + kOwner.text()}}) {
        const auto reply = world.get(overDoc(), kCredHref, query);
        const auto wire = cbor::encode(*reply.body);
        EXPECT_EQ(std::search(wire.begin(), wire.end(), key.begin(), key.end()), wire.end());
        EXPECT_EQ(textOf(wire).find(toBase64(key)), std::string_view::npos);
        EXPECT_EQ(textOf(wire).find(toHex(key)), std::string_view::npos);
    }
}

TEST(OwnerCredential, NoKeyMaterialIsARefusalThatSaysSo) {
    auto world = onboarding();
    const cbor::Map body{{"creds", cbor::Array{emptyKey(kOwner, kEmptyRaw)}}, {"rowneruuid", kOwner.text()}};
    world.keyBlock.clear();
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kCredHref, body));
    world.keyBlock = *fromHex(kJustWorks.keyBlock);
    world.state.doxm.oxmsel = oxm::self; // no method, no name to derive with
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kCredHref, body));
    const Call call{coap::Method::post, {}, nullptr, overDoc(), false, []() -> Result<SecretBytes> {
                        return Failure{Reason::internal, "the session is gone", "begin anew"};
                    }};
    auto withBody = call;
    const cbor::Value value{body};
    withBody.body = &value;
    world.state.doxm.oxmsel = oxm::justWorks;
    const auto reply = handle(world.state, kCredHref, withBody, world.random, world.capabilities);
    EXPECT_EQ(codeOf(reply), "4.00");
    EXPECT_FALSE(reply.next);
}

TEST(OwnerCredential, TryingAgainLeavesOneKey) {
    auto world = onboarding();
    const cbor::Map body{{"creds", cbor::Array{emptyKey(kOwner, kEmptyRaw)}}, {"rowneruuid", kOwner.text()}};
    expectDerived(world, body);
    expectDerived(world, body);
    EXPECT_EQ(world.state.cred.creds.size(), 1U);
}

TEST(OwnerCredential, IsTheOneOfDoxmRowner) {
    World world{rfpro, true};
    EXPECT_EQ(ownerCredential(world.state)->subject, kOwner);
    world.state.doxm.rowneruuid = kAms;
    EXPECT_EQ(ownerCredential(world.state)->subject, kAms);
    world.state.doxm.rowneruuid = kStranger;
    EXPECT_EQ(ownerCredential(world.state), nullptr);
    world.state.doxm.rowneruuid = {};
    EXPECT_EQ(ownerCredential(world.state)->subject, kCms) << "before doxm names its owner: any owner of facts 5.3";
    EXPECT_EQ(ownerCredential(World{}.state), nullptr);
}
