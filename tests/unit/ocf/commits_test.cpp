// While a commit is under way: what waits, what goes on, who wins (design section 3).

#include "support/messages.h"
#include "support/scene.h"

#include <set>

namespace ocfsecd::test {

namespace {

Bytes body(const cbor::Map& map) {
    return cbor::encode(map);
}

cbor::Map named(std::string_view tag, int credid) {
    auto entry = psk(kPairwise, keyOf(kPairwise));
    entry.emplace_back("credid", credid);
    entry.emplace_back("tag", tag);
    return {{"creds", cbor::Array{std::move(entry)}}};
}

void sendPost(SimSession& session, std::string_view href, const cbor::Map& map, std::uint16_t id) {
    session.sendRaw(coap::encode(message(coap::code::post, href, body(map), id)));
}

/// All messages of that session with this token, oldest first; an empty acknowledgement by its message id.
std::vector<coap::Message> answersTo(const SimSession& session, std::uint16_t id) {
    std::vector<coap::Message> out;
    const auto token = message(0, "", {}, id).token;
    for (const auto& octets : session.messages)
        if (auto decoded = coap::decode(octets);
            decoded && (decoded->token == token || (decoded->code == 0 && decoded->id == id)))
            out.push_back(*decoded);
    return out;
}

/// An owned device in RFPRO whose vault holds what it is given.
struct Holding : Scene {
    Holding() {
        own(kRfpro);
        session = &owner();
        session->messages.clear();
        device.vault().holding = true;
    }
    SimSession* session = nullptr;
};

} // namespace

TEST(Commits, AnswerOnlyWhenDurable) {
    Holding scene;
    sendPost(*scene.session, kCred, named("new", 55), 1);
    scene.network.settle();
    EXPECT_TRUE(scene.device.device().pending());
    EXPECT_TRUE(scene.session->messages.empty());
    EXPECT_EQ(scene.device.state().cred.creds.size(), 1U) << "the old state is current";
    EXPECT_TRUE(scene.device.releaseOne());
    scene.network.settle();
    ASSERT_EQ(answersTo(*scene.session, 1).size(), 1U);
    EXPECT_EQ(answersTo(*scene.session, 1).front().code, coap::code::changed);
    EXPECT_EQ(scene.device.state().cred.creds.size(), 2U);
    EXPECT_FALSE(scene.device.device().pending());
}

TEST(Commits, LetReadsGoOnWithTheOldState) {
    Holding scene;
    sendPost(*scene.session, kCred, named("new", 55), 1);
    scene.network.settle();
    const auto cred = scene.session->ask().get(kCred);
    EXPECT_EQ(cred.code, "2.05");
    EXPECT_EQ(cred["creds"].array()->size(), 1U);
    scene.device.release();
    EXPECT_EQ(scene.session->ask().get(kCred)["creds"].array()->size(), 2U);
}

TEST(Commits, QueuedWritesAreJudgedWhenTheirTurnComes) {
    Holding scene;
    sendPost(*scene.session, kPstat, {{"dos", cbor::Map{{"s", 3}}}}, 1);
    sendPost(*scene.session, kCred, named("late", 55), 2); // allowed now, in RFPRO; not any more in RFNOP
    sendPost(*scene.session, kPstat, {{"dos", cbor::Map{{"s", 2}}}}, 3);
    sendPost(*scene.session, kCred, named("later", 56), 4); // allowed again
    scene.network.settle();
    EXPECT_EQ(scene.device.held(), 1U) << "one commit at a time";
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(answersTo(*scene.session, 1).at(0).code, coap::code::changed);
    EXPECT_EQ(answersTo(*scene.session, 2).at(0).code, coap::code::badRequest);
    EXPECT_EQ(answersTo(*scene.session, 3).at(0).code, coap::code::changed);
    EXPECT_EQ(answersTo(*scene.session, 4).at(0).code, coap::code::changed);
    EXPECT_EQ(scene.device.dos(), kRfpro);
    EXPECT_EQ(svr::findCredential(scene.device.state(), svr::CredId{55}), nullptr);
    EXPECT_NE(svr::findCredential(scene.device.state(), svr::CredId{56}), nullptr);
}

TEST(Commits, QueuedWritesAreAuthorisedWhenTheirTurnComes) {
    Scene scene{Plan::separateServices()};
    scene.own(kSreset);
    auto& owner = scene.owner();
    scene.device.vault().holding = true;
    sendPost(owner, kDoxm, {{"rowneruuid", kAms.text()}}, 1); // gives its rights away …
    sendPost(owner, kPstat, {{"om", 4}}, 2);
    sendPost(owner, kAcl2, {{"rowneruuid", kOwner.text()}}, 3);
    scene.network.settle();
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(answersTo(owner, 1).at(0).code, coap::code::changed);
    EXPECT_EQ(scene.device.state().doxm.rowneruuid, kAms);
    // … but in SRESET devowneruuid still repairs (facts 3.4 line 9).
    EXPECT_EQ(answersTo(owner, 3).at(0).code, coap::code::changed);
}

TEST(Commits, QueueIsBounded) {
    Holding scene;
    scene.device.vault().holding = false;
    auto& elsewhere = scene.other.connectPsk(kOwner, scene.onboarding.ownerKey()->view());
    ASSERT_TRUE(elsewhere.established());
    scene.device.vault().holding = true;
    const auto refusedOf = [&](SimSession& session) {
        for (std::uint16_t id = 1; id <= 20; ++id)
            sendPost(session, kCred, named("n", (&session == &elsewhere ? 200 : 100) + id), id);
        scene.network.settle();
        unsigned refused = 0;
        for (std::uint16_t id = 1; id <= 20; ++id)
            for (const auto& answer : answersTo(session, id))
                refused += answer.code == coap::code::unavailable ? 1 : 0;
        return refused;
    };
    EXPECT_EQ(refusedOf(*scene.session), 11U) << "one in work, eight of one host in the queue";
    EXPECT_EQ(refusedOf(elsewhere), 12U) << "the other half is for others";
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(scene.device.state().cred.creds.size(), 1U + 17U);
}

TEST(Commits, ThatFailLeaveTheOldStateAndSayWhy) {
    Holding scene;
    const auto before = scene.device.state();
    const auto onDisk = scene.device.vault().snapshot();
    sendPost(*scene.session, kCred, named("new", 55), 1);
    sendPost(*scene.session, kCred, named("next", 56), 2);
    scene.network.settle();
    scene.device.vault().failing = Failure{Reason::tpmUnavailable, "the TPM is gone", "look after it"};
    EXPECT_TRUE(scene.device.releaseOne());
    EXPECT_TRUE(scene.device.state() == before);
    EXPECT_EQ(scene.device.vault().snapshot(), onDisk);
    scene.device.vault().failing.reset();
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(answersTo(*scene.session, 1).at(0).code, coap::code::unavailable);
    EXPECT_EQ(answersTo(*scene.session, 2).at(0).code, coap::code::changed) << "the next one has its own fate";
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::commitFailed), 1U);
    EXPECT_EQ(svr::findCredential(scene.device.state(), svr::CredId{55}), nullptr);
    EXPECT_NE(svr::findCredential(scene.device.state(), svr::CredId{56}), nullptr);
}

