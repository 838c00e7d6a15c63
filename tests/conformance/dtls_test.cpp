// Secure sessions of a device (facts 7.1, 7.2).

#include "support/tested_scene.h"
#include "unit/dtls/hello.h"

#include <algorithm>

namespace ocfsecd::test::conformance {

namespace {

constexpr Duration kOneFlight = 50ms; ///< between the datagrams of one
constexpr std::uint8_t kHandshakeRecord = 22, kClientHello = 1, kHelloVerifyRequest = 3;

bool startsWithHandshake(const Bytes& datagram, std::uint8_t message) {
    return datagram.size() > dtls::kRecordHeader && datagram[0] == kHandshakeRecord &&
           datagram[dtls::kRecordHeader] == message;
}

} // namespace

TEST(Conformance, DT_01_dtls12_only) {
    Scene scene;
    scene.own(kRfnop);
    dtls::test::HelloForm form;
    form.version = 0xfeff; // DTLS 1.0
    scene.other.sendRaw(scene.device.secure(), dtls::test::makeHello(form), 51000);
    form.cookie = dtls::test::cookieOf(scene.other.heard.back().octets);
    form.sequence = 1;
    scene.other.sendRaw(scene.device.secure(), dtls::test::makeHello(form), 51000);
    const auto& answer = scene.other.heard.back().octets;
    EXPECT_EQ(answer.at(0), 21);
    EXPECT_EQ(answer.back(), dtls::alert::protocolVersion);
    EXPECT_TRUE(hasSessions(scene, 0));
}

TEST(Conformance, DT_02_cookie) {
    Scene scene;
    scene.onboarding.steps("cd");
    const auto& datagrams = scene.onboarding.doc().datagrams;
    ASSERT_FALSE(datagrams.empty());
    EXPECT_TRUE(startsWithHandshake(datagrams.front(), kHelloVerifyRequest));
}

TEST(Conformance, DT_03_retransmission) {
    // The defaults; where time is real, the same in short.
    ocf::DeviceSettings settings;
    std::vector<Duration> expected{0s, 1s, 3s, 7s, 15s, 31s, 51s};
    Duration end = 90s;
    if (TestedDevice::fromOutside()) {
        settings.dtls.timers = {.retransmitFirst = 100ms, .retransmitMax = 800ms, .handshakeTotal = 2700ms};
        expected = {0ms, 100ms, 300ms, 700ms, 1500ms, 2300ms};
        end = 2900ms;
    }
    Scene scene{{}, settings};
    scene.own(kRfnop);
    // The device's flight after the cookie never arrives; the client is silent, as if it were gone.
    std::vector<Duration> sent;
    auto parameters = pskClient(kOwner.raw(), scene.onboarding.ownerKey()->view());
    auto& session = scene.tool.beginHandshake(parameters);
    const auto start = scene.network.now();
    scene.network.fate = [&](const Packet& packet) {
        const bool toClient = packet.to == session.local();
        if (toClient && !startsWithHandshake(packet.octets, kHelloVerifyRequest)) {
            const auto at = std::chrono::duration_cast<Duration>(scene.network.now() - start);
            if (sent.empty() || at > sent.back() + kOneFlight)
                sent.push_back(at);
            session.vanish();
            return Fate{0};
        }
        return Fate{};
    };
    scene.network.advance(end);
    if (auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(sent, expected);
        EXPECT_EQ(inside->device().associations(), 0U) << "given up";
        return;
    }
    // No busy machine makes it earlier; without doubling there were more, without the longest time one less.
    ASSERT_EQ(sent.size(), expected.size());
    for (std::size_t i = 0; i < sent.size(); ++i)
        EXPECT_GE(sent[i], expected[i]);
}

TEST(Conformance, DT_04_inactivity_close) {
    ocf::DeviceSettings settings;
    settings.dtls.inactivity = 2s;
    Scene scene{{}, settings};
    scene.own(kRfnop);
    auto& idle = scene.owner();
    auto& busy = scene.owner();
    for (int i = 0; i < 5; ++i) {
        scene.network.advance(600ms);
        EXPECT_EQ(busy->get(kPstat).code, "2.05");
    }
    EXPECT_TRUE(idle.closed());
    EXPECT_EQ(idle.dtls().closeReason().cause, dtls::Close::Cause::peerCloseNotify);
    EXPECT_FALSE(busy.closed());
    EXPECT_TRUE(hasSessions(scene, 1));
}

TEST(Conformance, DT_06_sessions_closed_on_reset) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfnop);
    SimSession* sessions[] = {&scene.owner(), &scene.as(kCms), &scene.as(kPairwise)};
    EXPECT_TRUE(hasSessions(scene, 3));
    EXPECT_EQ((*sessions[0])->setState(0).code, "2.04");
    scene.waitForRfotm();
    for (const auto* session : sessions)
        EXPECT_TRUE(session->closed());
    EXPECT_TRUE(hasSessions(scene, 0));
}

