#include "ocf/certificate_choice.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::ocf;

namespace {

const auto kOld = svr::CredId{1}, kNew = svr::CredId{2}, kNewer = svr::CredId{3};
const Address kPeer = Address::v4({192, 0, 2, 1}, 50000);
const Address kOther = Address::v4({192, 0, 2, 2}, 50000);
const svr::WallTime kNow{std::chrono::hours{500000}}, kPast = kNow - std::chrono::hours{1},
                                                      kFuture = kNow + std::chrono::hours{1};

OwnCertificate made(svr::CredId id, bool proven, svr::WallTime notBefore = kPast, svr::WallTime notAfter = kFuture) {
    return {id, proven, notBefore, notAfter};
}

} // namespace

TEST(CertificateChoice, HasNothingToChooseFromNothing) {
    EXPECT_FALSE(CertificateChoice{}.choose({}, kPeer, kNow));
}

TEST(CertificateChoice, TheNewOneIsPresentedFirst) {
    const CertificateChoice choice;
    const OwnCertificate own[] = {made(kOld, true), made(kNew, false)};
    EXPECT_EQ(choice.choose(own, kPeer, kNow), 1U);
}

TEST(CertificateChoice, AnOlderProvenOneIsTheFallbackForTheHostItFailedWith) {
    CertificateChoice choice;
    const OwnCertificate own[] = {made(kOld, true), made(kNew, false)};
    choice.failed(kPeer, kNew);
    EXPECT_EQ(choice.choose(own, kPeer, kNow), 0U);
    EXPECT_EQ(choice.choose(own, kPeer.withPort(50001), kNow), 0U) << "from any port";
    EXPECT_EQ(choice.choose(own, kOther, kNow), 1U) << "others are still shown the new one";
    choice.failed(kPeer, kOld);
    EXPECT_EQ(choice.choose(own, kPeer, kNow), 1U) << "neither will do: the new one has its turn again";
}

TEST(CertificateChoice, OnceProvenTheNewOneStays) {
    CertificateChoice choice;
    const OwnCertificate own[] = {made(kOld, true), made(kNew, true)};
    choice.failed(kPeer, kNew);
    EXPECT_EQ(choice.choose(own, kPeer, kNow), 1U);
}

TEST(CertificateChoice, WhatNeverWorkedIsNoFallback) {
    CertificateChoice choice;
    choice.failed(kPeer, kNewer);
    const OwnCertificate unproven[] = {made(kOld, false), made(kNew, false), made(kNewer, false)};
    EXPECT_EQ(choice.choose(unproven, kPeer, kNow), 2U);
    const OwnCertificate one[] = {made(kOld, true), made(kNew, false), made(kNewer, false)};
    EXPECT_EQ(choice.choose(one, kPeer, kNow), 0U);
}

TEST(CertificateChoice, AFailureOfAnEarlierCertificateSaysNothing) {
    CertificateChoice choice;
    choice.failed(kPeer, kNew);
    const OwnCertificate own[] = {made(kOld, true), made(kNew, false), made(kNewer, false)};
    EXPECT_EQ(choice.choose(own, kPeer, kNow), 2U);
}

TEST(CertificateChoice, RemembersBoundedlyManyHosts) {
    CertificateChoice choice;
    const OwnCertificate own[] = {made(kOld, true), made(kNew, false)};
    choice.failed(kPeer, kNew);
    for (std::size_t i = 0; i < kMaxRememberedHosts; ++i)
        choice.failed(Address::v4({198, 51, 100, static_cast<std::uint8_t>(i)}, 1), kNew);
    EXPECT_EQ(choice.choose(own, kPeer, kNow), 1U) << "the oldest is forgotten";
    EXPECT_EQ(choice.choose(own, Address::v4({198, 51, 100, 0}, 2), kNow), 0U);
}

TEST(CertificateChoice, WhatIsNotValidNowIsNotShownWhileThereIsAnother) {
    CertificateChoice choice;
    const OwnCertificate expired[] = {made(kOld, true), made(kNew, true, kPast, kNow - std::chrono::seconds{1})};
    EXPECT_EQ(choice.choose(expired, kPeer, kNow), 0U) << "though it is newer and has worked";
    const OwnCertificate early[] = {made(kOld, true), made(kNew, false, kNow + std::chrono::seconds{1})};
    EXPECT_EQ(choice.choose(early, kPeer, kNow), 0U);
    EXPECT_EQ(choice.choose(early, kPeer, kNow + std::chrono::seconds{1}), 1U) << "its time has come";
    const OwnCertificate none[] = {made(kOld, true, kPast, kPast), made(kNew, true, kPast, kPast)};
    EXPECT_EQ(choice.choose(none, kPeer, kNow), 1U) << "the peer judges by its own clock";
}
