// What strangers can cause fills no journal (design section 7).

#include "event_log.h"

#include "systemd/journal.h"

#include <gtest/gtest.h>

namespace ocfsecd {
namespace {

using Kind = ocf::Event::Kind;

struct Written {
    Written() {
        former = journal::setSink([this](const journal::Entry& entry) { entries.push_back(entry); });
    }
    ~Written() { journal::setSink(former); }
    Written(const Written&) = delete;
    Written& operator=(const Written&) = delete;

    std::vector<journal::Entry> entries;
    journal::Sink former;
};

ocf::Event eventOf(Kind kind, std::string peer = {}) {
    ocf::Event event{kind, Reason::malformed, "something happened", "", {}};
    if (!peer.empty())
        event.fields.emplace_back("PEER", std::move(peer));
    return event;
}

TEST(EventLog, PutsTogetherWhatComesFromOneHostWhateverItsPorts) {
    Written written;
    EventLog log;
    const TimePoint start{1h};
    for (int port = 1; port <= 100; ++port)
        log.report(0, eventOf(Kind::accessDenied, "192.0.2.1:" + std::to_string(port)), start);
    EXPECT_EQ(written.entries.size(), 1U);
    log.tick(start + 31s);
    ASSERT_EQ(written.entries.size(), 2U);
    EXPECT_NE(written.entries[1].text.find("98 more"), std::string::npos) << written.entries[1].text;
}

TEST(EventLog, IsBoundedForAnyNumberOfHosts) {
    Written written;
    EventLog log;
    const TimePoint start{1h};
    for (int host = 0; host < 10'000; ++host)
        log.report(0, eventOf(Kind::handshakeFailed, "host-" + std::to_string(host) + ":1"), start);
    EXPECT_LE(written.entries.size(), 65U);
}

// An anonymous tool of an unowned device can establish and delete an owner credential as fast as it can write; and a
// TPM that is gone makes each attempt to own the device, and every few seconds of a RESET, a failed commit.
TEST(EventLog, PutsTogetherWhatAnUnknownToolRepeats) {
    for (const auto kind : {Kind::ownerCredentialEstablished, Kind::commitFailed, Kind::resetBegun, Kind::resetDone,
                            Kind::methodSelected}) {
        Written written;
        EventLog log;
        for (int i = 0; i < 1000; ++i)
            log.report(0, eventOf(kind), TimePoint{1h + i * 10ms});
        EXPECT_EQ(written.entries.size(), 1U) << static_cast<int>(kind);
        log.tick(TimePoint{1h + 31s});
        EXPECT_EQ(written.entries.size(), 2U) << static_cast<int>(kind) << ": nothing is lost";
    }
}

TEST(EventLog, TellsWhatItsOwnersDoAtOnce) {
    Written written;
    EventLog log;
    for (int i = 0; i < 5; ++i) {
        log.report(0, eventOf(Kind::stateChanged), TimePoint{1h});
        log.report(0, eventOf(Kind::owned), TimePoint{1h});
    }
    EXPECT_EQ(written.entries.size(), 10U);
}

} // namespace
} // namespace ocfsecd
