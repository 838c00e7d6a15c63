#include "dtls/ocf_suite/handshake.h"

#include "dtls/secrets_log.h"

namespace ocfsecd::dtls::ocf_suite {

Outcome Handshake::fail(std::uint8_t alert, std::string what, Reason reason, std::string next) {
    Outcome out;
    out.fault = Fault{alert, {reason, std::move(what), std::move(next)}};
    return out;
}

bool Handshake::derive(ByteView peerPoint, ByteView psk) {
    auto agreed = ephemeral_->agree(peerPoint);
    if (!agreed)
        return false;
    const auto premaster =
        suite_ == Suite::ecdhePskAes128CbcSha256 ? pskPremaster(agreed->view(), psk) : std::move(*agreed);
    master_ = extendedMasterSecret_ ? extendedMasterSecret(premaster.view(), transcript_.digest())
                                    : masterSecret(premaster.view(), clientRandom_, serverRandom_);
    keyBlock_ = ocf_suite::keyBlock(master_.view(), clientRandom_, serverRandom_);
    ephemeral_.reset();
    logSecrets(clientRandom_, master_.view(),
               {{"SERVER_RANDOM", serverRandom_}, {"PREMASTER", premaster.view()}, {"KEYBLOCK", keyBlock_.view()}});
    return true;
}

Outcome Handshake::checkFinished(const Message& message, Role sender) {
    if (!equalSecret(message.body(), finishedOf(sender)))
        return fail(alert::decryptError, "the peer's Finished does not fit the handshake");
    transcript_.update(message.raw);
    Outcome out;
    out.finished = true;
    return out;
}

} // namespace ocfsecd::dtls::ocf_suite
