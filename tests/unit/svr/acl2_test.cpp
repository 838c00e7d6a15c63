#include "svr/acl2.h"

#include "svr/ace_codec.h"
#include "world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

const cbor::Value kAnyone{cbor::Map{{"conntype", "anon-clear"}}};
const cbor::Value kLight{cbor::Array{cbor::Map{{"href", "/light"}}}};

cbor::Map ace(cbor::Value subject = kAnyone, cbor::Value resources = kLight, cbor::Value permission = 2) {
    return {
        {"subject", std::move(subject)}, {"resources", std::move(resources)}, {"permission", std::move(permission)}};
}
cbor::Map with(cbor::Map map, std::string_view key, cbor::Value value) {
    map.emplace_back(key, std::move(value));
    return map;
}
cbor::Value list(cbor::Array aces) {
    return cbor::Map{{"aclist2", std::move(aces)}};
}
const cbor::Array& listOf(const Reply& reply) {
    return *at(reply, "aclist2").array();
}
std::vector<std::int64_t> idsOf(const World& world) {
    std::vector<std::int64_t> out;
    for (const auto& entry : world.state.acl2.aclist2)
        out.push_back(numberOf(entry.id));
    return out;
}
Reply post(World& world, cbor::Array aces) {
    return world.post(as(kOwner), kAcl2Href, list(std::move(aces)));
}
using Ids = std::vector<std::int64_t>;

} // namespace

TEST(Conformance, AC_01_add_without_aceid) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {ace(), ace(), ace()})), "2.04");
    ASSERT_EQ(codeOf(post(world, {ace()})), "2.04");
    const auto ids = idsOf(world);
    EXPECT_EQ((std::set<std::int64_t>{ids.begin(), ids.end()}).size(), 4U);
    EXPECT_GE(*std::min_element(ids.begin(), ids.end()), 1);
    // A fresh id never takes one that the same POST asks for.
    World other{rfpro};
    ASSERT_EQ(codeOf(post(other, {ace(), with(ace(), "aceid", 1), ace()})), "2.04");
    EXPECT_EQ(other.state.acl2.aclist2.size(), 3U);
    World full{rfpro};
    ASSERT_EQ(codeOf(post(full, {with(ace(), "aceid", kMaxAceId), ace()})), "2.04");
    EXPECT_EQ(idsOf(full), (Ids{kMaxAceId, 1}));
}

TEST(Conformance, AC_02_replace_by_aceid) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {with(with(ace(), "aceid", 7), "tag", "old"), with(ace(), "aceid", 8)})), "2.04");
    const auto other = ace(cbor::Map{{"uuid", kCms.text()}}, cbor::Array{cbor::Map{{"wc", "*"}}}, 31);
    ASSERT_EQ(codeOf(post(world, {with(other, "aceid", 7)})), "2.04");
    EXPECT_EQ(idsOf(world), (Ids{7, 8}));
    const auto& entry = world.state.acl2.aclist2.front();
    EXPECT_EQ(std::get<Uuid>(entry.subject), kCms);
    EXPECT_EQ(entry.resources, (std::vector<AceResource>{{std::nullopt, Wildcard::all}}));
    EXPECT_EQ(entry.permission, 31);
    EXPECT_EQ(entry.tag, "");
}

TEST(Conformance, AC_03_no_merge) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {ace()})), "2.04");
    ASSERT_EQ(codeOf(post(world, {ace(kAnyone, cbor::Array{cbor::Map{{"href", "/door"}}})})), "2.04");
    ASSERT_EQ(codeOf(post(world, {ace()})), "2.04");
    ASSERT_EQ(world.state.acl2.aclist2.size(), 3U);
    EXPECT_EQ(world.state.acl2.aclist2.front().resources.size(), 1U);
}

TEST(Conformance, AC_04_subject_uuid_role_conntype) {
    World world{rfpro};
    const cbor::Value subjects[] = {
        cbor::Map{{"uuid", kCms.text()}},
        cbor::Map{{"role", "cook"}},
        cbor::Map{{"role", "cook"}, {"authority", "kitchen"}},
        cbor::Map{{"conntype", "auth-crypt"}},
        cbor::Map{{"conntype", "anon-clear"}},
        cbor::Map{{"uuid", Uuid{}.text()}},
    };
    cbor::Array aces;
    for (const auto& subject : subjects)
        aces.push_back(ace(subject));
    ASSERT_EQ(codeOf(post(world, aces)), "2.04");
    const auto reply = world.get(as(kOwner), kAcl2Href);
    ASSERT_EQ(listOf(reply).size(), std::size(subjects));
    for (std::size_t i = 0; i < std::size(subjects); ++i) {
        EXPECT_EQ(*listOf(reply)[i].find("subject"), subjects[i]);
        EXPECT_EQ(*listOf(reply)[i].find("resources"), kLight);
        EXPECT_EQ(*listOf(reply)[i].find("permission"), cbor::Value{2});
    }
}

