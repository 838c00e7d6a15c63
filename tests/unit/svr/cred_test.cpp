#include "svr/cred.h"

#include "svr/credential_codec.h"
#include "world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

cbor::Value raw(std::string_view key) {
    return cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", copyOf(viewOf(key))}};
}
const std::string kKey16 = "sixteen octets!!";
const std::string kKey32 = "exactly thirty-two octets long!!";

cbor::Map psk(const Uuid& subject, cbor::Value privatedata = raw(kKey16)) {
    return {{"credtype", 1}, {"subjectuuid", subject.text()}, {"privatedata", std::move(privatedata)}};
}
cbor::Map with(cbor::Map map, std::string_view key, cbor::Value value) {
    map.emplace_back(key, std::move(value));
    return map;
}
cbor::Value creds(cbor::Array list) {
    return cbor::Map{{"creds", std::move(list)}};
}
const cbor::Array& listOf(const Reply& reply) {
    return *at(reply, "creds").array();
}
/// The key octets of the credential in use for a subject.
std::string keyFor(const World& world, const Uuid& subject) {
    const auto* found = findPsk(world.state, subject);
    return found != nullptr && found->key.clear ? std::string{textOf(found->key.clear->view())} : std::string{};
}

} // namespace

TEST(Conformance, CR_01_get_hides_privatedata) {
    World world{rfpro};
    world.state.cred.creds.clear();
    const std::string base64 = toBase64(viewOf(kKey32));
    const cbor::Map asBase64{{"encoding", "oic.sec.encoding.base64"}, {"data", base64}};
    const cbor::Map asText{{"encoding", "oic.sec.encoding.raw"}, {"data", "another secret!!"}};
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({psk(kOwner), psk(kCms, asBase64), psk(kAms, asText)}))),
              "2.04");
    const auto reply = world.get(as(kOwner), kCredHref);
    const auto wire = std::string{textOf(cbor::encode(*reply.body))};
    for (const auto& secret : {kKey16, kKey32, base64, std::string{"another secret!!"}})
        EXPECT_EQ(wire.find(secret), std::string::npos);
    const cbor::Value noBytes{cbor::Map{{"data", Bytes{}}, {"encoding", "oic.sec.encoding.raw"}}};
    const cbor::Value noText{cbor::Map{{"data", ""}, {"encoding", "oic.sec.encoding.base64"}}};
    ASSERT_EQ(listOf(reply).size(), 3U);
    EXPECT_EQ(*listOf(reply)[0].find("privatedata"), noBytes);
    EXPECT_EQ(*listOf(reply)[1].find("privatedata"), noText);
    EXPECT_EQ(*listOf(reply)[2].find("privatedata"), noBytes);
    EXPECT_EQ(at(reply, "rowneruuid"), cbor::Value{kOwner.text()});
}

TEST(Conformance, CR_02_add_without_credid) {
    World world{rfpro};
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({psk(kCms), psk(kAms), psk(kStranger)}))), "2.04");
    std::set<std::int64_t> ids;
    const auto reply = world.get(as(kOwner), kCredHref);
    for (const auto& credential : listOf(reply)) {
        const auto id = credential.find("credid")->integer().value();
        EXPECT_GE(id, 1);
        EXPECT_LE(id, kMaxCredId);
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), 4U);
}

TEST(Conformance, CR_03_add_with_credid) {
    World world{rfpro};
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({with(psk(kCms), "credid", 55)}))), "2.04");
    ASSERT_NE(findCredential(world.state, CredId{55}), nullptr);
    EXPECT_EQ(findCredential(world.state, CredId{55})->subject, kCms);
}

