// The tables as text, against the published ones (facts 1.2, 1.5, 2.0, 2.1, 2.3–2.5) typed in again.

#include "svr/tables.h"

#include "svr/write_access.h"
#include "world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;

namespace {

std::string lettersOf(Mode mode) {
    switch (mode) {
    case Mode::R:
        return "R";
    case Mode::RWa:
        return "RW(anonymous)";
    case Mode::RWd:
        return "RW(DOC)";
    case Mode::RW:
        return "RW";
    case Mode::RWo:
        return "RW(DOTS)";
    }
    return "?";
}

std::string snapshot(std::span<const PropertyAccess> table) {
    std::string out;
    for (const auto& row : table) {
        out += row.name;
        for (const auto mode : row.mode)
            out += " " + lettersOf(mode);
        out += '\n';
    }
    return out;
}

} // namespace

TEST(Tables, DoxmReadsLikeFacts21) {
    EXPECT_EQ(snapshot(kDoxmAccess), "oxms R R R R R\n"
                                     "oxmsel R RW(anonymous) R R R\n"
                                     "sct R R R R R\n"
                                     "owned R RW(DOC) R R R\n"
                                     "deviceuuid R RW(DOC) R R R\n"
                                     "devowneruuid R RW(DOC) R R R\n"
                                     "rowneruuid R RW(DOC) R R RW(DOTS)\n");
}

TEST(Tables, PstatReadsLikeFacts23) {
    EXPECT_EQ(snapshot(kPstatAccess), "dos.s R RW(DOC) RW RW RW\n"
                                      "dos.p R R R R R\n"
                                      "isop R R R R R\n"
                                      "cm R R R R R\n"
                                      "tm R RW(DOC) RW RW RW(DOTS)\n"
                                      "om R RW(DOC) RW RW RW(DOTS)\n"
                                      "sm R R R R R\n"
                                      "rowneruuid R RW(DOC) R R RW(DOTS)\n");
}

TEST(Tables, CredReadsLikeFacts24) {
    EXPECT_EQ(snapshot(kCredAccess), "creds R RW(DOC) RW R RW(DOTS)\n"
                                     "rowneruuid R RW(DOC) R R RW(DOTS)\n");
}

TEST(Tables, Acl2ReadsLikeFacts25) {
    EXPECT_EQ(snapshot(kAcl2Access), "aclist2 R RW(DOC) RW R RW(DOTS)\n"
                                     "rowneruuid R RW(DOC) R R RW(DOTS)\n");
}

TEST(Tables, SpReadsLikeFacts26) {
    EXPECT_EQ(snapshot(kSpAccess), "supportedprofiles R RW(DOC) RW R RW\n"
                                   "currentprofile R RW(DOC) RW R RW\n");
}

TEST(Tables, SdiReadsLikeFacts29) {
    EXPECT_EQ(snapshot(kSdiAccess), "uuid R RW(DOC) R R R\n"
                                    "name R RW(DOC) RW R RW\n"
                                    "priv R RW(DOC) RW R RW\n");
}

TEST(Tables, AelReadsLikeFacts81) {
    EXPECT_EQ(snapshot(kAelAccess), "categoryfilter R RW(DOC) RW R RW\n"
                                    "priorityfilter R RW(DOC) RW R RW\n"
                                    "maxspace R R R R R\n"
                                    "usedspace R R R R R\n"
                                    "unit R R R R R\n"
                                    "events R R R R R\n");
}

TEST(Tables, TransitionsReadLikeFacts12) {
    std::string out;
    for (const auto& row : kTransitions) {
        for (const auto entry : row)
            out += entry == Transition::yes    ? 'y'
                   : entry == Transition::no   ? 'n'
                   : entry == Transition::same ? '='
                                               : 'a';
        out += '\n';
    }
    EXPECT_EQ(out, "yannn\n"
                   "y=ynn\n"
                   "yn=yy\n"
                   "yny=y\n"
                   "ynyn=\n");
}

