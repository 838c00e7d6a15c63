#pragma once
// A world whose device shows a certificate.

#include "certificates.h"
#include "world.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::test {

inline constexpr Suite kCertificateSuites[] = {Suite::ecdheEcdsaAes128Ccm8, Suite::ecdheEcdsaAes128Ccm,
                                               Suite::ecdheEcdsaAes256Ccm8, Suite::ecdheEcdsaAes256Ccm};

class CertificateWorld : public ::testing::Test {
protected:
    CertificateWorld() {
        world.sign = device.key.signer();
        admit(false);
    }
    /// The device asks clients for certificates of `root`, or for none.
    void admit(bool askPeer,
               std::vector<Suite> suites = {std::begin(kCertificateSuites), std::end(kCertificateSuites)}) {
        auto identity = std::make_shared<CertificateIdentity>();
        identity->chain = device.chain;
        identity->askPeer = askPeer;
        if (askPeer) {
            identity->authorities = {root.subject()};
            identity->judgePeer = root.judge();
        }
        world.gate.admission = {true, std::move(suites), std::move(identity), {}, {}};
    }
    ClientParameters client(Suite suite = Suite::ecdheEcdsaAes128Ccm8, const EndEntity* own = nullptr) const {
        auto identity = std::make_shared<CertificateIdentity>();
        identity->judgePeer = root.judge();
        ClientParameters out;
        out.suite = suite;
        if (own != nullptr) {
            identity->chain = own->chain;
            out.sign = own->key.signer();
        }
        out.certificates = std::move(identity);
        return out;
    }
    /// Both sides have the same keys, and words go both ways.
    void expectSameKeysAndWords(const ListenerEvent& established, const Session& client, Suite suite) {
        const auto ours = world.listener.keyBlock(established.session);
        ASSERT_TRUE(ours);
        EXPECT_EQ(ours->size(), keyBlockSize(suite));
        EXPECT_TRUE(ours->equals(client.keyBlock()->view()));
        world.clientSend(peer, "question");
        EXPECT_EQ(textOf(world.of(ListenerEvent::Kind::message).back().message), "question");
        world.serverSend(established.session, "answer");
        EXPECT_EQ(textOf(world.clients.at(peer).messages.back()), "answer");
    }
    /// The reason of the server's last closed association.
    Close lastClose() const {
        const auto closed = world.of(ListenerEvent::Kind::closed);
        return closed.empty() ? Close{} : closed.back().close;
    }

    const Address peer = address(1000);
    World world;
    Authority root{"Root"};
    Authority stranger{"Stranger"};
    Authority intermediate{"Intermediate", &root};
    EndEntity device = intermediate.issue("uuid:a71c3011-5555-6666-7777-888888888888");
    EndEntity owner = intermediate.issue("uuid:b0b00000-1111-2222-3333-444444444444");
};

} // namespace ocfsecd::dtls::test
