#include "tools/obt/method.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

using Numbers = std::vector<std::int64_t>;
constexpr Means kNothing{}, kPin{true, false}, kRoots{false, true}, kBoth{true, true};

std::string chosen(const Numbers& offered, const Means& means, std::string_view wanted = "") {
    const auto method = chooseMethod(offered, methodNamed(wanted), means);
    return method ? std::string{(*method)->name} : method.failure().what;
}
Failure refused(const Numbers& offered, const Means& means, std::string_view wanted = "") {
    const auto method = chooseMethod(offered, methodNamed(wanted), means);
    return method ? Failure{} : method.failure();
}
bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST(Method, DerivationNamesAreThoseOfTheFacts) {
    EXPECT_EQ(methodNamed("just-works")->derivation, "oic.sec.doxm.jw");
    EXPECT_EQ(methodNamed("random-pin")->derivation, "oic.sec.doxm.rdp");
    EXPECT_EQ(methodNamed("manufacturer-certificate")->derivation, "oic.sec.doxm.mfgcert");
    EXPECT_EQ(methodNamed("confirmed-manufacturer-certificate")->derivation, "x.org.iotivity.conmfgcert");
    EXPECT_EQ(methodNamed("decap"), nullptr);
}

TEST(Method, TheStrongestThatBothHaveIsTaken) {
    const Numbers all{0, 1, 2, 0xff02};
    EXPECT_EQ(chosen(all, kNothing), "just-works");
    EXPECT_EQ(chosen(all, kPin), "random-pin");
    EXPECT_EQ(chosen(all, kRoots), "manufacturer-certificate");
    EXPECT_EQ(chosen(all, kBoth), "manufacturer-certificate");
    EXPECT_EQ(chosen({0, 1}, kBoth), "random-pin");
    EXPECT_EQ(chosen({0}, kBoth), "just-works");
    EXPECT_EQ(chosen({0, 0xff02}, kBoth), "confirmed-manufacturer-certificate");
}

TEST(Method, AWantedOneIsTakenOrRefusedButNeverReplaced) {
    EXPECT_EQ(chosen({0, 1, 2}, kBoth, "just-works"), "just-works");
    EXPECT_EQ(chosen({0, 1, 2}, kBoth, "random-pin"), "random-pin");
    const auto absent = refused({0}, kBoth, "random-pin");
    EXPECT_EQ(absent.reason, Reason::precondition);
    EXPECT_TRUE(says(absent.what, "it offers: just-works")) << absent.what;
    EXPECT_TRUE(says(absent.next, "PIN")) << absent.next;
    const auto unserved = refused({0, 2}, kPin, "manufacturer-certificate");
    EXPECT_EQ(unserved.reason, Reason::usage);
    EXPECT_TRUE(says(unserved.what, "--trust FILE")) << unserved.what;
}

TEST(Method, WhoBroughtMeansOfAuthenticationGetsNoMethodWithoutItUnasked) {
    const Means meant{false, true, true};
    const auto refusal = refused({0, 1}, meant);
    EXPECT_EQ(refusal.reason, Reason::precondition);
    EXPECT_TRUE(says(refusal.what, "it offers: just-works, random-pin")) << refusal.what;
    EXPECT_TRUE(says(refusal.next, "--method just-works")) << refusal.next;
    EXPECT_EQ(chosen({0, 1}, meant, "just-works"), "just-works");
    EXPECT_EQ(chosen({0, 2}, meant), "manufacturer-certificate");
}

TEST(Method, ARefusalSaysWhatWouldBeNeeded) {
    const auto both = refused({1, 2}, kNothing);
    EXPECT_EQ(both.reason, Reason::usage);
    EXPECT_TRUE(says(both.what, "--pin-file")) << both.what;
    EXPECT_TRUE(says(both.what, "--trust")) << both.what;
    const auto none = refused({}, kBoth);
    EXPECT_EQ(none.reason, Reason::precondition);
    EXPECT_TRUE(says(none.next, "onboarding window")) << none.next;
    EXPECT_TRUE(says(refused({3, 0xff01}, kBoth).what, "3, 0xff01"));
}

TEST(Method, AStrongerOneThatWasPassedOverIsNamed) {
    EXPECT_TRUE(says(strongerThan(*methodNamed("just-works"), {0, 1}), "random-pin"));
    EXPECT_TRUE(says(strongerThan(*methodNamed("random-pin"), {0, 1, 2}), "manufacturer-certificate"));
    EXPECT_EQ(strongerThan(*methodNamed("random-pin"), {0, 1}), "");
    EXPECT_EQ(strongerThan(*methodNamed("just-works"), {0}), "");
}

} // namespace ocfsecd::obt
