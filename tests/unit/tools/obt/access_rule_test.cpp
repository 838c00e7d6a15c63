#include "tools/obt/access_rule.h"

#include "svr/ace_codec.h"

#include <functional>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

constexpr auto kPeriod = "20261201T080000Z/20261201T180000Z";

RuleText rule() {
    RuleText out;
    out.subject = "auth-crypt";
    out.hrefs = {"/pump"};
    out.permission = "RU";
    return out;
}

/// What a device reads of the entry that is sent.
svr::Ace sent(const RuleText& text) {
    const auto entry = readRule(text);
    EXPECT_TRUE(entry) << (entry ? "" : entry.failure().what);
    return svr::readAce(aceValue(*entry))->ace;
}

} // namespace

TEST(AccessRule, EachSubjectArrivesAsWritten) {
    EXPECT_EQ(sent(rule()).subject, svr::AceSubject{svr::ConnType::authCrypt});
    auto text = rule();
    text.subject = "11111111-1111-4111-8111-111111111111";
    EXPECT_EQ(sent(text).subject, svr::AceSubject{*Uuid::parse(text.subject)});
    text.subject.clear();
    text.role = "watering";
    EXPECT_EQ(sent(text).subject, (svr::AceSubject{svr::RoleId{"watering", std::nullopt}}));
    EXPECT_EQ(subjectText(*readRule(text)), "role watering");
    text.authority = "Garden CA";
    EXPECT_EQ(sent(text).subject, (svr::AceSubject{svr::RoleId{"watering", "Garden CA"}}));
    EXPECT_EQ(subjectText(*readRule(text)), "role watering of Garden CA");
}

TEST(AccessRule, WithoutAPeriodItIsAlwaysValid) {
    EXPECT_TRUE(sent(rule()).validity.empty());
    EXPECT_EQ(aceValue(*readRule(rule())).find("validity"), nullptr);
}

TEST(AccessRule, PeriodAndRecurrencesArriveAsWritten) {
    auto text = rule();
    text.valid = kPeriod;
    EXPECT_EQ(sent(text).validity, (std::vector<svr::Validity>{{kPeriod, {}}}));
    text.recurrences = {"FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3"};
    EXPECT_EQ(sent(text).validity, (std::vector<svr::Validity>{{kPeriod, text.recurrences}}));
    text.valid = "20261201T080000Z/PT10H";
    EXPECT_EQ(sent(text).validity.front().period, text.valid);
}

TEST(AccessRule, TheFormWithHyphensAndColonsIsTheSamePeriod) {
    EXPECT_EQ(periodText("2026-12-01T08:00:00Z/2026-12-01T18:00:00Z"), kPeriod);
    EXPECT_EQ(periodText("2026-12-01T08:00:00Z/PT10H"), "20261201T080000Z/PT10H");
    for (const auto* other : {"20261201T080000Z/-PT10H", "2026-12-01/2026-12-02", "2026-12-01T08:00:00+01:00/PT1H", ""})
        EXPECT_EQ(periodText(other), other) << "nothing is made of it";
}

TEST(AccessRule, EachWrongOneIsRefusedByItsOption) {
    struct Wrong {
        std::function<void(RuleText&)> make;
        std::string_view says;
    };
    const std::vector<Wrong> all{
        {[](RuleText& r) { r.subject.clear(); }, "--role"},
        {[](RuleText& r) { r.role = "x"; }, "not both"},
        {[](RuleText& r) { r.authority = "x"; }, "--authority"},
        {[](RuleText& r) { r.subject = "somebody"; }, "--subject"},
        {[](RuleText& r) { r.subject = "00000000-0000-0000-0000-000000000000"; }, "--subject"},
        {[](RuleText& r) {
             r.subject.clear();
             r.role = std::string(65, 'x');
         },
         "role"},
        {[](RuleText& r) { r.hrefs.clear(); }, "--href"},
        {[](RuleText& r) { r.hrefs = {"pump"}; }, "--href"},
        {[](RuleText& r) { r.hrefs = {"/" + std::string(300, 'x')}; }, "href"},
        {[](RuleText& r) { r.permission = "X"; }, "--permission"},
        {[](RuleText& r) { r.recurrences = {"FREQ=DAILY"}; }, "--valid"},
        {[](RuleText& r) { r.valid = "tomorrow"; }, "--valid"},
        {[](RuleText& r) { r.valid = "20261201T080000/20261201T180000"; }, "UTC"},
        {[](RuleText& r) { r.valid = "20261201T180000Z/20261201T080000Z"; }, "--valid"},
        {[](RuleText& r) { r.valid = "20261301T080000Z/PT1H"; }, "--valid"},
        {[](RuleText& r) { r.valid = "20261201T080000Z/-PT1H"; }, "--valid"},
        {[](RuleText& r) {
             r.valid = kPeriod;
             r.recurrences = {"FREQ=SECONDLY"};
         },
         "--recurrence"},
        {[](RuleText& r) {
             r.valid = kPeriod;
             r.recurrences = {"FREQ=DAILY", "nonsense"};
         },
         "nonsense"},
        {[](RuleText& r) {
             r.valid = kPeriod;
             r.recurrences = {""};
         },
         "--recurrence"},
        {[](RuleText& r) {
             r.valid = kPeriod;
             r.recurrences.assign(9, "FREQ=DAILY");
         },
         "a device would refuse"},
    };
    for (const auto& wrong : all) {
        auto text = rule();
        wrong.make(text);
        const auto read = readRule(text);
        ASSERT_FALSE(read) << wrong.says;
        EXPECT_EQ(read.failure().reason, Reason::usage);
        const auto said = read.failure().what + "; " + read.failure().next;
        EXPECT_NE(said.find(wrong.says), std::string::npos) << said;
    }
}

} // namespace ocfsecd::obt