TEST(Commits, RetransmissionsGetAnEmptyAcknowledgementThenTheOneAnswer) {
    Holding scene;
    sendPost(*scene.session, kCred, named("new", 55), 1);
    scene.network.settle();
    EXPECT_TRUE(scene.session->messages.empty());
    sendPost(*scene.session, kCred, named("new", 55), 1);
    scene.network.settle();
    ASSERT_EQ(answersTo(*scene.session, 1).size(), 1U);
    EXPECT_EQ(answersTo(*scene.session, 1)[0].type, coap::Type::acknowledgement);
    EXPECT_EQ(answersTo(*scene.session, 1)[0].code, 0);
    EXPECT_EQ(scene.device.held(), 1U) << "not executed again";
    scene.device.release();
    scene.network.settle();
    const auto answers = answersTo(*scene.session, 1);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[1].type, coap::Type::confirmable) << "separate";
    EXPECT_EQ(answers[1].code, coap::code::changed);
    EXPECT_EQ(scene.device.state().cred.creds.size(), 2U);
    // It comes once: acknowledged, it is not sent again, and a late copy of the request brings no second one.
    scene.session->sendRaw(coap::encodeEmpty(coap::Type::acknowledgement, answers[1].id));
    sendPost(*scene.session, kCred, named("new", 55), 1);
    scene.network.advance(30s);
    unsigned full = 0;
    for (const auto& answer : answersTo(*scene.session, 1))
        full += answer.code == coap::code::changed ? 1 : 0;
    EXPECT_EQ(full, 1U);
    EXPECT_EQ(scene.device.vault().counts().commits, 3U) << "RFPRO, the ACEs, and this one";
}

