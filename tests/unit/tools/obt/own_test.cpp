#include "tools/obt/own.h"

#include "fake_peer.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

// From a recorded Just Works onboarding by the reference tool: UUIDs, key block and derived key of one run.
const Uuid kSelf = *Uuid::parse("00bcb47c-1eb9-4b89-4132-c2d2181ca984");
const Uuid kDevice = *Uuid::parse("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1");
const Uuid kDomain = *Uuid::parse("c8db2069-c1d7-4a12-7ab5-5a09066580cb");
const Uuid kCms = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const Uuid kAms = *Uuid::parse("22222222-2222-4222-8222-222222222222");
constexpr std::string_view kKeyBlock = "99bdc068d4d1f0b997831fc5c2bd65b80fcd28e714de918f3a739bde9500ce01e4b8121fb97b3d1"
                                       "b174f050a4694a8527efa0707f6ae11c236da9d2d"
                                       "4a32a0174afc3ceb4c531319b0c27f95295f0c48d760ddbe7f1c29ef44206003d4acd547";
constexpr std::string_view kOwnerKey = "75c639eaa63cae811a86c95c6d49da56";

/// Path and payload of each POST and DELETE of that recording, in order, from the selection of the method to RFNOP.
struct Captured {
    std::string_view via;
    std::string_view line;
    std::string_view payload;
};
constexpr std::array kCaptured{
    Captured{"clear", "POST /oic/sec/doxm", "bf666f786d73656c00ff"},
    Captured{"anonymous", "POST /oic/sec/pstat", "bf626f6d04ff"},
    Captured{"anonymous", "POST /oic/sec/doxm",
             "bf6c6465766f776e65727575696478243030626362343763"
             "2d316562392d346238392d343133322d633264323138316361393834ff"},
    Captured{"anonymous", "POST /oic/sec/doxm",
             "bf6a64657669636575756964782461623033343962662d32"
             "6630382d346564392d356134622d356436393631636563366131ff"},
    Captured{"anonymous", "POST /oic/sec/doxm",
             "bf6a726f776e657275756964782430306263623437632d31"
             "6562392d346238392d343133322d633264323138316361393834ff"},
    Captured{"anonymous", "POST /oic/sec/acl2",
             "bf6a726f776e657275756964782430306263623437632d31"
             "6562392d346238392d343133322d633264323138316361393834ff"},
    Captured{"anonymous", "POST /oic/sec/pstat",
             "bf6a726f776e657275756964782430306263623437632d31"
             "6562392d346238392d343133322d633264323138316361393834ff"},
    Captured{"anonymous", "POST /oic/sec/cred",
             "bf6563726564739fbf686372656474797065016b7375626a"
             "65637475756964782430306263623437632d316562392d346238392d343133322d6332643231383163613938346b7072697661746"
             "564617461"
             "bf68656e636f64696e67746f69632e7365632e656e636f64696e672e726177646461746140ffffff6a726f776e657275756964782"
             "43030626362"
             "3437632d316562392d346238392d343133322d633264323138316361393834ff"},
    Captured{"anonymous", "POST /oic/sec/sdi",
             "bf6475756964782463386462323036392d633164372d346131"
             "322d376162352d356130393036363538306362646e616d65634f42546470726976f4ff"},
    Captured{"anonymous", "POST /oic/sec/doxm", "bf656f776e6564f5ff"},
    Captured{"anonymous", "POST /oic/sec/pstat", "bf63646f73bf617302ffff"},
    Captured{"key", "DELETE /oic/sec/acl2", ""},
    Captured{"key", "POST /oic/sec/acl2",
             "bf6761636c697374329fbf677375626a656374bf64757569"
             "64782430306263623437632d316562392d346238392d343133322d633264323138316361393834ff697265736f75726365739fbf6"
             "468726566"
             "6b2f6f69632f7365632f7370ffff6a7065726d697373696f6e0effbf677375626a656374bf6475756964782430306263623437632"
             "d31656239"
             "2d346238392d343133322d633264323138316361393834ff697265736f75726365739fbf64687265666c2f6f69632f7365632f637"
             "372ffff6a"
             "7065726d697373696f6e02ffbf677375626a656374bf68636f6e6e747970656a616e6f6e2d636c656172ff697265736f757263657"
             "39fbf6468"
             "726566662f6f69632f64ffbf6468726566662f6f69632f70ffbf6468726566682f6f69632f726573ffbf64687265666c2f6f69632"
             "f7365632f"
             "736469ffff6a7065726d697373696f6e02ffffff"},
    Captured{"key", "POST /oic/sec/pstat", "bf63646f73bf617303ffff"},
};

