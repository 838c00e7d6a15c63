#include "svr/access.h"

#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;
using coap::Method;

namespace {

/// An application resource of the gateway.
Target appliance(std::string_view href, bool discoverable = true, bool secure = true, bool clear = false) {
    return {std::string{href}, false, false, true, discoverable, secure, clear};
}
/// An NCR that is no application resource.
Target configuration() {
    return {"/oc/con", false, false, false, true, true, true};
}

Ace aceFor(AceSubject subject, std::vector<AceResource> resources, std::uint8_t bits) {
    return {AceId{1}, std::move(subject), std::move(resources), bits, ""};
}
AceResource href(std::string_view path) {
    return {std::string{path}, std::nullopt};
}
AceResource wildcard(Wildcard wc) {
    return {std::nullopt, wc};
}

/// Operational, with these entries.
DeviceState rfnopWith(std::vector<Ace> aces) {
    auto state = World{rfnop}.state;
    state.acl2.aclist2 = std::move(aces);
    return state;
}

bool allowed(const DeviceState& state, const Caller& caller, const Target& target, Method method = Method::get) {
    const auto decision = decide(state, caller, target, method);
    EXPECT_FALSE(decision.reason.empty());
    EXPECT_EQ(decision.next.empty(), decision.allowed) << "a refusal says what to do next";
    return decision.allowed;
}

Caller clearWhileDocIsOpen() {
    Caller caller;
    caller.docOpen = true;
    return caller;
}

constexpr std::string_view kAllSvrs[] = {"/oic/sec/doxm",  "/oic/sec/pstat", "/oic/sec/cred",
                                         "/oic/sec/acl2",  "/oic/sec/sp",    "/oic/sec/csr",
                                         "/oic/sec/roles", "/oic/sec/sdi",   "/oic/sec/ael"};
constexpr std::string_view kCoreHrefs[] = {"/oic/res", "/oic/d", "/oic/p"};

} // namespace

TEST(Conformance, AX_01_ncr_denied_outside_rfnop) {
    for (const auto in : {rfotm, rfpro, sreset}) {
        auto state = rfnopWith({aceFor(kOwner, {href("/light"), href("/oc/con")}, permission::all)});
        for (const auto& target : {appliance("/light"), configuration()}) {
            EXPECT_TRUE(allowed(state, as(kOwner), target));
            auto moved = enter(state, in);
            EXPECT_EQ(decide(moved, as(kOwner), target, Method::get).rule, Rule::notOperational);
            EXPECT_FALSE(allowed(moved, as(kOwner), target));
            EXPECT_FALSE(allowed(moved, overDoc(), target));
        }
    }
}

TEST(Conformance, AX_02_vertical_clear_denied) {
    const auto state = rfnopWith({aceFor(ConnType::anonClear, {href("/light")}, permission::retrieve)});
    EXPECT_FALSE(allowed(state, inClear(), appliance("/light")));
    EXPECT_EQ(decide(state, inClear(), appliance("/light"), Method::get).rule, Rule::verticalInClear);
    EXPECT_TRUE(decide(state, inClear(), appliance("/light"), Method::get, AccessPolicy{true}).allowed);
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light"))) << "facts 3.2: anon-clear counts over DTLS too";
}

TEST(Conformance, AX_03_anon_clear_on_oic_d) {
    const auto state = rfnopWith({aceFor(ConnType::anonClear, {href("/oic/d")}, permission::retrieve)});
    EXPECT_TRUE(allowed(state, inClear(), targetOf("/oic/d")));
    EXPECT_TRUE(allowed(state, as(kOwner), targetOf("/oic/d")));
    EXPECT_FALSE(allowed(state, inClear(), targetOf("/oic/p")));
}

