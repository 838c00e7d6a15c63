#include "svr/credential_codec.h"

#include "svr/certificate_credential.h"
#include "svr/properties.h"
#include "svr/validity.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

// Facts 6.2 and SWG.
constexpr std::array kUsages{credusage::trustca, credusage::cert, credusage::rolecert, credusage::mfgtrustca,
                             credusage::mfgcert};
constexpr std::array<std::string_view, 5> kRefreshMethods{"oic.sec.crm.pro", "oic.sec.crm.psk", "oic.sec.crm.rdp",
                                                          "oic.sec.crm.skdc", "oic.sec.crm.pk10"};
constexpr std::size_t kKeySizes[] = {16, 32}; // facts 2.4

/// Which types a credential may have, and who reads the rest of one. Open for OSCORE.
struct TypeRow {
    std::int64_t type;
    std::string_view name;
    Result<void> (*read)(const cbor::Value& value, RequestedCredential& out); ///< null: not supported by this version
};
Result<void> readSymmetric(const cbor::Value& value, RequestedCredential& out);
Result<void> readCertified(const cbor::Value& value, RequestedCredential& out);
Result<void> readOscore(const cbor::Value& value, RequestedCredential& out);
Result<void> readShortText(const cbor::Value& map, std::string_view key, std::string& out);
constexpr std::array kTypes{
    TypeRow{1, "a symmetric pair-wise key", readSymmetric},
    TypeRow{2, "a symmetric group key", nullptr},
    TypeRow{4, "an asymmetric signing key", nullptr},
    TypeRow{8, "a certificate", readCertified},
    TypeRow{16, "a PIN or password", nullptr},
    TypeRow{32, "an asymmetric encryption key", nullptr},
    TypeRow{64, "an OSCORE context", readOscore},
    TypeRow{128, "an OSCORE multicast client context", readOscore},
    TypeRow{256, "an OSCORE multicast server context", readOscore},
};

/// The member under `key`; null and absent are the same (facts 7.6 tolerates null).
const cbor::Value* present(const cbor::Value& map, std::string_view key) {
    const auto* value = map.find(key);
    return value != nullptr && !value->isNull() ? value : nullptr;
}

Result<std::optional<Encoding>> readEncoding(const cbor::Value& data, std::string_view property) {
    const auto* value = present(data, "encoding");
    if (value == nullptr)
        return std::optional<Encoding>{};
    const auto name = value->text();
    const auto encoding = name ? encodingNamed(*name) : std::nullopt;
    if (!encoding)
        return malformed(fmt::format("{}.encoding", property), "an encoding this device knows");
    return encoding;
}

/// The octets of a symmetric key; empty when there are none.
Result<Bytes> readKeyOctets(const cbor::Value& data, Encoding encoding) {
    const auto* value = present(data, "data");
    if (value == nullptr)
        return Bytes{};
    const auto bytes = value->bytes();
    const auto text = value->text();
    if (!bytes && !text)
        return malformed("privatedata.data", "a byte string or text");
    if (bytes ? bytes->empty() : text->empty())
        return Bytes{};
    if (encoding == Encoding::raw)
        return copyOf(bytes ? *bytes : viewOf(*text)); // facts Q3: plgd's client sends the octets as text
    if (!text || text->size() > kMaxBase64Key)
        return malformed("privatedata.data", "base64 text of at most 64 characters");
    auto decoded = fromBase64(*text);
    if (!decoded)
        return malformed("privatedata.data", "base64 text in the standard alphabet with padding");
    return *std::move(decoded);
}

Result<void> readSymmetric(const cbor::Value& value, RequestedCredential& out) {
    out.credential.privateEncoding = Encoding::raw;
    out.emptyKey = true;
    const auto* data = present(value, "privatedata");
    if (data == nullptr)
        return {};
    if (data->map() == nullptr)
        return malformed("privatedata", "a map");
    if (data->map()->empty())
        return {};
    const auto encoding = readEncoding(*data, "privatedata");
    if (!encoding)
        return encoding.failure();
    if (*encoding != Encoding::raw && *encoding != Encoding::base64)
        return malformed("privatedata.encoding", "oic.sec.encoding.raw or oic.sec.encoding.base64");
    out.credential.privateEncoding = *encoding;
    const auto octets = readKeyOctets(*data, **encoding);
    if (!octets)
        return octets.failure();
    if (octets->empty())
        return {};
    if (std::ranges::find(kKeySizes, octets->size()) == std::end(kKeySizes))
        return malformed("the key of a symmetric credential", "16 or 32 octets");
    out.credential.key.clear = shareSecret(*octets);
    out.emptyKey = false;
    return {};
}