TEST(Commits, ThatTakeLongAreAcknowledgedAtOnce) {
    Holding scene;
    sendPost(*scene.session, kCred, named("new", 55), 1);
    scene.network.advance(150ms);
    ASSERT_EQ(answersTo(*scene.session, 1).size(), 1U);
    EXPECT_EQ(answersTo(*scene.session, 1)[0].code, 0);
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(answersTo(*scene.session, 1).at(1).code, coap::code::changed);
}

TEST(Commits, OfRfproWinAgainstTheClosingConnection) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    sendPost(doc, kPstat, {{"dos", cbor::Map{{"s", 2}}}}, 1);
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 1U);
    doc.close();
    EXPECT_EQ(scene.device.dos(), kRfotm);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::resetBegun), 0U);
    scene.device.release();
    scene.network.advance(10s);
    EXPECT_EQ(scene.device.dos(), kRfpro);
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
}

TEST(Commits, OfRfproLetNobodyIntoTheConnectionTheyLeaveBehind) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    sendPost(doc, kPstat, {{"dos", cbor::Map{{"s", 2}}}}, 1);
    scene.network.settle();
    doc.close();
    scene.network.settle();
    EXPECT_FALSE(scene.tool.connectAnonymously().established())
        << "it would have the rights of the onboarding connection";
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(scene.device.dos(), kRfpro);
    EXPECT_FALSE(scene.tool.connectAnonymously().established());
}

TEST(Commits, OfRfproAreNotUndoneByAPeerThatBeginsAnew) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    sendPost(doc, kPstat, {{"dos", cbor::Map{{"s", 2}}}}, 1);
    scene.network.settle();
    scene.tool.beginHandshake(anonymousClient(), doc.local().port());
    scene.network.settle();
    scene.device.release();
    scene.network.advance(10s);
    EXPECT_EQ(scene.device.dos(), kRfpro);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::resetBegun), 0U);
}

TEST(Commits, OfRfproThatFailAfterTheConnectionClosedEndInReset) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    sendPost(doc, kPstat, {{"dos", cbor::Map{{"s", 2}}}}, 1);
    scene.network.settle();
    doc.close();
    scene.device.vault().failing = Failure{Reason::inputOutput, "no space is left", "make room"};
    scene.device.release();
    EXPECT_EQ(scene.device.dos(), kReset);
    scene.device.vault().failing.reset();
    scene.waitForRfotm();
    EXPECT_NE(scene.device.state().doxm.deviceuuid, kNewDeviceId);
    EXPECT_FALSE(scene.device.vault().snapshot());
}

TEST(Commits, OfRfproThatFailKeepTheOpenConnection) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    scene.device.vault().failing = Failure{Reason::tpmUnavailable, "the TPM is gone", "look after it"};
    EXPECT_EQ(scene.onboarding.step('m').code, "5.03");
    EXPECT_EQ(scene.device.dos(), kRfotm);
    scene.device.vault().failing.reset();
    EXPECT_EQ(scene.onboarding.step('m').code, "2.04") << "and the tool may try again";
}