TEST(Tables, EntryValuesReadLikeFacts15) {
    std::string out;
    for (std::size_t i = 0; i < kEntryValues.size(); ++i) {
        const auto& row = kEntryValues.at(i);
        EXPECT_EQ(static_cast<std::size_t>(row.state), i) << "indexed by state";
        out += fmt::format("{} p={} isop={} cm={} tm={}\n", nameOf(row.state), row.pending, row.isop, row.cm, row.tm);
    }
    EXPECT_EQ(out, "reset p=true isop=false cm=1 tm=2\n"
                   "rfotm p=false isop=false cm=2 tm=0\n"
                   "rfpro p=false isop=false cm=0 tm=0\n"
                   "rfnop p=false isop=true cm=0 tm=0\n"
                   "sreset p=false isop=false cm=1 tm=0\n");
}

TEST(Tables, ResourcesReadLikeFacts20) {
    std::string out;
    for (const auto& row : kResources)
        out += fmt::format("{} {} {},{} bm={} secureOnly={} {}{}{}\n", row.href, row.rt, row.interfaces[0],
                           row.interfaces[1], row.bm, row.secureOnly, (row.methods & methods::get) != 0 ? "G" : "",
                           (row.methods & methods::post) != 0 ? "P" : "", (row.methods & methods::del) != 0 ? "D" : "");
    EXPECT_EQ(out, "/oic/sec/doxm oic.r.doxm oic.if.rw,oic.if.baseline bm=1 secureOnly=false GP\n"
                   "/oic/sec/pstat oic.r.pstat oic.if.rw,oic.if.baseline bm=3 secureOnly=false GP\n"
                   "/oic/sec/cred oic.r.cred oic.if.rw,oic.if.baseline bm=1 secureOnly=true GPD\n"
                   "/oic/sec/acl2 oic.r.acl2 oic.if.rw,oic.if.baseline bm=1 secureOnly=true GPD\n"
                   "/oic/sec/sp oic.r.sp oic.if.rw,oic.if.baseline bm=1 secureOnly=true GP\n"
                   "/oic/sec/sdi oic.r.sdi oic.if.rw,oic.if.baseline bm=1 secureOnly=true GP\n"
                   "/oic/sec/ael oic.r.ael oic.if.rw,oic.if.baseline bm=1 secureOnly=true GP\n"
                   "/oic/sec/csr oic.r.csr oic.if.rw,oic.if.baseline bm=1 secureOnly=true G\n"
                   "/oic/sec/roles oic.r.roles oic.if.rw,oic.if.baseline bm=1 secureOnly=true GPD\n"
                   "/oic/sec/crl oic.r.crl oic.if.rw,oic.if.baseline bm=1 secureOnly=true GP\n");
}

TEST(WriteAccess, StandingFollowsStateAndPeer) {
    World world{OnboardingState::rfpro, true};
    EXPECT_EQ(standingOf(world.state, inClear()), Standing::anonymous);
    EXPECT_EQ(standingOf(world.state, overDoc()), Standing::doc);
    EXPECT_EQ(standingOf(world.state, as(kOwner)), Standing::dots);
    EXPECT_EQ(standingOf(world.state, as(kCms)), Standing::other);
    world.state.doxm.rowneruuid = kCms; // devowneruuid stays with kOwner
    EXPECT_EQ(standingOf(world.state, as(kOwner)), Standing::other);
    world.state = enter(world.state, OnboardingState::sreset);
    EXPECT_EQ(standingOf(world.state, as(kOwner)), Standing::dots);
    world.state.doxm = {};
    EXPECT_EQ(standingOf(world.state, as(Uuid{})), Standing::other) << "nil is nobody's name";
}

TEST(WriteAccess, SaysWhatWouldHaveToChange) {
    using enum OnboardingState;
    EXPECT_TRUE(checkWrite(kDoxmAccess, "oxmsel", rfotm, Standing::anonymous));
    EXPECT_EQ(checkWrite(kDoxmAccess, "oxmsel", rfotm, Standing::doc).failure().reason, Reason::readOnly);
    EXPECT_EQ(checkWrite(kDoxmAccess, "owned", rfotm, Standing::anonymous).failure().reason, Reason::readOnly);
    EXPECT_EQ(checkWrite(kCredAccess, "creds", sreset, Standing::other).failure().reason, Reason::notAuthorised);
    EXPECT_TRUE(checkWrite(kCredAccess, "creds", sreset, Standing::dots));
    EXPECT_TRUE(checkWrite(kCredAccess, "creds", rfpro, Standing::other));
    EXPECT_EQ(checkWrite(kCredAccess, "rt", rfpro, Standing::dots).failure().reason, Reason::unknownProperty);
}
