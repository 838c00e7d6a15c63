#pragma once
// The published tables of the secure resources as data: what a resource is (facts 2.0), who may do what with a property
// in which state (facts 2.1, 2.3–2.9, 8.1), which transitions exist (1.2) and what entering a state sets (1.5).

#include "coap/exchange.h"
#include "svr/state.h"

#include <array>
#include <string_view>

namespace ocfsecd::svr {

// ---- Resources (facts 2.0) ----

/// Bits of ResourceDescription::methods.
namespace methods {
inline constexpr unsigned get = 1, post = 2, del = 4;
}

struct ResourceDescription {
    std::string_view href;
    std::string_view rt;
    std::array<std::string_view, 2> interfaces; ///< the default first
    unsigned bm;                                ///< `p.bm`: 1 discoverable, 2 observable
    bool secureOnly; ///< never a clear endpoint; else one in RFOTM before the onboarding connection
    unsigned methods;
};

inline constexpr std::string_view kBaseline = "oic.if.baseline";
inline constexpr std::string_view kReadWrite = "oic.if.rw";

inline constexpr std::array kResources{
    ResourceDescription{"/oic/sec/doxm", "oic.r.doxm", {kReadWrite, kBaseline}, 1, false, methods::get | methods::post},
    ResourceDescription{
        "/oic/sec/pstat", "oic.r.pstat", {kReadWrite, kBaseline}, 3, false, methods::get | methods::post},
    ResourceDescription{
        "/oic/sec/cred", "oic.r.cred", {kReadWrite, kBaseline}, 1, true, methods::get | methods::post | methods::del},
    ResourceDescription{
        "/oic/sec/acl2", "oic.r.acl2", {kReadWrite, kBaseline}, 1, true, methods::get | methods::post | methods::del},
    ResourceDescription{"/oic/sec/sp", "oic.r.sp", {kReadWrite, kBaseline}, 1, true, methods::get | methods::post},
    ResourceDescription{"/oic/sec/sdi", "oic.r.sdi", {kReadWrite, kBaseline}, 1, true, methods::get | methods::post},
    ResourceDescription{"/oic/sec/ael", "oic.r.ael", {kReadWrite, kBaseline}, 1, true, methods::get | methods::post},
    ResourceDescription{"/oic/sec/csr", "oic.r.csr", {kReadWrite, kBaseline}, 1, true, methods::get},
    ResourceDescription{
        "/oic/sec/roles", "oic.r.roles", {kReadWrite, kBaseline}, 1, true, methods::get | methods::post | methods::del},
    ResourceDescription{"/oic/sec/crl", "oic.r.crl", {kReadWrite, kBaseline}, 1, true, methods::get | methods::post},
};

/// The row of a secure resource; null for any other href.
constexpr const ResourceDescription* findResource(std::string_view href) {
    for (const auto& row : kResources)
        if (row.href == href)
            return &row;
    return nullptr;
}

// ---- Properties (facts 2.1, 2.3–2.6, 2.9, 2.11, 8.1) ----

/// What the writer has to be, beside having passed the access decision.
enum class Mode : std::uint8_t {
    R,   ///< nobody writes
    RWa, ///< anonymously in clear, before the onboarding connection
    RWd, ///< over the onboarding connection
    RW,  ///< whoever has access
    RWo, ///< the DOTS, or the onboarding connection while it lives
};

struct PropertyAccess {
    std::string_view name;
    std::array<Mode, kOnboardingStates> mode; ///< RESET, RFOTM, RFPRO, RFNOP, SRESET
};

// clang-format off
namespace published { // keeps the short names of the modes to these tables
using enum Mode;

inline constexpr std::array kDoxmAccess{
    //                             RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"oxms",         {R,   R,    R,    R,    R}},
    PropertyAccess{"oxmsel",       {R,   RWa,  R,    R,    R}},
    PropertyAccess{"sct",          {R,   R,    R,    R,    R}},
    PropertyAccess{"owned",        {R,   RWd,  R,    R,    R}},
    PropertyAccess{"deviceuuid",   {R,   RWd,  R,    R,    R}},
    PropertyAccess{"devowneruuid", {R,   RWd,  R,    R,    R}},
    PropertyAccess{"rowneruuid",   {R,   RWd,  R,    R,    RWo}},
};

inline constexpr std::array kPstatAccess{
    //                             RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"dos.s",        {R,   RWd,  RW,   RW,   RW}},
    PropertyAccess{"dos.p",        {R,   R,    R,    R,    R}},
    PropertyAccess{"isop",         {R,   R,    R,    R,    R}},
    PropertyAccess{"cm",           {R,   R,    R,    R,    R}},
    PropertyAccess{"tm",           {R,   RWd,  RW,   RW,   RWo}},
    PropertyAccess{"om",           {R,   RWd,  RW,   RW,   RWo}},
    PropertyAccess{"sm",           {R,   R,    R,    R,    R}},
    PropertyAccess{"rowneruuid",   {R,   RWd,  R,    R,    RWo}},
};

inline constexpr std::array kCredAccess{
    //                             RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"creds",        {R,   RWd,  RW,   R,    RWo}},
    PropertyAccess{"rowneruuid",   {R,   RWd,  R,    R,    RWo}},
};

inline constexpr std::array kCrlAccess{ // as creds (facts 2.11, U15)
    //                             RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"crlid",        {R,   RWd,  RW,   R,    RWo}},
    PropertyAccess{"thisupdate",   {R,   RWd,  RW,   R,    RWo}},
    PropertyAccess{"crldata",      {R,   RWd,  RW,   R,    RWo}},
};

inline constexpr std::array kAcl2Access{
    //                             RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"aclist2",      {R,   RWd,  RW,   R,    RWo}},
    PropertyAccess{"rowneruuid",   {R,   RWd,  R,    R,    RWo}},
};

inline constexpr std::array kSpAccess{
    //                                  RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"supportedprofiles", {R,   RWd,  RW,   R,    RW}},
    PropertyAccess{"currentprofile",    {R,   RWd,  RW,   R,    RW}},
};

inline constexpr std::array kSdiAccess{
    //                             RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"uuid",         {R,   RWd,  R,    R,    R}},
    PropertyAccess{"name",         {R,   RWd,  RW,   R,    RW}},
    PropertyAccess{"priv",         {R,   RWd,  RW,   R,    RW}},
};

inline constexpr std::array kAelAccess{
    //                               RESET RFOTM RFPRO RFNOP SRESET
    PropertyAccess{"categoryfilter", {R,   RWd,  RW,   R,    RW}},
    PropertyAccess{"priorityfilter", {R,   RWd,  RW,   R,    RW}},
    PropertyAccess{"maxspace",       {R,   R,    R,    R,    R}},
    PropertyAccess{"usedspace",      {R,   R,    R,    R,    R}},
    PropertyAccess{"unit",           {R,   R,    R,    R,    R}},
    PropertyAccess{"events",         {R,   R,    R,    R,    R}},
};

} // namespace published
using published::kAcl2Access;
using published::kAelAccess;
using published::kCredAccess;
using published::kCrlAccess;
using published::kDoxmAccess;
using published::kPstatAccess;
using published::kSdiAccess;
using published::kSpAccess;

// ---- Transitions (facts 1.2) ----

enum class Transition : std::uint8_t {
    no,
    yes,
    same,      ///< a successful no-op
    automatic, ///< by the device itself, never by a client
};

/// kTransitions[from][to].
inline constexpr std::array<std::array<Transition, kOnboardingStates>, kOnboardingStates> kTransitions{{
    // to:          RESET            RFOTM                  RFPRO             RFNOP             SRESET
    /* RESET  */ {{Transition::yes, Transition::automatic, Transition::no,   Transition::no,   Transition::no}},
    /* RFOTM  */ {{Transition::yes, Transition::same,      Transition::yes,  Transition::no,   Transition::no}},
    /* RFPRO  */ {{Transition::yes, Transition::no,        Transition::same, Transition::yes,  Transition::yes}},
    /* RFNOP  */ {{Transition::yes, Transition::no,        Transition::yes,  Transition::same, Transition::yes}},
    /* SRESET */ {{Transition::yes, Transition::no,        Transition::yes,  Transition::no,   Transition::same}},
}};

// ---- Values on entering a state (facts 1.5) ----

/// Bits 6 and 7 (software update) of cm and tm are kept.
struct EntryValues {
    OnboardingState state;
    bool pending, isop;
    int cm, tm;
};

inline constexpr std::array<EntryValues, kOnboardingStates> kEntryValues{{
    {OnboardingState::reset,  true,  false, 1, 2},
    {OnboardingState::rfotm,  false, false, 2, 0},
    {OnboardingState::rfpro,  false, false, 0, 0},
    {OnboardingState::rfnop,  false, true,  0, 0},
    {OnboardingState::sreset, false, false, 1, 0},
}};
// clang-format on

} // namespace ocfsecd::svr
