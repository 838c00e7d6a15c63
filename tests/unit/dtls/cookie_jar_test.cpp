#include "dtls/cookie_jar.h"

#include "hello.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Verdict = CookieJar::Verdict;

namespace {

class CookieJarTest : public ::testing::Test {
protected:
    Verdict verdict(const Address& from, ByteView hello) { return jar.verify(from, hello, now, prestate); }
    Bytes helloWithCookie(const Address& from) {
        HelloForm form;
        form.cookie = cookieOf(jar.request(from, makeHello(form), now));
        form.sequence = 1;
        return makeHello(form);
    }

    TimePoint now{std::chrono::hours{5}};
    SystemRandom random;
    CookieJar jar{random, now};
    gnutls_dtls_prestate_st prestate{};
    const Address peer = *Address::parse("192.0.2.1:1000");
};

} // namespace

TEST_F(CookieJarTest, AnAnsweredCookieIsValid) {
    EXPECT_EQ(verdict(peer, makeHello({})), Verdict::wanting);
    EXPECT_EQ(verdict(peer, helloWithCookie(peer)), Verdict::valid);
    EXPECT_EQ(prestate.hsk_read_seq, 1U);
}

TEST_F(CookieJarTest, ACookieBelongsToAddressAndPort) {
    const auto hello = helloWithCookie(peer);
    EXPECT_EQ(verdict(peer.withPort(1001), hello), Verdict::wanting);
    EXPECT_EQ(verdict(*Address::parse("192.0.2.2:1000"), hello), Verdict::wanting);
}

TEST_F(CookieJarTest, ACookieOutlivesOneRotationAndNotTwo) {
    const auto hello = helloWithCookie(peer);
    now += std::chrono::minutes{61};
    EXPECT_EQ(verdict(peer, hello), Verdict::valid);
    now += std::chrono::minutes{61};
    EXPECT_EQ(verdict(peer, hello), Verdict::wanting);
}

TEST_F(CookieJarTest, AnOldCookieDiesEvenIfNobodyCameMeanwhile) {
    const auto hello = helloWithCookie(peer);
    now += std::chrono::hours{2};
    EXPECT_EQ(verdict(peer, hello), Verdict::wanting);
}

TEST_F(CookieJarTest, TheAnswerIsSmallerThanTheQuestionAndBearsItsNumber) {
    const auto hello = handshakeRecord(*fromHex(kRecordedHello), 9);
    const auto answer = jar.request(peer, hello, now);
    EXPECT_LT(answer.size(), hello.size());
    ByteView rest{answer};
    EXPECT_EQ(nextRecord(rest)->sequence, 9U);
    EXPECT_EQ(cookieOf(answer).size(), 16U);
}

TEST_F(CookieJarTest, TruncatedHellosAreMalformed) {
    const auto hello = makeHello({});
    EXPECT_EQ(verdict(peer, ByteView{hello}.first(40)), Verdict::malformed);
}
