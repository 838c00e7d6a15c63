#include "tools/obt/link.h"

#include "tools/obt/requests.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

TEST(Pace, AllowsAShortBurstThenOneRequestPerInterval) {
    Pace pace{{8, 100ms}};
    const TimePoint start{1h};
    for (int i = 0; i < 8; ++i)
        EXPECT_EQ(pace.next(start), start) << i;
    EXPECT_EQ(pace.next(start), start + 100ms);
    EXPECT_EQ(pace.next(start + 100ms), start + 200ms);
}

TEST(Pace, NoSecondEverHasTheTwentyRequestsThatSilenceSmallDevices) {
    Pace pace{{}};
    std::vector<TimePoint> sent;
    TimePoint now{1h};
    for (int i = 0; i < 200; ++i) {
        now = pace.next(now);
        sent.push_back(now);
    }
    for (const auto from : sent)
        EXPECT_LT(std::ranges::count_if(sent, [&](TimePoint t) { return t >= from && t < from + 1s; }), 20);
}

TEST(Pace, IdleTimeRestoresTheBurstButNoMore) {
    Pace pace{{3, 100ms}};
    TimePoint now{1h};
    for (int i = 0; i < 10; ++i)
        now = pace.next(now);
    now += 1h;
    EXPECT_EQ(pace.next(now), now);
    EXPECT_EQ(pace.next(now), now);
    EXPECT_EQ(pace.next(now), now);
    EXPECT_EQ(pace.next(now), now + 100ms);
}

TEST(Dialect, TheOlderOneHasFormat60AndNoOcfOptions) {
    const auto older = inDialect(makePost("/x", cbor::Map{}), Dialect::oic);
    EXPECT_EQ(older.accept, 60);
    EXPECT_EQ(older.contentFormat, 60);
    EXPECT_EQ(older.acceptVersion, std::nullopt);
    EXPECT_EQ(older.contentVersion, std::nullopt);
    EXPECT_EQ(inDialect(makeGet("/x"), Dialect::oic).contentFormat, std::nullopt);
    EXPECT_EQ(inDialect(makeGet("/x"), Dialect::ocf).accept, 10000);
}

TEST(Dialect, IsChangedOnlyByAnswersAboutTheFormat) {
    coap::Response response;
    for (const auto code : {coap::code::notAcceptable, coap::code::badOption, coap::code::unsupportedFormat}) {
        response.code = code;
        EXPECT_TRUE(wantsOlderDialect(response));
    }
    for (const auto code : {coap::code::content, coap::code::unauthorized, coap::code::badRequest}) {
        response.code = code;
        EXPECT_FALSE(wantsOlderDialect(response));
    }
}

} // namespace ocfsecd::obt