TEST(Conformance, CR_04_replace_by_credid) {
    World world{rfpro};
    auto first = with(with(psk(kCms), "credid", 55), "tag", "old");
    first.emplace_back("period", "20260101T000000Z/20270101T000000Z");
    first.emplace_back("roleid", cbor::Map{{"role", "cook"}, {"authority", "kitchen"}});
    first.emplace_back("crms", cbor::Array{"oic.sec.crm.pro"});
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({first}))), "2.04");
    ASSERT_EQ(findCredential(world.state, CredId{55})->role, (RoleId{"cook", "kitchen"}));
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({with(psk(kAms, raw(kKey32)), "credid", 55)}))), "2.04");
    const auto& now = *findCredential(world.state, CredId{55});
    EXPECT_EQ(now.subject, kAms);
    EXPECT_FALSE(now.role);
    EXPECT_TRUE(now.tag.empty() && now.period.empty() && now.crms.empty());
    EXPECT_EQ(keyFor(world, kAms), kKey32);
    EXPECT_EQ(findPsk(world.state, kCms), nullptr);
    EXPECT_EQ(world.state.cred.creds.size(), 2U);
}

TEST(Conformance, CR_05_partial_post_keeps_others) {
    World world{rfpro, true};
    const auto before = world.state.cred.creds;
    ASSERT_EQ(codeOf(world.post(as(kCms), kCredHref, creds({psk(kStranger)}))), "2.04");
    ASSERT_EQ(world.state.cred.creds.size(), before.size() + 1);
    EXPECT_TRUE(std::equal(before.begin(), before.end(), world.state.cred.creds.begin()));
    EXPECT_EQ(world.state.cred.rowneruuid, kCms);
}

TEST(Conformance, CR_06_rowner_only_post) {
    for (const auto in : {rfotm, sreset}) {
        World world{in};
        const auto before = world.state.cred.creds;
        const auto caller = in == rfotm ? overDoc() : as(kOwner);
        EXPECT_EQ(codeOf(world.post(caller, kCredHref, cbor::Map{{"rowneruuid", kCms.text()}})), "2.04");
        EXPECT_EQ(world.state.cred.rowneruuid, kCms);
        EXPECT_TRUE(world.state.cred.creds == before);
    }
}

TEST(Conformance, CR_07_rowner_refused_in_rfpro) {
    for (const auto in : {rfpro, rfnop}) {
        World world{in};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, cbor::Map{{"rowneruuid", kCms.text()}}));
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kCredHref, cbor::Map{{"rowneruuid", kCms.text()}}));
    }
}

TEST(Conformance, CR_08_creds_refused_in_rfnop) {
    World world{rfnop};
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({psk(kCms)})));
}

TEST(Conformance, CR_09_psk_length_checked) {
    for (const std::size_t length : {0U, 1U, 15U, 17U, 24U, 31U, 33U, 64U}) {
        World world{rfpro};
        EXPECT_REFUSED(world, "4.00",
                       world.post(as(kOwner), kCredHref, creds({psk(kCms, raw(std::string(length, 'k')))})));
        const cbor::Map base64{{"encoding", "oic.sec.encoding.base64"},
                               {"data", toBase64(viewOf(std::string(length, 'k')))}};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({psk(kCms, base64)})));
    }
    for (const auto& key : {kKey16, kKey32}) {
        World world{rfpro};
        EXPECT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({psk(kCms, raw(key))}))), "2.04");
        EXPECT_EQ(keyFor(world, kCms), key);
    }
}

TEST(Conformance, CR_10_psk_base64_decoded) {
    World world{rfpro};
    const cbor::Map base64{{"data", "c2l4dGVlbiBvY3RldHMhIQ=="}, {"encoding", "oic.sec.encoding.base64"}};
    EXPECT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({psk(kCms, base64)}))), "2.04");
    EXPECT_EQ(keyFor(world, kCms), kKey16);
    const auto longer = std::string(68, 'A');
    for (const char* bad : {"c2l4dGVlbiBvY3RldHMhIQ", "c2l4dGVlbiBvY3RldHMhIQ=", "c2l4dGVl\nbiBvY3RldHMhIQ==",
                            "c2l4dGVlbiBvY3RldHMhI-==", longer.c_str()}) {
        const cbor::Map data{{"data", bad}, {"encoding", "oic.sec.encoding.base64"}};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({psk(kAms, data)})));
    }
}

