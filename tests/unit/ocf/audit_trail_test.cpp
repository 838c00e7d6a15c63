#include "ocf/audit_trail.h"

#include <gtest/gtest.h>

namespace ocfsecd::ocf {

namespace {

using Kind = Event::Kind;
using namespace std::chrono_literals;

const svr::WallTime kTime = std::chrono::sys_days{std::chrono::January / 31 / 2027};
constexpr TimePoint kNow{1h};

Event denied(std::string peer, std::string uuid = {}, std::string roles = {}) {
    return {Kind::accessDenied,
            Reason::notAuthorised,
            "no ACE lets somebody read",
            "let the access manager add one",
            {{"PEER", std::move(peer)},
             {"PEER_UUID", std::move(uuid)},
             {"HREF", "/oic/sec/cred"},
             {"OPERATION", "retrieve"},
             {"ROLES", std::move(roles)},
             {"STATE", "rfnop"}}};
}

struct Trail : AuditTrail {
    explicit Trail(std::size_t maxspace = 4096) : AuditTrail{maxspace, 30s} {}
    void tell(const Event& event, TimePoint now = kNow) { record(event, filters, kTime, now); }
    std::string last() const {
        return log().entries().empty() ? "-" : cbor::diagnostic(svr::representation(log().entries().back()));
    }
    svr::Ael filters;
};

} // namespace

TEST(Conformance, AE_02_access_denied_logged) {
    Trail trail;
    trail.tell(denied("192.0.2.1:40000"));
    EXPECT_EQ(trail.last(), R"({"aeid": "AC-1", "category": 1, "priority": 2, "timestamp": "2027-01-31T00:00:00Z", )"
                            R"("message": "Access Denied", "auxiliaryinfo": ["192.0.2.1:40000", "/oic/sec/cred", )"
                            R"("RETRIEVE", "RFNOP", "No roles asserted"]})");
    trail.tell(denied("192.0.2.1:40000", "5000000f-0000-4000-8000-000000000004", "oic.role.owner, cook"));
    EXPECT_EQ(trail.log().entries().back().auxiliaryinfo,
              (std::vector<std::string>{"192.0.2.1:40000", "5000000f-0000-4000-8000-000000000004", "/oic/sec/cred",
                                        "RETRIEVE", "RFNOP", "oic.role.owner, cook"}));
}

TEST(AuditTrail, EveryKindOfReportHasItsEvent) {
    struct Row {
        Kind kind;
        std::string_view aeid;
        int category, priority;
    };
    constexpr Row rows[]{{Kind::accessDenied, "AC-1", 0x01, 2},
                         {Kind::handshakeFailed, "AUTH-1", 0x08, 1},
                         {Kind::connectionRefused, "AUTH-1", 0x08, 1},
                         {Kind::unexpectedTraffic, "COMM-1", 0x40, 2},
                         {Kind::requestRefused, "COMM-2", 0x40, 3},
                         {Kind::stateChanged, "OB-1", 0x02, 3},
                         {Kind::methodSelected, "OB-2", 0x02, 3},
                         {Kind::ownerCredentialEstablished, "OB-3", 0x02, 3},
                         {Kind::owned, "OB-4", 0x02, 3},
                         {Kind::resetBegun, "DEV-1", 0x04, 2},
                         {Kind::resetDone, "DEV-2", 0x04, 3},
                         {Kind::started, "DEV-3", 0x04, 3},
                         {Kind::commitFailed, "DEV-4", 0x04, 1},
                         {Kind::resourceChanged, "SVR-1", 0x10, 3}};
    for (const auto& row : rows) {
        Trail trail;
        trail.tell({row.kind, Reason::malformed, "text", "", {}});
        ASSERT_EQ(trail.log().entries().size(), 1U) << row.aeid;
        const auto& entry = trail.log().entries().front();
        EXPECT_EQ(entry.aeid, row.aeid);
        EXPECT_EQ(entry.category, row.category) << row.aeid;
        EXPECT_EQ(entry.priority, row.priority) << row.aeid;
        EXPECT_FALSE(entry.message.empty());
    }
}

TEST(AuditTrail, RefusalsAndDeletionsAreToldApart) {
    const auto aeid = [](Kind kind, Reason reason, std::string_view href, std::string_view operation) {
        return auditRuleOf({kind, reason, "", "", {{"HREF", std::string{href}}, {"OPERATION", std::string{operation}}}})
            .aeid;
    };
    EXPECT_EQ(aeid(Kind::requestRefused, Reason::methodNotAllowed, "/oic/sec/doxm", "delete"), "COMM-1");
    EXPECT_EQ(aeid(Kind::requestRefused, Reason::unsupportedInterface, "/oic/d", "retrieve"), "COMM-1");
    EXPECT_EQ(aeid(Kind::requestRefused, Reason::malformed, "/oic/sec/doxm", "update"), "SVR-3");
    EXPECT_EQ(aeid(Kind::requestRefused, Reason::deleteForbidden, "/oic/sec/cred", "delete"), "SVR-3");
    EXPECT_EQ(aeid(Kind::requestRefused, Reason::malformed, "/oic/sec/doxm", "retrieve"), "COMM-2");
    EXPECT_EQ(aeid(Kind::requestRefused, Reason::malformed, "/oc/con", "update"), "COMM-2");
    EXPECT_EQ(aeid(Kind::resourceChanged, {}, "/oic/sec/cred", "update"), "SVR-1");
    EXPECT_EQ(aeid(Kind::resourceChanged, {}, "/oic/sec/cred", "delete"), "SVR-2");
    Trail trail;
    trail.tell({Kind::requestRefused, Reason::methodNotAllowed, "no DELETE", "", {{"PEER", "192.0.2.1:1"}}});
    EXPECT_TRUE(trail.log().entries().back().auxiliaryinfo.empty()) << "facts 8.4: none";
}

TEST(AuditTrail, AFloodOfStrangersIsPutTogether) {
    Trail trail;
    for (int port = 1; port <= 100; ++port)
        trail.tell(denied("192.0.2.1:" + std::to_string(port)));
    EXPECT_EQ(trail.log().entries().size(), 4U);
    for (int i = 0; i < 10; ++i)
        trail.tell(denied("192.0.2.1:1", "5000000f-0000-4000-8000-00000000000" + std::to_string(i)));
    EXPECT_EQ(trail.log().entries().size(), 14U) << "who proved who he is counts as himself";
    trail.tick(trail.filters, kTime + 30s, kNow + 30s);
    ASSERT_EQ(trail.log().entries().size(), 15U);
    EXPECT_EQ(trail.log().entries().back().message, "Access Denied (and 95 more)");
    EXPECT_EQ(trail.log().entries().back().auxiliaryinfo.front(), "192.0.2.1:100");
    trail.tick(trail.filters, kTime + 60s, kNow + 60s);
    EXPECT_FALSE(trail.deadline()) << "and nothing is kept of a source that is silent";
}

TEST(AuditTrail, FiltersOfTheMomentDecideAlsoOverWhatIsPutTogether) {
    Trail trail;
    trail.filters.categoryfilter = 0xfe;
    for (int i = 0; i < 10; ++i)
        trail.tell(denied("192.0.2.1:1"));
    trail.filters.categoryfilter = 0xff;
    trail.tick(trail.filters, kTime, kNow + 31s);
    EXPECT_TRUE(trail.log().entries().empty());
    EXPECT_FALSE(trail.takeUnwritten(kNow));
}

TEST(AuditTrail, IsWrittenWhenItChangesAndNoOftener) {
    Trail trail;
    EXPECT_FALSE(trail.takeUnwritten(kNow));
    EXPECT_FALSE(trail.writeDeadline());
    trail.tell(denied("192.0.2.1:1"));
    EXPECT_TRUE(trail.takeUnwritten(kNow));
    trail.tell(denied("192.0.2.2:1"));
    EXPECT_EQ(trail.writeDeadline(), kNow + 30s);
    EXPECT_FALSE(trail.takeUnwritten(kNow + 29s));
    const auto second = trail.takeUnwritten(kNow + 30s);
    ASSERT_TRUE(second);
    Trail next;
    EXPECT_TRUE(next.restore(*second));
    EXPECT_EQ(next.log().entries(), trail.log().entries());
    trail.notWritten();
    EXPECT_FALSE(trail.takeUnwritten(kNow + 31s));
    trail.writeAtOnce();
    EXPECT_TRUE(trail.takeUnwritten(kNow + 31s)) << "the end of the daemon does not wait";
    trail.tell(denied("192.0.2.3:1"));
    trail.clear();
    EXPECT_FALSE(trail.takeUnwritten(kNow + 90s)) << "a RESET leaves nothing to write";
    EXPECT_TRUE(trail.log().entries().empty());
}

} // namespace ocfsecd::ocf
