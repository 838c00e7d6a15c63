// OSCORE in the device (RFC 8613): a client made of the codec alone, which is checked against the RFC's vectors.

#include "coap/oscore/protection.h"
#include "support/messages.h"
#include "support/scene.h"
#include "svr/persist.h"
#include "svr/properties.h"

namespace ocfsecd::test {

namespace {

namespace oscore = coap::oscore;

const Bytes kClientId{0x11, 2, 3, 4, 5, 6, 7}, kDeviceId{0x22, 2, 3, 4, 5, 6, 7}, kSecret(16, 0x5e);
/// Not the port of the host's own CoAP client: that rejects notifications it has not asked for.
constexpr std::uint16_t kPort = 41000;
constexpr std::uint16_t kEcho = 252;

cbor::Map credential(ByteView secret = kSecret) {
    return {{"credid", 64},
            {"credtype", 64},
            {"subjectuuid", kCms.text()},
            {"privatedata", cbor::Map{{"data", copyOf(secret)}, {"encoding", "oic.sec.encoding.raw"}}},
            {"oscore", cbor::Map{{"senderid", toHex(kDeviceId)}, {"recipientid", toHex(kClientId)}}}};
}

/// Numbers, message ids and tokens go on from one to the next.
class Client {
public:
    Client(Scene& scene, ByteView secret = kSecret) : scene_{scene} {
        context_ = *oscore::derive({shareSecret(secret), {}, std::nullopt, kClientId, kDeviceId});
    }

    coap::Message compose(std::uint8_t code, std::string_view path, ByteView payload = {}) {
        return message(code, path, payload, ++id_);
    }
    void send(const coap::Message& inner) {
        binding_ = oscore::bindingOf(context_, sequence);
        sent = coap::encode(oscore::protectRequest(context_, inner, sequence++));
        sendAgain();
    }
    void sendAgain() { scene_.other.sendRaw(scene_.device.clear(), sent, kPort); }
    /// The last datagram that came, as it is.
    std::optional<coap::Message> last() const {
        if (scene_.other.heard.empty())
            return std::nullopt;
        received = scene_.other.heard.back().octets;
        auto decoded = coap::decode(received);
        return decoded ? std::optional{*std::move(decoded)} : std::nullopt;
    }
    /// … opened; its code with "clear " before it when it is not protected.
    std::string code() {
        const auto outer = last();
        if (!outer)
            return "-";
        if (outer->find(coap::option::oscore) == nullptr)
            return "clear " + coap::codeText(outer->code);
        auto inner = oscore::openResponse(context_, *outer, binding_);
        if (!inner)
            return "not authentic";
        answer = *std::move(inner);
        return coap::codeText(answer.code);
    }
    std::string ask(coap::Message inner) {
        scene_.other.heard.clear();
        send(inner);
        return code();
    }
    std::string get(std::string_view path) { return ask(compose(coap::code::get, path)); }
    /// After a restart: with the proof that the device asks for.
    std::string prove(std::string_view path) {
        const auto first = get(path);
        const auto* echo = answer.find(kEcho);
        if (first != "4.01" || echo == nullptr)
            return "no challenge: " + first;
        auto again = compose(coap::code::get, path);
        again.add(kEcho, echo->value);
        return ask(std::move(again));
    }
    /// The number the device gave its last answer.
    std::uint64_t numberOfAnswer() const { return *oscore::sequenceOf((*oscore::optionOf(*last()))->partialIv); }