OwnPlan recordedPlan() {
    OwnPlan plan;
    plan.method = methodNamed("just-works");
    plan.self = plan.cms = plan.ams = kSelf;
    plan.device = kDevice;
    plan.domain = kDomain;
    return plan;
}

cbor::Value doxmOf(const Uuid& device, const Uuid& owner) {
    return cbor::Map{
        {"owned", true}, {"deviceuuid", device.text()}, {"devowneruuid", owner.text()}, {"rowneruuid", owner.text()}};
}

class Story final : public OwnRecord {
public:
    std::vector<std::string> told;
    SharedSecret key;
    FakePeer* peer = nullptr;
    std::size_t requestsBeforeKeep = 0;
    bool keepFails = false;
    bool provenFails = false;
    void step(std::string_view) override {}
    Result<void> keep(SharedSecret ownerKey) override {
        told.emplace_back("keep");
        key = std::move(ownerKey);
        requestsBeforeKeep = peer != nullptr ? peer->log.size() : 0;
        if (keepFails)
            return Failure{Reason::inputOutput, "disk full", ""};
        return {};
    }
    Result<void> proven() override {
        told.emplace_back("proven");
        if (provenFails)
            return Failure{Reason::inputOutput, "disk full", ""};
        return {};
    }
    void dropped() override { told.emplace_back("dropped"); }
};

class Owning : public ::testing::Test {
protected:
    Owning() {
        peer.keyBlock = *fromHex(kKeyBlock);
        peer.bodies["/oic/sec/doxm"] = doxmOf(kDevice, kSelf);
        story.peer = &peer;
    }
    /// Every request whose line and body say so is answered with this.
    void refuse(std::string line, std::string key, Result<coap::Response> with) {
        peer.rule = [=](const Recorded& r) -> std::optional<Result<coap::Response>> {
            return r.line == line && r.body.find(key) != nullptr && r.body.find("dos") == nullptr ? std::optional{with}
                                                                                                  : std::nullopt;
        };
    }
    bool wasToldToReset() const {
        return !peer.log.empty() && peer.log.back().via == "anonymous" &&
               peer.log.back().body == cbor::Value{cbor::Map{{"dos", cbor::Map{{"s", 0}}}}};
    }
    FakePeer peer;
    Story story;
};

} // namespace

TEST_F(Owning, SendsWhatTheReferenceToolSendsInTheSameOrderAndShape) {
    ASSERT_TRUE(own(peer, recordedPlan(), {}, true, story));
    std::vector<Recorded> changes;
    for (const auto& entry : peer.log)
        if (entry.request.method != coap::Method::get)
            changes.push_back(entry);
    ASSERT_EQ(changes.size(), kCaptured.size());
    for (std::size_t i = 0; i < kCaptured.size(); ++i) {
        EXPECT_EQ(changes[i].via, kCaptured[i].via) << i;
        EXPECT_EQ(changes[i].line, kCaptured[i].line) << i;
        if (!kCaptured[i].payload.empty()) {
            EXPECT_EQ(changes[i].body, *cbor::decode(*fromHex(kCaptured[i].payload)))
                << i << ": " << cbor::diagnostic(changes[i].body);
        }
        EXPECT_EQ(changes[i].request.accept, 10000);
        EXPECT_EQ(changes[i].request.acceptVersion, 2048U);
    }
}

TEST_F(Owning, DerivesTheKeyTheReferenceDeviceDerived) {
    ASSERT_TRUE(own(peer, recordedPlan(), {}, false, story));
    EXPECT_TRUE(story.key->equals(*fromHex(kOwnerKey)));
}

TEST_F(Owning, TheKeyIsKeptBeforeTheDeviceIsOwnedAndProvenAfterwards) {
    ASSERT_TRUE(own(peer, recordedPlan(), {}, false, story));
    EXPECT_EQ(story.told, (std::vector<std::string>{"keep", "proven"}));
    std::size_t owned = 0;
    for (std::size_t i = 0; i < peer.log.size(); ++i)
        if (peer.log[i].body.find("owned") != nullptr)
            owned = i;
    EXPECT_LE(story.requestsBeforeKeep, owned);
    EXPECT_EQ(peer.keyOffered, story.key) << "the proof uses the derived key";
    EXPECT_EQ(peer.lines().back(), "key GET /oic/sec/doxm");
    EXPECT_EQ(peer.openSessions, 0);
}