TEST(Conformance, AX_04_no_ace_no_oic_d) {
    const auto state = rfnopWith({});
    for (const auto core : kCoreHrefs)
        EXPECT_FALSE(allowed(state, inClear(), targetOf(core)));
    EXPECT_EQ(faceOf(decide(state, inClear(), targetOf("/oic/d"), Method::get).failure().reason).coapCode,
              coap::code::unauthorized);
}

TEST(Conformance, AX_05_rfotm_core_resources_open) {
    const World world;
    for (const auto core : kCoreHrefs) {
        EXPECT_TRUE(allowed(world.state, inClear(), targetOf(core)));
        EXPECT_FALSE(allowed(world.state, inClear(), targetOf(core), Method::post));
    }
}

TEST(Conformance, AX_06_rfotm_other_denied) {
    const World world;
    for (const auto svr : kAllSvrs)
        for (const auto method : {Method::get, Method::post, Method::put, Method::del}) {
            const bool open = svr == kDoxmHref || (svr == kPstatHref && method == Method::get);
            EXPECT_EQ(allowed(world.state, inClear(), targetOf(svr), method), open) << svr;
        }
    EXPECT_FALSE(allowed(world.state, inClear(), targetOf("/oic/mnt")));
}

TEST(Conformance, AX_07_doc_open_blocks_clear) {
    const World world;
    for (const auto href : {"/oic/sec/doxm", "/oic/sec/pstat", "/oic/res", "/oic/d", "/oic/p", "/oic/sec/cred"})
        for (const auto method : {Method::get, Method::post}) {
            EXPECT_FALSE(allowed(world.state, clearWhileDocIsOpen(), targetOf(href), method));
            EXPECT_EQ(decide(world.state, clearWhileDocIsOpen(), targetOf(href), method).rule, Rule::clearWhileDocOpen);
        }
    EXPECT_FALSE(allowed(world.state, clearWhileDocIsOpen(), appliance("/light")));
    // Later an open DOC blocks nobody.
    const auto state = rfnopWith({aceFor(ConnType::anonClear, {href("/oic/d")}, permission::retrieve)});
    EXPECT_TRUE(allowed(state, clearWhileDocIsOpen(), targetOf("/oic/d")));
}

TEST(Conformance, AX_08_doc_may_all_dcr) {
    for (const auto in : {rfotm, rfpro, rfnop, sreset}) {
        const World world{in};
        for (const auto svr : kAllSvrs)
            for (const auto method : {Method::get, Method::post, Method::del})
                EXPECT_TRUE(allowed(world.state, overDoc(), targetOf(svr), method)) << svr;
        for (const auto core : kCoreHrefs)
            EXPECT_TRUE(allowed(world.state, overDoc(), targetOf(core)));
    }
}

TEST(Conformance, AX_09_conntype_never_opens_svr) {
    for (const auto type : {ConnType::authCrypt, ConnType::anonClear}) {
        std::vector<AceResource> resources;
        for (const auto svr : kAllSvrs)
            resources.push_back(href(svr));
        resources.push_back(wildcard(Wildcard::all));
        const auto state = rfnopWith({aceFor(type, resources, permission::all)});
        for (const auto svr : kAllSvrs) {
            EXPECT_FALSE(allowed(state, inClear(), targetOf(svr)));
            if (svr != "/oic/sec/roles") {
                EXPECT_FALSE(allowed(state, as(kStranger), targetOf(svr))) << svr;
            }
        }
    }
}

