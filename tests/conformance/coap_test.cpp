// CoAP and CBOR as a peer of the device meets them (facts 7.6).

#include "support/messages.h"
#include "support/tested_scene.h"

#include "svr/owner_credential.h"

#include <algorithm>

namespace ocfsecd::test::conformance {

namespace {

/// The device's answer to one datagram in clear.
coap::Message answerTo(Scene& scene, const coap::Message& sent) {
    const auto before = scene.other.heard.size();
    scene.other.sendRawClear(coap::encode(sent));
    scene.network.until([&] { return scene.other.heard.size() > before; }, 10s);
    scene.network.settle();
    EXPECT_EQ(scene.other.heard.size(), before + 1);
    auto answer = coap::decode(scene.other.heard.back().octets);
    EXPECT_TRUE(answer);
    return answer ? *answer : coap::Message{};
}

/// … and inside a session.
coap::Message answerTo(Scene& scene, SimSession& session, const coap::Message& sent) {
    const auto before = session.messages.size();
    session.sendRaw(coap::encode(sent));
    scene.network.until([&] { return session.messages.size() > before; }, 10s);
    EXPECT_EQ(session.messages.size(), before + 1);
    auto answer = coap::decode(session.messages.back());
    EXPECT_TRUE(answer);
    return answer ? *answer : coap::Message{};
}

coap::Message post(std::string_view path, std::string_view hex) {
    return message(coap::code::post, path, *fromHex(hex));
}

} // namespace

TEST(Conformance, CO_01_content_format_10000) {
    Scene scene;
    auto get = message(coap::code::get, "/oic/d");
    get.addNumber(coap::option::accept, coap::kFormatOcfCbor);
    get.addNumber(coap::option::ocfAcceptVersion, coap::kOcfVersion);
    const auto answer = answerTo(scene, get);
    EXPECT_EQ(answer.code, coap::code::content);
    EXPECT_EQ(answer.type, coap::Type::acknowledgement);
    EXPECT_EQ(answer.token, get.token);
    EXPECT_EQ(answer.findNumber(coap::option::contentFormat), 10000U);
    EXPECT_EQ(answer.findNumber(coap::option::ocfContentVersion), 2048U);
}

TEST(Conformance, CO_02_accept_60_legacy) {
    Scene scene;
    auto get = message(coap::code::get, "/oic/d");
    get.addNumber(coap::option::accept, coap::kFormatCbor);
    EXPECT_EQ(answerTo(scene, get).code, coap::code::notAcceptable);
}

TEST(Conformance, CO_03_version_below_2048_refused) {
    Scene scene;
    auto get = message(coap::code::get, "/oic/d");
    get.addNumber(coap::option::ocfAcceptVersion, 2047);
    EXPECT_EQ(answerTo(scene, get).code, coap::code::unsupportedFormat);
    auto newer = message(coap::code::get, "/oic/d");
    newer.id = 0x1235;
    newer.addNumber(coap::option::ocfAcceptVersion, 2112);
    EXPECT_EQ(answerTo(scene, newer).code, coap::code::content);
}

TEST(Conformance, CO_04_no_options_ok) {
    Scene scene;
    const auto answer = answerTo(scene, message(coap::code::get, "/oic/d"));
    EXPECT_EQ(answer.code, coap::code::content);
    EXPECT_EQ(answer.findNumber(coap::option::contentFormat), 10000U);
    auto select = post("/oic/sec/doxm", "a1666f786d73656c00");
    select.id = 0x1235;
    EXPECT_EQ(answerTo(scene, select).code, coap::code::changed);
}

TEST(Conformance, CO_05_blockwise_large_cred) {
    Scene scene;
    scene.own(kRfpro);
    auto& owner = scene.owner();
    cbor::Array creds;
    for (std::uint8_t i = 1; i <= 30; ++i) {
        auto raw = std::array<std::uint8_t, 16>{};
        raw.fill(i);
        auto entry = psk(Uuid{raw}, keyOf(Uuid{raw}));
        entry.emplace_back("tag", std::string(40, 'x'));
        creds.emplace_back(std::move(entry));
    }
    const cbor::Map body{{"creds", creds}};
    ASSERT_GT(cbor::encode(body).size(), 3000U);
    EXPECT_EQ(owner->post(kCred, body).code, "2.04");
    auto last = std::array<std::uint8_t, 16>{};
    last.fill(30);
    EXPECT_TRUE(scene.tool.connectPsk(Uuid{last}, keyOf(Uuid{last})).established());
    const auto all = owner->get(kCred);
    EXPECT_EQ(all["creds"].array()->size(), 31U) << "and back, by Block2";
    EXPECT_TRUE(std::ranges::all_of(owner.datagrams, [](const auto& d) { return d.size() < 1280; }));
}

TEST(Conformance, CO_06_blockwise_large_res) {
    Scene scene;
    const auto before = scene.network.trace.size();
    const auto links = scene.other->get(kRes);
    ASSERT_EQ(links.code, "2.05");
    EXPECT_GT(links.response.payload.size(), 1024U);
    EXPECT_NE(links.body.array(), nullptr);
    std::size_t asked = 0, answered = 0, answers = 0;
    for (auto at = before; at < scene.network.trace.size(); ++at) {
        const auto& packet = scene.network.trace[at];
        const bool fromDevice = packet.from == scene.device.clear();
        (fromDevice ? answered : asked) += packet.octets.size();
        answers += fromDevice ? 1 : 0;
    }
    EXPECT_GT(answers, 1U);
    EXPECT_LE(answered, asked * 3) << "an unverified source gets at most three times what it sends";
}

TEST(Conformance, CO_07_dedup) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    const auto reset = post("/oic/sec/pstat", "a163646f73a1617300");
    const auto first = answerTo(scene, owner, reset);
    EXPECT_EQ(first.code, coap::code::changed);
    const auto again = answerTo(scene, owner, reset);
    EXPECT_TRUE(again == first) << "from memory, not executed again";
    scene.waitForRfotm();
    if (auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(inside->vault().counts().marks, 1U);
        EXPECT_EQ(inside->vault().counts().finishes, 1U);
    }
}

