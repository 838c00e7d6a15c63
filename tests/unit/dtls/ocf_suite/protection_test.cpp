#include "dtls/ocf_suite/protection.h"
#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

Bytes sealed(const Protection& from, ByteView plaintext, std::uint64_t sequence = 0) {
    SeededRandom random{3};
    return from.seal({ContentType::applicationData, 1, sequence}, plaintext, random);
}

Record recordIn(ByteView octets) {
    return *nextRecord(octets);
}

std::optional<Bytes> opened(const Protection& by, ByteView octets) {
    return by.open(recordIn(octets));
}

// The check of RFC 5246 section 6.2.3.2 as one would write it without fear of clocks.
std::optional<std::size_t> naive(ByteView key, const Sealing& what, ByteView decrypted) {
    const std::size_t padding = decrypted.back();
    if (padding + 1 + kDigest > decrypted.size())
        return std::nullopt;
    for (std::size_t i = 0; i <= padding; ++i)
        if (decrypted[decrypted.size() - 1 - i] != padding)
            return std::nullopt;
    const auto length = decrypted.size() - padding - 1 - kDigest;
    Hmac mac{key};
    mac.update(Writer{}
                   .u16(what.epoch)
                   .u48(what.sequence)
                   .u8(static_cast<std::uint8_t>(what.type))
                   .u16(0xfefd)
                   .u16(length)
                   .take());
    mac.update(decrypted.first(length));
    if (!equal(mac.digest(), decrypted.subspan(length, kDigest)))
        return std::nullopt;
    return length;
}

Bytes withMacAndPadding(ByteView key, const Sealing& what, ByteView content, std::size_t padding) {
    auto out = copyOf(content);
    Hmac mac{key};
    mac.update(Writer{}
                   .u16(what.epoch)
                   .u48(what.sequence)
                   .u8(static_cast<std::uint8_t>(what.type))
                   .u16(0xfefd)
                   .u16(content.size())
                   .take());
    const auto digest = mac.update(content).digest();
    out.insert(out.end(), digest.begin(), digest.end());
    out.insert(out.end(), padding + 1, static_cast<std::uint8_t>(padding));
    return out;
}

const Bytes kMac = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

hmac_sha256_ctx keyedMac() {
    hmac_sha256_ctx out;
    hmac_sha256_set_key(&out, kMac.size(), kMac.data());
    return out;
}

} // namespace

TEST(Protection, OpensEveryRecordedRecord) {
    int records = 0;
    for (const auto& recording : kGoodRecordings) {
        const Protection server{hex(recording.secrets.keyBlock), Role::server};
        const Protection client{hex(recording.secrets.keyBlock), Role::client};
        for (const auto& datagram : recording.datagrams) {
            const auto octets = hex(datagram.hex);
            for (const auto& record : recordsOf(octets)) {
                if (record.epoch == 0)
                    continue;
                ++records;
                const auto content = (datagram.toServer ? server : client).open(record);
                ASSERT_TRUE(content) << recording.name;
                EXPECT_FALSE((datagram.toServer ? client : server).open(record)) << "keys of the other direction";
                if (record.type == ContentType::applicationData) {
                    EXPECT_EQ(toHex(*content), datagram.message);
                } else if (record.type == ContentType::alert) {
                    EXPECT_EQ(toHex(*content), "0100");
                } else {
                    EXPECT_EQ(toHex(ByteView{*content}.last(kVerifyData)),
                              datagram.toServer ? recording.secrets.clientFinished : recording.secrets.serverFinished);
                }
            }
        }
    }
    EXPECT_GT(records, 20);
}

// The peers choose the least padding, as we do: with their IV our record has their octets.
TEST(Protection, SealsEveryRecordedRecordToTheSameOctets) {
    for (const auto& recording : kGoodRecordings)
        for (const auto& datagram : recording.datagrams) {
            const auto octets = hex(datagram.hex);
            const auto role = datagram.toServer ? Role::client : Role::server;
            const Protection writer{hex(recording.secrets.keyBlock), role};
            const Protection reader{hex(recording.secrets.keyBlock),
                                    role == Role::client ? Role::server : Role::client};
            for (const auto& record : recordsOf(octets)) {
                if (record.epoch == 0)
                    continue;
                ScriptedRandom iv;
                iv.say(record.fragment.first(16));
                EXPECT_EQ(toHex(writer.seal({record.type, 1, record.sequence}, *reader.open(record), iv)),
                          toHex(record.whole));
            }
        }
}

