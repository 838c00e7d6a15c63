#include "ocf/core_resources.h"

#include <gtest/gtest.h>

namespace ocfsecd::ocf {

namespace {

svr::Reply post(const svr::DeviceState& state, const cbor::Value& body) {
    svr::Call call;
    call.method = coap::Method::post;
    call.body = &body;
    return configuration(state, call);
}

svr::DeviceState named(std::string name) {
    svr::DeviceState state;
    state.name = std::move(name);
    return state;
}

} // namespace

TEST(CoreResources, ConfigurationTakesAName) {
    const auto reply = post(named("old"), cbor::Map{{"n", "porch"}});
    EXPECT_EQ(reply.code, coap::code::changed);
    ASSERT_TRUE(reply.next);
    EXPECT_EQ(reply.next->name, "porch");
    EXPECT_EQ(getDevice(*reply.next, {}, {}).body->find("n")->text(), "porch");
    EXPECT_FALSE(post(named("porch"), cbor::Map{{"n", "porch"}}).next) << "no change, no commit";
}

TEST(CoreResources, ConfigurationRefusesWhatIsNoName) {
    const auto state = named("old");
    const cbor::Value bad[] = {cbor::Map{{"n", 7}},
                               cbor::Map{{"n", std::string(kMaxDeviceName + 1, 'x')}},
                               cbor::Map{{"n", "a\nb"}},
                               cbor::Map{{"n", cbor::Text{Bytes{0xff, 0xfe}}}},
                               cbor::Map{{"n", "x"}, {"loc", "here"}},
                               cbor::Map{{7, "x"}},
                               cbor::Array{},
                               "porch"};
    for (const auto& body : bad) {
        const auto reply = post(state, body);
        EXPECT_EQ(reply.code, coap::code::badRequest) << cbor::diagnostic(body);
        EXPECT_FALSE(reply.next);
        EXPECT_TRUE(reply.failure);
    }
    EXPECT_TRUE(post(state, cbor::Map{{"n", std::string(kMaxDeviceName, 'x')}}).next);
}

TEST(CoreResources, DeviceAndPlatformSayWhatTheMakerSays) {
    CoreProperties core;
    core.deviceType = "oic.d.light";
    core.manufacturer = "ACME";
    core.platformId = *Uuid::parse("11111111-2222-4333-8444-555555555555");
    svr::Call baseline;
    baseline.query = {"if=oic.if.baseline"};
    const auto device = getDevice(named("lamp"), core, baseline);
    EXPECT_EQ(cbor::diagnostic(*device.body->find("rt")), R"(["oic.wk.d", "oic.d.light"])");
    const auto platform = getPlatform(core, {});
    EXPECT_EQ(platform.body->find("pi")->text(), core.platformId.text());
    EXPECT_EQ(platform.body->find("mnmn")->text(), "ACME");
    EXPECT_EQ(platform.body->find("rt"), nullptr);
}

TEST(CoreResources, OptionalPropertiesAreThereWhenTheMakerSaysThem) {
    EXPECT_EQ(getDevice(named("lamp"), {}, {}).body->map()->size(), 5U);
    EXPECT_EQ(getPlatform({}, {}).body->map()->size(), 2U);
    CoreProperties core;
    for (const auto& property : optionalProperties())
        core.*property.value = "1";
    const auto device = getDevice(named("lamp"), core, {}), platform = getPlatform(core, {});
    for (const auto& property : optionalProperties()) {
        const auto& body = property.href == "/oic/d" ? device.body : platform.body;
        ASSERT_NE(body->find(property.name), nullptr) << property.name;
        EXPECT_EQ(body->find(property.name)->text(), "1");
    }
}

} // namespace ocfsecd::ocf