TEST(Conformance, CO_08_indefinite_cbor) {
    Scene scene;
    scene.onboarding.steps("cdf");
    auto& doc = scene.onboarding.doc();
    // {_ "devowneruuid": (_ "…")} as the reference tool sends maps: indefinite, in any order.
    Writer owner;
    owner.u8(0xbf).u8(0x6c).bytes(viewOf("devowneruuid")).u8(0x78).u8(36).bytes(viewOf(kOwner.text())).u8(0xff);
    EXPECT_EQ(answerTo(scene, doc, message(coap::code::post, "/oic/sec/doxm", owner.view())).code, coap::code::changed);
    EXPECT_EQ(doc->get(kDoxm).text("devowneruuid"), kOwner.text());
    // {_ "creds": [_ {_ "credtype": 1, "subjectuuid": …, "privatedata": {_ "data": h'', "encoding": …}}]}
    Writer cred;
    cred.u8(0xbf).u8(0x65).bytes(viewOf("creds")).u8(0x9f).u8(0xbf);
    cred.u8(0x68).bytes(viewOf("credtype")).u8(1);
    cred.u8(0x6b).bytes(viewOf("subjectuuid")).u8(0x78).u8(36).bytes(viewOf(kOwner.text()));
    cred.u8(0x6b).bytes(viewOf("privatedata")).u8(0xbf).u8(0x64).bytes(viewOf("data")).u8(0x40);
    cred.u8(0x68).bytes(viewOf("encoding")).u8(0x74).bytes(viewOf("oic.sec.encoding.raw"));
    cred.u8(0xff).u8(0xff).u8(0xff).u8(0xff);
    auto second = message(coap::code::post, "/oic/sec/cred", cred.view());
    second.id = 2;
    EXPECT_EQ(answerTo(scene, doc, second).code, coap::code::changed);
    ASSERT_EQ(doc->get(kCred)["creds"].array()->size(), 1U);
    // It is the derived one: the tool's own derivation opens a session.
    scene.onboarding.steps("ghi");
    EXPECT_EQ(doc->post(kCred, cbor::Map{{"rowneruuid", kOwner.text()}}).code, "2.04");
    scene.onboarding.steps("lm");
    const auto key = svr::deriveOwnerKey(*doc.dtls().keyBlock(), "oic.sec.doxm.jw", kOwner, kNewDeviceId);
    EXPECT_TRUE(scene.tool.connectPsk(kOwner, key->view()).established());
}

