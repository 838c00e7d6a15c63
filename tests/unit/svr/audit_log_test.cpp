#include "svr/audit_log.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using namespace std::chrono_literals;

namespace {

const WallTime kTime = std::chrono::sys_days{std::chrono::November / 13 / 2018} + 20h + 22min + 39s;

AuditEntry denied(std::string href, WallTime time = kTime) {
    return {"AC-1",
            category::accessControl,
            priority::warning,
            time,
            "Access Denied",
            {"[2001::1]:1234", "0f33887b-f7d6-4fdb-9125-dd4b60d5aaae", std::move(href), "UPDATE", "RFNOP",
             "No roles asserted"}};
}

std::size_t octetsOf(const AuditLog& log) {
    std::size_t out = 0;
    for (const auto& entry : log.entries())
        out += cbor::encode(representation(entry)).size();
    return out;
}

} // namespace

TEST(Conformance, AE_05_category_filter) {
    for (int bit = 1; bit < 256; bit *= 2) {
        AuditEntry entry = denied("/a");
        entry.category = bit;
        AuditLog log;
        EXPECT_FALSE(log.add({255 & ~bit, 4}, entry)) << bit;
        EXPECT_TRUE(log.entries().empty());
        EXPECT_TRUE(log.add({bit, 4}, entry)) << bit;
    }
}

TEST(Conformance, AE_06_priority_filter) {
    for (int filter = 0; filter <= 4; ++filter)
        for (int level = 0; level <= 4; ++level) {
            AuditEntry entry = denied("/a");
            entry.priority = level;
            AuditLog log;
            EXPECT_EQ(log.add({255, filter}, entry), level <= filter) << level << " under " << filter;
        }
}

TEST(Conformance, AE_07_ring) {
    AuditLog log{1024};
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(log.add({}, denied("/light/" + std::to_string(i))));
        EXPECT_LE(log.usedspace(), log.maxspace());
        EXPECT_EQ(log.usedspace(), octetsOf(log));
        EXPECT_EQ(log.entries().back().auxiliaryinfo[2], "/light/" + std::to_string(i));
    }
    ASSERT_GT(log.entries().size(), 2U);
    for (std::size_t i = 1; i < log.entries().size(); ++i)
        EXPECT_LT(log.entries()[i - 1].auxiliaryinfo[2], log.entries()[i].auxiliaryinfo[2]) << "oldest first";
    const auto before = log.entries();
    EXPECT_FALSE(log.add({}, denied(std::string(2000, 'x')))) << "what is larger than the space is dropped";
    EXPECT_EQ(log.entries(), before);
}

TEST(AuditLog, WritesAnEntryAsTheModelDoes) {
    EXPECT_EQ(cbor::diagnostic(representation(denied("/room1/led1"))),
              R"({"aeid": "AC-1", "category": 1, "priority": 2, "timestamp": "2018-11-13T20:22:39Z", )"
              R"("message": "Access Denied", "auxiliaryinfo": ["[2001::1]:1234", )"
              R"("0f33887b-f7d6-4fdb-9125-dd4b60d5aaae", "/room1/led1", "UPDATE", "RFNOP", "No roles asserted"]})");
    EXPECT_EQ(timestampOf(WallTime{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(timestampOf(std::chrono::sys_days{std::chrono::February / 29 / 2096} + 23h + 59min + 59s),
              "2096-02-29T23:59:59Z");
}

TEST(AuditLog, FiltersDoNotTouchWhatIsThere) {
    AuditLog log;
    EXPECT_TRUE(log.add({}, denied("/a")));
    EXPECT_FALSE(log.add({0, 0}, denied("/b")));
    EXPECT_EQ(log.entries().size(), 1U);
}

TEST(AuditLog, ItemsAreUnique) {
    AuditLog log;
    EXPECT_TRUE(log.add({}, denied("/a")));
    EXPECT_FALSE(log.add({}, denied("/a")));
    EXPECT_TRUE(log.add({}, denied("/a", kTime + 1s)));
    EXPECT_EQ(log.entries().size(), 2U);
}

TEST(AuditLog, SpaceHasBounds) {
    EXPECT_EQ(AuditLog{}.maxspace(), 2048U);
    EXPECT_EQ(AuditLog{0}.maxspace(), kMinAuditSpace);
    EXPECT_EQ(AuditLog{SIZE_MAX}.maxspace(), kMaxAuditSpace);
}

TEST(Conformance, AE_10_persistence) {
    AuditLog log;
    for (int i = 0; i < 50; ++i)
        log.add({}, denied("/light/" + std::to_string(i)));
    AuditLog back;
    EXPECT_TRUE(back.restore(log.encode()));
    EXPECT_EQ(back.entries(), log.entries());
    EXPECT_EQ(back.usedspace(), log.usedspace());
    AuditLog smaller{kMinAuditSpace};
    EXPECT_TRUE(smaller.restore(log.encode()));
    EXPECT_LE(smaller.usedspace(), kMinAuditSpace);
    EXPECT_EQ(smaller.entries().back(), log.entries().back()) << "the youngest stay";
}

TEST(AuditLog, TakesNothingOfWhatItDidNotWrite) {
    AuditLog written;
    written.add({}, denied("/a"));
    const auto good = written.encode();
    AuditLog log;
    log.add({}, denied("/kept"));
    const auto before = log.entries();
    const auto entry = [](cbor::Value category, cbor::Value priority, cbor::Value time, cbor::Value aux) {
        return cbor::encode(
            cbor::Array{1, cbor::Array{cbor::Value{cbor::Array{"AC-1", std::move(category), std::move(priority),
                                                               std::move(time), "x", std::move(aux)}}}});
    };
    EXPECT_TRUE(AuditLog{}.restore(entry(1, 2, 3, cbor::Array{"a"})));
    std::vector<Bytes> bad{{},
                           {0x00},
                           cbor::encode(cbor::Array{2, cbor::Array{}}),
                           cbor::encode(cbor::Array{1, cbor::Map{}}),
                           cbor::encode(cbor::Array{1, cbor::Array{cbor::Value{cbor::Array{}}}}),
                           entry(0, 2, 3, cbor::Array{}),
                           entry(256, 2, 3, cbor::Array{}),
                           entry(1, 5, 3, cbor::Array{}),
                           entry(1, -1, 3, cbor::Array{}),
                           entry(1, 2, -3, cbor::Array{}),
                           entry(1, 2, "3", cbor::Array{}),
                           entry(1, 2, 3, cbor::Array{7}),
                           entry(1, 2, 3, "aux")};
    for (std::size_t size = 0; size < good.size(); ++size)
        bad.push_back(copyOf(ByteView{good}.first(size)));
    for (const auto& octets : bad) {
        const auto outcome = log.restore(octets);
        ASSERT_FALSE(outcome) << toHex(octets);
        EXPECT_EQ(outcome.failure().reason, Reason::stateCorrupt);
        EXPECT_EQ(log.entries(), before);
    }
}
