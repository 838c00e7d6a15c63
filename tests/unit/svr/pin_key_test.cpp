#include "svr/pin_key.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;

TEST(Conformance, OT_10_pbkdf2_vector) {
    const auto device = Uuid::parse("a71c3000-5555-6666-7777-888888888888").value();
    EXPECT_EQ(toHex(derivePinKey("12345678", device).view()), "cd21f1230d0e2d40d1c022d2259955ef");
    EXPECT_EQ(toHex(derivePinKey("ABC123", device).view()), "98eb82f18f33d028f421b44aa0ab6f31");
}

TEST(PinKey, MatchesTheRecordedOnboarding) {
    const auto device = Uuid::parse("7186040b-953d-4c7b-531f-ca396af4b810").value();
    EXPECT_EQ(toHex(derivePinKey("12158948", device).view()), "7643d4214dac11585037064649a305c2");
    EXPECT_EQ(toHex(pinHint(device)), "6f69632e7365632e646f786d2e7264703a7186040b953d4c7b531fca396af4b810");
    EXPECT_EQ(kPinIdentity, "oic.sec.doxm.rdp");
}