TEST(Conformance, CO_09_malformed_cbor) {
    Scene scene;
    scene.onboarding.steps("cd");
    auto& doc = scene.onboarding.doc();
    const auto before = scene.device.everything();
    const auto read = readable(doc);
    std::uint16_t id = 100;
    const auto refuse = [&](ByteView payload) {
        for (const auto* resource : {"/oic/sec/doxm", "/oic/sec/pstat", "/oic/sec/cred", "/oic/sec/acl2"}) {
            auto bad = message(coap::code::post, resource, payload);
            bad.id = ++id;
            EXPECT_EQ(answerTo(scene, doc, bad).code, coap::code::badRequest) << resource << " " << toHex(payload);
        }
    };
    for (const auto* hex : {"ff", "a1", "bf", "a1666f786d73656c", "9a04000000", "5affffffff", "bfff00", "a10102", "1c",
                            "a1666f786d73656c00ff", "a2616101616102", "9bffffffffffffffff", "f6", "80", "01"})
        refuse(*fromHex(hex));
    refuse({}); // a POST says something
    // Truncated anywhere.
    const auto whole = cbor::encode(cbor::Map{{"rowneruuid", kOwner.text()}, {"unknown", cbor::Array{1, "x", true}}});
    for (std::size_t length = 1; length < whole.size(); ++length)
        refuse(ByteView{whole}.first(length));
    // And reproducible noise: whatever the answer, nothing changes and the device lives.
    TestRandom random{42};
    for (int i = 0; i < 2000; ++i) {
        Bytes noise(1 + random.below(40));
        random.fill(noise);
        auto bad = message(coap::code::post, i % 2 == 0 ? "/oic/sec/cred" : "/oic/sec/doxm", noise);
        bad.id = ++id;
        EXPECT_GE(answerTo(scene, doc, bad).code, coap::code::badRequest);
    }
    EXPECT_TRUE(scene.device.everything() == before);
    EXPECT_EQ(readable(doc), read);
}

TEST(Conformance, CO_10_deep_nesting) {
    Scene scene;
    scene.onboarding.steps("cd");
    auto& doc = scene.onboarding.doc();
    std::uint16_t id = 100;
    for (const auto head : Bytes{0x81, 0x9f, 0xa1, 0xbf, 0xc1}) {
        for (const std::size_t depth : {9U, 100U, 1000U}) {
            auto deep = message(coap::code::post, "/oic/sec/acl2", Bytes(depth, head));
            deep.payload.push_back(0x00);
            deep.id = ++id;
            EXPECT_EQ(answerTo(scene, doc, deep).code, coap::code::badRequest) << depth;
        }
    }
    Bytes announced{0x9b, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff}; // a terabyte of items
    auto huge = message(coap::code::post, "/oic/sec/acl2", announced);
    EXPECT_EQ(answerTo(scene, doc, huge).code, coap::code::badRequest);
}

TEST(Conformance, CO_11_unsupported_interface) {
    Scene scene;
    for (const auto resource : {kDoxm, kPstat, kRes, kDev, kPlat}) {
        EXPECT_EQ(scene.other->get(resource, {"if=oic.if.s"}).code, "4.00") << resource;
        EXPECT_EQ(scene.other->get(resource, {"if=foo"}).code, "4.00") << resource;
        if (const auto* inside = scene.device.insideIfThere()) {
            ASSERT_FALSE(inside->events.empty());
            EXPECT_EQ(faceOf(inside->events.back().reason).event, "COMM-1");
        }
        EXPECT_TRUE(scene.other->discover(kGroup4, resource, {"if=oic.if.s"}).empty());
    }
    scene.onboarding.plan().aces = {ace(toUuid(kOwner), {href(kCon)}, 6)};
    scene.own();
    EXPECT_EQ(scene.owner()->post(kCon, cbor::Map{{"n", "x"}}, {"if=oic.if.s"}).code, "4.00");
    EXPECT_EQ(scene.owner()->post(kCon, cbor::Map{{"n", "x"}}, {"if=oic.if.rw"}).code, "2.04");
}

} // namespace ocfsecd::test::conformance
