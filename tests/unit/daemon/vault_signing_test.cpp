// The worker's part of signing: certificate requests, and the steps of handshakes.

#include "vault.h"

#include "dtls/listener.h"
#include "support/certificates.h"
#include "support/swtpm.h"
#include "svr/certificate.h"
#include "tpm/public_point.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace ocfsecd::test {
namespace {

const Uuid kDevice = *Uuid::parse("a71c3011-5555-6666-7777-888888888888");
const Uuid kOther = *Uuid::parse("b71c3011-5555-6666-7777-888888888888");

/// Valid whenever the test runs: the vault looks at the machine's clock.
template <class SpecimenLike>
SpecimenLike always(SpecimenLike specimen) {
    specimen.notBefore = std::chrono::sys_days{std::chrono::year{2001} / 1 / 1};
    specimen.notAfter = std::chrono::sys_days{std::chrono::year{2049} / 1 / 1};
    return specimen;
}

class VaultSigning : public ::testing::Test {
protected:
    template <class T, class Ask>
    Result<T> await(Ask ask) {
        std::optional<Result<T>> outcome;
        ask([&](Result<T> got) { outcome.emplace(std::move(got)); });
        deliverUntil([&] { return outcome.has_value(); });
        return *std::move(outcome);
    }
    template <class Reached>
    void deliverUntil(Reached reached) {
        while (!reached()) {
            pollfd readable{worker->eventFd(), POLLIN, 0};
            ::poll(&readable, 1, -1);
            worker->deliver();
        }
    }
    Result<ocf::MadeCsr> csr(const Uuid& uuid, std::optional<svr::IdentityKey> key = {}) {
        return await<ocf::MadeCsr>([&](auto done) { vault->makeCsr({1, uuid, std::move(key)}, done); });
    }
    Result<ManufacturerKeys::Credentials> import() {
        const auto key = std::make_shared<const SecretBytes>([&] {
            gnutls_datum_t out{};
            EXPECT_EQ(gnutls_x509_privkey_export2(made.key.get(), GNUTLS_X509_FMT_PEM, &out), 0);
            SecretBytes pem{ByteView{out.data, out.size}};
            gnutls_free(out.data);
            return pem;
        }());
        return await<ManufacturerKeys::Credentials>(
            [&](auto done) { vault->importManufacturer(0, made.pem(), key, done); });
    }
    /// What a step signs for a text, and how it ended.
    struct Signed {
        Result<void> outcome;
        Result<Bytes> signature = Failure{};
    };
    Signed sign(ocf::SigningKey which, std::optional<svr::IdentityKey> key = {}) {
        Signed out;
        ocf::StepRequest request{1, which, std::move(key),
                                 [&](const dtls::SignDigest& signer) { out.signature = signer(kDigest); }};
        out.outcome = await<void>([&](auto done) { vault->step(0, request, done); });
        return out;
    }

    const Bytes kDigest = *fromHex("982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"); ///< of "text"
    Swtpm swtpm;
    TempDir directory;
    std::unique_ptr<tpm::Worker> worker = std::make_unique<tpm::Worker>();
    std::unique_ptr<Vault> vault =
        std::make_unique<Vault>(*worker, tpm::Options{.tcti = swtpm.tcti()}, directory.path());
    Issued root = issue(always(authority("CN=Maker Root")));
    Issued made = issue(always(endEntity(kDevice)), &root);
};

} // namespace