Result<Bytes> readOscoreId(const cbor::Value& oscore, std::string_view key) {
    const auto* value = present(oscore, key);
    if (value == nullptr)
        return Bytes{};
    const auto text = value->text();
    auto octets = text && text->size() == 2 * kOscoreIdSize ? fromHex(*text) : std::nullopt;
    if (!octets)
        return malformed(fmt::format("oscore.{}", key), "14 hexadecimal digits");
    return *std::move(octets);
}

/// Which identifiers a type has: one it sends with, one it receives with (facts 2.4).
struct OscoreRow {
    int type;
    bool sends, receives, described;
};
constexpr OscoreRow kOscoreRows[] = {
    {credtype::oscorePairWise, true, true, false},
    {credtype::oscoreMulticastClient, true, false, true},
    {credtype::oscoreMulticastServer, false, true, true},
};

Result<void> readOscore(const cbor::Value& value, RequestedCredential& out) {
    if (auto key = readSymmetric(value, out); !key)
        return key;
    if (out.emptyKey || std::ranges::count(kOscoreSecretSizes, out.credential.key.clear->size()) == 0)
        return malformed("the master secret of an OSCORE context", "16 or 32 octets");
    const auto* oscore = present(value, "oscore");
    if (oscore == nullptr || oscore->map() == nullptr)
        return malformed("oscore", "a map with senderid or recipientid");
    if (oscore->find("ssn") != nullptr)
        return Failure{Reason::readOnly, "oscore.ssn is the device's own count", "leave it out"};
    OscoreContext context;
    for (const auto& [key, id] : {std::pair{"senderid", &context.senderId}, {"recipientid", &context.recipientId}}) {
        auto read = readOscoreId(*oscore, key);
        if (!read)
            return read.failure();
        *id = *std::move(read);
    }
    if (auto desc = readShortText(*oscore, "desc", context.desc); !desc)
        return desc;
    const auto& row = *std::ranges::find(kOscoreRows, out.credential.type, &OscoreRow::type);
    if (row.sends == context.senderId.empty() || row.receives == context.recipientId.empty() ||
        (!row.described && !context.desc.empty()) || context.senderId == context.recipientId)
        return Failure{Reason::malformed, "the identifiers of an OSCORE context do not fit its credtype",
                       "send senderid and recipientid for 64, senderid for 128, recipientid for 256"};
    out.credential.oscore = std::move(context);
    return {};
}

/// A certificate with its key would be a key that somebody else knows.
Result<void> readCertified(const cbor::Value& value, RequestedCredential& out) {
    const auto* data = present(value, "privatedata");
    if (data != nullptr && data->map() == nullptr)
        return malformed("privatedata", "a map");
    if (data != nullptr)
        if (auto encoding = readEncoding(*data, "privatedata"); !encoding)
            return encoding.failure();
    const auto* octets = data != nullptr ? present(*data, "data") : nullptr;
    const bool empty = octets == nullptr || (octets->text() && octets->text()->empty()) ||
                       (octets->bytes() && octets->bytes()->empty());
    if (!empty || (data != nullptr && present(*data, "handle") != nullptr))
        return Failure{
            Reason::malformed, "a private key came with a certificate; this device's key is made in its TPM",
            "GET /oic/sec/csr, let the certificate authority sign that request, and send the certificate alone"};
    return checkPublicData(out.credential);
}

