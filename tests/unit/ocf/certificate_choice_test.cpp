#include "ocf/certificate_choice.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::ocf;

namespace {

const auto kOld = svr::CredId{1}, kNew = svr::CredId{2}, kNewer = svr::CredId{3};
const Address kPeer = Address::v4({192, 0, 2, 1}, 50000);
const Address kOther = Address::v4({192, 0, 2, 2}, 50000);

} // namespace

TEST(CertificateChoice, HasNothingToChooseFromNothing) {
    EXPECT_FALSE(CertificateChoice{}.choose({}, kPeer));
}

TEST(CertificateChoice, TheNewOneIsPresentedFirst) {
    const CertificateChoice choice;
    const OwnCertificate own[] = {{kOld, true}, {kNew, false}};
    EXPECT_EQ(choice.choose(own, kPeer), 1U);
}

TEST(CertificateChoice, AnOlderProvenOneIsTheFallbackForTheHostItFailedWith) {
    CertificateChoice choice;
    const OwnCertificate own[] = {{kOld, true}, {kNew, false}};
    choice.failed(kPeer, kNew);
    EXPECT_EQ(choice.choose(own, kPeer), 0U);
    EXPECT_EQ(choice.choose(own, kPeer.withPort(50001)), 0U) << "from any port";
    EXPECT_EQ(choice.choose(own, kOther), 1U) << "others are still shown the new one";
    choice.failed(kPeer, kOld);
    EXPECT_EQ(choice.choose(own, kPeer), 1U) << "neither will do: the new one has its turn again";
}

TEST(CertificateChoice, OnceProvenTheNewOneStays) {
    CertificateChoice choice;
    const OwnCertificate own[] = {{kOld, true}, {kNew, true}};
    choice.failed(kPeer, kNew);
    EXPECT_EQ(choice.choose(own, kPeer), 1U);
}

TEST(CertificateChoice, WhatNeverWorkedIsNoFallback) {
    CertificateChoice choice;
    choice.failed(kPeer, kNewer);
    const OwnCertificate unproven[] = {{kOld, false}, {kNew, false}, {kNewer, false}};
    EXPECT_EQ(choice.choose(unproven, kPeer), 2U);
    const OwnCertificate one[] = {{kOld, true}, {kNew, false}, {kNewer, false}};
    EXPECT_EQ(choice.choose(one, kPeer), 0U);
}

TEST(CertificateChoice, AFailureOfAnEarlierCertificateSaysNothing) {
    CertificateChoice choice;
    choice.failed(kPeer, kNew);
    const OwnCertificate own[] = {{kOld, true}, {kNew, false}, {kNewer, false}};
    EXPECT_EQ(choice.choose(own, kPeer), 2U);
}

TEST(CertificateChoice, RemembersBoundedlyManyHosts) {
    CertificateChoice choice;
    const OwnCertificate own[] = {{kOld, true}, {kNew, false}};
    choice.failed(kPeer, kNew);
    for (std::size_t i = 0; i < kMaxRememberedHosts; ++i)
        choice.failed(Address::v4({198, 51, 100, static_cast<std::uint8_t>(i)}, 1), kNew);
    EXPECT_EQ(choice.choose(own, kPeer), 1U) << "the oldest is forgotten";
    EXPECT_EQ(choice.choose(own, Address::v4({198, 51, 100, 0}, 2)), 0U);
}
