// Figures, not a test: the time of the TPM's signing commands, and of a whole certificate handshake (both sides in this
// process, nothing on a wire) with the server's key in memory and in the TPM, directly and by way of the worker. With
// an argument, a tctildr name, it measures that TPM; without one a software TPM.

#include "vault.h"

#include "dtls/listener.h"
#include "support/certificates.h"
#include "support/swtpm.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <poll.h>

namespace ocfsecd::test {
namespace {

using Clock = std::chrono::steady_clock;

template <class T>
T must(Result<T> result) {
    if (!result)
        throw std::runtime_error{result.failure().what};
    return *std::move(result);
}

void measure(const char* what, int rounds, const std::function<void()>& act) {
    act(); // warms caches up
    std::vector<double> ms;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = Clock::now();
        act();
        ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    std::ranges::sort(ms);
    fmt::print("{:<58} median {:8.3f} ms   90% {:8.3f} ms\n", what, ms[ms.size() / 2], ms[ms.size() * 9 / 10]);
}

/// One listener and one client at a time.
class Handshakes {
public:
    Handshakes(const Issued& device, const Issued& owner, bool mutual) {
        auto server = std::make_shared<dtls::CertificateIdentity>();
        server->chain = device.chain();
        server->askPeer = mutual;
        server->judgePeer = [](const std::vector<Bytes>&) -> Result<void> { return {}; };
        gate_.admission = {true, {dtls::Suite::ecdheEcdsaAes128Ccm8}, server, {}, {}};
        auto client = std::make_shared<dtls::CertificateIdentity>();
        client->judgePeer = server->judgePeer;
        if (mutual)
            client->chain = owner.chain();
        client_ = client;
        signClient_ = owner.key.signer();
    }

    void once(const std::function<void(const dtls::BlockingStep&)>& run) {
        const auto peer = Address::v4({192, 0, 2, 1}, ++port_);
        dtls::ClientParameters parameters;
        parameters.suite = dtls::Suite::ecdheEcdsaAes128Ccm8;
        parameters.certificates = client_;
        parameters.sign = signClient_;
        dtls::Output out;
        const auto client = dtls::makeClientSession(std::move(parameters), now_, out);
        while (client->phase() == dtls::Phase::handshaking) {
            for (const auto& datagram : std::exchange(out.datagrams, {}))
                listener_.feed(peer, datagram, now_);
            for (auto& event : listener_.takeEvents())
                if (event.kind == dtls::ListenerEvent::Kind::stepWanted) {
                    run(event.step);
                    listener_.stepDone(event.session, now_);
                }
            for (const auto& datagram : listener_.takeDatagrams())
                client->feed(datagram.octets, now_, out);
        }
        if (client->phase() != dtls::Phase::established)
            throw std::runtime_error{client->closeReason().failure.what};
        listener_.closeAll(now_);
        listener_.takeEvents();
        listener_.takeDatagrams();
    }

private:
    struct Open final : dtls::Gate {
        dtls::Admission admission;
        dtls::Admission admit(const Address&, TimePoint) override { return admission; }
    };
    Open gate_;
    SystemRandom random_;
    TimePoint now_{std::chrono::hours{1}};
    dtls::Listener listener_{{}, gate_, random_, now_};
    std::shared_ptr<const dtls::CertificateIdentity> client_;
    dtls::SignDigest signClient_;
    std::uint16_t port_ = 1000;
};

void run(const std::string& tcti) {
    auto made = endEntity(*Uuid::parse("a71c3011-5555-6666-7777-888888888888"));
    auto top = authority("CN=Root");
    top.notBefore = made.notBefore = std::chrono::sys_days{std::chrono::year{2001} / 1 / 1};
    top.notAfter = made.notAfter = std::chrono::sys_days{std::chrono::year{2049} / 1 / 1};
    const auto root = issue(top);
    const auto device = issue(made, &root);
    const auto owner = issue(made, &root);
    const Bytes digest(32, 7);
    const SecretBytes auth{ByteView{Bytes(32, 9)}};
    {
        const auto tpm = must(tpm::Tpm::open({.tcti = tcti}));
        const auto one = must(tpm->createSigningKey(auth));
        const auto other = must(tpm->createSigningKey(auth));
        measure("TPM: make a key", 20, [&] { must(tpm->createSigningKey(auth)); });
        bool first = false;
        measure("TPM: load another key and sign", 50, [&] {
            first = !first;
            must(tpm->sign(first ? one : other, auth, digest));
        });
        measure("TPM: sign with the key that is loaded", 200, [&] { must(tpm->sign(one, auth, digest)); });
    }
    const auto inMemory = device.key.signer();
    measure("in memory: sign (GnuTLS)", 200, [&] { must(inMemory(digest)); });

    TempDir directory;
    tpm::Worker worker;
    Vault vault{worker, {.tcti = tcti}, directory.path()};
    const auto await = [&](const std::function<void(std::function<void()>)>& ask) {
        bool done = false;
        ask([&] { done = true; });
        while (!done) {
            pollfd readable{worker.eventFd(), POLLIN, 0};
            ::poll(&readable, 1, -1);
            worker.deliver();
        }
    };
    gnutls_datum_t pem{};
    gnutls_x509_privkey_export2(device.key.get(), GNUTLS_X509_FMT_PEM, &pem);
    const auto key = shareSecret({pem.data, pem.size});
    gnutls_free(pem.data);
    await([&](auto done) {
        vault.importManufacturer(0, device.pem(), key, [done](auto outcome) {
            must(std::move(outcome));
            done();
        });
    });
    for (const bool mutual : {false, true}) {
        Handshakes handshakes{device, owner, mutual};
        const char* kind = mutual ? "mutual" : "server only";
        measure(fmt::format("handshake, {}: key in memory", kind).c_str(), 200,
                [&] { handshakes.once([&](const auto& step) { step(inMemory); }); });
        measure(fmt::format("handshake, {}: key in the TPM, by the worker", kind).c_str(), 200, [&] {
            handshakes.once([&](const auto& step) {
                await([&](auto done) {
                    vault.step(0, {1, ocf::SigningKey::manufacturer, {}, step}, [done](Result<void> outcome) {
                        if (!outcome)
                            throw std::runtime_error{outcome.failure().what};
                        done();
                    });
                });
            });
        });
    }
}

} // namespace
} // namespace ocfsecd::test

int main(int argc, char** argv) {
    try {
        std::optional<ocfsecd::test::Swtpm> swtpm;
        if (argc < 2)
            swtpm.emplace();
        ocfsecd::test::run(swtpm ? swtpm->tcti() : argv[1]);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "signing-benchmark: {}\n", error.what());
        return 1;
    }
}