Result<void> readSubject(const cbor::Value& value, Credential& out) {
    const auto* subject = present(value, "subjectuuid");
    const auto* usage = present(value, "credusage");
    if (subject == nullptr && usage != nullptr && usage->text() == credusage::rolecert)
        return {}; // facts 2.4: "*"
    if (subject == nullptr)
        return Failure{Reason::malformed, "a credential has no subjectuuid", "send the UUID of the peer it is for"};
    if (subject->text() == "*")
        return {};
    const auto uuid = readUuid(*subject, "subjectuuid");
    if (!uuid)
        return uuid.failure();
    if (uuid->isNil()) // the nil UUID means "nobody" everywhere else
        return malformed("subjectuuid", "a UUID other than the nil UUID");
    out.subject = *uuid;
    return {};
}

Result<void> readRole(const cbor::Value& role, Credential& out) {
    if (role.map() == nullptr || present(role, "role") == nullptr)
        return malformed("roleid", "a map with role");
    auto name = readText(*present(role, "role"), "roleid.role", kMaxCredentialText);
    if (!name)
        return name.failure();
    if (name->empty())
        return malformed("roleid.role", "a name");
    out.role = RoleId{*std::move(name), std::nullopt};
    if (const auto* value = present(role, "authority")) {
        auto authority = readText(*value, "roleid.authority", kMaxCredentialText);
        if (!authority)
            return authority.failure();
        out.role->authority = *std::move(authority);
    }
    return {};
}

Result<void> readRefreshMethods(const cbor::Value& value, Credential& out) {
    if (value.array() == nullptr)
        return malformed("crms", "an array of text");
    for (const auto& item : *value.array()) {
        const auto name = item.text();
        if (!name || std::ranges::find(kRefreshMethods, *name) == kRefreshMethods.end())
            return malformed("crms", "an array of oic.sec.crm names");
        if (std::ranges::find(out.crms, *name) == out.crms.end())
            out.crms.emplace_back(*name);
    }
    return {};
}

Result<void> readPublicData(const cbor::Value& value, Credential& out) {
    if (value.map() == nullptr)
        return malformed("publicdata", "a map");
    if (value.map()->empty())
        return {};
    const auto encoding = readEncoding(value, "publicdata");
    if (!encoding)
        return encoding.failure();
    if (*encoding != Encoding::pem)
        return malformed("publicdata.encoding", "oic.sec.encoding.pem");
    PublicData data;
    if (const auto* pem = present(value, "data")) {
        const auto text = pem->text();
        const bool printable = text && std::ranges::all_of(*text, [](char c) {
                                   return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r';
                               });
        if (!printable || text->size() > kMaxPublicData)
            return malformed("publicdata.data", "PEM text of at most 3072 characters");
        data.data = *text;
    }
    out.publicData = std::move(data);
    return {};
}

/// What is not honoured must be refused: ignoring a revocation would keep a dead key alive.
Result<void> checkOptionalData(const cbor::Value& value) {
    const auto* revoked = value.map() != nullptr ? present(value, "revstat") : nullptr;
    if (value.map() == nullptr || (revoked != nullptr && !revoked->boolean()))
        return malformed("optionaldata", "a map with revstat");
    if (revoked != nullptr && *revoked->boolean())
        return Failure{Reason::malformed, "optionaldata.revstat marks the credential as revoked",
                       "DELETE the credential instead"};
    return {};
}

Result<void> readShortText(const cbor::Value& map, std::string_view key, std::string& out) {
    const auto* value = present(map, key);
    if (value == nullptr)
        return {};
    auto text = readText(*value, key, kMaxCredentialText);
    if (!text)
        return text.failure();
    out = *std::move(text);
    return {};
}

Result<void> readUsage(const cbor::Value& value, Credential& out) {
    const auto usage = value.text();
    if (!usage || std::ranges::find(kUsages, *usage) == kUsages.end())
        return malformed("credusage", "an oic.sec.cred name");
    out.usage = *usage;
    return {};
}

