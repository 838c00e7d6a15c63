#pragma once
// What devices answer, read within limits: the properties an onboarding tool looks at (facts 2.1–2.5).

#include "base/uuid.h"
#include "cbor/value.h"
#include "coap/exchange.h"
#include "svr/state.h"

#include <optional>
#include <string>
#include <vector>

namespace ocfsecd::obt {

struct Doxm {
    std::vector<std::int64_t> oxms;
    std::int64_t oxmsel = -1;
    std::int64_t sct = 0;
    bool owned = false;
    Uuid device, devowner, rowner;
    bool offers(std::int64_t method) const;
};

struct Pstat {
    std::int64_t state = -1;
    bool pending = false;
    bool operational = false;
    std::int64_t om = 0, sm = 0;
    Uuid rowner;
};

struct Cred {
    struct Entry {
        std::int64_t credid = -1;
        std::int64_t credtype = 0;
        std::string subject; ///< a UUID or "*"
        std::string usage;
        std::string certificates;          ///< PEM of publicdata
        std::optional<svr::RoleId> role{}; ///< the peer has by this key
    };
    std::vector<Entry> entries;
    Uuid rowner;
    const Entry* keyOf(const Uuid& subject) const; ///< its symmetric key, null when there is none
};

/// The payload of a 2.05; what a device answers instead becomes a Failure by refusal().
Result<cbor::Value> bodyOf(const coap::Response& response, std::string_view what);
Result<Doxm> parseDoxm(const cbor::Value& body);
Result<Pstat> parsePstat(const cbor::Value& body);
Result<Cred> parseCred(const cbor::Value& body);
/// `rowneruuid` of any secure resource.
Result<Uuid> parseRowner(const cbor::Value& body);
/// `n` of /oic/d, its first 64 octets, fit to be shown; "" without one.
std::string parseName(const cbor::Value& body);

bool succeeded(const coap::Response& response); ///< class 2
/// What was refused, the code, what such a code usually means.
Failure refusal(const coap::Response& response, std::string_view what);

} // namespace ocfsecd::obt