TEST(Conformance, DT_07_sessions_kept_on_rfpro_rfnop) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfnop);
    SimSession* sessions[] = {&scene.owner(), &scene.as(kCms), &scene.as(kAms)};
    for (const int s : {2, 3, 4, 2, 3}) {
        EXPECT_EQ((*sessions[0])->setState(s).code, "2.04") << s;
        for (auto* session : sessions)
            EXPECT_EQ((*session)->get(kPstat).code, "2.05") << s;
    }
    EXPECT_TRUE(hasSessions(scene, 3));
}

TEST(Conformance, DT_08_client_role_only_in_rfnop) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfnop);
    auto& owner = scene.owner();
    for (const int s : {2, 4, 0})
        EXPECT_EQ(owner->setState(s).code, "2.04");
    scene.waitForRfotm();
    unsigned fromClients = 0;
    for (const auto& packet : scene.network.trace) {
        const bool hello = startsWithHandshake(packet.octets, kClientHello);
        if (packet.from.withPort(0) == kDeviceHost4)
            EXPECT_FALSE(hello);
        else
            fromClients += hello ? 1 : 0;
    }
    EXPECT_GE(fromClients, 4U) << "the test sees hellos";
}

TEST(Conformance, DT_09_bounded_sessions) {
    ocf::DeviceSettings settings;
    settings.dtls.maxSessions = 8;
    settings.dtls.maxHandshakes = 4;
    settings.dtls.maxHandshakesPerHost = 4;
    Scene scene{{}, settings};
    scene.own(kRfnop);
    for (int i = 0; i < 40; ++i) {
        auto& session = scene.owner();
        EXPECT_EQ(session->get(kPstat).code, "2.05") << "the newest gets in";
        scene.network.advance(10ms);
        EXPECT_LE(scene.device.sessions(), 8U);
    }
    for (int i = 0; i < 40; ++i) { // and half-open ones behind a valid cookie
        auto& half = scene.other.beginHandshake(pskClient(kOwner.raw(), scene.onboarding.ownerKey()->view()));
        scene.network.fate = [&](const Packet& packet) {
            return Fate{packet.to == half.local() && !startsWithHandshake(packet.octets, kHelloVerifyRequest) ? 0U
                                                                                                              : 1U};
        };
        scene.network.settle();
        half.vanish();
        if (auto* inside = scene.device.insideIfThere()) {
            EXPECT_LE(inside->device().associations(), 12U);
        }
    }
    scene.network.fate = [](const Packet&) { return Fate{}; };
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
}

TEST(Conformance, DT_10_same_port_reconnect) {
    Scene scene;
    scene.own(kRfnop);
    const auto key = copyOf(scene.onboarding.ownerKey()->view());
    auto& first = scene.tool.connectPsk(kOwner, key, 53000);
    EXPECT_EQ(first->get(kPstat).code, "2.05");
    for (int i = 0; i < 3; ++i) {
        first.vanish();
        auto& again = scene.tool.connectPsk(kOwner, key, 53000);
        ASSERT_TRUE(again.established());
        EXPECT_EQ(again->get(kPstat).code, "2.05");
        again.vanish();
    }
    EXPECT_TRUE(hasSessions(scene, 1)) << "the old ones are gone";
}

} // namespace ocfsecd::test::conformance
