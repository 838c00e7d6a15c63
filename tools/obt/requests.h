#pragma once
// The requests an onboarding tool sends, by their meaning; payload shapes as the reference tool's (facts 4.2).

#include "base/secret_bytes.h"
#include "base/uuid.h"
#include "cbor/value.h"
#include "coap/exchange.h"
#include "svr/state.h"

#include <optional>
#include <string>
#include <vector>

namespace ocfsecd::obt {

namespace href {
inline constexpr std::string_view doxm = "/oic/sec/doxm", pstat = "/oic/sec/pstat", cred = "/oic/sec/cred",
                                  acl2 = "/oic/sec/acl2", csr = "/oic/sec/csr", crl = "/oic/sec/crl",
                                  roles = "/oic/sec/roles", sdi = "/oic/sec/sdi", res = "/oic/res", device = "/oic/d";
}
namespace state {
inline constexpr int reset = 0, rfotm = 1, rfpro = 2, rfnop = 3, sreset = 4;
}
std::string_view stateName(std::int64_t state); ///< "RFPRO"; "?" for an unknown one

coap::Request makeGet(std::string_view path, std::vector<std::string> query = {});
coap::Request makePost(std::string_view path, const cbor::Value& body);
coap::Request makeDelete(std::string_view path, std::vector<std::string> query = {});
/// "GET /oic/sec/doxm?owned=FALSE" for messages.
std::string describe(const coap::Request& request);

coap::Request setState(int state); ///< pstat {dos:{s}}
coap::Request setRowner(std::string_view path, const Uuid& owner);

/// One member of `creds`.
struct KeyEntry {
    std::optional<std::int64_t> credid; ///< replaces that entry
    Uuid subject;
    ByteView key;                      ///< empty: both sides derive (facts 5.3)
    std::optional<svr::RoleId> role{}; ///< that the subject has by this key
};
coap::Request postKeys(const std::vector<KeyEntry>& entries, const std::optional<Uuid>& rowner);

/// One member of `creds` of type 8 (facts 6.1, 6.2).
struct CertificateEntry {
    std::string_view usage;
    std::string subject; ///< a UUID or "*"
    std::string pem;     ///< leaf first
};
coap::Request postCertificates(const std::vector<CertificateEntry>& entries);
/// Role certificates for /oic/sec/roles, PEM (facts 2.8).
coap::Request assertRoles(const std::vector<std::string>& certificates);

/// One member of `aclist2`.
struct AceEntry {
    std::string uuid;     ///< exactly one of the three
    std::string conntype; ///< "auth-crypt" or "anon-clear"
    std::vector<std::string> hrefs;
    std::string wildcard; ///< "*", "+", "-" or nothing
    int permission = 0;
    std::optional<svr::RoleId> role{};
    std::optional<svr::Validity> validity{}; ///< nothing: always
};
cbor::Value aceValue(const AceEntry& entry);
coap::Request postAces(const std::vector<AceEntry>& entries);
/// What the owner needs in normal operation and anybody may read (facts 3.6).
std::vector<AceEntry> defaultAces(const Uuid& owner);

} // namespace ocfsecd::obt