TEST(Protection, EveryFlippedOctetIsNoticed) {
    const Protection client{hex(kJustWorksSecrets.keyBlock), Role::client};
    const Protection server{hex(kJustWorksSecrets.keyBlock), Role::server};
    const auto good = sealed(client, viewOf("seventeen octets."), 5);
    ASSERT_TRUE(opened(server, good));
    for (std::size_t i = 0; i < good.size(); ++i) {
        if (i == 1 || i == 2 || i == 11 || i == 12)
            continue; // version and length: not a record any more, or no part of what is checked here
        for (std::uint8_t bit = 1; bit != 0; bit = static_cast<std::uint8_t>(bit << 1)) {
            auto bad = good;
            bad[i] = static_cast<std::uint8_t>(bad[i] ^ bit);
            ByteView rest{bad};
            const auto record = nextRecord(rest);
            EXPECT_FALSE(record && server.open(*record)) << i;
        }
    }
}

TEST(Protection, AllSizesComeBack) {
    const Protection client{hex(kJustWorksSecrets.keyBlock), Role::client};
    const Protection server{hex(kJustWorksSecrets.keyBlock), Role::server};
    for (std::size_t size : {0u, 1u, 15u, 16u, 17u, 31u, 32u, 33u, 255u, 256u, 1200u, 16383u, 16384u}) {
        const Bytes content(size, 0xa5);
        const auto record = sealed(client, content);
        EXPECT_EQ(opened(server, record), content) << size;
        EXPECT_LE(record.size(), kRecordHeader + 16 + size + 32 + 16);
    }
}

TEST(Protection, ContentBeyondTheLimitIsRefusedThoughAuthentic) {
    const Protection client{hex(kJustWorksSecrets.keyBlock), Role::client};
    const Protection server{hex(kJustWorksSecrets.keyBlock), Role::server};
    EXPECT_FALSE(opened(server, sealed(client, Bytes(kMaxPlaintext + 1))));
    EXPECT_FALSE(opened(server, sealed(client, Bytes(kMaxCiphertext))));
}

TEST(Protection, ShortAndUnalignedRecordsAreRefused) {
    const Protection server{hex(kJustWorksSecrets.keyBlock), Role::server};
    for (std::size_t size = 0; size < 100; ++size) {
        const Bytes fragment(size, 0x11);
        EXPECT_FALSE(server.open({ContentType::applicationData, 1, 0, fragment, fragment})) << size;
    }
}

// L5.6: the constant-time check agrees with the plain one on everything: all lengths to 400, all paddings, good and
// bad.
TEST(Protection, ConstantTimeCheckAgreesWithThePlainOne) {
    const auto keyed = keyedMac();
    const Sealing what{ContentType::applicationData, 1, 0x0000123456789abc};
    SeededRandom random{11};
    std::size_t cases = 0, accepted = 0, refused = 0;
    const auto compare = [&](ByteView decrypted) {
        const auto want = naive(kMac, what, decrypted);
        ASSERT_EQ(authenticate(keyed, what, decrypted), want) << toHex(decrypted);
        ++(want ? accepted : refused);
    };
    for (std::size_t size = 48; size <= 400; size += 16)
        for (std::size_t padding = 0; padding < 256 && padding + 1 + kDigest <= size; ++padding) {
            Bytes content(size - padding - 1 - kDigest);
            random.fill(content);
            const auto good = withMacAndPadding(kMac, what, content, padding);
            ++cases;
            compare(good);
            auto badMac = good;
            badMac[content.size() + padding % kDigest] ^= 0x40;
            compare(badMac);
            if (padding != 0) {
                auto badPadding = good;
                badPadding[size - 2 - padding / 2] ^= 1; // one of the padding octets
                compare(badPadding);
            }
            auto badLength = good;
            badLength.back() = static_cast<std::uint8_t>(padding + 1);
            compare(badLength);
        }
    EXPECT_EQ(accepted, cases);
    EXPECT_GT(refused, 2 * cases);
}

TEST(Protection, ConstantTimeCheckSurvivesEveryPaddingOctet) {
    const auto keyed = keyedMac();
    const Sealing what{ContentType::handshake, 1, 0};
    for (std::size_t size = 0; size <= 320; size += 1 + size / 24)
        for (std::size_t last = 0; last < 256; ++last) {
            Bytes decrypted(size, static_cast<std::uint8_t>(last));
            EXPECT_FALSE(authenticate(keyed, what, decrypted));
        }
}

} // namespace ocfsecd::dtls::ocf_suite::test