TEST(Conformance, CR_11_unknown_encoding_refused) {
    World world{rfpro};
    for (const cbor::Value& encoding :
         {cbor::Value{"oic.sec.encoding.der"}, cbor::Value{"oic.sec.encoding.jwt"}, cbor::Value{"foo"}, cbor::Value{""},
          cbor::Value{1}, cbor::Value{"oic.sec.encoding.handle"}, cbor::Value{"oic.sec.encoding.pem"}}) {
        const cbor::Map data{{"encoding", encoding}, {"data", copyOf(viewOf(kKey16))}};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({psk(kCms, data)})));
    }
    const cbor::Map without{{"data", copyOf(viewOf(kKey16))}};
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({psk(kCms, without)})));
    const cbor::Map der{{"encoding", "oic.sec.encoding.der"}, {"data", "x"}};
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({with(psk(kCms), "publicdata", der)})));
}

TEST(Conformance, CR_12_missing_subject_refused) {
    World world{rfpro};
    EXPECT_REFUSED(
        world, "4.00",
        world.post(as(kOwner), kCredHref, creds({cbor::Map{{"credtype", 1}, {"privatedata", raw(kKey16)}}})));
    for (const char* subject : {"", "**", "x", "00000000-0000-0000-0000-000000000000"}) {
        const cbor::Map credential{{"credtype", 1}, {"subjectuuid", subject}, {"privatedata", raw(kKey16)}};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({credential})));
    }
}

TEST(Conformance, CR_17_all_or_nothing) {
    World world;
    world.prepare();
    const auto bad = psk(kAms, raw("short"));
    for (const auto& list :
         {cbor::Array{psk(kCms), bad}, cbor::Array{bad, psk(kCms)}, cbor::Array{psk(kCms), "no map"}}) {
        const cbor::Map body{{"rowneruuid", kCms.text()}, {"creds", list}};
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kCredHref, body));
    }
    const cbor::Map badOwner{{"creds", cbor::Array{psk(kCms)}}, {"rowneruuid", "x"}};
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kCredHref, badOwner));
}

TEST(Conformance, CR_19_delete_by_credid) {
    World world{rfpro, true};
    const auto reply = world.del(as(kCms), kCredHref, {"CredID=2"});
    EXPECT_EQ(codeOf(reply), "2.02");
    EXPECT_FALSE(reply.body);
    EXPECT_EQ(findCredential(world.state, CredId{2}), nullptr);
    EXPECT_EQ(world.state.cred.creds.size(), 2U);
}

TEST(Conformance, CR_20_delete_unknown_credid) {
    World world{rfpro, true};
    for (const char* query : {"credid=77", "credid=-1", "credid=abc", "credid=", "credid", "credid=1x",
                              "credid=99999999999", "credid= 1", "credid=0x1"})
        EXPECT_REFUSED(world, "4.04", world.del(as(kCms), kCredHref, {query}));
}

TEST(Conformance, CR_21_delete_by_subject) {
    World world{rfpro, true};
    world.state.cred.creds.push_back(pskFor(kStranger, 10));
    world.state.cred.creds.push_back(pskFor(kStranger, 11));
    EXPECT_EQ(codeOf(world.del(as(kCms), kCredHref, {"subjectuuid=" + kStranger.text()})), "2.02");
    EXPECT_EQ(world.state.cred.creds.size(), 3U);
    EXPECT_EQ(findPsk(world.state, kStranger), nullptr);
    EXPECT_REFUSED(world, "4.04", world.del(as(kCms), kCredHref, {"subjectuuid=" + kStranger.text()}));
    EXPECT_REFUSED(world, "4.04", world.del(as(kCms), kCredHref, {"subjectuuid=nobody"}));
    EXPECT_REFUSED(world, "4.04", world.del(as(kCms), kCredHref, {"subjectuuid=*"}));
    // Both filters: both must match.
    EXPECT_REFUSED(world, "4.04", world.del(as(kCms), kCredHref, {"credid=1", "subjectuuid=" + kAms.text()}));
}

TEST(Conformance, CR_22_delete_all) {
    World world{rfpro, true};
    EXPECT_EQ(codeOf(world.del(as(kCms), kCredHref)), "2.02");
    EXPECT_TRUE(world.state.cred.creds.empty());
    EXPECT_EQ(world.state.cred.rowneruuid, kCms);
    EXPECT_EQ(codeOf(world.del(as(kCms), kCredHref)), "2.02") << "nothing left is what was asked for";
}