TEST(Conformance, AC_05_mixed_subject_refused) {
    World world{rfpro};
    const auto uuid = cbor::Value{kCms.text()};
    for (const cbor::Map& subject :
         {cbor::Map{{"uuid", uuid}, {"role", "cook"}}, cbor::Map{{"uuid", uuid}, {"conntype", "auth-crypt"}},
          cbor::Map{{"role", "cook"}, {"conntype", "auth-crypt"}}, cbor::Map{{"uuid", uuid}, {"authority", "kitchen"}},
          cbor::Map{}})
        EXPECT_REFUSED(world, "4.00", post(world, {ace(subject)}));
    EXPECT_REFUSED(world, "4.00", post(world, {ace(cbor::Map{{"uuid", uuid}, {"x", 1}})}));
    for (const cbor::Map& bad : {cbor::Map{{"uuid", "*"}}, cbor::Map{{"uuid", 1}}, cbor::Map{{"role", ""}},
                                 cbor::Map{{"role", 1}}, cbor::Map{{"role", "cook"}, {"authority", 1}}})
        EXPECT_REFUSED(world, "4.00", post(world, {ace(bad)}));
    EXPECT_REFUSED(world, "4.00", post(world, {ace(uuid)}));
}

TEST(Conformance, AC_06_authority_without_role_refused) {
    World world{rfpro};
    EXPECT_REFUSED(world, "4.00", post(world, {ace(cbor::Map{{"authority", "kitchen"}})}));
}

TEST(Conformance, AC_07_bad_conntype_refused) {
    World world{rfpro};
    for (const cbor::Value& type :
         {cbor::Value{"anon-crypt"}, cbor::Value{"AUTH-CRYPT"}, cbor::Value{""}, cbor::Value{1}, cbor::Value{}})
        EXPECT_REFUSED(world, "4.00", post(world, {ace(cbor::Map{{"conntype", type}})}));
}

TEST(Conformance, AC_08_bad_wildcard_refused) {
    World world{rfpro};
    for (const cbor::Value& wc : {cbor::Value{"#"}, cbor::Value{"**"}, cbor::Value{""}, cbor::Value{42}})
        EXPECT_REFUSED(world, "4.00", post(world, {ace(kAnyone, cbor::Array{cbor::Map{{"wc", wc}}})}));
    for (const char* wc : {"*", "+", "-"}) {
        ASSERT_EQ(codeOf(post(world, {ace(kAnyone, cbor::Array{cbor::Map{{"wc", wc}}})})), "2.04");
        const auto reply = world.get(as(kOwner), kAcl2Href);
        EXPECT_EQ(*listOf(reply).back().find("resources"), (cbor::Array{cbor::Map{{"wc", wc}}}));
    }
}

TEST(Conformance, AC_09_permission_range) {
    World world{rfpro};
    for (int bits = 0; bits <= 31; ++bits)
        EXPECT_EQ(codeOf(post(world, {ace(kAnyone, kLight, bits)})), "2.04") << bits;
    for (const cbor::Value& bits : {cbor::Value{32}, cbor::Value{-1}, cbor::Value{255}, cbor::Value{cbor::Oversized{}},
                                    cbor::Value{"2"}, cbor::Value{}, cbor::Value{2.0}})
        EXPECT_REFUSED(world, "4.00", post(world, {ace(kAnyone, kLight, bits)}));
    EXPECT_REFUSED(world, "4.00", post(world, {cbor::Map{{"subject", kAnyone}, {"resources", kLight}}}));
}

TEST(Conformance, AC_10_resource_needs_href_or_wc) {
    World world{rfpro};
    for (const cbor::Map& resource :
         {cbor::Map{}, cbor::Map{{"if", cbor::Array{"*"}}}, cbor::Map{{"href", "light"}}, cbor::Map{{"href", ""}},
          cbor::Map{{"href", 1}}, cbor::Map{{"href", "/" + std::string(kMaxHref, 'a')}},
          cbor::Map{{"href", "/light"}, {"rel", "x"}}})
        EXPECT_REFUSED(world, "4.00", post(world, {ace(kAnyone, cbor::Array{resource})}));
    EXPECT_REFUSED(world, "4.00", post(world, {ace(kAnyone, cbor::Array{"/light"})}));
    EXPECT_REFUSED(world, "4.00", post(world, {ace(kAnyone, "/light")}));
}

