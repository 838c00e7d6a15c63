// /oic/sec/ael over the wire (facts clause 8).

#include "support/messages.h"
#include "support/tested_scene.h"

#include <algorithm>

namespace ocfsecd::test::conformance {

namespace {

constexpr std::string_view kAel = "/oic/sec/ael";

Plan planWithAel() {
    auto plan = Plan::separateServices();
    plan.aces.emplace_back(ace(toUuid(kOwner), {href(kAel)}, 14));
    return plan;
}

struct AuditScene : Scene {
    explicit AuditScene(svr::OnboardingState in, ocf::DeviceSettings settings = {})
        : Scene{planWithAel(), std::move(settings)} {
        if (in == kRfotm)
            onboarding.steps("cd");
        else
            own(in);
        session = in == kRfotm ? &onboarding.doc() : &owner();
    }
    cbor::Value list() { return (*session)->get(kAel).body; }
    /// Every entry with this id, as text.
    std::vector<std::string> entries(std::string_view aeid) {
        std::vector<std::string> out;
        const auto whole = list();
        const auto* events = whole.find("events");
        if (events == nullptr || events->array() == nullptr)
            return out;
        for (const auto& entry : *events->array())
            if (entry.find("aeid")->text() == aeid)
                out.push_back(cbor::diagnostic(entry));
        return out;
    }
    std::int64_t number(std::string_view property) { return list().find(property)->integer().value(); }
    Reply filter(cbor::Map body) { return (*session)->post(kAel, cbor::Value{std::move(body)}); }

