#pragma once
// What the payloads of the resources look like, as one compact table written from the facts (clauses 2, 7.4, 7.5, 8):
// every answer of a device that the tests read is held against it, and every request of theirs that was accepted.

#include "cbor/value.h"

#include <string_view>
#include <vector>

namespace ocfsecd::test::payload {

enum class Kind : std::uint8_t {
    boolean,
    integer,  ///< within `least` and `most`
    text,     ///< one of `names`, where there are any
    uuid,     ///< in text
    anyUuid,  ///< or "*"
    secret,   ///< text or octets in a request; of no length in an answer
    integers, ///< each within `least` and `most`
    texts,
    object,  ///< of the form `names`
    objects, ///< each of the form `names`
};

enum class When : std::uint8_t {
    always,   ///< in every answer and every request that writes the object
    answered, ///< in every answer; a request may leave it out
    maybe,
    sent, ///< in requests only
};

/// One member of one form: "doxm" is what /oic/sec/doxm holds, "ace" what its list of access rules has in it.
struct Row {
    std::string_view form, name;
    Kind kind;
    When when = When::answered;
    std::int64_t least = 0, most = 0;
    std::string_view names; ///< allowed texts, or the name of a form
};

constexpr std::int64_t kAny = 0x7fffffff;

// clang-format off
inline constexpr Row kRows[] = {
    // facts 2.1
    {"doxm",  "oxms",              Kind::integers, When::answered, 0, 0xffff},
    {"doxm",  "oxmsel",            Kind::integer,  When::answered, 0, 0xffff},
    {"doxm",  "sct",               Kind::integer,  When::answered, 0, 511},
    {"doxm",  "owned",             Kind::boolean},
    {"doxm",  "deviceuuid",        Kind::uuid},
    {"doxm",  "devowneruuid",      Kind::uuid},
    {"doxm",  "rowneruuid",        Kind::uuid},
    // facts 2.3
    {"pstat", "dos",               Kind::object,   When::answered, 0, 0, "dos"},
    {"pstat", "isop",              Kind::boolean},
    {"pstat", "cm",                Kind::integer,  When::answered, 0, 255},
    {"pstat", "tm",                Kind::integer,  When::answered, 0, 255},
    {"pstat", "om",                Kind::integer,  When::answered, 1, 7},
    {"pstat", "sm",                Kind::integer,  When::answered, 1, 7},
    {"pstat", "rowneruuid",        Kind::uuid},
    {"dos",   "s",                 Kind::integer,  When::always,   0, 4},
    {"dos",   "p",                 Kind::boolean},
    // facts 2.4
    {"cred",  "creds",             Kind::objects,  When::answered, 0, 0, "credential"},
    {"cred",  "rowneruuid",        Kind::uuid},
    {"credential", "credid",       Kind::integer,  When::answered, 1, kAny},
    {"credential", "credtype",     Kind::integer,  When::always,   0, 511},
    {"credential", "subjectuuid",  Kind::anyUuid},
    {"credential", "credusage",    Kind::text,     When::maybe,    0, 0,
        "oic.sec.cred.trustca oic.sec.cred.cert oic.sec.cred.rolecert oic.sec.cred.mfgtrustca oic.sec.cred.mfgcert"},
    {"credential", "privatedata",  Kind::object,   When::maybe,    0, 0, "privatedata"},
    {"credential", "publicdata",   Kind::object,   When::maybe,    0, 0, "publicdata"},
    {"credential", "optionaldata", Kind::object,   When::maybe,    0, 0, "optionaldata"},
    {"credential", "roleid",       Kind::object,   When::maybe,    0, 0, "role"},
    {"credential", "period",       Kind::text,     When::maybe},
    {"credential", "crms",         Kind::texts,    When::maybe},
    {"credential", "oscore",       Kind::object,   When::maybe,    0, 0, "oscore"},
    {"credential", "tag",          Kind::text,     When::maybe},
    {"privatedata", "data",        Kind::secret,   When::answered},
    {"privatedata", "encoding",    Kind::text,     When::always,   0, 0, "oic.sec.encoding.raw oic.sec.encoding.base64"},
    {"privatedata", "handle",      Kind::integer,  When::maybe,    0, kAny},
    {"publicdata", "data",         Kind::text,     When::always},
    {"publicdata", "encoding",     Kind::text,     When::always,   0, 0, "oic.sec.encoding.pem"},
    {"optionaldata", "revstat",    Kind::boolean,  When::always},
    {"optionaldata", "data",       Kind::text,     When::maybe},
    {"optionaldata", "encoding",   Kind::text,     When::maybe},
    {"oscore", "senderid",         Kind::text,     When::maybe},
    {"oscore", "recipientid",      Kind::text,     When::maybe},
    {"oscore", "ssn",              Kind::integer,  When::maybe,    0, kAny},
    {"oscore", "desc",             Kind::text,     When::maybe},
    {"role",   "role",             Kind::text,     When::always},
    {"role",   "authority",        Kind::text,     When::maybe},
    // facts 2.5
    {"acl2",  "aclist2",           Kind::objects,  When::answered, 0, 0, "ace"},
    {"acl2",  "rowneruuid",        Kind::uuid},
    {"ace",   "aceid",             Kind::integer,  When::answered, 1, kAny},
    {"ace",   "subject",           Kind::object,   When::always,   0, 0, "subject"},
    {"ace",   "resources",         Kind::objects,  When::always,   0, 0, "target"},
    {"ace",   "permission",        Kind::integer,  When::always,   0, 31},
    {"ace",   "validity",          Kind::objects,  When::maybe,    0, 0, "validity"},
    {"ace",   "href",              Kind::text,     When::sent},
    {"ace",   "tag",               Kind::text,     When::maybe},
    {"subject", "uuid",            Kind::uuid,     When::maybe},
    {"subject", "role",            Kind::text,     When::maybe},
    {"subject", "authority",       Kind::text,     When::maybe},
    {"subject", "conntype",        Kind::text,     When::maybe,    0, 0, "auth-crypt anon-clear"},
    {"target", "href",             Kind::text,     When::maybe},
    {"target", "wc",               Kind::text,     When::maybe,    0, 0, "* + -"},
    {"target", "if",               Kind::texts,    When::sent},
    {"target", "rt",               Kind::texts,    When::sent},
    {"validity", "period",         Kind::text,     When::always},
    {"validity", "recurrence",     Kind::texts,    When::maybe},
    // facts 2.6
    {"sp",    "supportedprofiles", Kind::texts},
    {"sp",    "currentprofile",    Kind::text},
    // facts 2.7
    {"csr",   "csr",               Kind::text},
    {"csr",   "encoding",          Kind::text,     When::answered, 0, 0, "oic.sec.encoding.pem"},
    // facts 2.8
    {"roles", "roles",             Kind::objects,  When::answered, 0, 0, "rolecertificate"},
    {"rolecertificate", "credid",  Kind::integer,  When::answered, 1, kAny},
    {"rolecertificate", "credtype",    Kind::integer, When::always, 8, 8},
    {"rolecertificate", "subjectuuid", Kind::anyUuid},
    {"rolecertificate", "credusage",   Kind::text, When::always,   0, 0, "oic.sec.cred.rolecert"},
    {"rolecertificate", "publicdata",  Kind::object, When::always, 0, 0, "publicdata"},
    // facts 2.9
    {"sdi",   "uuid",              Kind::uuid},
    {"sdi",   "name",              Kind::text},
    {"sdi",   "priv",              Kind::boolean},
    // facts 2.11
    {"crl",   "crlid",             Kind::integer,  When::answered, 0, kAny},
    {"crl",   "thisupdate",        Kind::text},
    {"crl",   "crldata",           Kind::text},
    // facts 8.1, 8.2
    {"ael",   "categoryfilter",    Kind::integer,  When::answered, 0, 255},
    {"ael",   "priorityfilter",    Kind::integer,  When::answered, 0, 4},
    {"ael",   "maxspace",          Kind::integer,  When::answered, 0, kAny},
    {"ael",   "usedspace",         Kind::integer,  When::answered, 0, kAny},
    {"ael",   "unit",              Kind::text,     When::maybe,    0, 0, "Byte Kbyte"},
    {"ael",   "events",            Kind::objects,  When::answered, 0, 0, "event"},
    {"event", "aeid",              Kind::text},
    {"event", "category",          Kind::integer,  When::answered, 1, 128},
    {"event", "priority",          Kind::integer,  When::answered, 0, 4},
    {"event", "timestamp",         Kind::text},
    {"event", "message",           Kind::text},
    {"event", "auxiliaryinfo",     Kind::texts},
    // facts 7.4
    {"link",  "anchor",            Kind::text},
    {"link",  "href",              Kind::text},
    {"link",  "rt",                Kind::texts},
    {"link",  "if",                Kind::texts},
    {"link",  "p",                 Kind::object,   When::answered, 0, 0, "policy"},
    {"link",  "eps",               Kind::objects,  When::answered, 0, 0, "endpoint"},
    {"link",  "rel",               Kind::texts,    When::maybe},
    {"policy", "bm",               Kind::integer,  When::answered, 0, 15},
    {"endpoint", "ep",             Kind::text},
    {"endpoint", "pri",            Kind::integer,  When::maybe,    0, kAny},
    {"endpoint", "lat",            Kind::integer,  When::maybe,    0, kAny},
    {"res",   "rt",                Kind::texts},
    {"res",   "if",                Kind::texts},
    {"res",   "sduuid",            Kind::uuid,     When::maybe},
    {"res",   "sdname",            Kind::text,     When::maybe},
    {"res",   "links",             Kind::objects,  When::answered, 0, 0, "link"},
    // facts 7.5
    {"d",     "n",                 Kind::text},
    {"d",     "di",                Kind::uuid},
    {"d",     "icv",               Kind::text},
    {"d",     "dmv",               Kind::text},
    {"d",     "piid",              Kind::uuid},
    {"d",     "sv",                Kind::text,     When::maybe},
    {"p",     "pi",                Kind::uuid},
    {"p",     "mnmn",              Kind::text},
    {"p",     "mnml",              Kind::text,     When::maybe},
    {"p",     "mnmo",              Kind::text,     When::maybe},
    {"p",     "mndt",              Kind::text,     When::maybe},
    {"p",     "mnpv",              Kind::text,     When::maybe},
    {"p",     "mnos",              Kind::text,     When::maybe},
    {"p",     "mnhw",              Kind::text,     When::maybe},
    {"p",     "mnfv",              Kind::text,     When::maybe},
    {"p",     "mnsl",              Kind::text,     When::maybe},
    {"con",   "n",                 Kind::text},
    {"introspection", "urlInfo",   Kind::objects,  When::answered, 0, 0, "url"},
    {"url",   "protocol",          Kind::text,     When::answered, 0, 0, "coap coaps"},
    {"url",   "url",               Kind::text},
    {"url",   "content-type",      Kind::text,     When::maybe},
    {"url",   "version",           Kind::integer,  When::maybe,    0, kAny},
};

struct Resource {
    std::string_view href, form;
    bool tolerant; ///< of unknown members in requests
};
inline constexpr Resource kResources[] = {
    {"/oic/sec/doxm", "doxm", false}, {"/oic/sec/pstat", "pstat", false}, {"/oic/sec/cred", "cred", true},
    {"/oic/sec/acl2", "acl2", false}, {"/oic/sec/sp", "sp", false},       {"/oic/sec/csr", "csr", false},
    {"/oic/sec/roles", "roles", true}, {"/oic/sec/sdi", "sdi", true},     {"/oic/sec/crl", "crl", false},
    {"/oic/sec/ael", "ael", true},    {"/oic/d", "d", false},             {"/oic/p", "p", false},
    {"/oc/con", "con", false},        {"/oc/wk/introspection", "introspection", false},
};
// clang-format on

enum class Direction : std::uint8_t { answer, request };

/// What does not fit, one sentence each; nothing where all fits or the resource is not in the table.
std::vector<std::string> misfits(std::string_view href, Direction direction, const cbor::Value& body);

/// Appends the payload as a line of JSON to the file that OCFSECD_PAYLOADS names; nothing when it names none. Octets
/// become text: hexadecimal.
void record(std::string_view href, Direction direction, const cbor::Value& body);

} // namespace ocfsecd::test::payload