/// Members every type has.
Result<void> readCommon(const cbor::Value& value, RequestedCredential& out) {
    auto& credential = out.credential;
    if (const auto* id = present(value, "credid")) {
        const auto number = readInteger(*id, "credid", 0, kMaxCredId);
        if (!number)
            return number.failure();
        out.id = CredId{static_cast<std::uint32_t>(*number)};
    }
    if (auto subject = readSubject(value, credential); !subject)
        return subject;
    for (auto* text : {&credential.period, &credential.tag})
        if (auto read = readShortText(value, text == &credential.tag ? "tag" : "period", *text); !read)
            return read;
    using Reader = Result<void> (*)(const cbor::Value&, Credential&);
    constexpr std::pair<std::string_view, Reader> members[] = {
        {"credusage", readUsage}, {"roleid", readRole}, {"crms", readRefreshMethods}, {"publicdata", readPublicData}};
    for (const auto& [key, read] : members)
        if (const auto* member = present(value, key))
            if (auto done = read(*member, credential); !done)
                return done;
    if (const auto* optional = present(value, "optionaldata"))
        return checkOptionalData(*optional);
    return {};
}

const TypeRow* findType(const cbor::Value& value) {
    const auto* type = present(value, "credtype");
    const auto number = type != nullptr ? type->integer() : std::nullopt;
    const auto row = number ? std::ranges::find(kTypes, *number, &TypeRow::type) : kTypes.end();
    return row == kTypes.end() ? nullptr : &*row;
}

cbor::Value privateDataOf(Encoding encoding) {
    // Facts 2.4: `data` is empty, a byte string for raw and text otherwise.
    cbor::Value nothing{Bytes{}};
    if (encoding != Encoding::raw)
        nothing = cbor::Value{""};
    return cbor::Map{{"data", std::move(nothing)}, {"encoding", nameOf(encoding)}};
}

} // namespace

Result<RequestedCredential> readCredential(const cbor::Value& value) {
    if (value.map() == nullptr)
        return malformed("an element of creds", "a map");
    const auto* type = findType(value);
    if (type == nullptr)
        return malformed("credtype", "one of 1, 2, 4, 8, 16, 32, 64, 128, 256");
    if (type->read == nullptr)
        return Failure{
            Reason::malformed, fmt::format("credtype {} ({}) is not supported by this version", type->type, type->name),
            "provision a symmetric key (credtype 1) or a certificate (8); doxm.sct tells the supported types"};
    RequestedCredential out;
    out.credential.type = static_cast<int>(type->type);
    if (auto common = readCommon(value, out); !common)
        return common.failure();
    if (auto rest = type->read(value, out); !rest)
        return rest.failure();
    if (auto period = checkPeriod(out.credential); !period)
        return period.failure();
    return out;
}

cbor::Value representation(const Credential& credential) {
    cbor::Map out{
        {"credid", numberOf(credential.id)},
        {"credtype", credential.type},
        {"subjectuuid", credential.subject ? credential.subject->text() : "*"},
    };
    if (credential.privateEncoding)
        out.emplace_back("privatedata", privateDataOf(*credential.privateEncoding));
    if (!credential.usage.empty())
        out.emplace_back("credusage", credential.usage);
    if (credential.publicData)
        out.emplace_back("publicdata", cbor::Map{{"data", credential.publicData->data},
                                                 {"encoding", nameOf(credential.publicData->encoding)}});
    if (credential.role) {
        cbor::Map role{{"role", credential.role->role}};
        if (credential.role->authority)
            role.emplace_back("authority", *credential.role->authority);
        out.emplace_back("roleid", std::move(role));
    }
    if (const auto& oscore = credential.oscore) {
        cbor::Map context;
        if (!oscore->senderId.empty())
            context.emplace_back("senderid", toHex(oscore->senderId));
        if (!oscore->recipientId.empty())
            context.emplace_back("recipientid", toHex(oscore->recipientId));
        if (!oscore->senderId.empty())
            context.emplace_back("ssn", static_cast<std::int64_t>(oscore->ssn));
        if (!oscore->desc.empty())
            context.emplace_back("desc", oscore->desc);
        out.emplace_back("oscore", std::move(context));
    }
    if (!credential.period.empty())
        out.emplace_back("period", credential.period);
    if (!credential.crms.empty()) {
        cbor::Array names;
        for (const auto& name : credential.crms)
            names.emplace_back(name);
        out.emplace_back("crms", std::move(names));
    }
    if (!credential.tag.empty())
        out.emplace_back("tag", credential.tag);
    return out;
}

} // namespace ocfsecd::svr
