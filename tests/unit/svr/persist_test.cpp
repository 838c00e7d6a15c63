#include "svr/persist.h"

#include "cbor/value.h"
#include "svr/acl2.h"
#include "svr/cred.h"
#include "world.h"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

/// A state that has every member of every kind.
DeviceState richState() {
    auto state = World{rfnop, true}.state;
    state.name = "Küche";
    state.pstat.tm = 8;
    std::uint8_t n = 0;
    for (auto& credential : state.cred.creds) {
        credential.key.clear.reset();
        credential.key.sealed = SealedBlob{Bytes{++n, 0, 0xff}, Bytes{0, n}};
    }
    auto& derived = state.cred.creds.front();
    derived.origin = Origin::derived;
    derived.privateEncoding = Encoding::base64;
    auto& rich = state.cred.creds.back();
    rich.role = RoleId{"cook", "kitchen"};
    rich.period = "20260101T000000Z/P1Y";
    rich.crms = {"oic.sec.crm.pro"};
    rich.tag = "tag";
    rich.publicData = PublicData{Encoding::pem, "-----BEGIN X-----\n"};
    Credential certificate;
    certificate.id = CredId{99};
    certificate.type = credtype::asymmetricSigningWithCertificate;
    certificate.usage = "oic.sec.cred.mfgcert";
    certificate.role = RoleId{"plain", std::nullopt};
    certificate.proven = true;
    state.cred.creds.push_back(certificate);
    state.acl2.aclist2 = {{AceId{1}, kCms, {{"/light", std::nullopt}, {std::nullopt, Wildcard::secure}}, 31, "tag"},
                          {AceId{7}, RoleId{"cook", "kitchen"}, {}, 0, ""},
                          {AceId{9}, RoleId{"cook", std::nullopt}, {{"/a", Wildcard::all}}, 1, ""},
                          {AceId{2147483647}, ConnType::anonClear, {{"/oic/d", std::nullopt}}, 2, ""}};
    state.sp = {{std::string{profile::baseline}, std::string{profile::black}}, std::string{profile::black}};
    state.sdi = {kStranger, "home", true};
    state.ael = {0x0f, 2};
    state.crl = Crl{7, "2026-01-01T00:00:00Z", "AAAA"};
    state.identityKey = IdentityKey{{{1, 2}, {3, 4}}, shareSecret(Bytes{5, 6})};
    state.lastKnownGood = 1'790'000'000;
    state.oscoreNumbers = {64, 4096, {{Bytes{1, 2, 3, 4, 5, 6, 7}, 9}, {Bytes{2, 2, 3, 4, 5, 6, 7}, 1}}};
    return state;
}

Reason reasonOf(ByteView octets) {
    const auto result = decodeState(octets);
    EXPECT_FALSE(result);
    return result ? Reason::internal : result.failure().reason;
}

/// The stored form with one member of the top map changed.
template <class Change>
Bytes changedForm(Change change) {
    auto value = *cbor::decode(encodeState(richState()));
    change(*value.map());
    return cbor::encode(value);
}
cbor::Value& member(cbor::Map& map, std::string_view key) {
    for (auto& [k, v] : map)
        if (k.text() == key)
            return v;
    throw std::out_of_range{std::string{key}};
}

} // namespace

TEST(Persist, ComesBackEqual) {
    const auto state = richState();
    const auto back = decodeState(encodeState(state));
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(*back == state);
    EXPECT_EQ(encodeState(*back), encodeState(state));
}

TEST(Persist, TheFullestStateAClientCanMakeComesBack) {
    World world{rfpro};
    const auto psk = cbor::Map{{"credtype", 1},
                               {"subjectuuid", kCms.text()},
                               {"tag", std::string(64, 't')},
                               {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", kTestKey}}}};
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, cbor::Map{{"creds", cbor::Array(kMaxCredentials - 1, psk)}})),
              "2.04");
    // Shortest hrefs: the most data items within the octets.
    const auto ace = cbor::Map{{"subject", cbor::Map{{"conntype", "anon-clear"}}},
                               {"permission", 31},
                               {"resources", cbor::Array(50, cbor::Map{{"href", "/"}})}};
    Reply reply;
    while (!(reply = world.post(as(kOwner), kAcl2Href, cbor::Map{{"aclist2", cbor::Array{ace}}})).failure)
        ASSERT_LE(world.state.acl2.aclist2.size(), kMaxAces);
    EXPECT_EQ(codeOf(reply), "4.13");
    for (auto& credential : world.state.cred.creds) {
        credential.key.clear.reset();
        credential.key.sealed = SealedBlob{Bytes(1024, 1), Bytes(1024, 2)};
    }
    world.state.oscoreNumbers.heard.assign(kMaxHeardGroups, {Bytes(7, 1), INT64_MAX});
    const auto back = decodeState(encodeState(world.state));
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(*back == world.state);
}

