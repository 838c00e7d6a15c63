#include "tools/obt/target.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

const std::vector<Candidate> kDevices{
    {*Uuid::parse("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1"), "gateway"},
    {*Uuid::parse("ab034911-2f08-4ed9-5a4b-5d6961cec6a1"), "lamp"},
    {*Uuid::parse("c7a98148-04d5-4389-401d-d0a1d57d9a6e"), "lamp"},
    {*Uuid::parse("d0000000-04d5-4389-401d-d0a1d57d9a6e"), "ab0349"},
};

Result<std::size_t> pick(std::string_view text) {
    const auto target = parseTarget(text);
    return target ? choose(*target, kDevices) : Result<std::size_t>{target.failure()};
}

} // namespace

TEST(Target, AUuidNamesOneDeviceInEitherCase) {
    EXPECT_EQ(*pick("C7A98148-04D5-4389-401D-D0A1D57D9A6E"), 2U);
}

TEST(Target, AUniqueBeginningNamesOneDevice) {
    EXPECT_EQ(*pick("ab0349b"), 0U);
    EXPECT_EQ(*pick("C7A9"), 2U);
}

TEST(Target, AnAmbiguousBeginningIsAChoiceThatListsTheDevices) {
    const auto chosen = pick("ab0349");
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.failure().reason, Reason::limitReached);
    EXPECT_NE(chosen.failure().what.find(kDevices[0].device.text()), std::string::npos);
    EXPECT_NE(chosen.failure().what.find(kDevices[1].device.text()), std::string::npos);
}

TEST(Target, AShortBeginningIsOnlyAName) {
    EXPECT_EQ(pick("c7a").failure().reason, Reason::notFound);
}

TEST(Target, ANameNamesOneDeviceOrIsAChoice) {
    EXPECT_EQ(*pick("gateway"), 0U);
    EXPECT_EQ(pick("lamp").failure().reason, Reason::limitReached);
    EXPECT_EQ(pick("door").failure().reason, Reason::notFound);
}

TEST(Target, AnAddressIsParsedWithDefaultPorts) {
    const auto clear = parseTarget("coap://192.0.2.1");
    ASSERT_TRUE(clear);
    EXPECT_EQ(std::get<Endpoint>(*clear).address.text(), "192.0.2.1:5683");
    const auto secure = parseTarget("coaps://[2001:db8::1]");
    ASSERT_TRUE(secure);
    EXPECT_EQ(std::get<Endpoint>(*secure).address.text(), "[2001:db8::1]:5684");
    EXPECT_TRUE(std::get<Endpoint>(*secure).secure);
}

TEST(Target, BadAddressesAndNothingAreUsageErrors) {
    for (const auto* text : {"", "coap://", "coap://host.example", "http://192.0.2.1", "coap://192.0.2.1:0",
                             "coap://192.0.2.1:99999", "coaps+tcp://192.0.2.1:5684"})
        EXPECT_EQ(parseTarget(text).failure().reason, Reason::usage) << text;
}

} // namespace ocfsecd::obt