TEST(Commits, OfRfproThatFailBehindTheWriteAreErasedByTheReset) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    scene.device.vault().failingBehindTheWrite = Failure{Reason::tpmUnavailable, "the TPM is gone", "look after it"};
    EXPECT_EQ(scene.onboarding.step('m').code, "5.03");
    scene.device.vault().failingBehindTheWrite.reset();
    scene.onboarding.doc().close(); // the tool gives up: the device is unowned again (D5) …
    scene.waitForRfotm();
    const auto fresh = scene.device.state().doxm.deviceuuid;
    scene.device.restart(); // … and nobody owns it after a restart
    EXPECT_EQ(scene.device.dos(), kRfotm);
    EXPECT_NE(scene.device.state().doxm.deviceuuid, kNewDeviceId);
    EXPECT_NE(fresh, kNewDeviceId);
}

TEST(Commits, OfRfproThatFailBehindTheWriteMayBeTriedAgain) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    scene.device.vault().failingBehindTheWrite = Failure{Reason::tpmUnavailable, "the TPM is gone", "look after it"};
    EXPECT_EQ(scene.onboarding.step('m').code, "5.03");
    scene.device.vault().failingBehindTheWrite.reset();
    scene.onboarding.steps("mno");
    scene.device.restart();
    EXPECT_EQ(scene.device.dos(), kRfnop);
    EXPECT_EQ(scene.device.vault().counts().finishes, 0U);
}

TEST(Commits, OfADeadSessionAreAppliedAndAnsweredToNobody) {
    Holding scene;
    sendPost(*scene.session, kCred, named("new", 55), 1);
    scene.network.settle();
    scene.session->close();
    scene.device.release();
    scene.network.settle();
    EXPECT_NE(svr::findCredential(scene.device.state(), svr::CredId{55}), nullptr);
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
}

TEST(Commits, QueuedWritesOfADeadSessionAreNotExecuted) {
    Holding scene;
    sendPost(*scene.session, kCred, named("first", 55), 1);
    sendPost(*scene.session, kCred, named("second", 56), 2);
    scene.network.settle();
    scene.session->close();
    scene.device.release();
    scene.network.settle();
    EXPECT_NE(svr::findCredential(scene.device.state(), svr::CredId{55}), nullptr);
    EXPECT_EQ(svr::findCredential(scene.device.state(), svr::CredId{56}), nullptr)
        << "who asked cannot be authorised any more";
}

TEST(Commits, AreOneForEachDurableChangeAndNoneForNothing) {
    Scene scene;
    scene.own(kRfnop);
    const auto& counts = scene.device.vault().counts();
    EXPECT_EQ(counts.transitions, 2U) << "RFPRO and RFNOP";
    const auto commits = counts.commits;
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(3).code, "2.04");
    EXPECT_EQ(owner->get(kCred).code, "2.05");
    EXPECT_EQ(counts.commits, commits);
    EXPECT_EQ(owner->setState(2).code, "2.04");
    EXPECT_EQ(counts.commits, commits + 1);
    EXPECT_EQ(counts.transitions, 3U);
    EXPECT_EQ(owner->post(kCred, named("new", 55)).code, "2.04");
    EXPECT_EQ(counts.transitions, 3U) << "no transition, no counter";
}

TEST(Commits, SealEachKeyOnceAndKeepNoneInClear) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfnop);
    std::set<Bytes> objects;
    for (const auto& credential : scene.device.state().cred.creds) {
        EXPECT_EQ(credential.key.clear, nullptr);
        ASSERT_TRUE(credential.key.sealed);
        objects.insert(credential.key.sealed->privateArea);
    }
    EXPECT_EQ(objects.size(), 5U);
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    for (const auto& credential : scene.device.state().cred.creds)
        EXPECT_TRUE(objects.contains(credential.key.sealed->privateArea)) << "not sealed anew";
}

} // namespace ocfsecd::test
