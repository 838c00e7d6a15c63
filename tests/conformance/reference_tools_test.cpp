// The onboardings of the two deployed tools, request for request (facts 4.2 and 4.3), with their oddities.

#include "support/tested_scene.h"
#include "svr/owner_credential.h"

namespace ocfsecd::test::conformance {

namespace {

constexpr std::string_view kSdi = "/oic/sec/sdi";
const std::vector<std::string> kBaseline{"if=oic.if.baseline"};

/// Facts 4.2: what the reference tool does before it selects a method, then all its requests.
void ownAsReferenceTool(Scene& scene) {
    auto& tool = scene.tool;
    const auto answers = tool->discover(kGroup4, kDoxm, {"owned=FALSE"});
    ASSERT_EQ(answers.size(), 1U);
    const auto links = tool->get(kRes, {"rt=oic.r.doxm"});
    ASSERT_NE(links.body.array(), nullptr);
    EXPECT_EQ(links.body.array()->front().find("anchor")->text(), "ocf://" + answers.front().text("deviceuuid"));
    EXPECT_EQ(tool->get(kDev).code, "2.05");
    EXPECT_EQ(tool->get(kDoxm).code, "2.05");
    scene.onboarding.steps("cdefghij");
    EXPECT_EQ(
        scene.onboarding.doc()->post(kSdi, cbor::Map{{"uuid", kOwner.text()}, {"name", "OBT"}, {"priv", false}}).code,
        "2.04");
    scene.onboarding.steps("lmno");
    scene.onboarding.doc().close();
    EXPECT_EQ(scene.device.dos(), kRfnop);
    auto& owner = scene.owner();
    EXPECT_EQ(owner->get(kDoxm).text("devowneruuid"), kOwner.text());
    EXPECT_EQ(owner->setState(0).code, "2.04") << "and its hard reset";
    scene.waitForRfotm();
}

/// Facts 4.3, by Just Works or the maker's certificate.
struct OtherTool : CertifiedScene {
    explicit OtherTool(int method, const Maker* maker = nullptr) : CertifiedScene{{}, maker}, method_{method} {}

    void discover() {
        const auto answers = tool->discover(kGroup4, kRes, {"rt=oic.wk.d"});
        ASSERT_EQ(answers.size(), 1U);
        ASSERT_NE(answers.front().body.array(), nullptr);
        bool clear = false, secure = false;
        const auto& link = answers.front().body.array()->front();
        ASSERT_NE(link.find("eps"), nullptr);
        for (const auto& endpoint : *link.find("eps")->array()) {
            const auto uri = std::string{*endpoint.find("ep")->text()};
            clear = clear || uri.starts_with("coap://");
            secure = secure || uri.starts_with("coaps://");
        }
        EXPECT_TRUE(clear && secure) << "without both it silently does nothing";
        id = *Uuid::parse(std::string{*link.find("anchor")->text()}.substr(6));
        EXPECT_EQ(tool->get(kRes, {"di=" + id.text()}).code, "2.05");
        EXPECT_EQ(tool->get(kDev).code, "2.05");
        EXPECT_EQ(tool->get(kDoxm, kBaseline).code, "2.05");
    }

    SimSession& connect() {
        return method_ == svr::oxm::justWorks ? tool.connectAnonymously()
                                              : tool.connectCertified(nullptr, dtls::Suite::ecdheEcdsaAes128Ccm);
    }