TEST(Conformance, CR_23_delete_refused_in_rfnop) {
    World world{rfnop};
    EXPECT_REFUSED(world, "4.03", world.del(as(kOwner), kCredHref));
    EXPECT_REFUSED(world, "4.03", world.del(as(kOwner), kCredHref, {"credid=1"}));
    EXPECT_REFUSED(world, "4.03", world.del(as(kOwner), kCredHref, {"credid=77"}));
    EXPECT_REFUSED(world, "4.03", world.del(overDoc(), kCredHref));
}

TEST(Conformance, CR_24_get_filters) {
    World world{rfnop, true};
    const auto byId = world.get(as(kCms), kCredHref, {"credid=3"});
    ASSERT_EQ(listOf(byId).size(), 1U);
    EXPECT_EQ(*listOf(byId)[0].find("subjectuuid"), cbor::Value{kAms.text()});
    const auto bySubject = world.get(as(kCms), kCredHref, {"SubjectUUID=" + kOwner.text()});
    ASSERT_EQ(listOf(bySubject).size(), 1U);
    EXPECT_EQ(*listOf(bySubject)[0].find("credid"), cbor::Value{1});
    EXPECT_TRUE(listOf(world.get(as(kCms), kCredHref, {"credid=77"})).empty());
    EXPECT_TRUE(listOf(world.get(as(kCms), kCredHref, {"credid=1", "subjectuuid=" + kAms.text()})).empty());
    EXPECT_EQ(listOf(world.get(as(kCms), kCredHref)).size(), 3U);
    EXPECT_REFUSED(world, "4.00", world.get(as(kCms), kCredHref, {"credid=one"}));
}

TEST(Conformance, CR_25_clear_access_denied) {
    for (const auto in : {rfotm, rfpro, rfnop, sreset}) {
        World world{in};
        EXPECT_REFUSED(world, "4.01", world.get(inClear(), kCredHref));
        EXPECT_REFUSED(world, "4.01", world.post(inClear(), kCredHref, creds({psk(kStranger)})));
        EXPECT_REFUSED(world, "4.01", world.del(inClear(), kCredHref));
    }
}

TEST(Conformance, CR_26_text_string_key_tolerated) {
    World world;
    world.prepare();
    const std::string octets{"\xff\xfe\x00\x80 not UTF-8 \xc0\xaf", 17};
    const cbor::Map data{{"data", cbor::Text{copyOf(viewOf(octets).first(16))}}, {"encoding", "oic.sec.encoding.raw"}};
    ASSERT_EQ(codeOf(world.post(overDoc(), kCredHref, creds({psk(kCms, data)}))), "2.04");
    EXPECT_EQ(keyFor(world, kCms), octets.substr(0, 16));
}

TEST(Cred, OtherTypesAreRefusedWithAReason) {
    World world{rfpro};
    for (const int type : {2, 4, 16, 32}) {
        auto credential = cbor::Map{{"credtype", type}, {"subjectuuid", "*"}, {"privatedata", raw(kKey16)}};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({credential})));
        const auto failure = readCredential(credential).failure();
        EXPECT_NE(failure.what.find("not supported by this version"), std::string::npos) << failure.what;
    }
    for (const cbor::Value& type :
         {cbor::Value{0}, cbor::Value{3}, cbor::Value{-1}, cbor::Value{512}, cbor::Value{"1"}, cbor::Value{}})
        EXPECT_FALSE(
            readCredential(cbor::Map{{"credtype", type}, {"subjectuuid", kCms.text()}, {"privatedata", raw(kKey16)}}));
    EXPECT_FALSE(readCredential(cbor::Map{{"subjectuuid", kCms.text()}, {"privatedata", raw(kKey16)}}));
}

