#include "svr/validity.h"

#include "svr/ace_codec.h"

#include <gtest/gtest.h>
#include <libical/ical.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;

namespace {

using namespace std::chrono;

WallTime at(int y, unsigned m, unsigned d, int hour = 0, int minute = 0, int second = 0) {
    return sys_days{year{y} / month{m} / day{d}} + hours{hour} + minutes{minute} + seconds{second};
}

bool within(const Validity& validity, WallTime time) {
    EXPECT_TRUE(checkValidity(validity)) << validity.period;
    return isWithin(std::span{&validity, 1}, time);
}

// 2026-01-05 is a Monday.
const Validity kOfficeHours{"20260105T080000Z/PT10H", {"RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}};

} // namespace

TEST(Validity, WithoutAnyItIsAlways) {
    EXPECT_TRUE(isWithin({}, at(1970, 1, 1)));
}

TEST(Validity, APeriodHoldsFromItsStartToBeforeItsEnd) {
    for (const char* period : {"20260105T080000Z/20260105T180000Z", "20260105T080000Z/PT10H"}) {
        const Validity validity{period, {}};
        EXPECT_FALSE(within(validity, at(2026, 1, 5, 7, 59, 59)));
        EXPECT_TRUE(within(validity, at(2026, 1, 5, 8)));
        EXPECT_TRUE(within(validity, at(2026, 1, 5, 17, 59, 59)));
        EXPECT_FALSE(within(validity, at(2026, 1, 5, 18)));
        EXPECT_FALSE(within(validity, at(2027, 1, 5, 9)));
    }
}

TEST(Validity, ARecurrenceRepeatsThePeriod) {
    EXPECT_FALSE(within(kOfficeHours, at(2026, 1, 4, 9))) << "before the first";
    EXPECT_FALSE(within(kOfficeHours, at(2026, 1, 2, 9))) << "a Friday before the first";
    EXPECT_TRUE(within(kOfficeHours, at(2026, 1, 5, 9)));
    EXPECT_TRUE(within(kOfficeHours, at(2026, 1, 9, 17, 59, 59)));
    EXPECT_FALSE(within(kOfficeHours, at(2026, 1, 9, 18))) << "after hours";
    EXPECT_FALSE(within(kOfficeHours, at(2026, 1, 10, 9))) << "a Saturday";
    EXPECT_TRUE(within(kOfficeHours, at(2026, 11, 25, 12))) << "a Wednesday";
    EXPECT_TRUE(within(kOfficeHours, at(2056, 1, 3, 12))) << "a Monday, thirty years on";
}

TEST(Validity, AnOccurrenceOverMidnightIsOne) {
    const Validity nights{"20260101T220000Z/PT8H", {"FREQ=DAILY"}};
    EXPECT_TRUE(within(nights, at(2026, 3, 2, 23)));
    EXPECT_TRUE(within(nights, at(2026, 3, 3, 5, 59, 59)));
    EXPECT_FALSE(within(nights, at(2026, 3, 3, 6)));
    EXPECT_FALSE(within(nights, at(2026, 1, 1, 5))) << "the night before the first";
}

TEST(Validity, UntilAndCountEndARecurrence) {
    const Validity until{"20260101T100000Z/PT1H", {"FREQ=DAILY;UNTIL=20260110T235959Z"}};
    EXPECT_TRUE(within(until, at(2026, 1, 10, 10, 30)));
    EXPECT_FALSE(within(until, at(2026, 1, 11, 10, 30)));
    const Validity count{"20260101T100000Z/PT1H", {"FREQ=DAILY;COUNT=3"}};
    EXPECT_TRUE(within(count, at(2026, 1, 3, 10, 30)));
    EXPECT_FALSE(within(count, at(2026, 1, 4, 10, 30)));
}

TEST(Validity, OneOfSeveralIsEnough) {
    const std::vector<Validity> two{{"20200101T000000Z/20210101T000000Z", {}},
                                    {"20260101T100000Z/PT1H", {"FREQ=YEARLY", "FREQ=DAILY;COUNT=2"}}};
    EXPECT_TRUE(isWithin(two, at(2020, 6, 1)));
    EXPECT_TRUE(isWithin(two, at(2030, 1, 1, 10, 30)));
    EXPECT_TRUE(isWithin(two, at(2026, 1, 2, 10, 30)));
    EXPECT_FALSE(isWithin(two, at(2026, 1, 3, 10, 30)));
}

TEST(Validity, AThingThatNeverComesIsNeverNow) {
    const Validity never{"19700101T000000Z/PT1H", {"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}};
    EXPECT_FALSE(within(never, at(2026, 2, 28)));
}

TEST(Validity, ARuleWithoutOccurrencesCostsNoSearch) {
    for (const char* rule : {"FREQ=MONTHLY;BYDAY=-53SU", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                             "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2"}) {
        const Validity never{"19700201T000000Z/PT1H", {rule}};
        ASSERT_TRUE(checkValidity(never)) << rule;
        const auto before = steady_clock::now();
        for (int i = 0; i < 100; ++i)
            EXPECT_FALSE(isWithin(std::span{&never, 1}, at(2026, 11, 25, 12))) << rule;
        EXPECT_LT(steady_clock::now() - before, 1s) << rule; // a search takes some seconds each time
    }
}

// The iterator of libical as the other opinion, where it has an occurrence to find.
TEST(Validity, RecursWhereLibicalSaysSo) {
    const auto utc = icaltimezone_get_utc_timezone();
    for (const char* rule : {"FREQ=DAILY",
                             "FREQ=DAILY;INTERVAL=3",
                             "FREQ=DAILY;BYMONTH=1,7;BYDAY=MO,FR",
                             "FREQ=DAILY;BYMONTHDAY=1,15",
                             "FREQ=WEEKLY",
                             "FREQ=WEEKLY;INTERVAL=2",
                             "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO",
                             "FREQ=WEEKLY;COUNT=30",
                             "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO",
                             "FREQ=WEEKLY;BYMONTH=3;BYDAY=TU",
                             "FREQ=MONTHLY",
                             "FREQ=MONTHLY;INTERVAL=5",
                             "FREQ=MONTHLY;BYMONTHDAY=31",
                             "FREQ=MONTHLY;BYMONTHDAY=-2,15",
                             "FREQ=MONTHLY;BYDAY=2TU,-1FR",
                             "FREQ=MONTHLY;BYDAY=SA",
                             "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
                             "FREQ=MONTHLY;BYMONTH=6,8;BYDAY=1MO",
                             "FREQ=YEARLY",
                             "FREQ=YEARLY;INTERVAL=2",
                             "FREQ=YEARLY;BYMONTH=2,5",
                             "FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=-3",
                             "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
                             "FREQ=YEARLY;BYDAY=20MO,-1SU",
                             "FREQ=YEARLY;BYDAY=WE",
                             "FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
                             "FREQ=DAILY;UNTIL=20260710T080000Z",
                             "FREQ=MONTHLY;COUNT=7;BYMONTHDAY=31"}) {
        const Validity validity{"20260105T080000Z/PT1H", {rule}};
        ASSERT_TRUE(checkValidity(validity)) << rule;
        auto* occurrences =
            icalrecur_iterator_new(icalrecurrencetype_from_string(rule), icaltime_from_string("20260105T080000Z"));
        ASSERT_NE(occurrences, nullptr) << rule;
        auto next = icalrecur_iterator_next(occurrences);
        for (auto day = at(2026, 1, 5, 8, 30); day < at(2032, 1, 1); day += days{1}) {
            while (!icaltime_is_null_time(next) &&
                   icaltime_as_timet_with_zone(next, utc) + 3600 <= day.time_since_epoch().count())
                next = icalrecur_iterator_next(occurrences);
            const bool expected = !icaltime_is_null_time(next) &&
                                  icaltime_as_timet_with_zone(next, utc) <= day.time_since_epoch().count();
            EXPECT_EQ(isWithin(std::span{&validity, 1}, day), expected)
                << rule << " at " << day.time_since_epoch().count();
        }
        icalrecur_iterator_free(occurrences);
    }
}

TEST(Validity, WhatWouldNotBeHonouredIsRefused) {
    for (const char* period :
         {"", "20260105T080000Z", "/", "20260105T080000/PT1H", "20260105T080000Z/", "20260105T080000Z/PT0S",
          "20260105T080000Z/-PT1H", "20260105T080000Z/20260105T080000Z", "20260105T080000Z/20260104T080000Z",
          "20261305T080000Z/PT1H", "20260230T000000Z/PT1H", "20260105T250000Z/PT1H", "20260105T080000Z/PT",
          "20260105T080000Z/P1X", "00010105T080000Z/PT1H", "TZID=X:20260105T080000Z/PT1H"})
        EXPECT_FALSE(checkValidity({period, {}})) << period;
    for (const char* rule : {"",
                             "RRULE:",
                             "FREQ=SECONDLY",
                             "FREQ=MINUTELY",
                             "FREQ=HOURLY",
                             "FREQ=NEVER",
                             "BYDAY=MO",
                             "FREQ=DAILY;COUNT=1001",
                             "FREQ=DAILY;COUNT=-1",
                             "FREQ=DAILY;INTERVAL=0",
                             "FREQ=DAILY;BYDAY=XX",
                             "FREQ=DAILY;UNTIL=tomorrow",
                             "FREQ=DAILY;UNTIL=20270101",
                             "FREQ=DAILY;UNTIL=20270101T000000",
                             "FREQ=MONTHLY;BYSETPOS=2",
                             "FREQ=DAILY;BYHOUR=4",
                             "FREQ=YEARLY;BYYEARDAY=366",
                             "FREQ=YEARLY;BYWEEKNO=53",
                             "FREQ=DAILY;BYDAY=1MO",
                             "FREQ=WEEKLY;BYMONTHDAY=3",
                             "FREQ=YEARLY;COUNT=22",
                             "FREQ=YEARLY;BYMONTHDAY=10",
                             "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L"})
        EXPECT_FALSE(checkValidity({"20260105T080000Z/PT1H", {rule}})) << rule;
    EXPECT_FALSE(checkValidity({"20260105T080000Z/PT1H", {"FREQ=DAILY;BYDAY=" + std::string(300, 'M')}}));
    EXPECT_FALSE(checkValidity({"20260105T080000Z/P367D", {"FREQ=YEARLY"}}));
    const std::string behindIt{"\0\xff", 2};
    EXPECT_FALSE(checkValidity({"20260105T080000Z/PT1H" + behindIt, {}}));
    EXPECT_FALSE(checkValidity({"20260105T080000Z/PT1H", {"FREQ=DAILY" + behindIt}}));
}

TEST(Validity, AnAceKeepsItsTextsAsSent) {
    const cbor::Value wanted =
        cbor::Map{{"subject", cbor::Map{{"conntype", "auth-crypt"}}},
                  {"permission", 2},
                  {"resources", cbor::Array{cbor::Value{cbor::Map{{"href", "/oic/d"}}}}},
                  {"validity", cbor::Array{cbor::Value{cbor::Map{
                                   {"period", kOfficeHours.period},
                                   {"recurrence", cbor::Array{cbor::Value{kOfficeHours.recurrence.front()}}}}}}}};
    const auto read = readAce(wanted);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->ace.validity, std::vector<Validity>{kOfficeHours});
    auto stored = read->ace;
    stored.id = AceId{1};
    const auto again = readAce(representation(stored));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->ace.validity, read->ace.validity);
}