    void own() {
        discover();
        // Every step comes from a source port of its own.
        ASSERT_EQ(other->post(kDoxm, cbor::Map{{"oxmsel", method_}}).code, "2.04");
        auto& doc = connect();
        ASSERT_TRUE(doc.established());
        const auto pstat = doc->get(kPstat);
        EXPECT_EQ(pstat["dos"].find("s")->integer(), 1);
        EXPECT_NE(pstat["dos"].find("p")->boolean(), true);
        EXPECT_NE(pstat["sm"].integer().value_or(0) & 4, 0);
        EXPECT_EQ(doc->post(kPstat, cbor::Map{{"om", 4}}).code, "2.04");
        EXPECT_EQ(doc->post(kDoxm, cbor::Map{{"deviceuuid", id.text()}}).code, "2.04");
        provision(doc);
        EXPECT_EQ(doc->post(kDoxm, cbor::Map{{"devowneruuid", kOwner.text()}}).code, "2.04");
        EXPECT_EQ(doc->get(kDoxm).text("devowneruuid"), kOwner.text());
        EXPECT_EQ(doc->post(kPstat, cbor::Map{{"rowneruuid", kOwner.text()}}).code, "2.04");
        EXPECT_EQ(doc->post(kAcl2, cbor::Map{{"rowneruuid", kOwner.text()}, {"aclist2", cbor::Value{}}}).code, "2.04");
        EXPECT_EQ(doc->post(kDoxm, cbor::Map{{"rowneruuid", kOwner.text()}, {"owned", true}}).code, "2.04");
        EXPECT_EQ(doc->setState(2).code, "2.04");
        auto& second = tool.connectPsk(kOwner, keyOf(kOwner));
        ASSERT_TRUE(second.established());
        EXPECT_EQ(second->del(kAcl2).code, "2.02");
        EXPECT_EQ(second->post(kAcl2, cbor::Map{{"aclist2", onboarding.plan().aces}}).code, "2.04");
        EXPECT_EQ(second->setState(3).code, "2.04");
        second.close();
        doc.close();
        EXPECT_EQ(device.dos(), kRfnop);
    }

    /// Key, chain and anchor in one POST, in this order, before there is an owner. The key comes as text of any octets
    /// (Q3).
    void provision(SimSession& doc) {
        const auto csr = doc->get("/oic/sec/csr");
        ASSERT_EQ(csr.code, "2.05");
        const auto chain = test::certify(csr.text("csr"), endEntity(id), root);
        auto key = psk(kOwner, keyOf(kOwner));
        for (auto& [name, value] : key)
            if (name.text() == "privatedata")
                value = cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", std::string{textOf(keyOf(kOwner))}}};
        EXPECT_EQ(
            doc->post(kCred,
                      cbor::Map{{"rowneruuid", kOwner.text()},
                                {"creds",
                                 cbor::Array{std::move(key),
                                             certificateEntry(svr::credusage::cert, pemOf({chain.front(), root.der}),
                                                              id.text()),
                                             certificateEntry(svr::credusage::trustca, root.pem(), kOwner.text())}}})
                .code,
            "2.04");
    }

    /// Facts 4.3, 14: over a session with certificates.
    void disown() {
        auto& session = certified(kOwner);
        EXPECT_EQ(session->get(kDoxm, kBaseline).text("devowneruuid"), kOwner.text());
        EXPECT_EQ(session->setState(0).code, "2.04");
        waitForRfotm();
        EXPECT_NE(device.deviceId(), id);
        EXPECT_EQ(other->get(kDoxm)["owned"].boolean(), false);
        EXPECT_FALSE(tool.connectPsk(kOwner, keyOf(kOwner)).established());
    }

    Uuid id;

private:
    int method_;
};

} // namespace

TEST(Conformance, OT_19_full_lite_pin) {
    Plan plan;
    plan.method = svr::oxm::randomPin;
    Scene scene{plan};
    scene.onboarding.plan().readPin = [&] { return scene.device.lastPin().characters; };
    scene.device.showPins(true);
    ownAsReferenceTool(scene);
    scene.onboarding.forget();
    ownAsReferenceTool(scene);
}

TEST(Conformance, OT_20_full_lite_cert) {
    const Maker maker;
    Plan plan;
    plan.method = svr::oxm::manufacturerCertificate;
    CertifiedScene scene{plan, &maker};
    ownAsReferenceTool(scene);
    scene.onboarding.forget();
    ownAsReferenceTool(scene);
}

TEST(Conformance, OT_21_full_plgd_jw) {
    OtherTool scene{svr::oxm::justWorks};
    scene.own();
    EXPECT_EQ(scene.certified(kOwner)->get(kPstat).code, "2.05");
}

TEST(Conformance, OT_22_full_plgd_cert) {
    const Maker maker;
    OtherTool scene{svr::oxm::manufacturerCertificate, &maker};
    scene.own();
    EXPECT_EQ(scene.certified(kOwner)->get(kPstat).code, "2.05");
}

TEST(Conformance, OT_24_plgd_disown) {
    OtherTool scene{svr::oxm::justWorks};
    scene.own();
    scene.disown();
    scene.own(); // and onboarding it again
    scene.disown();
}

} // namespace ocfsecd::test::conformance
