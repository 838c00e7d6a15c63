#include "tools/obt/own_request.h"

#include "support/certificates.h"
#include "temporary_directory.h"
#include "tools/obt/certificate_request.h"
#include "tools/obt/private_file.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

const svr::WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};
constexpr std::chrono::days kDays{365};

/// One home with a CA, one without.
struct TwoHomes : ::testing::Test {
    TemporaryDirectory there, here;
    SystemRandom random;
    Authority authority = *Authority::create(there.path(), "Garden CA", kNow, random);
    Home home = *Home::open(here.path(), random);
    fs::path waiting = here.path() / "request.pem", inForce = here.path() / "certificate.pem";

    std::string request(RequestKey which = RequestKey::same) {
        const auto pem = requestCertificate(home, which);
        EXPECT_TRUE(pem) << pem.failure().what;
        return pem ? *pem : std::string{};
    }
    std::string issue(const std::string& pem) {
        const auto subject = readCertificateRequest(pem);
        EXPECT_TRUE(subject) << subject.failure().what;
        return svr::toPem(authority.certify(*subject, kNow, kDays, random)->der) + svr::toPem(authority.root().der);
    }
    Reason refused(const std::string& pem) {
        const auto taken = acceptCertificate(home, pem, kNow);
        EXPECT_FALSE(taken);
        return taken ? Reason::internal : taken.failure().reason;
    }
};

} // namespace

TEST_F(TwoHomes, ACertificateComesForTheKeyThatStayedHere) {
    const auto pem = request();
    const auto read = test::readRequest(pem);
    ASSERT_TRUE(read) << "for a reader of the test's own";
    EXPECT_EQ(read->subject, "CN=uuid:" + home.identity().uuid.text());
    EXPECT_EQ(pem.find("PRIVATE"), pem.npos);
    EXPECT_EQ(fs::status(waiting).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(readCertificateRequest(request())->key, read->key) << "the same key when asked again";
    const auto taken = acceptCertificate(home, issue(pem), kNow);
    ASSERT_TRUE(taken) << taken.failure().what;
    EXPECT_FALSE(fs::exists(waiting));
    const auto own = OwnCertificate::obtain(home, kNow, random);
    ASSERT_TRUE(own) << own.failure().what;
    EXPECT_EQ(own->certificate(), *taken);
    EXPECT_EQ(own->root(), authority.root());
    EXPECT_TRUE(own->shown().sign(Bytes(32, 7)));
}

TEST_F(TwoHomes, ARenewalKeepsTheKeyAndANewKeyIsNew) {
    const auto first = acceptCertificate(home, issue(request()), kNow);
    ASSERT_TRUE(first);
    const auto renewed = acceptCertificate(home, issue(request()), kNow);
    ASSERT_TRUE(renewed);
    EXPECT_EQ(renewed->key, first->key);
    const auto fresh = request(RequestKey::fresh);
    EXPECT_NE(readCertificateRequest(fresh)->key, *first->key);
    EXPECT_EQ(OwnCertificate::obtain(home, kNow, random)->certificate(), *renewed) << "until the new one comes";
    EXPECT_TRUE(acceptCertificate(home, issue(fresh), kNow));
}

TEST_F(TwoHomes, WhatIsNotOursOrDoesNotHoldChangesNothing) {
    EXPECT_EQ(refused(issue(test::requestFor(home.identity().uuid, test::TestKey{}))), Reason::precondition)
        << "for no key of this home";
    const auto good = issue(request());
    const auto ders = *svr::readPem(good);
    EXPECT_EQ(refused(issue(test::requestFor(*Uuid::parse("22222222-2222-4222-8222-222222222222"), test::TestKey{}))),
              Reason::foreignState);
    for (const auto& bad : {std::string{}, std::string{"hello"}, svr::toPem(ders[0]), svr::toPem(ders[1]), good + good})
        EXPECT_EQ(refused(bad), Reason::usage) << bad;
    const auto namesake = test::issue(test::authority("CN=Garden CA"));
    EXPECT_EQ(refused(svr::toPem(ders[0]) + svr::toPem(namesake.der)), Reason::precondition);
    EXPECT_EQ(refused(svr::toPem(ders[1]) + svr::toPem(ders[0])), Reason::precondition) << "the wrong way round";
    EXPECT_EQ(acceptCertificate(home, good, kNow + kDays + kDays).failure().reason, Reason::precondition) << "expired";
    EXPECT_FALSE(fs::exists(inForce));
    EXPECT_TRUE(acceptCertificate(home, good, kNow));
}

TEST_F(TwoHomes, AHomeWithACaNeedsNone) {
    const auto good = issue(request());
    ASSERT_TRUE(Authority::create(here.path(), "Own CA", kNow, random));
    EXPECT_EQ(requestCertificate(home, RequestKey::same).failure().reason, Reason::configuration);
    EXPECT_EQ(refused(good), Reason::configuration);
}

TEST_F(TwoHomes, ADamagedKeyIsRefusedAndLeftAsItIs) {
    ASSERT_TRUE(writePrivateFile(waiting, viewOf("hello")));
    EXPECT_EQ(requestCertificate(home, RequestKey::same).failure().reason, Reason::stateCorrupt);
    EXPECT_EQ(textOf(readPrivateFile(waiting)->view()), "hello");
}

TEST_F(TwoHomes, TheCaGivesOneKeyToOneSubject) {
    const auto subject = *readCertificateRequest(request());
    ASSERT_TRUE(authority.certify(subject, kNow, kDays, random));
    EXPECT_TRUE(authority.checkKey(subject, kNow)) << "again: a renewal";
    const EndEntity other{*Uuid::parse("22222222-2222-4222-8222-222222222222"), subject.key};
    EXPECT_EQ(authority.checkKey(other, kNow).failure().reason, Reason::precondition);
    EXPECT_TRUE(authority.checkKey(other, kNow + kDays + kDays)) << "the other one has expired";
}

} // namespace ocfsecd::obt
