// Access decisions as a peer meets them (facts clause 3).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

/// kPairwise has a key and nothing but these ACEs.
struct Access : Scene {
    explicit Access(cbor::Array aces, svr::OnboardingState in = kRfnop) : Scene{planWith(std::move(aces))} { own(in); }
    static Plan planWith(cbor::Array aces) {
        auto plan = Plan::separateServices();
        plan.aces = std::move(aces);
        return plan;
    }
    SimSession& peer() { return as(kPairwise); }
};

cbor::Array toPeer(cbor::Map resource, int permission) {
    return {ace(toUuid(kPairwise), {std::move(resource)}, permission)};
}

const cbor::Map kNewName{{"n", "porch"}};

} // namespace

TEST(Conformance, AX_01_ncr_denied_outside_rfnop) {
    for (const auto in : {kRfpro, kSreset}) {
        auto plan = Plan::separateServices();
        plan.aces = {ace(toUuid(kOwner), {wildcard("*"), href(kCon)}, 31)};
        Scene scene{plan};
        scene.own(in);
        EXPECT_EQ(scene.owner()->get(kCon).code, "4.01");
    }
    Scene scene;
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->get(kCon).code, "4.01");
    scene.onboarding.steps("efghijlm");
    EXPECT_EQ(scene.onboarding.doc()->get(kCon).code, "4.01");
}

TEST(Conformance, AX_03_anon_clear_on_oic_d) {
    Access scene{{ace(toConnType("anon-clear"), {href(kDev)}, 2)}};
    EXPECT_EQ(scene.other->get(kDev).code, "2.05");
    EXPECT_EQ(scene.other->get(kPlat).code, "4.01");
    EXPECT_EQ(scene.peer()->get(kDev).code, "2.05") << "also over DTLS (facts 3.2)";
}

TEST(Conformance, AX_04_no_ace_no_oic_d) {
    Access scene{{}};
    for (const auto core : {kDev, kPlat, kRes}) {
        EXPECT_EQ(scene.other->get(core).code, "4.01");
        EXPECT_EQ(scene.peer()->get(core).code, "4.01");
    }
}

TEST(Conformance, AX_05_rfotm_core_resources_open) {
    Scene scene;
    for (const auto core : {kRes, kDev, kPlat})
        EXPECT_EQ(scene.other->get(core).code, "2.05") << core;
}

TEST(Conformance, AX_06_rfotm_other_denied) {
    Scene scene;
    for (const auto* resource : {"/oic/sec/cred", "/oic/sec/acl2", "/oic/sec/sp", "/oic/sec/sdi", "/oic/sec/csr",
                                 "/oic/sec/roles", "/oic/sec/ael", "/oc/con", "/no/such/thing"})
        EXPECT_EQ(scene.other->get(resource).code, "4.01") << resource;
}

TEST(Conformance, AX_07_doc_open_blocks_clear) {
    Scene scene;
    scene.onboarding.steps("cd");
    for (const auto resource : {kDoxm, kPstat, kRes, kDev, kPlat}) {
        EXPECT_EQ(scene.other->get(resource).code, "4.01") << resource;
        EXPECT_EQ(scene.tool->get(resource).code, "4.01") << "whoever asks";
    }
    EXPECT_EQ(scene.other->post(kDoxm, cbor::Map{{"oxmsel", 0}}).code, "4.01");
    EXPECT_TRUE(scene.other->discover(kGroup4, kDoxm).empty());
}

TEST(Conformance, AX_08_doc_may_all_dcr) {
    Scene scene;
    scene.onboarding.steps("cd");
    auto& doc = scene.onboarding.doc();
    for (const auto resource : {kDoxm, kPstat, kCred, kAcl2, kRes, kDev, kPlat})
        EXPECT_EQ(doc->get(resource).code, "2.05") << resource;
    const std::pair<std::string_view, cbor::Map> posts[] = {
        {kDoxm, {{"devowneruuid", kOwner.text()}}},
        {kPstat, {{"om", 4}}},
        {kCred, {{"creds", cbor::Array{psk(kPairwise, keyOf(kPairwise))}}}},
        {kAcl2, {{"aclist2", cbor::Array{ace(toUuid(kPairwise), {href(kDev)}, 2)}}}}};
    for (const auto& [resource, body] : posts)
        EXPECT_EQ(doc->post(resource, body).code, "2.04") << resource;
}

