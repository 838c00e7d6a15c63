// /oic/res and the core resources over the wire (facts 7.3–7.5).

#include "support/tested_scene.h"

#include "ocf/resources.h"

#include <algorithm>
#include <set>

namespace ocfsecd::test::conformance {

namespace {

const Address kPeerHost6 = *Address::parse("[fe80::1%2]:0");

struct V6Scene : Scene {
    using Scene::Scene;
    SimPeer peer6{network, kPeerHost6, device.clear(Address::Family::v6), device.secure(Address::Family::v6)};
};

std::vector<std::string> endpointsOf(const cbor::Value& link) {
    std::vector<std::string> out;
    for (const auto& endpoint : *link.find("eps")->array())
        out.emplace_back(*endpoint.find("ep")->text());
    return out;
}

const cbor::Value* linkTo(const Reply& links, std::string_view target) {
    if (links.body.array() == nullptr)
        return nullptr;
    for (const auto& link : *links.body.array())
        if (link.find("href")->text() == target)
            return &link;
    return nullptr;
}

bool hasClearEndpoint(const Reply& links, std::string_view target) {
    return std::ranges::any_of(endpointsOf(*linkTo(links, target)),
                               [](const auto& url) { return url.starts_with("coap://"); });
}

} // namespace

TEST(Conformance, DI_02_rt_filter) {
    Scene scene;
    const auto links = scene.tool->get(kRes, {"rt=oic.r.doxm"});
    ASSERT_EQ(links.code, "2.05");
    ASSERT_EQ(links.body.array()->size(), 1U);
    EXPECT_NE(linkTo(links, kDoxm), nullptr);
    const auto byMulticast = scene.tool->discover(kGroup4, kRes, {"rt=oic.r.doxm"});
    ASSERT_EQ(byMulticast.size(), 1U);
    EXPECT_EQ(byMulticast.front().body.array()->size(), 1U);
    EXPECT_NE(linkTo(scene.tool->get(kRes, {"rt=oic.d.gateway"}), kDev), nullptr);
}

TEST(Conformance, DI_03_rt_nomatch_multicast_silent) {
    Scene scene;
    EXPECT_TRUE(scene.tool->discover(kGroup4, kRes, {"rt=oic.r.switch.binary"}).empty());
    EXPECT_TRUE(scene.tool.heard.empty());
    EXPECT_EQ(scene.tool->get(kRes, {"rt=oic.r.switch.binary"}).code, "4.00");
}

TEST(Conformance, DI_04_ll_and_baseline_shapes) {
    Scene scene;
    const auto standard = scene.tool->get(kRes);
    const auto list = scene.tool->get(kRes, {"if=oic.if.ll"});
    ASSERT_NE(list.body.array(), nullptr);
    EXPECT_EQ(cbor::diagnostic(standard.body), cbor::diagnostic(list.body));
    EXPECT_NE((*list.body.array())[0].find("href"), nullptr);
    const auto baseline = scene.tool->get(kRes, {"if=oic.if.baseline"});
    ASSERT_NE(baseline.body.array(), nullptr);
    ASSERT_EQ(baseline.body.array()->size(), 1U);
    const auto& object = baseline.body.array()->front();
    EXPECT_EQ(cbor::diagnostic(*object.find("rt")), R"(["oic.wk.res"])");
    EXPECT_NE(object.find("if"), nullptr);
    EXPECT_EQ(cbor::diagnostic(*object.find("links")), cbor::diagnostic(list.body));
}

TEST(Conformance, DI_05_link_members) {
    Scene scene;
    const auto links = scene.tool->get(kRes);
    std::set<std::string> hrefs;
    for (const auto& link : *links.body.array()) {
        hrefs.emplace(*link.find("href")->text());
        EXPECT_EQ(link.find("anchor")->text(), "ocf://" + scene.device.deviceId().text());
        EXPECT_FALSE(link.find("rt")->array()->empty());
        EXPECT_FALSE(link.find("if")->array()->empty());
        EXPECT_EQ(link.find("p")->find("bm")->integer().value_or(0) & 1, 1);
        EXPECT_FALSE(endpointsOf(link).empty());
    }
    for (const auto href : {kRes, kDev, kPlat, kDoxm, kPstat, kCred, kAcl2})
        EXPECT_TRUE(hrefs.contains(std::string{href})) << href;
    EXPECT_EQ(cbor::diagnostic(*linkTo(links, kRes)->find("rel")), R"(["self"])");
    EXPECT_EQ(endpointsOf(*linkTo(links, kDev)),
              (std::vector<std::string>{"coap://192.0.2.10:5683", "coaps://192.0.2.10:5684"}))
        << "facts 4.3 step 1: both, else the other client owns nothing";
}

TEST(Conformance, DI_06_eps_filtered_by_family) {
    V6Scene scene;
    const auto only = [](const Reply& links, std::string_view host) {
        ASSERT_NE(links.body.array(), nullptr);
        for (const auto& link : *links.body.array())
            for (const auto& url : endpointsOf(link))
                EXPECT_NE(url.find(host), std::string::npos) << url;
    };
    only(scene.tool->get(kRes), "://192.0.2.10:");
    only(scene.peer6->get(kRes), "://[fe80::10]:");
    const auto four = scene.tool->discover(kGroup4, kRes);
    ASSERT_EQ(four.size(), 1U);
    only(four.front(), "://192.0.2.10:");
    const auto six = scene.peer6->discover(kGroup6, kRes);
    ASSERT_EQ(six.size(), 1U);
    only(six.front(), "://[fe80::10]:");
}

TEST(Conformance, DI_07_svr_eps_secure_only_when_owned) {
    Scene scene;
    const auto before = scene.tool->get(kRes);
    EXPECT_TRUE(hasClearEndpoint(before, kDoxm));
    EXPECT_TRUE(hasClearEndpoint(before, kPstat));
    EXPECT_FALSE(hasClearEndpoint(before, kCred));
    EXPECT_FALSE(hasClearEndpoint(before, kAcl2));
    scene.onboarding.steps("cd");
    const auto over = scene.onboarding.doc()->get(kRes);
    EXPECT_FALSE(hasClearEndpoint(over, kDoxm)) << "D4";
    EXPECT_TRUE(hasClearEndpoint(over, kDev));
    scene.onboarding.steps("efghijlmno");
    const auto owned = scene.other->get(kRes);
    ASSERT_EQ(owned.code, "2.05") << "by the anon-clear ACE";
    for (const auto svr : {kDoxm, kPstat, kCred, kAcl2}) {
        EXPECT_FALSE(hasClearEndpoint(owned, svr)) << svr;
        EXPECT_FALSE(endpointsOf(*linkTo(owned, svr)).empty()) << svr;
    }
}

TEST(Conformance, DI_08_undiscoverable_hidden) {
    Scene scene;
    std::set<std::string> discoverable, listed;
    for (const auto& row : ocf::kCoreResources)
        if ((row.bm & 1) != 0)
            discoverable.emplace(row.href);
    for (const auto& row : svr::kResources)
        if ((row.bm & 1) != 0)
            discoverable.emplace(row.href);
    const auto links = scene.tool->get(kRes);
    for (const auto& link : *links.body.array())
        listed.emplace(*link.find("href")->text());
    EXPECT_EQ(listed, discoverable);
}

TEST(Conformance, DI_09_oic_d_properties) {
    Scene scene;
    const auto device = scene.tool->get(kDev);
    EXPECT_EQ(device.code, "2.05");
    EXPECT_FALSE(device.text("n").empty());
    EXPECT_EQ(device.text("di"), scene.device.deviceId().text());
    EXPECT_TRUE(device.text("icv").starts_with("ocf.2."));
    EXPECT_TRUE(device.text("dmv").starts_with("ocf.res."));
    EXPECT_TRUE(Uuid::parse(device.text("piid")));
    EXPECT_TRUE(device["rt"].isNull());
    const auto baseline = scene.tool->get(kDev, {"if=oic.if.baseline"});
    EXPECT_EQ(cbor::diagnostic(baseline["rt"]), R"(["oic.wk.d", "oic.d.gateway"])");
    const auto piid = device.text("piid");
    scene.own(kRfnop);
    EXPECT_EQ(scene.owner()->get(kDev).text("piid"), piid) << "one per ownership";
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_NE(scene.tool->get(kDev).text("piid"), piid);
}

TEST(Conformance, DI_10_oic_p_properties) {
    Scene scene;
    const auto platform = scene.tool->get(kPlat);
    EXPECT_EQ(platform.code, "2.05");
    EXPECT_TRUE(Uuid::parse(platform.text("pi")));
    EXPECT_FALSE(platform.text("mnmn").empty());
}

TEST(Conformance, DI_12_di_query_filter) {
    Scene scene;
    const auto own = scene.device.deviceId().text();
    EXPECT_EQ(scene.tool->discover(kGroup4, kRes, {"di=" + own}).size(), 1U);
    EXPECT_TRUE(scene.tool->discover(kGroup4, kRes, {"di=" + kOwner.text()}).empty());
    EXPECT_TRUE(scene.tool->discover(kGroup4, kRes, {"di=nonsense"}).empty());
    EXPECT_TRUE(scene.tool->discover(kGroup4, kDoxm, {"di=" + kOwner.text()}).empty());
    EXPECT_EQ(scene.tool->get(kRes, {"di=" + own}).code, "2.05");
}

} // namespace ocfsecd::test::conformance
