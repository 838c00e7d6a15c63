#include "dtls/ocf_suite/record_layer.h"
#include "recorded.h"

#include <gtest/gtest.h>
#include <set>

namespace ocfsecd::dtls::ocf_suite::test {

TEST(ReplayWindow, AgreesWithASetOverRandomNumbers) {
    SeededRandom random{5};
    for (int round = 0; round < 50; ++round) {
        ReplayWindow window;
        std::set<std::uint64_t> seen;
        std::uint64_t top = 0;
        for (int i = 0; i < 500; ++i) {
            const std::uint64_t sequence = top + random.below(round % 2 == 0 ? 20 : 150);
            const auto number = sequence > 100 ? sequence - random.below(100) : sequence;
            const bool tooOld = !seen.empty() && number + ReplayWindow::kWidth <= *seen.rbegin();
            const bool want = !tooOld && !seen.contains(number);
            ASSERT_EQ(window.isNew(number), want) << number;
            if (want) {
                window.accept(number);
                seen.insert(number);
                top = *seen.rbegin();
            }
        }
    }
}

TEST(ReplayWindow, TakesTheLastNumberThereIs) {
    ReplayWindow window;
    window.accept(RecordLayer::kLastSequence);
    EXPECT_FALSE(window.isNew(RecordLayer::kLastSequence));
    EXPECT_TRUE(window.isNew(RecordLayer::kLastSequence - 63));
    EXPECT_FALSE(window.isNew(RecordLayer::kLastSequence - 64));
}

TEST(RecordLayer, NumbersGoUpAndAreNeverUsedTwice) {
    SeededRandom random{1};
    RecordLayer records{random, 7};
    const auto first = records.write(ContentType::handshake, 0, viewOf("x"));
    const auto second = records.write(ContentType::handshake, 0, viewOf("x"));
    EXPECT_EQ(recordsOf(first)[0].sequence, 7u);
    EXPECT_EQ(recordsOf(second)[0].sequence, 8u);
    records.skipTo(0, RecordLayer::kLastSequence);
    EXPECT_EQ(records.left(0), 1u);
    EXPECT_FALSE(records.write(ContentType::alert, 0, viewOf("ab")).empty());
    EXPECT_EQ(records.left(0), 0u);
    EXPECT_TRUE(records.write(ContentType::alert, 0, viewOf("ab")).empty());
}

TEST(RecordLayer, WritesNothingInEpochOneWithoutKeys) {
    SeededRandom random{1};
    RecordLayer records{random, 0};
    EXPECT_TRUE(records.write(ContentType::applicationData, 1, viewOf("secret")).empty());
}

TEST(RecordLayer, ForgedRecordsDoNotMoveTheWindow) {
    SeededRandom random{1};
    RecordLayer client{random, 0}, server{random, 0};
    client.install(hex(kJustWorksSecrets.keyBlock), Role::client);
    server.install(hex(kJustWorksSecrets.keyBlock), Role::server);
    const auto octets = client.write(ContentType::applicationData, 1, viewOf("x"));
    auto forged = octets;
    forged[5] = 0xff; // a number far ahead
    Bytes content;
    EXPECT_EQ(server.open(recordsOf(forged)[0], content), RecordLayer::Opened::bad);
    EXPECT_EQ(server.open(recordsOf(octets)[0], content), RecordLayer::Opened::good);
    EXPECT_EQ(textOf(content), "x");
    EXPECT_EQ(server.open(recordsOf(octets)[0], content), RecordLayer::Opened::replayed);
}

} // namespace ocfsecd::dtls::ocf_suite::test
