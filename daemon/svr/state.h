#pragma once
// The security state of one logical device as one copyable value: every change makes a new value from the old one.
// Property names and values as on the wire (facts clause 2).

#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/uuid.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ocfsecd::svr {

/// `pstat.dos.s` (facts 1.1).
enum class OnboardingState : std::uint8_t { reset = 0, rfotm = 1, rfpro = 2, rfnop = 3, sreset = 4 };
inline constexpr std::size_t kOnboardingStates = 5;
std::string_view nameOf(OnboardingState state); ///< "rfotm"
/// Nothing for a number outside 0 … 4.
std::optional<OnboardingState> onboardingState(std::int64_t number);

/// Owner transfer methods: values of `doxm.oxms` and `doxm.oxmsel` (facts 2.1).
namespace oxm {
inline constexpr int justWorks = 0, randomPin = 1, manufacturerCertificate = 2, self = 4;
/// The name that enters the key derivation, "oic.sec.doxm.jw" (facts 4.4); empty for a method that makes no key.
std::string_view nameOf(int method);
} // namespace oxm

struct Doxm {
    int oxmsel = oxm::self;
    bool owned = false;
    Uuid deviceuuid;
    Uuid devowneruuid;
    Uuid rowneruuid;
    bool operator==(const Doxm&) const = default;
};

struct Pstat {
    OnboardingState state = OnboardingState::rfotm; ///< dos.s
    bool pending = false;                           ///< dos.p
    bool isop = false;
    int cm = 2;
    int tm = 0;
    int om = 4;
    int sm = 4;
    Uuid rowneruuid;
    bool operator==(const Pstat&) const = default;
};

enum class CredId : std::uint32_t {};
enum class AceId : std::uint32_t {};
inline std::int64_t numberOf(CredId id) {
    return static_cast<std::uint32_t>(id);
}
inline std::int64_t numberOf(AceId id) {
    return static_cast<std::uint32_t>(id);
}

/// A role; without authority it is a role of the local domain (facts 3.2).
struct RoleId {
    std::string role;
    std::optional<std::string> authority;
    auto operator<=>(const RoleId&) const = default;
};
using RoleIds = std::vector<RoleId>;

/// A secret sealed by the TPM (marshalled public and private area).
struct SealedBlob {
    Bytes publicArea;
    Bytes privateArea;
    bool operator==(const SealedBlob&) const = default;
};

/// The key of a credential: in clear until it is sealed (and while cached), sealed once it is durable.
struct Key {
    SharedSecret clear;
    std::optional<SealedBlob> sealed;
    bool empty() const { return !clear && !sealed; }
    /// Equal octets and equal blobs; compares the octets in constant time.
    bool operator==(const Key& other) const;
};

/// Facts 6.3.
enum class Encoding : std::uint8_t { raw, base64, pem };
std::string_view nameOf(Encoding encoding); ///< "oic.sec.encoding.raw"
std::optional<Encoding> encodingNamed(std::string_view name);

/// `credtype` (facts 6.1).
namespace credtype {
inline constexpr int symmetricPairWise = 1, asymmetricSigningWithCertificate = 8, oscorePairWise = 64,
                     oscoreMulticastClient = 128, oscoreMulticastServer = 256;
/// Its private data is a key that the TPM seals.
constexpr bool isSymmetric(int type) {
    return type == symmetricPairWise || type == oscorePairWise || type == oscoreMulticastClient ||
           type == oscoreMulticastServer;
}
} // namespace credtype

/// Where a key came from: derived from the onboarding connection (facts 5.2), or sent.
enum class Origin : std::uint8_t { derived, provisioned };

struct PublicData {
    Encoding encoding = Encoding::pem;
    std::string data;
    bool operator==(const PublicData&) const = default;
};

/// The OSCORE context of a credential (facts 2.4, RFC 8613). What is stored of its numbers is where they go on after a
/// restart: never one that was used before.
struct OscoreContext {
    Bytes senderId;         ///< empty: this end does not send
    Bytes recipientId;      ///< empty: this end does not receive
    std::string desc;       ///< of a multicast context
    std::uint64_t ssn = 0;  ///< sender sequence numbers below it may have been used
    std::uint64_t seen = 0; ///< requests of a multicast context numbered below it may have changed something
    bool operator==(const OscoreContext&) const = default;
};

/// One entry of `cred.creds` (facts 2.4).
struct Credential {
    CredId id{};
    int type = credtype::symmetricPairWise;
    std::optional<Uuid> subject; ///< nothing: "*", any subject
    std::string usage;           ///< `credusage`, empty when absent
    std::optional<RoleId> role;
    std::string period; ///< RFC 5545 period as sent, empty when absent
    std::vector<std::string> crms;
    std::string tag;
    std::optional<Encoding> privateEncoding; ///< as it is returned; nothing: no private data
    std::optional<PublicData> publicData;
    std::optional<OscoreContext> oscore;
    Key key;
    Origin origin = Origin::provisioned;
    bool proven = false; ///< own certificate: a session with it has succeeded, so it may take an older one's place
    bool operator==(const Credential&) const = default;
};

struct Cred {
    std::vector<Credential> creds; ///< oldest first: the last key of a subject is the one in use
    Uuid rowneruuid;
    bool operator==(const Cred&) const = default;
};

/// Security profiles as `/oic/sec/sp` writes them: dotted OIDs (facts 6.7).
namespace profile {
inline constexpr std::string_view baseline = "1.3.6.1.4.1.51414.0.0.1.0", black = "1.3.6.1.4.1.51414.0.0.2.0",
                                  blue = "1.3.6.1.4.1.51414.0.0.3.0", purple = "1.3.6.1.4.1.51414.0.0.4.0";
inline constexpr std::array all{baseline, black, blue, purple};
} // namespace profile