TEST(Conformance, AX_09_conntype_never_opens_svr) {
    Access scene{{ace(toConnType("auth-crypt"), {href(kDoxm), href(kPstat), href(kCred), href(kAcl2)}, 31),
                  ace(toConnType("anon-clear"), {href(kDoxm), href(kPstat), href(kCred), href(kAcl2)}, 31)}};
    auto& peer = scene.peer();
    for (const auto resource : {kDoxm, kPstat, kCred, kAcl2}) {
        EXPECT_EQ(peer->get(resource).code, "4.01") << resource;
        EXPECT_EQ(scene.other->get(resource).code, "4.01") << resource;
    }
}

TEST(Conformance, AX_11_wildcard_star) {
    Access scene{toPeer(wildcard("*"), 31)};
    auto& peer = scene.peer();
    EXPECT_EQ(peer->get(kCon).code, "2.05");
    EXPECT_EQ(peer->get("/hidden").code, "4.04") << "access is granted, there is no such resource";
    for (const auto* dcr : {"/oic/sec/sp", "/oic/sec/doxm", "/oic/res", "/oic/d", "/oic/p"})
        EXPECT_EQ(peer->get(dcr).code, "4.01") << dcr;
}

TEST(Conformance, AX_12_wildcard_plus) {
    Access scene{toPeer(wildcard("+"), 31)};
    auto& peer = scene.peer();
    EXPECT_EQ(peer->get(kCon).code, "2.05");
    EXPECT_EQ(peer->get("/hidden").code, "4.01");
    EXPECT_EQ(peer->get(kDev).code, "4.01");
}

TEST(Conformance, AX_13_wildcard_minus) {
    Access scene{toPeer(wildcard("-"), 31)};
    auto& peer = scene.peer();
    EXPECT_EQ(peer->get(kCon).code, "2.05");
    EXPECT_EQ(peer->get("/hidden").code, "4.01");
    EXPECT_EQ(peer->get(kDev).code, "4.01");
}

TEST(Conformance, AX_14_perm_retrieve_only) {
    Access scene{toPeer(href(kCon), 2)};
    auto& peer = scene.peer();
    EXPECT_EQ(peer->get(kCon).code, "2.05");
    EXPECT_EQ(peer->post(kCon, kNewName).code, "4.01");
    EXPECT_NE(scene.device.name(), "porch");
}

TEST(Conformance, AX_15_perm_update_only) {
    Access scene{toPeer(href(kCon), 4)};
    auto& peer = scene.peer();
    EXPECT_EQ(peer->post(kCon, kNewName).code, "2.04");
    EXPECT_EQ(scene.device.name(), "porch");
    EXPECT_EQ(peer->get(kCon).code, "4.01");
}

TEST(Conformance, AX_16_perm_delete) {
    Access without{toPeer(href(kAcl2), 7), kRfpro};
    EXPECT_EQ(without.peer()->get(kAcl2).code, "2.05");
    EXPECT_EQ(without.peer()->del(kAcl2).code, "4.01");
    EXPECT_FALSE(without.owner()->get(kAcl2)["aclist2"].array()->empty());
    Access with{toPeer(href(kAcl2), 8), kRfpro};
    EXPECT_EQ(with.peer()->del(kAcl2).code, "2.02");
    EXPECT_TRUE(with.owner()->get(kAcl2)["aclist2"].array()->empty());
}

// The device has no collection; what a PUT asks for is CREATE, and the decision is the one a collection would ask.
TEST(Conformance, AX_17_perm_create_if_create) {
    const auto expect = [](int permission, bool allowed, const char* code) {
        Access scene{toPeer(href(kCon), permission)};
        if (const auto* inside = scene.device.insideIfThere()) {
            svr::Caller caller;
            caller.secure = true;
            caller.peer = kPairwise;
            const svr::Target target{std::string{kCon}};
            EXPECT_EQ(svr::decide(inside->state(), caller, target, svr::Operation::create).allowed, allowed);
        }
        EXPECT_EQ(scene.peer()->put(kCon, cbor::Map{{"n", "porch"}}).code, code);
    };
    expect(2 | 4 | 8 | 16, false, "4.01"); // everything but C
    expect(1, true, "4.05");               // past the access decision
}

