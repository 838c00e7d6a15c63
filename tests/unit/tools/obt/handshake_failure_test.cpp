#include "tools/obt/handshake_failure.h"

#include "tools/obt/exit_code.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

using Cause = dtls::Close::Cause;
const Address kPeer = Address::v4({192, 0, 2, 10}, 5684);

Failure explained(Cause cause, std::optional<std::uint8_t> alert, Proof proof, bool heard = true, Failure why = {}) {
    return explainHandshake({cause, alert, std::move(why)}, kPeer, heard, proof);
}
bool says(const Failure& failure, std::string_view part) {
    return (failure.what + "; " + failure.next).find(part) != std::string::npos;
}

} // namespace

TEST(FailedHandshake, WhoDoesNotAnswerIsUnreachableWhateverWasTried) {
    for (const auto proof : {Proof::none, Proof::key, Proof::pin, Proof::certificate})
        EXPECT_EQ(exitFor(explained(Cause::timedOut, std::nullopt, proof, false).reason), Exit::unreachable);
}

TEST(FailedHandshake, AWrongPinIsCalledSo) {
    for (const auto alert : {dtls::alert::badRecordMac, dtls::alert::decryptError}) {
        const auto failure = explained(Cause::peerAlert, alert, Proof::pin);
        EXPECT_EQ(exitFor(failure.reason), Exit::authentication);
        EXPECT_TRUE(says(failure, "wrong PIN")) << failure.what;
        EXPECT_TRUE(says(failure, "new PIN")) << failure.next;
    }
    EXPECT_TRUE(says(explained(Cause::timedOut, std::nullopt, Proof::pin), "wrong PIN or lost packets"));
    EXPECT_FALSE(says(explained(Cause::peerAlert, dtls::alert::badRecordMac, Proof::key), "PIN"));
}

TEST(FailedHandshake, AnotherKeyAndNoKeyAreToldApart) {
    EXPECT_TRUE(says(explained(Cause::peerAlert, dtls::alert::decryptError, Proof::key), "another key"));
    const auto unknown = explained(Cause::peerAlert, dtls::alert::unknownPskIdentity, Proof::key);
    EXPECT_EQ(unknown.reason, Reason::unknownPskIdentity);
    EXPECT_TRUE(says(unknown, "no credential"));
}

TEST(FailedHandshake, ABadCertificateKeepsItsReasonAndRemedy) {
    const auto failure = explained(Cause::handshakeFailed, dtls::alert::badCertificate, Proof::certificate, true,
                                   {Reason::handshakeFailed, "no anchor", "use --trust"});
    EXPECT_EQ(exitFor(failure.reason), Exit::authentication);
    EXPECT_TRUE(says(failure, "no anchor"));
    EXPECT_TRUE(says(failure, "use --trust"));
}

TEST(FailedHandshake, ACertificateTheDeviceDoesNotTakeIsCalledSo) {
    for (const auto alert : std::initializer_list<std::uint8_t>{42, 43, 44, 45, 46, 48}) {
        const auto failure = explained(Cause::peerAlert, alert, Proof::certificate);
        EXPECT_EQ(exitFor(failure.reason), Exit::authentication);
        EXPECT_TRUE(says(failure, "does not take this identity's certificate")) << failure.what;
        EXPECT_TRUE(says(failure, "ocf-obt certify"));
        EXPECT_FALSE(says(explained(Cause::peerAlert, alert, Proof::key), "certify")) << "none was shown";
    }
}

} // namespace ocfsecd::obt