TEST_F(Owning, OtherManagersOwnTheirResourcesAndGetACredential) {
    auto plan = recordedPlan();
    plan.cms = kCms;
    plan.ams = kAms;
    plan.cmsKey = shareSecret(Bytes(16, 0xc1));
    plan.amsKey = shareSecret(Bytes(16, 0xa1));
    ASSERT_TRUE(own(peer, plan, {}, false, story));
    std::vector<cbor::Value> creds;
    cbor::Value acl;
    for (const auto& entry : peer.log) {
        if (entry.line == "POST /oic/sec/cred")
            creds.push_back(entry.body);
        if (entry.line == "POST /oic/sec/acl2")
            acl = entry.body;
    }
    EXPECT_EQ(acl.find("rowneruuid")->text(), kAms.text());
    ASSERT_EQ(creds.size(), 2U) << "derived first while cred is still ours (Q14), the others after";
    EXPECT_EQ(creds[0].find("rowneruuid")->text(), kSelf.text());
    EXPECT_EQ(creds[1].find("rowneruuid")->text(), kCms.text());
    const auto& entries = *creds[1].find("creds")->array();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].find("subjectuuid")->text(), kCms.text());
    EXPECT_TRUE(equal(*entries[0].find("privatedata")->find("data")->bytes(), Bytes(16, 0xc1)));
    EXPECT_EQ(entries[1].find("subjectuuid")->text(), kAms.text());
}

TEST_F(Owning, OneManagerForBothGetsOneCredential) {
    auto plan = recordedPlan();
    plan.cms = plan.ams = kCms;
    plan.cmsKey = shareSecret(Bytes(16, 0xc1));
    ASSERT_TRUE(own(peer, plan, {}, false, story));
    for (const auto& entry : peer.log) {
        if (entry.line == "POST /oic/sec/cred" && entry.body.find("rowneruuid")->text() == kCms.text()) {
            EXPECT_EQ(entry.body.find("creds")->array()->size(), 1U);
        }
    }
}

TEST_F(Owning, ADeviceWithoutSecurityDomainIsTolerated) {
    refuse("POST /oic/sec/sdi", "name", answer(coap::code::notFound));
    EXPECT_TRUE(own(peer, recordedPlan(), {}, false, story));
    refuse("POST /oic/sec/sdi", "name", answer(coap::code::badRequest));
    EXPECT_FALSE(own(peer, recordedPlan(), {}, false, story));
}

TEST_F(Owning, ARefusalNamesTheStepAndTheDeviceIsToldToReset) {
    refuse("POST /oic/sec/doxm", "deviceuuid", answer(coap::code::badRequest));
    const auto done = own(peer, recordedPlan(), {}, false, story);
    ASSERT_FALSE(done);
    EXPECT_NE(done.failure().what.find("give the device its identity"), std::string::npos);
    EXPECT_NE(done.failure().what.find("4.00"), std::string::npos);
    EXPECT_NE(done.failure().what.find("new UUID"), std::string::npos);
    EXPECT_NE(done.failure().next.find("discover"), std::string::npos);
    EXPECT_TRUE(wasToldToReset());
    EXPECT_EQ(story.told, std::vector<std::string>{"dropped"});
    EXPECT_EQ(peer.openSessions, 0);
}

TEST_F(Owning, AKeyThatCannotBeKeptStopsTheOnboarding) {
    story.keepFails = true;
    const auto done = own(peer, recordedPlan(), {}, false, story);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().reason, Reason::inputOutput);
    EXPECT_TRUE(wasToldToReset());
    for (const auto& entry : peer.log)
        EXPECT_EQ(entry.body.find("owned"), nullptr);
}

TEST_F(Owning, RefusedInClearNothingIsOpened) {
    refuse("POST /oic/sec/doxm", "oxmsel", answer(coap::code::unauthorized));
    const auto done = own(peer, recordedPlan(), {}, false, story);
    ASSERT_FALSE(done);
    EXPECT_EQ(peer.log.size(), 1U);
    EXPECT_TRUE(story.told.empty());
}