// Facts 6.6, 2.7; F9 keeps it below 512 octets.
TEST_F(VaultSigning, ARequestSaysWhatFactsAsk) {
    const auto outcome = csr(kDevice);
    ASSERT_TRUE(outcome) << outcome.failure().what;
    EXPECT_TRUE(outcome->pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
    EXPECT_TRUE(outcome->pem.ends_with("-----END CERTIFICATE REQUEST-----\n"));
    EXPECT_LE(outcome->pem.size(), 512U);
    const auto read = readRequest(outcome->pem); // verifies its signature too
    ASSERT_TRUE(read);
    EXPECT_EQ(read->version, 1);
    EXPECT_EQ(read->subject, "CN=uuid:" + kDevice.text());
    EXPECT_EQ(read->signatureAlgorithm, svr::oid::ecdsaWithSha256);
    EXPECT_EQ(read->key, *tpm::publicPoint(outcome->identityKey.blob.publicArea));
    EXPECT_EQ(outcome->identityKey.auth->size(), 32U);
}

TEST_F(VaultSigning, AKeyIsMadeOnceAndUsedForEveryRequest) {
    const auto first = csr(kDevice);
    ASSERT_TRUE(first);
    const auto second = csr(kOther, first->identityKey);
    ASSERT_TRUE(second) << second.failure().what;
    EXPECT_EQ(second->identityKey, first->identityKey);
    EXPECT_EQ(readRequest(second->pem)->subject, "CN=uuid:" + kOther.text());
    EXPECT_EQ(readRequest(second->pem)->key, readRequest(first->pem)->key);
    const auto another = csr(kDevice);
    EXPECT_NE(readRequest(another->pem)->key, readRequest(first->pem)->key);
    EXPECT_FALSE(another->identityKey.auth->equals(first->identityKey.auth->view()));
}

TEST_F(VaultSigning, AnIdentityKeyNeedsItsValue) {
    const auto key = csr(kDevice)->identityKey;
    const auto good = sign(ocf::SigningKey::identity, key);
    ASSERT_TRUE(good.outcome) << good.outcome.failure().what;
    EXPECT_TRUE(svr::verifies(*tpm::publicPoint(key.blob.publicArea), viewOf("text"), *good.signature));
    // What a stolen backup without the state key has.
    EXPECT_EQ(sign(ocf::SigningKey::identity, svr::IdentityKey{key.blob, nullptr}).outcome.failure().reason,
              Reason::notFound);
    EXPECT_EQ(
        sign(ocf::SigningKey::identity, svr::IdentityKey{key.blob, shareSecret(Bytes(32, 1))}).outcome.failure().reason,
        Reason::notAuthorised);
    EXPECT_EQ(sign(ocf::SigningKey::identity).outcome.failure().reason, Reason::notFound);
    EXPECT_TRUE(sign(ocf::SigningKey::identity, key).outcome);
}

TEST_F(VaultSigning, TheManufacturersKeySignsToo) {
    EXPECT_EQ(sign(ocf::SigningKey::manufacturer).outcome.failure().reason, Reason::notFound);
    const auto installed = import();
    ASSERT_TRUE(installed) << installed.failure().what;
    const auto outcome = sign(ocf::SigningKey::manufacturer);
    ASSERT_TRUE(outcome.outcome) << outcome.outcome.failure().what;
    EXPECT_TRUE(svr::verifies(made.key.publicKey(), viewOf("text"), *outcome.signature));
}

TEST_F(VaultSigning, AStepWithoutATpmFailsWithTheTpmsReason) {
    ASSERT_TRUE(import());
    swtpm.kill();
    EXPECT_EQ(sign(ocf::SigningKey::manufacturer).outcome.failure().reason, Reason::tpmUnavailable);
    swtpm.start();
    const auto back = sign(ocf::SigningKey::manufacturer);
    EXPECT_TRUE(back.outcome) << back.outcome.failure().what;
}

// Signatures are made before a client is authenticated.
TEST_F(VaultSigning, SoManyStepsWaitAndNoMore) {
    ASSERT_TRUE(import());
    constexpr auto kDevices = Vault::kMaxStepsInTotal / Vault::kMaxSteps + 1;
    std::size_t ran = 0;
    std::size_t dropped = 0;
    std::size_t done = 0;
    const auto ask = [&](unsigned device) {
        ocf::StepRequest request{1, ocf::SigningKey::manufacturer, {}, [&](const dtls::SignDigest&) { ++ran; }};
        vault->step(device, request, [&](Result<void> outcome) {
            ++done;
            if (!outcome && outcome.failure().reason == Reason::limitReached)
                ++dropped;
        });
    };
    for (std::size_t i = 0; i < Vault::kMaxSteps + 1; ++i)
        ask(0);
    EXPECT_EQ(dropped, 1U); // and its owner is told at once
    for (unsigned device = 1; device < kDevices; ++device)
        for (std::size_t i = 0; i < Vault::kMaxSteps; ++i)
            ask(device);
    EXPECT_EQ(dropped, 1 + Vault::kMaxSteps); // the last device finds no room left
    deliverUntil([&] { return done == Vault::kMaxStepsInTotal + dropped; });
    EXPECT_EQ(ran, Vault::kMaxStepsInTotal);
    ask(0); // there is room again
    deliverUntil([&] { return done == Vault::kMaxStepsInTotal + dropped + 1; });
    EXPECT_EQ(ran, Vault::kMaxStepsInTotal + 1);
}

TEST_F(VaultSigning, AHandshakeRunsOnTheTpmsKey) {
    struct Open final : dtls::Gate {
        dtls::Admission admission;
        dtls::Admission admit(const Address&, TimePoint) override { return admission; }
    } gate;
    ASSERT_TRUE(import());
    auto identity = std::make_shared<dtls::CertificateIdentity>();
    identity->chain = made.chain();
    gate.admission = {true, {dtls::Suite::ecdheEcdsaAes128Ccm8}, identity, {}, {}};
    SystemRandom random;
    const TimePoint now{std::chrono::hours{1}};
    const auto peer = Address::v4({192, 0, 2, 1}, 1000);
    dtls::Listener listener{{}, gate, random, now};
    auto judge = std::make_shared<dtls::CertificateIdentity>();
    judge->judgePeer = [](const std::vector<Bytes>&) -> Result<void> { return {}; };
    dtls::ClientParameters parameters;
    parameters.suite = dtls::Suite::ecdheEcdsaAes128Ccm8;
    parameters.certificates = judge;
    dtls::Output out;
    const auto client = dtls::makeClientSession(std::move(parameters), now, out);
    for (int turns = 0; turns < 20 && client->phase() == dtls::Phase::handshaking; ++turns) {
        for (const auto& datagram : std::exchange(out.datagrams, {}))
            listener.feed(peer, datagram, now);
        for (auto& event : listener.takeEvents())
            if (event.kind == dtls::ListenerEvent::Kind::stepWanted) {
                ocf::StepRequest request{event.session, ocf::SigningKey::manufacturer, {}, std::move(event.step)};
                EXPECT_TRUE(await<void>([&](auto done) { vault->step(0, std::move(request), done); }));
                listener.stepDone(event.session, now);
            }
        for (const auto& datagram : listener.takeDatagrams())
            client->feed(datagram.octets, now, out);
    }
    EXPECT_EQ(client->phase(), dtls::Phase::established) << client->closeReason().failure.what;
    EXPECT_EQ(client->peerChain(), made.chain());
}

} // namespace ocfsecd::test