    std::uint64_t sequence = 0;
    Bytes sent;
    mutable Bytes received;
    coap::Message answer;

private:
    Scene& scene_;
    oscore::Context context_;
    oscore::Binding binding_;
    std::uint16_t id_ = 0x100;
};

struct Oscore : testing::Test, Scene {
    Oscore() : Scene{Plan::separateServices()} {}
    /// Owned, in RFPRO, with a context for the credential manager.
    void SetUp() override {
        own(kRfpro);
        provision(credential());
        first = stored();
    }
    std::uint64_t first = 0; ///< number of the first context
    void provision(cbor::Map one) {
        ASSERT_EQ(as(kCms)->post(kCred, cbor::Map{{"creds", cbor::Array{std::move(one)}}}).code, "2.04");
    }
    std::uint64_t stored() {
        const auto state = svr::decodeState(*device.vault().snapshot());
        return svr::findCredential(*state, svr::CredId{64})->oscore->ssn;
    }
};

TEST_F(Oscore, ACallerIsTheCredentialsSubject) {
    Client client{*this};
    EXPECT_EQ(client.get(kCred), "2.05") << "the credential manager reads its resource";
    EXPECT_EQ(client.get("/oic/sec/ael"), "4.01") << "and nothing it has no right to";
    EXPECT_EQ(client.get("/nowhere"), as(kCms)->get("/nowhere").code) << "as in a session of its own";
    const auto body = cbor::encode(cbor::Map{{"creds", cbor::Array{psk(kPairwise, Bytes(16, 9))}}});
    auto post = client.compose(coap::code::post, kCred, body);
    post.addNumber(coap::option::contentFormat, coap::kFormatOcfCbor);
    EXPECT_EQ(client.ask(post), "2.04");
    EXPECT_TRUE(tool.connectPsk(kPairwise, Bytes(16, 9)).established());
}

TEST_F(Oscore, WhatIsNotLetInIsToldWhyInClearAndShortly) {
    Client client{*this};
    EXPECT_EQ(client.get(kRes), "2.05");
    const auto events = device.count(ocf::Event::Kind::unexpectedTraffic);
    // Again, as another message: received before.
    auto again = coap::decode(client.sent);
    again->id = 0x7777;
    other.sendRaw(device.clear(), coap::encode(*again), kPort);
    EXPECT_EQ(client.code(), "clear 4.01");
    EXPECT_EQ(client.last()->findNumber(coap::option::maxAge), 0U);
    // Somebody without the key.
    Client stranger{*this, Bytes(16, 1)};
    stranger.sequence = 50;
    EXPECT_EQ(stranger.get(kRes), "clear 4.00");
    EXPECT_EQ(stranger.last()->findNumber(coap::option::maxAge), 0U);
    // A kid nobody has, and an option with a reserved bit.
    const std::pair<Bytes, std::string> odds[] = {{{0x09, 1, 0x33}, "clear 4.01"}, {{0x80}, "clear 4.02"}};
    for (const auto& [value, code] : odds) {
        auto odd = message(coap::code::post, "", Bytes(20, 1), 0x4242);
        odd.add(coap::option::oscore, value);
        const auto octets = coap::encode(odd);
        other.sendRaw(device.clear(), octets, kPort);
        EXPECT_EQ(client.code(), code);
        EXPECT_LE(client.received.size(), 3 * octets.size());
    }
    EXPECT_EQ(device.count(ocf::Event::Kind::unexpectedTraffic), events + 4) << "each is recorded";
    EXPECT_EQ(client.get(kRes), "2.05") << "and the context is as good as before";
}

TEST_F(Oscore, APathThatIsNoTextGetsIntoNoRecord) {
    Client client{*this};
    EXPECT_EQ(client.get("/light\xff"), "4.02");
    EXPECT_EQ(client.get("/two\nlines"), "4.02");
    for (const auto& entry : device.device().auditLog().entries())
        for (const auto& item : entry.auxiliaryinfo)
            EXPECT_TRUE(svr::isPlainText(viewOf(item))) << entry.aeid;
}

TEST_F(Oscore, AMulticastOneIsNotAnswered) {
    Client client{*this};
    auto inner = client.compose(coap::code::get, kRes);
    inner.type = coap::Type::nonConfirmable;
    client.send(inner);
    other.heard.clear();
    other.sendRaw(kGroup4, client.sent, kPort);
    network.advance(5s);
    EXPECT_TRUE(other.heard.empty());
}

TEST_F(Oscore, ARetransmissionGetsTheSameAnswerUnderANewNumber) {
    Client client{*this};
    ASSERT_EQ(client.get(kCred), "2.05");
    const auto former = client.answer.payload;
    const auto number = client.numberOfAnswer();
    other.heard.clear();
    client.sendAgain();
    EXPECT_EQ(client.code(), "2.05");
    EXPECT_EQ(client.answer.payload, former);
    EXPECT_GT(client.numberOfAnswer(), number);
}

TEST_F(Oscore, ALongAnswerComesInBlocksAndNeverMoreThanThreeTimesItsRequest) {
    Client client{*this};
    Bytes body;
    unsigned exponent = 2; // 64 octets; the device may take less
    for (bool more = true; more && body.size() < 4096;) {
        auto request = client.compose(coap::code::get, kCred);
        request.addNumber(coap::option::block2,
                          static_cast<std::uint32_t>(body.size() >> (4 + exponent)) << 4 | exponent);
        ASSERT_EQ(client.ask(request), "2.05");
        EXPECT_LE(client.received.size(), 3 * client.sent.size());
        body.insert(body.end(), client.answer.payload.begin(), client.answer.payload.end());
        const auto block = client.answer.findNumber(coap::option::block2);
        ASSERT_TRUE(block);
        exponent = *block & 7;
        more = (*block & 8) != 0;
    }
    EXPECT_TRUE(cbor::decode(body));
    EXPECT_FALSE(holds(body, kSecret));
}

TEST_F(Oscore, NumbersAreDurableAheadOfTheirUse) {
    Client client{*this};
    const auto before = device.vault().counts();
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(client.get(kRes), "2.05") << i;
        ASSERT_LT(client.numberOfAnswer(), stored());
    }
    EXPECT_LE(device.vault().counts().commits - before.commits, 4U) << "not one write for each message";
    EXPECT_EQ(device.vault().counts().transitions, before.transitions) << "and no NV counter";
    ASSERT_EQ(client.get(kCred), "2.05");
}

TEST_F(Oscore, AfterACrashNoNumberIsUsedTwiceAndWhatIsOldIsNotLetIn) {
    Client client{*this};
    std::optional<std::uint64_t> highest; // nothing is less than any number
    for (int crash = 0; crash < 4; ++crash) {
        if (crash != 0) {
            const auto recorded = client.sent;
            device.restart();
            other.heard.clear();
            other.sendRaw(device.clear(), recorded, kPort); // by somebody who listened
            EXPECT_EQ(client.code(), "4.01") << "authentic and old";
            EXPECT_GT(client.numberOfAnswer(), highest);
            highest = client.numberOfAnswer();
            network.advance(1s);
            EXPECT_EQ(client.prove(kRes), "2.05");
            EXPECT_GT(client.numberOfAnswer(), highest);
            auto old = *coap::decode(recorded);
            old.id = 0x6666;
            other.sendRaw(device.clear(), coap::encode(old), kPort);
            EXPECT_EQ(client.code(), "clear 4.01") << "below the proven one";
        }
        for (int i = 0; i < 3 + 100 * crash; ++i) {
            ASSERT_EQ(client.get(kRes), "2.05");
            ASSERT_GT(client.numberOfAnswer(), highest) << "after crash " << crash;
            highest = client.numberOfAnswer();
        }
    }
}

TEST_F(Oscore, ACrashBeforeTheNumbersAreDurableSendsNothing) {
    Client client{*this};
    device.vault().holding = true;
    EXPECT_EQ(client.get(kRes), "-") << "held until its answer can be numbered";
    EXPECT_EQ(device.held(), 1U);
    client.sendAgain(); // it is held once
    device.restart();
    device.vault().holding = false;
    EXPECT_EQ(stored(), first);
    EXPECT_EQ(client.prove(kRes), "2.05");
}

TEST_F(Oscore, ItsKeyIsUnsealedOnceAndRequestsWait) {
    Client client{*this};
    device.restart();
    const auto before = device.vault().counts().unseals;
    device.vault().holding = true;
    EXPECT_EQ(client.get(kRes), "-");
    for (int i = 0; i < 40; ++i)
        client.get(kRes);
    EXPECT_EQ(device.held(), 1U) << "the TPM is asked once";
    device.release();
    EXPECT_EQ(device.vault().counts().unseals, before + 1);
    EXPECT_LE(other.heard.size(), 4U) << "what waits is bounded";
    network.advance(1s);
    EXPECT_EQ(client.prove(kRes), "2.05");
}

TEST_F(Oscore, AFailingDiskOrTpmIsAskedNowAndThen) {
    Client client{*this};
    device.vault().failing = Failure{Reason::tpmUnavailable, "the TPM is gone", "look after it"};
    EXPECT_EQ(client.get(kRes), "-");
    EXPECT_EQ(client.get(kRes), "-");
    EXPECT_EQ(device.count(ocf::Event::Kind::commitFailed), 1U);
    device.vault().failing.reset();
    network.advance(6s);
    EXPECT_EQ(client.get(kRes), "2.05");
}

TEST_F(Oscore, AStrangerCausesNoWrite) {
    const auto before = device.vault().counts().commits;
    Client stranger{*this, Bytes(16, 1)};
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(stranger.get(kRes), "clear 4.00");
    EXPECT_EQ(device.vault().counts().commits, before);
    EXPECT_EQ(stored(), first);
}

TEST_F(Oscore, AContextEndsWithItsCredential) {
    Client client{*this};
    ASSERT_EQ(client.get(kRes), "2.05");
    ASSERT_EQ(as(kCms)->del(kCred, {"credid=64"}).code, "2.02");
    EXPECT_EQ(client.get(kRes), "clear 4.01");
}

TEST_F(Oscore, AReplacedKeyOpensNothingMoreAndItsNumbersGoOn) {
    Client client{*this};
    ASSERT_EQ(client.get(kRes), "2.05");
    const auto used = client.numberOfAnswer();
    provision(credential(Bytes(16, 0x77)));
    EXPECT_EQ(client.get(kRes), "clear 4.00");
    Client next{*this, Bytes(16, 0x77)};
    EXPECT_EQ(next.prove(kRes), "2.05") << "the secret may be an old one, so freshness is proven";
    EXPECT_GT(next.numberOfAnswer(), used);
}

/// Whatever the manager does, whoever has listened is not let in, and no number comes twice.
TEST_F(Oscore, ASecretThatComesAgainMeetsNoNumberTwice) {
    auto moved = credential(Bytes(16, 0x77));
    moved.back() = {"oscore", cbor::Map{{"senderid", "33020304050607"}, {"recipientid", "44020304050607"}}};
    const std::pair<const char*, std::function<void()>> ways[] = {
        {"deleted", [&] { ASSERT_EQ(as(kCms)->del(kCred, {"credid=64"}).code, "2.02"); }},
        {"deleted, and the device was restarted",
         [&] {
             ASSERT_EQ(as(kCms)->del(kCred, {"credid=64"}).code, "2.02");
             device.restart();
         }},
        {"its credid was another context's meanwhile", [&] { provision(moved); }},
        {"its credid was another key's meanwhile",
         [&] {
             auto key = psk(kPairwise, keyOf(kPairwise));
             key.emplace_back("credid", 64);
             provision(key);
         }},
    };
    Client client{*this};
    ASSERT_EQ(client.get(kRes), "2.05") << "the first use needs no proof";
    auto highest = client.numberOfAnswer();
    for (const auto& [way, end] : ways) {
        const auto recorded = client.sent;
        end();
        provision(credential());
        other.heard.clear();
        other.sendRaw(device.clear(), recorded, kPort);
        EXPECT_EQ(client.code(), "4.01") << way << ": authentic and old";
        EXPECT_GT(client.numberOfAnswer(), highest) << way;
        network.advance(1s);
        EXPECT_EQ(client.prove(kRes), "2.05") << way;
        EXPECT_GT(client.numberOfAnswer(), highest) << way;
        for (int i = 0; i < 5; ++i)
            ASSERT_EQ(client.get(kRes), "2.05") << way;
        highest = client.numberOfAnswer();
    }
}

TEST_F(Oscore, OwnershipsHardlyShareNumbers) {
    const auto numbers = device.state().oscoreNumbers;
    device.operatorReset();
    waitForRfotm();
    EXPECT_NE(device.state().oscoreNumbers, numbers);
    EXPECT_LT(device.state().oscoreNumbers.first, 1U << 30) << "enough are left, and clients read them as 32 bits";
}

TEST_F(Oscore, SoftResetAndResetEndIt) {
    Client client{*this};
    ASSERT_EQ(client.get(kRes), "2.05");
    device.operatorSoftReset();
    network.settle();
    ASSERT_EQ(device.dos(), kSreset);
    EXPECT_EQ(client.prove(kRes), "2.05") << "a new context, which proves its freshness";
    device.operatorReset();
    waitForRfotm();
    EXPECT_EQ(client.get(kRes), "clear 4.01");
}

/// Observes pstat; its owner makes it change.
struct OscoreObserver : Oscore {
    std::string observe(std::uint8_t token = 0xaa, std::uint32_t value = 0, std::string_view path = kPstat) {
        auto request = client.compose(coap::code::get, path);
        request.token = {token};
        request.addNumber(coap::option::observe, value);
        return client.ask(request);
    }
    /// The notification of the next change; empty when none comes.
    std::optional<coap::Message> change() {
        other.heard.clear();
        EXPECT_EQ(owner()->setState(device.dos() == kRfnop ? 2 : 3).code, "2.04");
        network.settle();
        return client.last();
    }
    /// An empty message in clear, as OSCORE leaves the message layer.
    void say(coap::Type type, std::uint16_t id, std::uint16_t port = kPort) {
        other.sendRaw(device.clear(), coap::encodeEmpty(type, id), port);
    }
    Client client{*this};
};

TEST_F(OscoreObserver, IsToldUnderItsRegistration) {
    ASSERT_EQ(observe(), "2.05");
    ASSERT_NE(client.answer.find(coap::option::observe), nullptr);
    ASSERT_TRUE(change());
    ASSERT_EQ(client.code(), "2.05") << "authentic for the registration";
    EXPECT_NE(client.answer.find(coap::option::observe), nullptr);
}

TEST_F(OscoreObserver, StaysForAsLongAsItAcknowledgesInClear) {
    ASSERT_EQ(observe(), "2.05");
    auto number = client.numberOfAnswer();
    auto sequence = client.answer.findNumber(coap::option::observe);
    for (int i = 0; i < 6; ++i) {
        const auto told = change();
        ASSERT_TRUE(told) << i;
        ASSERT_EQ(client.code(), "2.05") << i;
        EXPECT_EQ(told->type, coap::Type::confirmable) << "nobody else has proven that the peer is there";
        EXPECT_GT(client.numberOfAnswer(), number) << "RFC 8613 8.3: each has a Partial IV of its own";
        EXPECT_GT(client.answer.findNumber(coap::option::observe), sequence);
        number = client.numberOfAnswer();
        sequence = client.answer.findNumber(coap::option::observe);
        say(coap::Type::acknowledgement, told->id);
        network.advance(i == 3 ? Duration{5min} : Duration{20s}); // longer than any message is remembered
    }
}

TEST_F(OscoreObserver, EndsByAResetInClearAndWithoutAnAcknowledgement) {
    ASSERT_EQ(observe(), "2.05");
    const auto told = change();
    ASSERT_TRUE(told);
    say(coap::Type::reset, told->id);
    network.advance(10s);
    EXPECT_FALSE(change());
    ASSERT_EQ(observe(), "2.05");
    ASSERT_TRUE(change());
    network.advance(10s);
    EXPECT_FALSE(change()) << "nobody has acknowledged the last one";
}

TEST_F(OscoreObserver, NobodyElseKeepsOrEndsIt) {
    ASSERT_EQ(observe(), "2.05");
    auto told = change();
    ASSERT_TRUE(told);
    say(coap::Type::reset, told->id, kPort + 1);
    say(coap::Type::reset, static_cast<std::uint16_t>(told->id + 1));
    say(coap::Type::acknowledgement, told->id);
    network.advance(10s);
    told = change();
    ASSERT_TRUE(told) << "a Reset from elsewhere, or of nothing that was sent";
    say(coap::Type::acknowledgement, told->id, kPort + 1);
    tool.sendRaw(device.clear(), coap::encodeEmpty(coap::Type::acknowledgement, told->id), kPort);
    network.advance(10s);
    EXPECT_FALSE(change()) << "acknowledged from elsewhere";
}

TEST_F(OscoreObserver, IsNotPushedOutByWhatObservesNothing) {
    ASSERT_EQ(observe(), "2.05");
    for (std::uint8_t token = 0; token < 40; ++token)
        ASSERT_EQ(observe(token, token % 2, kCred), "2.05") << "and is not observable";
    const auto told = change();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->token, Bytes{0xaa});
}

TEST_F(OscoreObserver, EndsByAnObserveOfOne) {
    ASSERT_EQ(observe(), "2.05");
    ASSERT_EQ(observe(0xaa, 1), "2.05");
    EXPECT_EQ(client.answer.find(coap::option::observe), nullptr);
    EXPECT_FALSE(change());
}

TEST_F(Oscore, TheNumberInUseIsShownInCred) {
    Client client{*this};
    ASSERT_EQ(client.get(kRes), "2.05");
    const auto reply = as(kCms)->get(kCred);
    std::optional<std::int64_t> shown;
    for (const auto& one : *reply["creds"].array())
        if (const auto* context = one.find("oscore"))
            shown = context->find("ssn")->integer();
    EXPECT_EQ(shown, static_cast<std::int64_t>(stored()));
    EXPECT_GT(*shown, static_cast<std::int64_t>(client.numberOfAnswer()));
}

} // namespace

} // namespace ocfsecd::test