/// What the maker and the configuration allow; not part of the state, so that an update takes effect at once.
struct Capabilities {
    std::vector<int> oxms{oxm::justWorks}; ///< offered now
    int sct = 9;                           ///< `doxm.sct`: symmetric pair-wise keys and certificates
    std::string name = "ocfsecd";          ///< `/oic/d` n after a RESET
    std::vector<std::string> profiles{std::string{profile::baseline}}; ///< `sp.supportedprofiles`: never widened
    std::string currentProfile{profile::baseline};                     ///< `sp.currentprofile` after a RESET
    std::vector<Credential> manufacturerCredentials; ///< mfgcert and mfgtrustca: what a RESET leaves in `cred.creds`
    bool operator==(const Capabilities&) const = default;
};

/// Bits of `ace.permission` (facts 3.1).
namespace permission {
inline constexpr std::uint8_t create = 1, retrieve = 2, update = 4, del = 8, notify = 16, all = 31;
}

enum class ConnType : std::uint8_t { authCrypt, anonClear };
std::string_view nameOf(ConnType type); ///< "auth-crypt"

/// Whom an ACE is for: exactly one of the three.
using AceSubject = std::variant<Uuid, RoleId, ConnType>;

enum class Wildcard : char { all = '*', secure = '+', clear = '-' };

struct AceResource {
    std::optional<std::string> href;
    std::optional<Wildcard> wc;
    bool operator==(const AceResource&) const = default;
};

/// When an ACE grants (facts 2.5): a period, within it perhaps only its recurrences (RFC 5545 texts as sent).
struct Validity {
    std::string period;
    std::vector<std::string> recurrence;
    bool operator==(const Validity&) const = default;
};

/// One entry of `acl2.aclist2` (facts 2.5).
struct Ace {
    AceId id{};
    AceSubject subject;
    std::vector<AceResource> resources;
    std::uint8_t permission = 0;
    std::string tag;
    std::vector<Validity> validity; ///< empty: always
    bool operator==(const Ace&) const = default;
};

struct Acl2 {
    std::vector<Ace> aclist2;
    Uuid rowneruuid;
    bool operator==(const Acl2&) const = default;
};

/// Security profiles (facts 2.6).
struct Sp {
    std::vector<std::string> supportedprofiles;
    std::string currentprofile;
    bool operator==(const Sp&) const = default;
};

/// Security domain information (facts 2.9).
struct Sdi {
    Uuid uuid;
    std::string name;
    bool priv = false;
    bool operator==(const Sdi&) const = default;
};

/// What is recorded (facts 8.1); the events themselves are no part of the state.
struct Ael {
    int categoryfilter = 255;
    int priorityfilter = 4;
    bool operator==(const Ael&) const = default;
};

/// Certificate revocation list (facts 2.11).
struct Crl {
    std::int64_t crlid = 0;
    std::string thisupdate; ///< RFC 3339, UTC
    std::string crldata;    ///< base64 of the DER list
    bool operator==(const Crl&) const = default;
};

/// The signing key behind `/oic/sec/csr`. The TPM made it and alone can use it; `auth` is what it asks for. It is kept
/// only here, under the state key, so it is worthless after a RESET.
struct IdentityKey {
    SealedBlob blob;
    SharedSecret auth;
    bool operator==(const IdentityKey& other) const { return blob == other.blob; }
};

/// A group whose context is gone: by what identifier it sent, and below which number its requests were heard.
struct HeardGroup {
    Bytes recipientId;
    std::uint64_t seen = 0;
    bool operator==(const HeardGroup&) const = default;
};
inline constexpr std::size_t kMaxHeardGroups = 64; ///< the longest gone makes room

/// Where the numbers of a new OSCORE context begin, within one ownership.
struct OscoreNumbers {
    std::uint64_t first = 0;       ///< sender sequence numbers of the ownership; drawn in RESET
    std::uint64_t next = 0;        ///< above those of all contexts that are gone
    std::vector<HeardGroup> heard; ///< whoever has recorded their requests must not be heard again
    bool operator==(const OscoreNumbers&) const = default;
};

struct DeviceState {
    Doxm doxm;
    Pstat pstat;
    Cred cred;
    Acl2 acl2;
    Sp sp;
    Sdi sdi;
    Ael ael;
    std::optional<Crl> crl;
    std::optional<IdentityKey> identityKey; ///< made when a certificate request is first asked for
    OscoreNumbers oscoreNumbers;
    std::int64_t lastKnownGood = 0; ///< seconds since 1970: the latest time the device was sure of; 0: none
    Uuid piid;                      ///< `/oic/d` piid: one per ownership (facts U1)
    std::string name;               ///< `/oic/d` and `/oc/con` n
    bool operator==(const DeviceState&) const = default;
};

/// Is `uuid` one of the device's owners of facts 5.3: cred.rowneruuid, devowneruuid or doxm.rowneruuid? Never for nil.
bool isOwner(const DeviceState& state, const Uuid& uuid);
/// The symmetric key in use for a peer: the youngest of that subject; null when there is none. Never for nil.
const Credential* findPsk(const DeviceState& state, const Uuid& subject);
/// The same among those that are `usable`.
const Credential* findPsk(const DeviceState& state, const Uuid& subject,
                          const std::function<bool(const Credential&)>& usable);
/// The owner credential (facts 5.1): the youngest symmetric key whose subject is doxm.rowneruuid, or before that one is
/// set another owner's (facts 5.3); null when there is none.
const Credential* ownerCredential(const DeviceState& state);
/// The credential with this id; null when there is none.
const Credential* findCredential(const DeviceState& state, CredId id);

} // namespace ocfsecd::svr