TEST_F(Owning, ALostAnswerToTheCommitKeepsTheKey) {
    peer.rule = [](const Recorded& r) -> std::optional<Result<coap::Response>> {
        if (r.body.find("dos") != nullptr)
            return Result<coap::Response>{Failure{Reason::timedOut, "no answer", ""}};
        return std::nullopt;
    };
    const auto done = own(peer, recordedPlan(), {}, false, story);
    ASSERT_FALSE(done);
    EXPECT_EQ(story.told, std::vector<std::string>{"keep"}) << "the device may be ours: the key must not be dropped";
    EXPECT_NE(done.failure().what.find("its key is kept"), std::string::npos);
}

TEST_F(Owning, AConnectionThatEndsAtTheCommitKeepsTheKey) {
    // A device that restarts says goodbye on all sessions: it may well have committed itself before.
    peer.rule = [](const Recorded& r) -> std::optional<Result<coap::Response>> {
        if (r.body.find("dos") != nullptr)
            return Result<coap::Response>{Failure{Reason::unavailable, "the device has closed the session", ""}};
        return std::nullopt;
    };
    const auto done = own(peer, recordedPlan(), {}, false, story);
    ASSERT_FALSE(done);
    EXPECT_EQ(story.told, std::vector<std::string>{"keep"});
    EXPECT_NE(done.failure().what.find("its key is kept"), std::string::npos);
}

TEST_F(Owning, ADeviceThatRestartsBeforeTheProofKeepsTheKey) {
    peer.keyFails = Failure{Reason::timedOut, "nobody answers", ""};
    peer.rule = [](const Recorded& r) -> std::optional<Result<coap::Response>> {
        if (r.body == cbor::Value{cbor::Map{{"dos", cbor::Map{{"s", 0}}}}})
            return Result<coap::Response>{Failure{Reason::unavailable, "the device has closed the session", ""}};
        return std::nullopt;
    };
    const auto done = own(peer, recordedPlan(), {}, false, story);
    ASSERT_FALSE(done);
    EXPECT_EQ(story.told, std::vector<std::string>{"keep"}) << "it said yes to RFPRO: it is ours";
    EXPECT_NE(done.failure().next.find("verify"), std::string::npos);
}

TEST_F(Owning, AProofThatCannotBeSavedSaysThatTheDeviceIsOurs) {
    story.provenFails = true;
    const auto done = own(peer, recordedPlan(), {}, true, story);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().reason, Reason::inputOutput);
    EXPECT_FALSE(wasToldToReset());
    EXPECT_NE(done.failure().what.find("is owned and its key is kept"), std::string::npos);
    EXPECT_NE(done.failure().next.find("verify"), std::string::npos);
}

TEST_F(Owning, AKeyThatDoesNotWorkResetsTheDevice) {
    peer.keyFails = Failure{Reason::handshakeFailed, "alert 20", ""};
    const auto done = own(peer, recordedPlan(), {}, false, story);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().reason, Reason::handshakeFailed);
    EXPECT_TRUE(wasToldToReset());
    EXPECT_EQ(story.told, (std::vector<std::string>{"keep", "dropped"}));
}

TEST_F(Owning, ADeviceThatReportsAnotherOwnerIsNotProven) {
    peer.bodies["/oic/sec/doxm"] = doxmOf(kDevice, kCms);
    EXPECT_FALSE(own(peer, recordedPlan(), {}, false, story));
    EXPECT_TRUE(wasToldToReset());
    peer.bodies["/oic/sec/doxm"] = doxmOf(kCms, kSelf);
    EXPECT_FALSE(own(peer, recordedPlan(), {}, false, story));
}

TEST_F(Owning, AFailureAfterTheProofLeavesTheDeviceOwned) {
    refuse("POST /oic/sec/acl2", "aclist2", answer(coap::code::badRequest));
    const auto done = own(peer, recordedPlan(), {}, true, story);
    ASSERT_FALSE(done);
    EXPECT_FALSE(wasToldToReset());
    EXPECT_EQ(story.told, (std::vector<std::string>{"keep", "proven"}));
    EXPECT_NE(done.failure().what.find("owned, but not operational"), std::string::npos);
}

} // namespace ocfsecd::obt