TEST(Conformance, AX_18_perm_union) {
    Access scene{{ace(toUuid(kPairwise), {href(kCon)}, 2), ace(toConnType("auth-crypt"), {href(kCon)}, 4)}};
    auto& peer = scene.peer();
    EXPECT_EQ(peer->get(kCon).code, "2.05");
    EXPECT_EQ(peer->post(kCon, kNewName).code, "2.04");
}

TEST(Conformance, AX_23_rowner_own_resource) {
    Access scene{{}};
    const std::pair<Uuid, std::string_view> owners[] = {{kAms, kAcl2}, {kCms, kCred}, {kPstatOwner, kPstat}};
    for (const auto& [who, own] : owners) {
        auto& session = scene.as(who);
        for (const auto resource : {kDoxm, kPstat, kCred, kAcl2}) {
            // CMS and AMS also reach pstat (facts 3.4 line 9).
            const bool may = resource == own || resource == kPstat;
            EXPECT_EQ(session->get(resource).code, may ? "2.05" : "4.01") << who.text() << " " << resource;
        }
    }
    EXPECT_EQ(scene.owner()->get(kDoxm).code, "2.05");
}

TEST(Conformance, AX_24_dots_reaches_four_svrs) {
    for (const auto in : kOwnedStates) {
        Access scene{{}, in};
        auto& dots = scene.owner();
        for (const auto resource : {kAcl2, kCred, kDoxm, kPstat})
            EXPECT_EQ(dots->get(resource).code, "2.05") << resource;
        EXPECT_EQ(dots->get(kDev).code, "4.01") << "which is no SVR";
    }
}

TEST(Conformance, AX_26_nil_uuid_never_owner) {
    Scene scene; // every rowneruuid is nil
    for (const auto resource : {kCred, kAcl2}) {
        EXPECT_EQ(scene.other->get(resource).code, "4.01");
        EXPECT_EQ(scene.other->del(resource).code, "4.01");
    }
    EXPECT_EQ(scene.other->setState(2).code, "4.01");
}

TEST(Conformance, AX_27_nil_uuid_ace_never_matches) {
    Access scene{{ace(toUuid(kNil), {href(kDev), href(kDoxm)}, 31)}};
    EXPECT_EQ(scene.other->get(kDev).code, "4.01");
    EXPECT_EQ(scene.other->get(kDoxm).code, "4.01");
    EXPECT_EQ(scene.peer()->get(kDev).code, "4.01");
}

TEST(Conformance, AX_28_denied_is_401_unicast_silent_multicast) {
    Access scene{{}};
    EXPECT_EQ(scene.other->get(kRes).code, "4.01");
    const auto before = scene.other.heard.size();
    EXPECT_TRUE(scene.other->discover(kGroup4, kRes).empty());
    EXPECT_TRUE(scene.other->discover(kGroup6, kRes).empty());
    EXPECT_EQ(scene.other.heard.size(), before);
    if (const auto* inside = scene.device.insideIfThere()) {
        EXPECT_GE(inside->count(ocf::Event::Kind::accessDenied), 2U);
    }
}

TEST(Conformance, AX_29_href_exact) {
    Access scene{toPeer(href("/oc/con"), 31)};
    auto& peer = scene.peer();
    EXPECT_EQ(peer->get("/oc/con").code, "2.05");
    for (const auto* near : {"/oc/con2", "/oc", "/oc/con/x", "/OC/CON"})
        EXPECT_EQ(peer->get(near).code, "4.01") << near;
}

TEST(Conformance, AX_30_reset_state_denies) {
    ocf::DeviceSettings settings;
    settings.resetDelay = 1500ms;
    Scene scene{{}, settings};
    scene.own(kRfnop);
    auto& owner = scene.owner();
    auto& second = scene.owner();
    EXPECT_EQ(owner->setState(0).code, "2.04");
    ASSERT_EQ(scene.device.dos(), kReset);
    for (const auto resource : {kDoxm, kPstat, kCred, kAcl2, kDev, kRes})
        EXPECT_EQ(second->get(resource).code, "4.01") << resource;
    EXPECT_EQ(scene.other->get(kDev).code, "4.01");
    EXPECT_EQ(scene.other->get(kDoxm).code, "4.01");
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, scene.onboarding.ownerKey()->view()).established());
    ASSERT_EQ(scene.device.dos(), kReset) << "all of it before the reset itself";
    scene.waitForRfotm();
}

} // namespace ocfsecd::test::conformance