TEST(Cred, EmptyObjectsNullsAndUnknownMembersAreTolerated) {
    World world{rfpro};
    auto odd = psk(kCms);
    for (const char* key : {"credid", "credusage", "roleid", "period", "crms", "publicdata", "optionaldata", "tag"})
        odd.emplace_back(key, cbor::Value{});
    odd.emplace_back("subjectuid", "a slip of the draft");
    const cbor::Map body{{"creds", cbor::Array{cbor::Map{}, odd}}, {"n", "x"}};
    EXPECT_EQ(codeOf(world.post(as(kOwner), kCredHref, body)), "2.04");
    EXPECT_EQ(keyFor(world, kCms), kKey16);
    EXPECT_FALSE(world.post(as(kOwner), kCredHref, cbor::Map{{"creds", cbor::Value{}}}).next);
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, cbor::Map{{"creds", 1}}));
}

TEST(Cred, MalformedMembersAreRefused) {
    World world{rfpro};
    const std::string longText(65, 'x');
    const std::pair<std::string_view, cbor::Value> bad[] = {
        {"credid", -1},
        {"credid", std::int64_t{0x80000000}},
        {"credid", "1"},
        {"credusage", "oic.sec.cred.everything"},
        {"roleid", "cook"},
        {"roleid", cbor::Map{{"authority", "kitchen"}}},
        {"roleid", cbor::Map{{"role", ""}}},
        {"roleid", cbor::Map{{"role", longText}}},
        {"roleid", cbor::Map{{"role", "line\nbreak"}}},
        {"period", longText},
        {"period", "P1D"},
        {"period", "20260101T000000Z/P1Y"}, // RFC 5545 knows no years
        {"period", "20260101T000000/P1D"},
        {"tag", cbor::Text{copyOf(viewOf("\xff"))}},
        {"crms", "oic.sec.crm.pro"},
        {"crms", cbor::Array{"oic.sec.crm.x"}},
        {"publicdata", "PEM"},
        {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", "x"}}},
        {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", std::string(3073, 'x')}}},
        {"optionaldata", cbor::Map{{"revstat", true}}},
        {"optionaldata", cbor::Map{{"revstat", 1}}},
    };
    for (const auto& [key, value] : bad)
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({with(psk(kCms), key, value)})));
    for (const cbor::Value& data : {cbor::Value{1}, cbor::Value{cbor::Array{}}, cbor::Value{true}}) {
        const cbor::Map privatedata{{"encoding", "oic.sec.encoding.raw"}, {"data", data}};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({psk(kCms, privatedata)})));
    }
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({psk(kCms, "no map")})));
    const auto twice = with(psk(kCms), "credid", 5);
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kCredHref, creds({twice, twice})));
}

TEST(Cred, EveryMemberComesBackAsItWasSent) {
    World world{rfpro};
    auto sent = with(psk(kCms), "credid", 9);
    sent.emplace_back("credusage", "oic.sec.cred.cert");
    sent.emplace_back("publicdata", cbor::Map{{"data", "-----BEGIN X-----\n"}, {"encoding", "oic.sec.encoding.pem"}});
    sent.emplace_back("roleid", cbor::Map{{"role", "cook"}, {"authority", "kitchen"}});
    sent.emplace_back("period", "20260101T000000Z/P365D");
    sent.emplace_back("crms", cbor::Array{"oic.sec.crm.pro", "oic.sec.crm.psk"});
    sent.emplace_back("tag", "plgd");
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({sent}))), "2.04");
    const auto reply = world.get(as(kOwner), kCredHref, {"credid=9"});
    for (const auto& [key, value] : sent)
        if (key.text() != "privatedata") {
            ASSERT_NE(listOf(reply)[0].find(*key.text()), nullptr) << *key.text();
            EXPECT_EQ(*listOf(reply)[0].find(*key.text()), value) << *key.text();
        }
}

