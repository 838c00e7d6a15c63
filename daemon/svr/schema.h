#pragma once
// The shape of every property of the secure resources (facts clause 2, 8.1), as one table beside those of who may write
// it.

#include "svr/tables.h"

#include <span>

namespace ocfsecd::svr {

enum class Shape : std::uint8_t { boolean, integer, text, uuid, integers, texts, object, objects };

struct PropertySchema {
    std::string_view rt, name;
    Shape shape;
    bool required = true;
};

// clang-format off
inline constexpr std::array kSchema{
    PropertySchema{"oic.r.doxm",  "oxms",              Shape::integers},
    PropertySchema{"oic.r.doxm",  "oxmsel",            Shape::integer},
    PropertySchema{"oic.r.doxm",  "sct",               Shape::integer},
    PropertySchema{"oic.r.doxm",  "owned",             Shape::boolean},
    PropertySchema{"oic.r.doxm",  "deviceuuid",        Shape::uuid},
    PropertySchema{"oic.r.doxm",  "devowneruuid",      Shape::uuid},
    PropertySchema{"oic.r.doxm",  "rowneruuid",        Shape::uuid},
    PropertySchema{"oic.r.pstat", "dos",               Shape::object},
    PropertySchema{"oic.r.pstat", "isop",              Shape::boolean},
    PropertySchema{"oic.r.pstat", "cm",                Shape::integer},
    PropertySchema{"oic.r.pstat", "tm",                Shape::integer},
    PropertySchema{"oic.r.pstat", "om",                Shape::integer},
    PropertySchema{"oic.r.pstat", "sm",                Shape::integer},
    PropertySchema{"oic.r.pstat", "rowneruuid",        Shape::uuid},
    PropertySchema{"oic.r.cred",  "creds",             Shape::objects},
    PropertySchema{"oic.r.cred",  "rowneruuid",        Shape::uuid},
    PropertySchema{"oic.r.acl2",  "aclist2",           Shape::objects},
    PropertySchema{"oic.r.acl2",  "rowneruuid",        Shape::uuid},
    PropertySchema{"oic.r.sp",    "supportedprofiles", Shape::texts},
    PropertySchema{"oic.r.sp",    "currentprofile",    Shape::text},
    PropertySchema{"oic.r.csr",   "csr",               Shape::text},
    PropertySchema{"oic.r.csr",   "encoding",          Shape::text},
    PropertySchema{"oic.r.roles", "roles",             Shape::objects},
    PropertySchema{"oic.r.sdi",   "uuid",              Shape::uuid},
    PropertySchema{"oic.r.sdi",   "name",              Shape::text},
    PropertySchema{"oic.r.sdi",   "priv",              Shape::boolean},
    PropertySchema{"oic.r.ael",   "events",            Shape::objects},
    PropertySchema{"oic.r.ael",   "usedspace",         Shape::integer},
    PropertySchema{"oic.r.ael",   "maxspace",          Shape::integer},
    PropertySchema{"oic.r.ael",   "unit",              Shape::text, false},
    PropertySchema{"oic.r.ael",   "categoryfilter",    Shape::integer},
    PropertySchema{"oic.r.ael",   "priorityfilter",    Shape::integer},
    PropertySchema{"oic.r.crl",   "crlid",             Shape::integer},
    PropertySchema{"oic.r.crl",   "thisupdate",        Shape::text},
    PropertySchema{"oic.r.crl",   "crldata",           Shape::text},
};
// clang-format on

/// The access table of a resource type; empty where what may be written is no matter of the state (csr, roles).
constexpr std::span<const PropertyAccess> accessOf(std::string_view rt) {
    if (rt == "oic.r.doxm")
        return kDoxmAccess;
    if (rt == "oic.r.pstat")
        return kPstatAccess;
    if (rt == "oic.r.cred")
        return kCredAccess;
    if (rt == "oic.r.acl2")
        return kAcl2Access;
    if (rt == "oic.r.sp")
        return kSpAccess;
    if (rt == "oic.r.sdi")
        return kSdiAccess;
    if (rt == "oic.r.ael")
        return kAelAccess;
    if (rt == "oic.r.crl")
        return kCrlAccess;
    return {};
}

/// Is there a state in which somebody writes it, or a member of it ("dos.s")?
constexpr bool isEverWritten(std::string_view rt, std::string_view name) {
    for (const auto& row : accessOf(rt)) {
        const bool member = row.name.size() > name.size() && row.name.starts_with(name) && row.name[name.size()] == '.';
        if (row.name != name && !member)
            continue;
        for (const auto mode : row.mode)
            if (mode != Mode::R)
                return true;
    }
    return rt == "oic.r.roles";
}

} // namespace ocfsecd::svr
