#include "dtls/ocf_suite/flight.h"
#include "dtls/ocf_suite/reassembly.h"
#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

const TimePoint kStart{std::chrono::hours{1}};

struct Sender {
    Sender() { records.install(hex(kJustWorksSecrets.keyBlock), Role::client); }
    SeededRandom random{1};
    RecordLayer records{random, 0};
};

std::vector<FlightItem> threeMessages() {
    Bytes longBody(3000, 0x5a);
    return {{ContentType::handshake, 0, wrapMessage(MessageType::clientKeyExchange, 2, longBody)},
            {ContentType::changeCipherSpec, 0, Bytes(1, 1)},
            {ContentType::handshake, 1, wrapMessage(MessageType::finished, 3, Bytes(12, 9))}};
}

} // namespace

TEST(Flight, SmallMessagesShareADatagram) {
    Sender sender;
    Flight flight{{{ContentType::handshake, 0, wrapMessage(MessageType::serverHello, 1, Bytes(70))},
                   {ContentType::handshake, 0, wrapMessage(MessageType::serverHelloDone, 2, {})}},
                  true,
                  {}};
    const auto datagrams = flight.transmit(sender.records, kMaxDatagram, kStart);
    ASSERT_EQ(datagrams.size(), 1u);
    EXPECT_EQ(recordsOf(datagrams[0]).size(), 2u);
}

TEST(Flight, LongMessagesAreFragmentedAndComeTogetherAgain) {
    for (std::size_t mtu : {60u, 100u, 256u, 1232u, 9000u}) {
        Sender sender;
        Flight flight{threeMessages(), true, {}};
        Reassembly reassembly{2};
        for (const auto& datagram : flight.transmit(sender.records, mtu, kStart)) {
            EXPECT_LE(datagram.size(), std::max<std::size_t>(mtu, 13 + 16 + 12 + 64)) << mtu;
            for (const auto& record : recordsOf(datagram)) {
                if (record.type != ContentType::handshake || record.epoch != 0)
                    continue;
                auto rest = record.fragment;
                EXPECT_EQ(reassembly.add(*nextFragment(rest)), Reassembly::Added::kept);
            }
        }
        const auto message = reassembly.take();
        ASSERT_TRUE(message) << mtu;
        EXPECT_EQ(message->raw, threeMessages()[0].content) << mtu;
    }
}

TEST(Flight, EveryTransmissionHasNewRecordNumbers) {
    Sender sender;
    Flight flight{threeMessages(), true, {}};
    std::vector<std::pair<int, std::uint64_t>> numbers;
    for (int i = 0; i < 3; ++i)
        for (const auto& datagram : flight.transmit(sender.records, kMaxDatagram, kStart))
            for (const auto& record : recordsOf(datagram))
                numbers.push_back({record.epoch, record.sequence});
    std::sort(numbers.begin(), numbers.end());
    EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
}

// Facts 7.1: retransmissions at 1, 3, 7, 15, 31, 51 s.
TEST(Flight, IntervalDoublesUpToTheLimit) {
    Sender sender;
    Flight flight{threeMessages(), true, {}};
    flight.transmit(sender.records, kMaxDatagram, kStart);
    std::vector<std::chrono::seconds::rep> at;
    while (at.size() < 7) {
        const auto now = *flight.deadline();
        at.push_back(std::chrono::duration_cast<std::chrono::seconds>(now - kStart).count());
        flight.backOff();
        flight.transmit(sender.records, kMaxDatagram, now);
    }
    EXPECT_EQ(at, (decltype(at){1, 3, 7, 15, 31, 51, 71}));
}

TEST(Flight, AnUnansweredFlightHasNoTimer) {
    Sender sender;
    Flight flight{threeMessages(), false, {}};
    flight.transmit(sender.records, kMaxDatagram, kStart);
    EXPECT_FALSE(flight.deadline());
}

TEST(Flight, RepetitionOnDemandIsLimited) {
    Sender sender;
    Flight flight{threeMessages(), false, {}};
    flight.transmit(sender.records, kMaxDatagram, kStart);
    EXPECT_FALSE(flight.mayRepeat(kStart));
    EXPECT_FALSE(flight.mayRepeat(kStart + 499ms));
    EXPECT_TRUE(flight.mayRepeat(kStart + 500ms));
}

} // namespace ocfsecd::dtls::ocf_suite::test