TEST(Cred, IdenticalCredentialIsASuccessfulNothingEvenOnceSealed) {
    World world{rfpro};
    const auto body = creds({with(psk(kCms), "credid", 9)});
    ASSERT_TRUE(world.post(as(kOwner), kCredHref, body).next);
    EXPECT_FALSE(world.post(as(kOwner), kCredHref, body).next);
    world.state.cred.creds.back().key.sealed = SealedBlob{Bytes{1}, Bytes{2}};
    const auto again = world.post(as(kOwner), kCredHref, body);
    EXPECT_EQ(codeOf(again), "2.04");
    EXPECT_FALSE(again.next);
    // Another key under the same id is a change, and the old blob does not survive it.
    const auto other = world.post(as(kOwner), kCredHref, creds({with(psk(kCms, raw(kKey32)), "credid", 9)}));
    ASSERT_TRUE(other.next);
    EXPECT_FALSE(findCredential(world.state, CredId{9})->key.sealed);
}

TEST(Cred, OlderKeyOfTheSameSubjectIsReplacedInRfotm) {
    World world{rfotm};
    ASSERT_EQ(codeOf(world.post(overDoc(), kCredHref, creds({psk(kCms)}))), "2.04");
    const auto first = findPsk(world.state, kCms)->id;
    ASSERT_EQ(codeOf(world.post(overDoc(), kCredHref, creds({psk(kCms, raw(kKey32))}))), "2.04");
    EXPECT_EQ(world.state.cred.creds.size(), 2U);
    EXPECT_EQ(keyFor(world, kCms), kKey32);
    EXPECT_NE(findPsk(world.state, kCms)->id, first);
}

TEST(Cred, TheYoungestKeyOfASubjectIsInUseLater) {
    World world{rfpro};
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({with(psk(kCms), "credid", 20)}))), "2.04");
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({psk(kCms, raw(kKey32))}))), "2.04");
    EXPECT_EQ(world.state.cred.creds.size(), 3U);
    EXPECT_EQ(keyFor(world, kCms), kKey32);
    const std::string newest = "the newest key!!";
    ASSERT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({with(psk(kCms, raw(newest)), "credid", 20)}))), "2.04");
    EXPECT_EQ(keyFor(world, kCms), newest) << "replacing by credid makes a key the youngest";
}

TEST(Cred, DeleteWithAQueryNobodyUnderstandsDeletesNothing) {
    World world{rfpro, true};
    EXPECT_REFUSED(world, "4.00", world.del(as(kCms), kCredHref, {"subject=" + kAms.text()}));
    EXPECT_REFUSED(world, "4.00", world.del(as(kCms), kCredHref, {"credid=1", "x"}));
}

TEST(Cred, SresetBelongsToTheDots) {
    World world{sreset, true};
    EXPECT_REFUSED(world, "4.01", world.post(as(kCms), kCredHref, creds({psk(kStranger)})));
    EXPECT_REFUSED(world, "4.01", world.del(as(kCms), kCredHref));
    EXPECT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds({psk(kStranger)}))), "2.04");
    EXPECT_EQ(codeOf(world.del(as(kOwner), kCredHref, {"subjectuuid=" + kStranger.text()})), "2.02");
}

TEST(Cred, CapacityIsBoundedAndNothingIsStoredBeyondIt) {
    World world{rfpro};
    cbor::Array list;
    for (std::size_t i = 0; i < kMaxCredentials; ++i)
        list.push_back(psk(kCms));
    EXPECT_REFUSED(world, "4.13", world.post(as(kOwner), kCredHref, creds(list)));
    list.pop_back();
    EXPECT_EQ(codeOf(world.post(as(kOwner), kCredHref, creds(list))), "2.04");
    EXPECT_EQ(world.state.cred.creds.size(), kMaxCredentials);
    EXPECT_REFUSED(world, "4.13", world.post(as(kOwner), kCredHref, creds({psk(kCms)})));
    // Few but fat ones.
    World other{rfpro};
    const cbor::Map pem{{"encoding", "oic.sec.encoding.pem"}, {"data", std::string(kMaxPublicData, 'x')}};
    EXPECT_REFUSED(other, "4.13",
                   other.post(as(kOwner), kCredHref, creds(cbor::Array(12, with(psk(kCms), "publicdata", pem)))));
}

TEST(Cred, PutIsNotAllowed) {
    World world{rfpro};
    EXPECT_REFUSED(world, "4.05", world.request(as(kOwner), coap::Method::put, kCredHref));
}