TEST(Conformance, AC_11_null_arrays_tolerated) {
    World world;
    // plgd's client: rowneruuid beside a null list.
    const cbor::Map body{{"rowneruuid", kOwner.text()}, {"aclist2", cbor::Value{}}};
    EXPECT_EQ(codeOf(world.post(overDoc(), kAcl2Href, body)), "2.04");
    EXPECT_EQ(world.state.acl2.rowneruuid, kOwner);
    EXPECT_FALSE(world.post(overDoc(), kAcl2Href, list({})).failure);
    World owned{rfpro};
    for (const cbor::Value& nothing : {cbor::Value{}, cbor::Value{cbor::Array{}}}) {
        ASSERT_EQ(codeOf(post(owned, {ace(kAnyone, nothing)})), "2.04");
        EXPECT_TRUE(owned.state.acl2.aclist2.back().resources.empty());
    }
    // A conformance tool puts href where resources belong: accepted, and it grants nothing.
    const cbor::Map stray{{"subject", kAnyone}, {"permission", 2}, {"href", "/light"}};
    ASSERT_EQ(codeOf(post(owned, {stray})), "2.04");
    EXPECT_TRUE(owned.state.acl2.aclist2.back().resources.empty());
}

TEST(Conformance, AC_12_if_star_tolerated) {
    World world{rfpro};
    for (const char* filter : {"if", "rt"}) {
        EXPECT_REFUSED(world, "4.00",
                       post(world, {with(ace(), "resources",
                                         cbor::Array{cbor::Map{{"href", "/light"}, {filter, cbor::Value{}}}})}));
        const auto resources = [&](cbor::Value value) {
            return cbor::Array{cbor::Map{{"href", "/light"}, {filter, std::move(value)}}};
        };
        EXPECT_EQ(codeOf(post(world, {ace(kAnyone, resources(cbor::Array{"*"}))})), "2.04");
        for (const cbor::Value& narrow :
             {cbor::Value{cbor::Array{"oic.if.r"}}, cbor::Value(cbor::Array{"*", "oic.if.r"}),
              cbor::Value{cbor::Array{}}, cbor::Value{"*"}})
            EXPECT_REFUSED(world, "4.00", post(world, {ace(kAnyone, resources(narrow))}));
    }
    EXPECT_EQ(world.state.acl2.aclist2.front().resources, (std::vector<AceResource>{{"/light", std::nullopt}}));
}

TEST(Conformance, AC_13_refused_in_rfnop) {
    World world{rfnop};
    EXPECT_REFUSED(world, "4.00", post(world, {ace()}));
    EXPECT_REFUSED(world, "4.03", world.del(as(kOwner), kAcl2Href));
    EXPECT_REFUSED(world, "4.03", world.del(as(kOwner), kAcl2Href, {"aceid=1"}));
}

TEST(Conformance, AC_14_rowner_refused_in_rfpro) {
    for (const auto in : {rfpro, rfnop}) {
        World world{in};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kAcl2Href, cbor::Map{{"rowneruuid", kAms.text()}}));
    }
    World repair{sreset, true};
    EXPECT_REFUSED(repair, "4.01", repair.post(as(kAms), kAcl2Href, cbor::Map{{"rowneruuid", kAms.text()}}));
    EXPECT_EQ(codeOf(repair.post(as(kOwner), kAcl2Href, cbor::Map{{"rowneruuid", kCms.text()}})), "2.04");
}

TEST(Conformance, AC_15_delete_one_and_unknown) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {with(ace(), "aceid", 1), with(ace(), "aceid", 2)})), "2.04");
    for (const char* query : {"aceid=3", "aceid=0", "aceid=-1", "aceid=x", "aceid=", "aceid"})
        EXPECT_REFUSED(world, "4.04", world.del(as(kOwner), kAcl2Href, {query}));
    const auto reply = world.del(as(kOwner), kAcl2Href, {"AceId=1"});
    EXPECT_EQ(codeOf(reply), "2.02");
    EXPECT_FALSE(reply.body);
    EXPECT_EQ(idsOf(world), (Ids{2}));
    EXPECT_REFUSED(world, "4.00", world.del(as(kOwner), kAcl2Href, {"ace=2"}));
}

TEST(Conformance, AC_16_delete_all) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {ace(), ace()})), "2.04");
    EXPECT_EQ(codeOf(world.del(as(kOwner), kAcl2Href)), "2.02");
    EXPECT_TRUE(world.state.acl2.aclist2.empty());
    EXPECT_EQ(world.state.acl2.rowneruuid, kOwner);
}

