#include "dtls/ocf_suite/key_schedule.h"
#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

TEST(KeySchedule, PHashFitsThePublishedVector) {
    Bytes out(100);
    pHash(hex("9bbe436ba940f017b17652849a71db35"), {viewOf("test label"), hex("a0ba9f936cda311827a6f796ffd5198c")},
          out);
    EXPECT_EQ(toHex(out), "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14ba"
                          "f9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a51"
                          "10fff70187347b66");
}

// Facts 5.2, the worked example.
TEST(KeySchedule, KeyBlockAndOwnerCredentialFitTheWorkedExample) {
    Bytes master(kMasterSecret);
    HelloRandom client, server;
    for (std::size_t i = 0; i < kMasterSecret; ++i)
        master[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < kRandom; ++i) {
        client[i] = static_cast<std::uint8_t>(0xc0 + i);
        server[i] = static_cast<std::uint8_t>(0x50 + i);
    }
    const auto block = keyBlock(master, client, server);
    EXPECT_EQ(toHex(block.view().first(16)), "b8a6f35765ccc99106073773bcfb03b8");
    EXPECT_EQ(toHex(block.view().last(8)), "3614f671d575a500");

    Bytes owner(16);
    pHash(block.view(),
          {viewOf("oic.sec.doxm.jw"), hex("b0b00000111122223333444444444444"), hex("a71c3000555566667777888888888888")},
          owner);
    EXPECT_EQ(toHex(owner), "f1cd78ffacfa743ada154e7666d6fa95");
}

TEST(KeySchedule, RecordedSessionsAreRecomputed) {
    for (const auto& recording : kGoodRecordings) {
        SCOPED_TRACE(recording.name);
        const auto& secrets = recording.secrets;
        Sha256 transcript; // begins with the second ClientHello, leaves out HelloVerifyRequest
        const auto messages = plainMessages(recording);
        ASSERT_EQ(messages.size(), 7u);
        for (std::size_t i = 2; i < messages.size(); ++i)
            transcript.update(messages[i]);
        EXPECT_EQ(toHex(transcript.digest()), secrets.sessionHash);

        const auto master = extendedMasterSecret(hex(secrets.premaster), transcript.digest());
        EXPECT_EQ(toHex(master.view()), secrets.master);
        EXPECT_EQ(
            toHex(keyBlock(master.view(), fixed<32>(secrets.clientRandom), fixed<32>(secrets.serverRandom)).view()),
            secrets.keyBlock);

        EXPECT_EQ(toHex(verifyData(master.view(), Role::client, transcript.digest())), secrets.clientFinished);
        transcript.update(wrapMessage(MessageType::finished, 3, hex(secrets.clientFinished)));
        EXPECT_EQ(toHex(verifyData(master.view(), Role::server, transcript.digest())), secrets.serverFinished);
    }
}

TEST(KeySchedule, PskPremasterIsRecomputed) {
    const auto agreed = hex(kReconnectSecrets.premaster.substr(4, 64));
    EXPECT_EQ(toHex(pskPremaster(agreed, hex(kReconnectSecrets.psk)).view()), kReconnectSecrets.premaster);
}

TEST(KeySchedule, SessionHashBindsTheMasterSecret) {
    const auto plain = masterSecret(hex(kJustWorksSecrets.premaster), fixed<32>(kJustWorksSecrets.clientRandom),
                                    fixed<32>(kJustWorksSecrets.serverRandom));
    EXPECT_NE(toHex(plain.view()), kJustWorksSecrets.master);
    // RFC 5246 section 8.1, written out with the PRF that has its own vector above.
    Bytes want(kMasterSecret);
    pHash(hex(kJustWorksSecrets.premaster),
          {viewOf("master secret"), hex(kJustWorksSecrets.clientRandom), hex(kJustWorksSecrets.serverRandom)}, want);
    EXPECT_TRUE(plain.equals(want));
}

} // namespace ocfsecd::dtls::ocf_suite::test