TEST(Conformance, AX_11_wildcard_star) {
    const auto state = rfnopWith({aceFor(kStranger, {wildcard(Wildcard::all)}, permission::all)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light")));
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/hidden", false)));
    EXPECT_TRUE(allowed(state, as(kStranger), configuration()));
    for (const auto dcr : {"/oic/sec/sp", "/oic/sec/doxm", "/oic/res", "/oic/d", "/oic/p", "/oic/mnt"})
        EXPECT_FALSE(allowed(state, as(kStranger), targetOf(dcr))) << dcr;
}

TEST(Conformance, AX_12_wildcard_plus) {
    const auto state = rfnopWith({aceFor(kStranger, {wildcard(Wildcard::secure)}, permission::all)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light")));
    EXPECT_FALSE(allowed(state, as(kStranger), appliance("/hidden", false)));
    EXPECT_FALSE(allowed(state, as(kStranger), appliance("/open", true, false, true)));
    EXPECT_FALSE(allowed(state, as(kStranger), targetOf("/oic/d")));
}

TEST(Conformance, AX_13_wildcard_minus) {
    const auto state = rfnopWith({aceFor(kStranger, {wildcard(Wildcard::clear)}, permission::all)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/open", true, true, true)));
    EXPECT_FALSE(allowed(state, as(kStranger), appliance("/hidden", false, true, true)));
    EXPECT_FALSE(allowed(state, as(kStranger), appliance("/light")));
    EXPECT_FALSE(allowed(state, as(kStranger), targetOf("/oic/d")));
}

TEST(Conformance, AX_14_perm_retrieve_only) {
    const auto state = rfnopWith({aceFor(kStranger, {href("/light")}, permission::retrieve)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light"), Method::get));
    for (const auto method : {Method::post, Method::put, Method::del})
        EXPECT_FALSE(allowed(state, as(kStranger), appliance("/light"), method));
    // Notify does not stand in for Retrieve, nor Create for Update (facts Q20).
    const auto notify = rfnopWith({aceFor(kStranger, {href("/light")}, permission::notify | permission::create)});
    EXPECT_FALSE(allowed(notify, as(kStranger), appliance("/light"), Method::get));
    EXPECT_FALSE(allowed(notify, as(kStranger), appliance("/light"), Method::post));
    EXPECT_TRUE(allowed(notify, as(kStranger), appliance("/light"), Method::put));
}

TEST(Conformance, AX_15_perm_update_only) {
    const auto state = rfnopWith({aceFor(kStranger, {href("/light")}, permission::update)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light"), Method::post));
    EXPECT_FALSE(allowed(state, as(kStranger), appliance("/light"), Method::get));
}

TEST(Conformance, AX_16_perm_delete) {
    const auto with = rfnopWith({aceFor(kStranger, {href("/light")}, permission::del)});
    const auto without = rfnopWith({aceFor(kStranger, {href("/light")}, permission::all & ~permission::del)});
    EXPECT_TRUE(allowed(with, as(kStranger), appliance("/light"), Method::del));
    EXPECT_FALSE(allowed(without, as(kStranger), appliance("/light"), Method::del));
}

TEST(Conformance, AX_18_perm_union) {
    const auto state = rfnopWith({aceFor(kStranger, {href("/light")}, permission::retrieve),
                                  aceFor(ConnType::authCrypt, {wildcard(Wildcard::all)}, permission::update)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light"), Method::get));
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light"), Method::post));
    EXPECT_FALSE(allowed(state, as(kStranger), appliance("/light"), Method::del));
    EXPECT_FALSE(allowed(state, as(kCms), appliance("/light"), Method::get));
}

TEST(Conformance, AX_23_rowner_own_resource) {
    for (const auto in : kOwnedStates) {
        auto state = World{in, true}.state;
        state.pstat.rowneruuid = kPstatOwner;
        const auto reaches = [&](const Uuid& who) {
            std::string out;
            for (const auto svr : kAllSvrs)
                if (svr != "/oic/sec/roles" && allowed(state, as(who), targetOf(svr), Method::post))
                    out += std::string{svr.substr(9)} + " ";
            return out;
        };
        EXPECT_EQ(reaches(kPstatOwner), "pstat ");
        EXPECT_EQ(reaches(kCms), "pstat cred ") << "the services may change the state (facts 1.3)";
        EXPECT_EQ(reaches(kAms), "pstat acl2 ");
        EXPECT_EQ(reaches(kStranger), "");
    }
}

TEST(Conformance, AX_24_dots_reaches_four_svrs) {
    for (const auto in : kOwnedStates) {
        auto state = World{in, true}.state;
        state.pstat.rowneruuid = kPstatOwner;
        state.doxm.devowneruuid = kStranger;
        for (const auto svr : {kDoxmHref, kPstatHref, kCredHref, kAcl2Href})
            EXPECT_TRUE(allowed(state, as(kOwner), targetOf(svr), Method::post));
        EXPECT_FALSE(allowed(state, as(kOwner), targetOf("/oic/sec/sp"), Method::post));
        // devowneruuid repairs in SRESET, and only there (facts 3.4 line 9).
        for (const auto svr : {"/oic/sec/doxm", "/oic/sec/sp"})
            EXPECT_EQ(allowed(state, as(kStranger), targetOf(svr), Method::post), in == sreset);
    }
}

TEST(Conformance, AX_26_nil_uuid_never_owner) {
    const World world; // every rowneruuid is nil
    EXPECT_FALSE(allowed(world.state, inClear(), targetOf(kCredHref)));
    EXPECT_FALSE(allowed(world.state, as(Uuid{}), targetOf(kCredHref)));
    auto pretender = inClear();
    pretender.peer = Uuid{};
    EXPECT_FALSE(allowed(world.state, pretender, targetOf(kCredHref)));
    // An anonymous session that is not the DOC has no name either.
    Caller anonymous;
    anonymous.secure = true;
    EXPECT_FALSE(allowed(world.state, anonymous, targetOf(kCredHref)));
    EXPECT_FALSE(isOwner(world.state, Uuid{}));
}

TEST(Conformance, AX_27_nil_uuid_ace_never_matches) {
    const auto state =
        rfnopWith({aceFor(Uuid{}, {href("/oic/d"), href("/oic/sec/sp"), href("/light")}, permission::all)});
    Caller anonymous;
    anonymous.secure = true;
    for (const auto& caller : {inClear(), anonymous, as(Uuid{}), as(kStranger)})
        for (const auto& target : {targetOf("/oic/d"), targetOf("/oic/sec/sp"), appliance("/light")})
            EXPECT_FALSE(allowed(state, caller, target));
}

TEST(Conformance, AX_28_denied_is_401_unicast_silent_multicast) {
    World world{rfnop};
    for (const bool multicast : {false, true}) {
        const auto reply = world.request(inClear(), Method::get, kDoxmHref, nullptr, {}, multicast);
        EXPECT_EQ(codeOf(reply), "4.01");
        EXPECT_EQ(reply.silent, multicast);
        EXPECT_EQ(reply.failure->reason, Reason::notAuthorised);
    }
}

TEST(Conformance, AX_29_href_exact) {
    const auto state = rfnopWith({aceFor(kStranger, {href("/a/light")}, permission::all)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/a/light")));
    for (const auto other : {"/a/light2", "/a", "/a/", "/a/light/", "/A/light", "a/light", "/a/light/x", ""})
        EXPECT_FALSE(allowed(state, as(kStranger), appliance(other))) << other;
}

TEST(Access, AnAceGrantsOnlyInItsTime) {
    auto state = World{rfnop}.state;
    Ace ace{AceId{1}, kStranger, {{"/oic/d", std::nullopt}}, 2, ""};
    ace.validity = {{"20260101T080000Z/PT10H", {"FREQ=DAILY"}}};
    state.acl2.aclist2 = {ace};
    auto caller = as(kStranger);
    using namespace std::chrono;
    caller.at = sys_days{2026y / November / 25} + 12h;
    EXPECT_TRUE(allowed(state, caller, targetOf("/oic/d"), Method::get));
    caller.at = sys_days{2026y / November / 25} + 18h;
    const auto decision = decide(state, caller, targetOf("/oic/d"), Method::get);
    EXPECT_FALSE(decision.allowed);
    EXPECT_NE(decision.reason.find("validity"), std::string::npos) << decision.reason;
}

TEST(Conformance, AX_30_reset_state_denies) {
    auto state = rfnopWith({aceFor(ConnType::anonClear, {href("/oic/d"), href("/light")}, permission::all)});
    state = enterReset(std::move(state));
    for (const auto& caller : {inClear(), overDoc(), as(kOwner)}) {
        for (const auto svr : kAllSvrs)
            EXPECT_FALSE(allowed(state, caller, targetOf(svr)));
        for (const auto core : kCoreHrefs)
            EXPECT_FALSE(allowed(state, caller, targetOf(core)));
        EXPECT_FALSE(allowed(state, caller, appliance("/light")));
    }
    EXPECT_EQ(decide(state, overDoc(), targetOf(kPstatHref), Method::get).rule, Rule::resetUnderWay);
}

TEST(Access, UuidAceOpensAnSvrPerMask) {
    const auto state = rfnopWith({aceFor(kStranger, {href("/oic/sec/sp")}, permission::retrieve)});
    EXPECT_TRUE(allowed(state, as(kStranger), targetOf("/oic/sec/sp"), Method::get));
    EXPECT_FALSE(allowed(state, as(kStranger), targetOf("/oic/sec/sp"), Method::post));
    EXPECT_FALSE(allowed(state, inClear(), targetOf("/oic/sec/sp"), Method::get));
}

TEST(Access, RolesMatchByNameAndAuthority) {
    auto cook = as(kStranger);
    cook.roles = {{"cook", "kitchen"}};
    const auto grants = [&](RoleId role) {
        return allowed(rfnopWith({aceFor(role, {href("/oven")}, 2)}), cook, appliance("/oven"));
    };
    EXPECT_TRUE(grants({"cook", std::nullopt}));
    EXPECT_TRUE(grants({"cook", "kitchen"}));
    EXPECT_FALSE(grants({"cook", "garage"}));
    EXPECT_FALSE(grants({"oic.role.owner", std::nullopt}));
    EXPECT_FALSE(allowed(rfnopWith({aceFor(RoleId{"cook", std::nullopt}, {href("/oven")}, 2)}), as(kStranger),
                         appliance("/oven")));
    // No role carries rights of its own, not even the owner's (facts 3.4 line 11).
    cook.roles = {{"oic.role.owner", std::nullopt}};
    EXPECT_FALSE(allowed(rfnopWith({}), cook, appliance("/oven")));
}

TEST(Access, AuthCryptNeedsAnAuthenticatedPeer) {
    const auto state = rfnopWith({aceFor(ConnType::authCrypt, {href("/light"), href("/oic/d")}, 2)});
    Caller anonymous;
    anonymous.secure = true;
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light")));
    EXPECT_FALSE(allowed(state, anonymous, appliance("/light")));
    EXPECT_FALSE(allowed(state, inClear(), targetOf("/oic/d")));
}

TEST(Access, RolesResourceIsForAuthenticatedPeersOfAnOwnedDevice) {
    Caller anonymous;
    anonymous.secure = true;
    for (const auto in : kOwnedStates) {
        const World world{in};
        EXPECT_TRUE(allowed(world.state, as(kStranger), targetOf("/oic/sec/roles"), Method::post));
        EXPECT_FALSE(allowed(world.state, anonymous, targetOf("/oic/sec/roles"), Method::post));
        EXPECT_FALSE(allowed(world.state, inClear(), targetOf("/oic/sec/roles"), Method::post));
    }
}

TEST(Access, HrefAndWildcardTogetherMustBothMatch) {
    const auto state = rfnopWith({aceFor(kStranger, {{"/light", Wildcard::clear}, {"/oic/d", Wildcard::all}}, 2)});
    EXPECT_TRUE(allowed(state, as(kStranger), appliance("/light", true, true, true)));
    EXPECT_FALSE(allowed(state, as(kStranger), appliance("/light")));
    EXPECT_FALSE(allowed(state, as(kStranger), targetOf("/oic/d")));
}

TEST(Access, TheDecisionNamesItsRuleAndTheAce) {
    auto state = rfnopWith({aceFor(kStranger, {href("/light")}, 2)});
    state.acl2.aclist2.front().id = AceId{42};
    const auto yes = decide(state, as(kStranger), appliance("/light"), Operation::retrieve);
    EXPECT_EQ(yes.rule, Rule::accessControlEntry);
    EXPECT_NE(yes.reason.find("ACE 42"), std::string::npos) << yes.reason;
    const auto no = decide(state, as(kStranger), appliance("/light"), Operation::update);
    EXPECT_EQ(no.rule, Rule::nothingGrants);
    EXPECT_NE(no.reason.find("42"), std::string::npos) << no.reason;
    EXPECT_NE(no.next.find("permission 4"), std::string::npos) << no.next;
    EXPECT_EQ(nameOf(no.rule), "nothing-grants");
    EXPECT_EQ(nameOf(yes.rule), "access-control-entry");
    EXPECT_EQ(decide(state, overDoc(), targetOf(kCredHref), Operation::del).rule, Rule::onboardingConnection);
    EXPECT_EQ(decide(state, as(kOwner), targetOf(kCredHref), Operation::retrieve).rule, Rule::resourceOwner);
    EXPECT_EQ(decide(state, inClear(), targetOf(kCredHref), Operation::retrieve).rule, Rule::secureResourceInClear);
}

TEST(Access, OperationsHaveNamesMethodsAndBits) {
    EXPECT_EQ(operationOf(Method::get), Operation::retrieve);
    EXPECT_EQ(operationOf(Method::post), Operation::update);
    EXPECT_EQ(operationOf(Method::put), Operation::create);
    EXPECT_EQ(operationOf(Method::del), Operation::del);
    for (const auto operation :
         {Operation::create, Operation::retrieve, Operation::update, Operation::del, Operation::notify})
        EXPECT_EQ(operationNamed(nameOf(operation)), operation);
    EXPECT_FALSE(operationNamed("destroy"));
    EXPECT_EQ(permissionFor(Operation::del), 8);
    EXPECT_EQ(permissionFor(Operation::notify), permission::retrieve);
}

TEST(Access, DeviceConfigurationResources) {
    for (const auto svr : kAllSvrs)
        EXPECT_TRUE(isDcr(svr) && isSvr(svr));
    for (const auto dcr : {"/oic/res", "/oic/d", "/oic/p", "/oic/mnt"})
        EXPECT_TRUE(isDcr(dcr) && !isSvr(dcr)) << dcr;
    for (const auto ncr : {"/oc/con", "/oc/wk/introspection", "/light", "/oic/res2", "/oic/sec", "/"})
        EXPECT_FALSE(isDcr(ncr)) << ncr;
}

TEST(Access, AGroupReachesNothingThatConfiguresTheDevice) {
    auto state =
        rfnopWith({aceFor(kOwner, {href("/oic/d"), href("/oic/sec/sp"), href("/oc/con"), href("/light")}, 31)});
    auto group = as(kOwner);
    group.group = true;
    for (const auto target : {"/oic/sec/sp", "/oic/sec/cred", "/oic/sec/pstat", "/oic/d", "/oic/res"}) {
        EXPECT_TRUE(allowed(state, as(kOwner), targetOf(target)) || targetOf(target).href == "/oic/res");
        const auto decision = decide(state, group, targetOf(target), Method::post);
        EXPECT_FALSE(decision.allowed) << target;
        EXPECT_EQ(decision.rule, Rule::groupOnConfiguration) << target;
    }
    EXPECT_TRUE(allowed(state, group, configuration(), Method::post));
    EXPECT_TRUE(allowed(state, group, appliance("/light"), Method::post));
    EXPECT_FALSE(allowed(state, group, appliance("/heater"), Method::post)) << "no ACE is for it";
}