TEST(Conformance, AC_17_all_or_nothing) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {with(ace(), "aceid", 1)})), "2.04");
    const auto bad = ace(kAnyone, kLight, 99);
    EXPECT_REFUSED(world, "4.00", post(world, {ace(), bad}));
    EXPECT_REFUSED(world, "4.00", post(world, {bad, ace()}));
    EXPECT_REFUSED(world, "4.00", post(world, {with(ace(kAnyone, kLight, 31), "aceid", 1), bad}));
    EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "aceid", 5), with(ace(), "aceid", 5)}));
    World onboarding;
    const cbor::Map body{{"rowneruuid", kOwner.text()}, {"aclist2", cbor::Array{bad}}};
    EXPECT_REFUSED(onboarding, "4.00", onboarding.post(overDoc(), kAcl2Href, body));
    EXPECT_REFUSED(onboarding, "4.00",
                   onboarding.post(overDoc(), kAcl2Href, cbor::Map{{"rowneruuid", kOwner.text()}, {"x", 1}}));
}

TEST(Conformance, AC_18_validity_supported_or_refused) {
    World world{rfpro};
    const auto limited = [](std::string_view rule) {
        return cbor::Array{cbor::Map{{"period", "20260101T000000Z/P1D"}, {"recurrence", cbor::Array{rule}}}};
    };
    EXPECT_EQ(codeOf(post(world, {with(ace(), "validity", limited("FREQ=DAILY;COUNT=3"))})), "2.04");
    EXPECT_EQ(world.state.acl2.aclist2.back().validity.at(0).recurrence.at(0), "FREQ=DAILY;COUNT=3");
    for (const char* rule : {"FREQ=SECONDLY", "always"})
        EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "validity", limited(rule))}));
    EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "validity", "always")}));
    const cbor::Map misspelt{{"period", "20260101T000000Z/P300D"},
                             {"recurrences", cbor::Array{"FREQ=WEEKLY;BYDAY=MO"}}};
    EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "validity", cbor::Array{misspelt})}));
    EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "validity", cbor::Array{cbor::Map{}})}));
    EXPECT_EQ(codeOf(post(world, {with(ace(), "validity", cbor::Value{})})), "2.04");
}

TEST(Conformance, AC_19_capacity_limit) {
    World world{rfpro};
    EXPECT_REFUSED(world, "4.13", post(world, cbor::Array(kMaxAces + 1, ace())));
    EXPECT_EQ(codeOf(post(world, cbor::Array(kMaxAces, ace()))), "2.04");
    EXPECT_REFUSED(world, "4.13", post(world, {ace()}));
    EXPECT_EQ(codeOf(post(world, {with(ace(kAnyone, kLight, 6), "aceid", 1)})), "2.04") << "replacing needs no room";
    World fat{rfpro};
    const cbor::Array resources(kMaxAceResources, cbor::Map{{"href", "/" + std::string(kMaxHref - 1, 'a')}});
    EXPECT_REFUSED(fat, "4.13", post(fat, cbor::Array(4, ace(kAnyone, resources))));
    auto more = resources;
    more.push_back(more.front());
    EXPECT_REFUSED(fat, "4.13", post(fat, {ace(kAnyone, more)}));
}

TEST(Acl2, GetFiltersByAceid) {
    World world{rfpro};
    ASSERT_EQ(codeOf(post(world, {with(ace(), "aceid", 1), with(ace(), "aceid", 2)})), "2.04");
    EXPECT_EQ(listOf(world.get(as(kOwner), kAcl2Href, {"aceid=2"})).size(), 1U);
    EXPECT_TRUE(listOf(world.get(as(kOwner), kAcl2Href, {"aceid=3"})).empty());
    EXPECT_REFUSED(world, "4.00", world.get(as(kOwner), kAcl2Href, {"aceid=x"}));
}

TEST(Acl2, UnknownMembersAndBadIdsAreRefused) {
    World world{rfpro};
    EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "foo", 1)}));
    EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "href", 1)}));
    for (const cbor::Value& id : {cbor::Value{0}, cbor::Value{-1}, cbor::Value{kMaxAceId + 1}, cbor::Value{"1"}})
        EXPECT_REFUSED(world, "4.00", post(world, {with(ace(), "aceid", id)}));
    EXPECT_REFUSED(world, "4.00", post(world, {cbor::Map{}}));
    EXPECT_REFUSED(world, "4.00", post(world, {"no map"}));
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kAcl2Href, cbor::Map{{"aclist2", cbor::Map{}}}));
    EXPECT_REFUSED(world, "4.05", world.request(as(kOwner), coap::Method::put, kAcl2Href));
}

TEST(Acl2, SresetBelongsToTheDots) {
    World world{sreset, true};
    EXPECT_REFUSED(world, "4.01", world.post(as(kAms), kAcl2Href, list({ace()})));
    EXPECT_EQ(codeOf(world.post(as(kOwner), kAcl2Href, list({ace()}))), "2.04");
    EXPECT_EQ(codeOf(world.del(as(kOwner), kAcl2Href)), "2.02");
}
