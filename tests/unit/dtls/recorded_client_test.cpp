// The reference tool's ClientHello of the capture "manufacturer-certificate": what our server answers to it.

#include "certificate_world.h"
#include "hello.h"

#include <map>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {

const Bytes kRandom = hex("6b060cb2c8ef97c9fcb0eff874eb62f1415820d3ae8b0f3db0ac02811345d538");
// Its suites, then its extensions: groups, signature algorithms (SHA-512 and RSA first), point formats, EMS.
const std::vector<std::uint16_t> kSuites{0xc0ae, 0xc0ac, 0xc0af, 0xc0ad, 0x00ff};
const Bytes kExtensions = hex("000a0006000400170018000d000e000c060306010503050104030401000b0002010000170000");

class RecordedClient : public CertificateWorld {
protected:
    /// The answers to the recorded hello, once without and once with a cookie of ours.
    void greet() {
        HelloForm form;
        form.random = kRandom;
        form.suites = kSuites;
        form.extensions = kExtensions;
        ASSERT_EQ(toHex(ByteView{makeHello(form)}.subspan(kRecordHeader)),
                  "0100005a000000000000005afefd6b060cb2c8ef97c9fcb0eff874eb62f1415820d3ae8b0f3db0ac02811345d5380000000a"
                  "c0aec0acc0afc0ad00ff01000026000a0006000400170018000d000e000c060306010503050104030401000b000201000017"
                  "0000"); // the form is the recorded message, octet by octet
        world.inject(peer, makeHello(form));
        form.cookie = cookieOf(world.sentToClients.back().octets);
        form.sequence = 1;
        world.sentToClients.clear();
        world.inject(peer, makeHello(form));
        for (const auto& datagram : world.sentToClients)
            answer.received.push_back(datagram.octets);
    }
    Bytes message(std::uint8_t type) const {
        const auto found = receivedMessages(answer, type);
        return found.size() == 1 ? found[0] : Bytes{};
    }

    Client answer;
};

/// GnuTLS's word, with the key of that certificate.
bool verifies(const Bytes& certificate, const Bytes& text, ByteView signature) {
    const auto lend = [](ByteView octets) {
        return gnutls_datum_t{const_cast<unsigned char*>(octets.data()), static_cast<unsigned>(octets.size())};
    };
    gnutls_x509_crt_t crt = nullptr;
    gnutls_pubkey_t key = nullptr;
    require(gnutls_x509_crt_init(&crt));
    require(gnutls_pubkey_init(&key));
    const auto der = lend(certificate);
    require(gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER));
    require(gnutls_pubkey_import_x509(key, crt, 0));
    const auto data = lend(text);
    const auto sig = lend(signature);
    const int result = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &sig);
    gnutls_pubkey_deinit(key);
    gnutls_x509_crt_deinit(crt);
    return result >= 0;
}

} // namespace

TEST_F(RecordedClient, GetsTheMandatorySuiteAndExtendedMasterSecret) {
    greet();
    const auto hello = message(2);
    Reader reader{hello};
    EXPECT_EQ(reader.u16(), 0xfefd);
    reader.take(32);
    reader.take(reader.u8()); // session id
    EXPECT_EQ(reader.u16(), 0xc0ae);
    EXPECT_EQ(reader.u8(), 0);
    Reader extensions{reader.take(reader.u16())};
    std::map<std::uint16_t, Bytes> got;
    while (extensions.left() != 0) {
        const auto type = extensions.u16();
        got[type] = copyOf(extensions.take(extensions.u16()));
    }
    EXPECT_TRUE(reader.done() && extensions.ok());
    EXPECT_TRUE(got.contains(23));     // extended master secret, as offered
    EXPECT_TRUE(got.contains(0xff01)); // renegotiation_info, empty
    EXPECT_FALSE(got.contains(22));    // no encrypt-then-MAC, no ticket (facts 7.1)
    EXPECT_FALSE(got.contains(35));
}

TEST_F(RecordedClient, GetsAChainAndASignatureItsKeyMadeWithSha256) {
    greet();
    Writer chain;
    for (const auto& der : device.chain)
        chain.u24(der.size()).bytes(der);
    const auto wanted = Writer{}.u24(chain.size()).bytes(chain.view()).take();
    EXPECT_EQ(message(11), wanted); // leaf and intermediate, no root (facts 4.4)

    const auto exchange = message(12);
    Reader reader{exchange};
    EXPECT_EQ(reader.u8(), 3); // named curve
    EXPECT_EQ(reader.u16(), 23);
    EXPECT_EQ(reader.u8(), 65);
    EXPECT_EQ(reader.u8(), 4); // uncompressed
    reader.take(64);
    EXPECT_EQ(reader.u16(), 0x0403); // though it likes SHA-512 better
    const auto signature = reader.take(reader.u16());
    EXPECT_TRUE(reader.done());
    constexpr std::size_t kParameters = 1 + 2 + 1 + 65;
    const auto serverRandom = message(2);
    const auto signedText = Writer{}
                                .bytes(kRandom)
                                .bytes(ByteView{serverRandom}.subspan(2, 32))
                                .bytes(ByteView{exchange}.first(kParameters));
    EXPECT_TRUE(verifies(device.chain[0], copyOf(signedText.view()), signature));

    EXPECT_TRUE(receivedMessages(answer, 13).empty()); // unowned: nobody is asked (facts 4.4)
    EXPECT_EQ(receivedMessages(answer, 14).size(), 1U);
}

// Facts 7.1, "CertificateRequest (owned device)".
TEST_F(RecordedClient, IsAskedForACertificateByAnOwnedDevice) {
    admit(true);
    greet();
    const auto request = message(13);
    Reader reader{request};
    const auto types = reader.take(reader.u8());
    EXPECT_NE(std::ranges::find(types, std::uint8_t{64}), types.end());
    EXPECT_EQ(receivedMessages(answer, 14).size(), 1U);
}