    SimSession* session = nullptr;
};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST(Conformance, AE_01_properties) {
    AuditScene scene{kRfotm};
    const auto list = scene.list();
    for (const char* property : {"events", "usedspace", "maxspace", "categoryfilter", "priorityfilter"})
        EXPECT_NE(list.find(property), nullptr) << property;
    EXPECT_EQ(scene.number("maxspace"), 2048);
    EXPECT_EQ(scene.number("categoryfilter"), 255);
    EXPECT_EQ(scene.number("priorityfilter"), 4);
}

TEST(Conformance, AE_02_access_denied_logged) {
    AuditScene scene{kRfnop};
    EXPECT_EQ(scene.other->get(kCred).code, "4.01");
    auto& stranger = scene.as(kPairwise);
    EXPECT_EQ(stranger->post(kAcl2, cbor::Map{{"aclist2", cbor::Array{}}}).code, "4.01");
    const auto entries = scene.entries("AC-1");
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_TRUE(contains(entries[0], R"("category": 1, "priority": 2, "timestamp": "20)")) << entries[0];
    EXPECT_TRUE(contains(entries[0], R"("message": "Access Denied", "auxiliaryinfo": ["192.0.2.2:40000", )"
                                     R"("/oic/sec/cred", "RETRIEVE", "RFNOP", "No roles asserted"])"))
        << entries[0];
    EXPECT_TRUE(contains(entries[1], kPairwise.text() + R"(", "/oic/sec/acl2", "UPDATE", "RFNOP", "No roles)"))
        << entries[1];
}

TEST(Conformance, AE_03_auth_failure_logged) {
    AuditScene scene{kRfnop};
    auto& session = scene.other.connectPsk(kPairwise, Bytes(16, 0x11));
    EXPECT_FALSE(session.established());
    auto& unknown = scene.other.connectPsk(uuidOf("99999999-0000-4000-8000-000000000004"), Bytes(16, 0x11));
    EXPECT_FALSE(unknown.established());
    const auto entries = scene.entries("AUTH-1");
    ASSERT_EQ(entries.size(), 2U);
    for (const auto& entry : entries) {
        EXPECT_TRUE(contains(entry, R"("category": 8, "priority": 1)")) << entry;
        EXPECT_TRUE(contains(entry, "DTLS handshake error")) << entry;
        EXPECT_TRUE(contains(entry, "192.0.2.2:")) << entry;
    }
}

TEST(Conformance, AE_04_comm_logged) {
    AuditScene scene{kRfnop};
    scene.other.sendRawClear(Bytes{0x40, 0x01, 0x12, 0x34, 0xf0, 0xff});
    auto entries = scene.entries("COMM-1");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_TRUE(contains(entries[0], R"("category": 64, "priority": 2)")) << entries[0];
    EXPECT_TRUE(contains(entries[0], R"("Unexpected CoAP command", "auxiliaryinfo": ["192.0.2.2:40000", )"
                                     R"("[40:01:12:34]", "40011234f0ff"])"))
        << entries[0];
    EXPECT_EQ((*scene.session)->get(kDoxm, {"if=oic.if.s"}).code, "4.00");
    entries = scene.entries("COMM-1");
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_TRUE(contains(entries[1], R"("Operation not supported", "auxiliaryinfo": [])")) << entries[1];
}

TEST(Conformance, AE_05_category_filter) {
    AuditScene scene{kRfpro};
    EXPECT_EQ(scene.filter({{"categoryfilter", 0xfe}, {"priorityfilter", 4}}).code, "2.04");
    EXPECT_EQ(scene.other->get(kCred).code, "4.01");
    EXPECT_TRUE(scene.entries("AC-1").empty());
    EXPECT_EQ(scene.filter({{"categoryfilter", 0xff}}).code, "2.04");
    EXPECT_EQ(scene.other->get(kAcl2).code, "4.01");
    EXPECT_EQ(scene.entries("AC-1").size(), 1U);
}

TEST(Conformance, AE_06_priority_filter) {
    AuditScene scene{kRfpro};
    EXPECT_EQ(scene.filter({{"priorityfilter", 1}}).code, "2.04");
    EXPECT_EQ(scene.other->get(kCred).code, "4.01");
    EXPECT_TRUE(scene.entries("AC-1").empty()) << "priority 2";
    EXPECT_FALSE(scene.other.connectPsk(kPairwise, Bytes(16, 0x11)).established());
    EXPECT_EQ(scene.entries("AUTH-1").size(), 1U) << "priority 1";
}

TEST(Conformance, AE_07_ring) {
    AuditScene scene{kRfnop};
    auto& stranger = scene.as(kPairwise);
    std::int64_t most = 0;
    for (int i = 0; i < 40; ++i) {
        EXPECT_EQ(stranger->get("/oic/sec/" + std::to_string(i)).code, "4.01");
        const auto used = scene.number("usedspace");
        EXPECT_LE(used, 2048);
        most = std::max(most, used);
    }
    EXPECT_GT(most, 1500) << "it was full";
    const auto entries = scene.entries("AC-1");
    ASSERT_FALSE(entries.empty());
    EXPECT_TRUE(contains(entries.back(), "/oic/sec/39"));
    EXPECT_FALSE(contains(entries.front(), "/oic/sec/0\""));
    EXPECT_TRUE(scene.entries("OB-1").empty()) << "older ones made room";
}

TEST(Conformance, AE_08_readonly_rfnop) {
    AuditScene scene{kRfnop};
    EXPECT_EQ(scene.filter({{"categoryfilter", 1}, {"priorityfilter", 1}}).code, "4.00");
    EXPECT_EQ(scene.number("categoryfilter"), 255);
}

TEST(Conformance, AE_09_filter_range) {
    AuditScene scene{kRfotm};
    EXPECT_EQ(scene.filter({{"priorityfilter", 5}}).code, "4.00");
    EXPECT_EQ(scene.filter({{"categoryfilter", 256}}).code, "4.00");
    EXPECT_EQ(scene.filter({{"categoryfilter", 256}, {"priorityfilter", 0}}).code, "4.00");
    EXPECT_EQ(scene.number("priorityfilter"), 4);
}

TEST(Conformance, AE_10_persistence) {
    AuditScene scene{kRfnop};
    EXPECT_EQ(scene.other->get(kCred).code, "4.01");
    // What happened just before an orderly end is not lost.
    scene.device.stop();
    scene.device.start();
    scene.session = &scene.owner();
    EXPECT_EQ(scene.entries("AC-1").size(), 1U);
    EXPECT_EQ(scene.entries("DEV-3").size(), 1U) << "the restart itself";
    if (scene.network.isReal())
        return;
    EXPECT_EQ(scene.other->get(kAcl2).code, "4.01");
    scene.network.advance(31s); // the disk is written no oftener
    scene.device.restart();
    scene.session = &scene.owner();
    EXPECT_EQ(scene.entries("AC-1").size(), 2U);
}

TEST(Conformance, AE_11_no_secrets) {
    AuditScene scene{kRfpro};
    const Bytes key = copyOf(viewOf("0123456789abcdef"));
    auto& owner = *scene.session;
    // Refused for the state, sent by a stranger, and as rubbish.
    const cbor::Map body{{"creds", cbor::Array{psk(kAms, key)}}, {"rowneruuid", kAms.text()}};
    EXPECT_EQ(owner->post(kCred, body).code, "4.00");
    EXPECT_EQ(scene.as(kPairwise)->post(kCred, body).code, "4.01");
    auto rubbish = Bytes{0x4f, 0x01, 0x12, 0x34};
    rubbish.insert(rubbish.end(), key.begin(), key.end());
    owner.sendRaw(rubbish);
    scene.network.settle();
    EXPECT_FALSE(scene.entries("SVR-3").empty());
    EXPECT_EQ(scene.entries("COMM-1").size(), 1U);
    const auto text = cbor::diagnostic(scene.list());
    for (const auto& secret : {copyOf(viewOf("0123456789abcdef")), copyOf(scene.onboarding.ownerKey()->view()),
                               keyOf(kPairwise), keyOf(kCms)}) {
        EXPECT_FALSE(contains(text, toHex(secret)));
        EXPECT_FALSE(contains(text, textOf(secret)));
        EXPECT_FALSE(contains(text, toHex(secret).substr(0, 12)));
    }
}

TEST(Conformance, SM_36_reset_ael_default) {
    AuditScene scene{kRfpro};
    EXPECT_EQ(scene.filter({{"categoryfilter", 1}, {"priorityfilter", 2}}).code, "2.04");
    EXPECT_EQ(scene.other->get(kCred).code, "4.01");
    EXPECT_EQ((*scene.session)->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_FALSE(scene.device.keepsEvents()) << "nor is anything left on the disk";
    scene.onboarding.forget();
    scene.onboarding.steps("cd");
    scene.session = &scene.onboarding.doc();
    EXPECT_EQ(scene.number("categoryfilter"), 255);
    EXPECT_EQ(scene.number("priorityfilter"), 4);
    EXPECT_TRUE(scene.entries("AC-1").empty());
    EXPECT_EQ(scene.entries("DEV-2").size(), 1U) << "the RESET is the first event of the new life";
}

TEST(Audit, AnUnownedDeviceWritesNothing) {
    Scene scene;
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(scene.other->get(kCred).code, "4.01");
    scene.network.advance(5min);
    auto& inside = scene.device.inside("counts what is written to the disk");
    EXPECT_EQ(inside.vault().counts().auditLogs, 0U);
    EXPECT_FALSE(inside.device().auditLog().entries().empty());
}

TEST(Audit, AFloodReachesTheDiskSeldom) {
    AuditScene scene{kRfnop};
    const auto& vault = scene.device.inside("counts what is written to the disk").vault();
    scene.network.advance(31s);
    const auto before = vault.counts().auditLogs;
    for (int i = 0; i < 300; ++i) {
        scene.other.sendRawClear(Bytes{0x40, 0x01, 0x12, static_cast<std::uint8_t>(i), 0xf0, 0xff});
        scene.network.advance(1s);
    }
    EXPECT_LE(vault.counts().auditLogs - before, 300U / 30 + 1);
}

} // namespace ocfsecd::test::conformance
