#include "tools/obt/own_steps.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

Doxm unownedDoxm() {
    Doxm out;
    out.oxms = {0, 1};
    out.sct = 9;
    return out;
}
Pstat waitingPstat() {
    Pstat out;
    out.state = 1;
    out.sm = 4;
    return out;
}

} // namespace

TEST(CheckOwnable, ADeviceThatWaitsIsFine) {
    EXPECT_TRUE(checkOwnable(unownedDoxm(), waitingPstat()));
}

TEST(CheckOwnable, EachMissingConditionIsNamed) {
    const auto why = [](auto change) {
        auto doxm = unownedDoxm();
        auto pstat = waitingPstat();
        change(doxm, pstat);
        const auto result = checkOwnable(doxm, pstat);
        return result ? std::string{} : result.failure().what;
    };
    using D = Doxm&;
    using P = Pstat&;
    EXPECT_NE(why([](D d, P) { d.owned = true; }).find("owned already"), std::string::npos);
    EXPECT_NE(why([](D d, P) { d.sct = 8; }).find("sct"), std::string::npos);
    EXPECT_NE(why([](D, P p) { p.sm = 3; }).find("sm"), std::string::npos);
    EXPECT_NE(why([](D, P p) { p.state = 2; }).find("RFPRO"), std::string::npos);
    EXPECT_NE(why([](D, P p) { p.pending = true; }).find("working"), std::string::npos);
}

} // namespace ocfsecd::obt
