#include "dtls/client_hello.h"

#include "hello.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;

namespace {
const Bytes kSupports13 = *fromHex("002b000302fefc");          // supported_versions: DTLS 1.3
const Bytes kSupports12And13 = *fromHex("002b000504fefcfefd"); // … and 1.2
} // namespace

TEST(ClientHello, OfTheReferenceToolIsUnderstood) {
    const auto hello = readClientHello(handshakeRecord(*fromHex(kRecordedHello), 5));
    ASSERT_TRUE(hello);
    EXPECT_EQ(toHex(hello->random), "6b060c9228be617d5f4349b187c3e37a1a1d5e856ff7765066810e8bea3964d5");
    EXPECT_EQ(hello->recordSequence, 5U);
    EXPECT_TRUE(hello->offersDtls12);
    EXPECT_EQ(hello->suites, (std::vector<std::uint16_t>{0xc037, 0x00ff}));
    EXPECT_TRUE(hello->offers(Suite::ecdhePskAes128CbcSha256));
    EXPECT_FALSE(hello->offers(Suite::ecdhAnonAes128CbcSha256));
}

TEST(ClientHello, SaysItsVersionsInTheExtensionWhenItHasOne) {
    const auto offers = [](std::uint16_t version, const Bytes& extensions) {
        HelloForm form;
        form.version = version;
        form.extensions = extensions;
        return readClientHello(makeHello(form))->offersDtls12;
    };
    EXPECT_TRUE(offers(0xfefd, {}));
    EXPECT_FALSE(offers(0xfeff, {})); // DTLS 1.0
    EXPECT_FALSE(offers(0xfefd, kSupports13));
    EXPECT_TRUE(offers(0xfefd, kSupports12And13));
    EXPECT_FALSE(offers(0x0303, {})); // TLS
}

TEST(ClientHello, TruncatedAnywhereIsRefused) {
    const auto message = *fromHex(kRecordedHello);
    for (std::size_t size = kHandshakeHeader; size < message.size(); ++size) {
        Writer shorter; // a header that fits what is left, so that only the body is at fault
        shorter.u8(1).u24(size - kHandshakeHeader).u16(0).u24(0).u24(size - kHandshakeHeader);
        shorter.bytes(ByteView{message}.subspan(kHandshakeHeader, size - kHandshakeHeader));
        const bool endsBeforeTheExtensions = size == kHandshakeHeader + 2 + 32 + 1 + 1 + 2 + 4 + 2;
        EXPECT_EQ(readClientHello(handshakeRecord(shorter.view())).has_value(), endsBeforeTheExtensions) << size;
    }
}

TEST(ClientHello, InFragmentsIsRefused) {
    auto message = *fromHex(kRecordedHello);
    message[3] = 0x55; // announces one octet more than there is
    EXPECT_FALSE(readClientHello(handshakeRecord(message)));
}

// RFC 8422 section 4: who names no groups takes any.
TEST(ClientHello, NamesItsGroupsInTheExtensionWhenItHasOne) {
    const auto offers = [](std::string_view extensions) {
        HelloForm form;
        form.extensions = *fromHex(extensions);
        const auto hello = readClientHello(makeHello(form));
        return hello && hello->offersP256;
    };
    EXPECT_TRUE(offers(""));
    EXPECT_TRUE(offers("000b00020100"));                         // point formats only
    EXPECT_TRUE(offers("000a000400020017"));                     // secp256r1
    EXPECT_TRUE(offers("000b00020100000a0008000600180017001d")); // among others
    EXPECT_FALSE(offers("000a000400020018"));                    // secp384r1
    EXPECT_FALSE(offers("000a00020000"));                        // an empty list
    EXPECT_FALSE(offers("000a0003000117"));                      // half a group
}