TEST(Persist, KeysInClearNeverReachTheStoredForm) {
    auto state = richState();
    for (auto& credential : state.cred.creds)
        credential.key.clear = shareSecret(kTestKey); // sealed and cached
    const auto octets = encodeState(state);
    EXPECT_EQ(textOf(octets).find(textOf(kTestKey)), std::string_view::npos);
    const auto back = decodeState(octets);
    ASSERT_TRUE(back);
    for (const auto& credential : back->cred.creds)
        EXPECT_FALSE(credential.key.clear);
}

TEST(Persist, AnUnsealedKeyIsAProgrammingFault) {
    EXPECT_THROW(encodeState(World{rfpro}.state), std::logic_error);
    auto state = richState();
    state.cred.creds.front().key = {};
    EXPECT_THROW(encodeState(state), std::logic_error);
}

TEST(Persist, EveryTruncationIsCorrupt) {
    const auto octets = encodeState(richState());
    for (std::size_t n = 0; n < octets.size(); ++n)
        EXPECT_EQ(reasonOf(ByteView{octets}.first(n)), Reason::stateCorrupt) << n;
    auto longer = octets;
    longer.push_back(0);
    EXPECT_EQ(reasonOf(longer), Reason::stateCorrupt);
}

TEST(Persist, ABitFlipAnywhereIsRefusedOrDecodesToAValidState) {
    const auto octets = encodeState(richState());
    for (std::size_t i = 0; i < octets.size(); ++i) {
        auto flipped = octets;
        flipped[i] = static_cast<std::uint8_t>(flipped[i] ^ 1U << i % 8);
        // A flip inside a name, a number or the case of a hexadecimal digit is another valid state: it must hold
        // together.
        if (const auto state = decodeState(flipped)) {
            const auto again = decodeState(encodeState(*state));
            ASSERT_TRUE(again) << i;
            EXPECT_TRUE(*again == *state) << i;
        }
    }
}

TEST(Persist, ANewerVersionSaysSo) {
    const auto newer = changedForm([](cbor::Map& map) { member(map, "version") = kStateVersion + 1; });
    EXPECT_EQ(reasonOf(newer), Reason::stateCorrupt);
    EXPECT_NE(decodeState(newer).failure().what.find("version 2"), std::string::npos);
    EXPECT_FALSE(decodeState(newer).failure().next.empty());
}

TEST(Persist, UnknownMissingAndDuplicateThingsAreCorrupt) {
    EXPECT_EQ(reasonOf(changedForm([](cbor::Map& map) { map.emplace_back("more", 1); })), Reason::stateCorrupt);
    EXPECT_EQ(reasonOf(changedForm([](cbor::Map& map) { map.erase(map.begin() + 1); })), Reason::stateCorrupt);
    for (const auto part : {"doxm", "pstat", "cred", "acl2", "sp", "sdi"}) {
        EXPECT_EQ(reasonOf(changedForm([&](cbor::Map& map) { member(map, part).map()->emplace_back("x", 1); })),
                  Reason::stateCorrupt);
        EXPECT_EQ(reasonOf(changedForm([&](cbor::Map& map) { member(map, part) = 1; })), Reason::stateCorrupt);
        EXPECT_EQ(reasonOf(changedForm([&](cbor::Map& map) { member(map, part).map()->pop_back(); })),
                  Reason::stateCorrupt);
    }
    for (const auto& place :
         {std::pair{"cred", "creds"}, std::pair{"acl2", "aclist2"}}) // Clang 14 captures no bindings
        EXPECT_EQ(reasonOf(changedForm([&](cbor::Map& map) {
                      auto& list = member(*member(map, place.first).map(), place.second);
                      auto twice = *list.array();
                      twice.push_back(twice.front());
                      list = twice;
                  })),
                  Reason::stateCorrupt);
    EXPECT_EQ(reasonOf(changedForm([](cbor::Map& map) { member(*member(map, "pstat").map(), "s") = 5; })),
              Reason::stateCorrupt);
    EXPECT_EQ(reasonOf(viewOf("not CBOR at all")), Reason::stateCorrupt);
    EXPECT_EQ(reasonOf(cbor::encode(cbor::Array{})), Reason::stateCorrupt);
}
