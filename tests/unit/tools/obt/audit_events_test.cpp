// The auditable events of a device in words (facts 8).

#include "tools/obt/audit_events.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {
namespace {

cbor::Map denied() {
    return {{"aeid", "AC-1"},
            {"category", 1},
            {"priority", 2},
            {"timestamp", "2026-11-01T08:00:00Z"},
            {"message", "Access Denied"},
            {"auxiliaryinfo", cbor::Array{cbor::Value{"/oic/sec/sp"}}}};
}
cbor::Map list(cbor::Array events) {
    return {{"events", std::move(events)},
            {"usedspace", 100},
            {"maxspace", 2048},
            {"categoryfilter", 255},
            {"priorityfilter", 4}};
}

TEST(AuditEvents, AnEventWithAllItSays) {
    const auto read = parseAuditEvents(list({cbor::Value{denied()}}));
    ASSERT_TRUE(read) << read.failure().what;
    ASSERT_EQ(read->events.size(), 1U);
    EXPECT_EQ(read->events.front().id, "AC-1");
    EXPECT_EQ(read->events.front().details, std::vector<std::string>{"/oic/sec/sp"});
    EXPECT_EQ(read->maxSpace, 2048);
}

TEST(AuditEvents, WhatLacksAMemberIsRefused) {
    for (const auto* missing : {"aeid", "category", "priority", "timestamp", "message"}) {
        auto event = denied();
        std::erase_if(event, [&](const auto& member) { return member.first.text() == missing; });
        EXPECT_FALSE(parseAuditEvents(list({cbor::Value{event}}))) << missing;
    }
    for (const auto* missing : {"events", "usedspace", "maxspace", "categoryfilter", "priorityfilter"}) {
        auto body = list({});
        std::erase_if(body, [&](const auto& member) { return member.first.text() == missing; });
        EXPECT_FALSE(parseAuditEvents(body)) << missing;
    }
    EXPECT_FALSE(parseAuditEvents(cbor::Value{3}));
    EXPECT_FALSE(parseAuditEvents(list({cbor::Value{3}})));
}

TEST(AuditEvents, CategoriesAndPrioritiesHaveNames) {
    EXPECT_EQ(categoryText(0x01), "access-control");
    EXPECT_EQ(categoryText(0x48), "authentication,communication");
    EXPECT_EQ(categoryText(0x100), "0x100");
    EXPECT_EQ(categoryText(0), "0x0");
    EXPECT_EQ(priorityText(0), "critical");
    EXPECT_EQ(priorityText(4), "debug");
    EXPECT_EQ(priorityText(-1), "-1");
    EXPECT_EQ(priorityText(5), "5");
    std::int64_t all = 0;
    for (const auto& name : categoryNames())
        all |= categoryNamed(name).value();
    EXPECT_EQ(all, kAllCategories);
    for (const auto& name : priorityNames())
        EXPECT_EQ(priorityText(priorityNamed(name).value()), name);
    EXPECT_FALSE(categoryNamed("weather"));
    EXPECT_FALSE(priorityNamed("urgent"));
}

} // namespace
} // namespace ocfsecd::obt
