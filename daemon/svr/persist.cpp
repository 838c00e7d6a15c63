#include "svr/persist.h"

#include "cbor/value.h"
#include "svr/ace_codec.h"
#include "svr/credential_codec.h"

#include <fmt/format.h>
#include <set>
#include <stdexcept>

namespace ocfsecd::svr {

namespace {

// What the limits of cred, acl2 and their sealed keys add up to, with room; the snapshot is authenticated, not trusted.
constexpr cbor::Limits kLimits{256 * 1024, 8, 32 * 1024};
constexpr std::size_t kMaxBlobPart = 1024; // octets; a sealed key has 78 and 142 (L6.2)

/// Thrown inside this file, caught by decodeState().
struct Corrupt {
    std::string what;
};

// ---- Writing ----

cbor::Value write(const Uuid& uuid) {
    return copyOf(uuid.raw());
}

cbor::Value write(const RoleId& role) {
    cbor::Array out{role.role};
    if (role.authority)
        out.emplace_back(*role.authority);
    return out;
}

cbor::Value write(const Credential& credential) {
    if (credtype::isSymmetric(credential.type) && !credential.key.sealed)
        throw std::logic_error{"a symmetric credential must be sealed before it is stored"};
    cbor::Map out{
        {"id", numberOf(credential.id)}, {"type", credential.type}, {"usage", credential.usage},
        {"period", credential.period},   {"tag", credential.tag},   {"origin", static_cast<int>(credential.origin)},
    };
    if (credential.subject)
        out.emplace_back("subject", write(*credential.subject));
    if (credential.role)
        out.emplace_back("role", write(*credential.role));
    if (credential.privateEncoding)
        out.emplace_back("encoding", static_cast<int>(*credential.privateEncoding));
    if (credential.publicData)
        out.emplace_back("public",
                         cbor::Array{static_cast<int>(credential.publicData->encoding), credential.publicData->data});
    if (credential.key.sealed)
        out.emplace_back("sealed", cbor::Array{credential.key.sealed->publicArea, credential.key.sealed->privateArea});
    cbor::Array crms;
    for (const auto& name : credential.crms)
        crms.emplace_back(name);
    out.emplace_back("crms", std::move(crms));
    if (credential.proven)
        out.emplace_back("proven", true);
    if (const auto& oscore = credential.oscore)
        out.emplace_back("oscore",
                         cbor::Array{oscore->senderId, oscore->recipientId, oscore->desc,
                                     static_cast<std::int64_t>(oscore->ssn), static_cast<std::int64_t>(oscore->seen)});
    return out;
}

cbor::Value write(const Sp& sp) {
    cbor::Array supported;
    for (const auto& profile : sp.supportedprofiles)
        supported.emplace_back(profile);
    return cbor::Map{{"supported", std::move(supported)}, {"current", sp.currentprofile}};
}

cbor::Value write(const IdentityKey& key) {
    return cbor::Array{key.blob.publicArea, key.blob.privateArea, copyOf(key.auth->view())};
}

cbor::Value write(const DeviceState& state) {
    cbor::Array creds, aces;
    for (const auto& credential : state.cred.creds)
        creds.push_back(write(credential));
    for (const auto& ace : state.acl2.aclist2)
        aces.push_back(representation(ace));
    cbor::Map out{
        {"version", kStateVersion},
        {"doxm", cbor::Map{{"oxmsel", state.doxm.oxmsel},
                           {"owned", state.doxm.owned},
                           {"deviceuuid", write(state.doxm.deviceuuid)},
                           {"devowneruuid", write(state.doxm.devowneruuid)},
                           {"rowneruuid", write(state.doxm.rowneruuid)}}},
        {"pstat", cbor::Map{{"s", static_cast<int>(state.pstat.state)},
                            {"p", state.pstat.pending},
                            {"isop", state.pstat.isop},
                            {"cm", state.pstat.cm},
                            {"tm", state.pstat.tm},
                            {"om", state.pstat.om},
                            {"sm", state.pstat.sm},
                            {"rowneruuid", write(state.pstat.rowneruuid)}}},
        {"cred", cbor::Map{{"creds", std::move(creds)}, {"rowneruuid", write(state.cred.rowneruuid)}}},
        {"acl2", cbor::Map{{"aclist2", std::move(aces)}, {"rowneruuid", write(state.acl2.rowneruuid)}}},
        {"piid", write(state.piid)},
        {"name", state.name},
        {"sp", write(state.sp)},
        {"sdi", cbor::Map{{"uuid", write(state.sdi.uuid)}, {"name", state.sdi.name}, {"priv", state.sdi.priv}}},
        {"ael", cbor::Array{state.ael.categoryfilter, state.ael.priorityfilter}},
        {"time", state.lastKnownGood},
        {"oscore", cbor::Array{static_cast<std::int64_t>(state.oscoreNumbers.first),
                               static_cast<std::int64_t>(state.oscoreNumbers.next)}},
    };
    if (!state.oscoreNumbers.heard.empty()) {
        cbor::Array heard;
        for (const auto& group : state.oscoreNumbers.heard)
            heard.emplace_back(cbor::Array{group.recipientId, static_cast<std::int64_t>(group.seen)});
        out.emplace_back("heard", std::move(heard));
    }
    if (state.crl)
        out.emplace_back("crl", cbor::Array{state.crl->crlid, state.crl->thisupdate, state.crl->crldata});
    if (state.identityKey)
        out.emplace_back("identity", write(*state.identityKey));
    return out;
}

// ---- Reading ----

/// The members of one map; every one must be asked for.
class Members {
public:
    Members(const cbor::Value& value, std::string_view name) : value_{value}, name_{name} {
        if (value.map() == nullptr)
            throw Corrupt{fmt::format("{} is no map", name)};
    }

    const cbor::Value* find(std::string_view key) {
        const auto* member = value_.find(key);
        if (member != nullptr)
            ++taken_;
        return member;
    }
    const cbor::Value& at(std::string_view key) {
        if (const auto* member = find(key))
            return *member;
        throw Corrupt{fmt::format("{} has no {}", name_, key)};
    }
    void done() const {
        if (taken_ != value_.map()->size())
            throw Corrupt{fmt::format("{} has a member nobody knows", name_)};
    }

private:
    const cbor::Value& value_;
    std::string_view name_;
    std::size_t taken_ = 0;
};

std::int64_t integer(const cbor::Value& value, std::int64_t low, std::int64_t high) {
    const auto number = value.integer();
    if (!number || *number < low || *number > high)
        throw Corrupt{"a number is out of its range"};
    return *number;
}

int smallInteger(const cbor::Value& value, int low, int high) {
    return static_cast<int>(integer(value, low, high));
}

bool boolean(const cbor::Value& value) {
    if (const auto b = value.boolean())
        return *b;
    throw Corrupt{"a boolean is missing"};
}

Uuid uuid(const cbor::Value& value) {
    const auto raw = value.bytes();
    const auto out = raw ? Uuid::fromRaw(*raw) : std::nullopt;
    if (!out)
        throw Corrupt{"a UUID is malformed"};
    return *out;
}

std::string text(const cbor::Value& value) {
    if (const auto t = value.text())
        return std::string{*t};
    throw Corrupt{"a text is missing"};
}

const cbor::Array& array(const cbor::Value& value, std::size_t low = 0, std::size_t high = SIZE_MAX) {
    if (value.array() == nullptr || value.array()->size() < low || value.array()->size() > high)
        throw Corrupt{"an array is malformed"};
    return *value.array();
}

Bytes blobPart(const cbor::Value& value) {
    const auto bytes = value.bytes();
    if (!bytes || bytes->empty() || bytes->size() > kMaxBlobPart)
        throw Corrupt{"a sealed key is malformed"};
    return copyOf(*bytes);
}

Bytes oscoreId(const cbor::Value& value) {
    const auto bytes = value.bytes();
    if (!bytes || (!bytes->empty() && bytes->size() != kOscoreIdSize))
        throw Corrupt{"an OSCORE identifier is malformed"};
    return copyOf(*bytes);
}

OscoreContext oscoreOf(const cbor::Value& value) {
    const auto& parts = array(value, 5, 5);
    OscoreContext out{oscoreId(parts[0]), oscoreId(parts[1]), text(parts[2]), 0, 0};
    out.ssn = static_cast<std::uint64_t>(integer(parts[3], 0, INT64_MAX));
    out.seen = static_cast<std::uint64_t>(integer(parts[4], 0, INT64_MAX));
    return out;
}

Credential credentialOf(const cbor::Value& value) {
    Members in{value, "a credential"};
    Credential out;
    out.id = CredId{static_cast<std::uint32_t>(integer(in.at("id"), 0, kMaxCredId))};
    out.type = smallInteger(in.at("type"), 1, 256);
    out.usage = text(in.at("usage"));
    out.period = text(in.at("period"));
    out.tag = text(in.at("tag"));
    out.origin = static_cast<Origin>(smallInteger(in.at("origin"), 0, 1));
    for (const auto& name : array(in.at("crms")))
        out.crms.push_back(text(name));
    if (const auto* subject = in.find("subject"))
        out.subject = uuid(*subject);
    if (const auto* role = in.find("role")) {
        const auto& parts = array(*role, 1, 2);
        out.role = RoleId{text(parts[0]), std::nullopt};
        if (parts.size() == 2)
            out.role->authority = text(parts[1]);
    }
    if (const auto* encoding = in.find("encoding"))
        out.privateEncoding = static_cast<Encoding>(smallInteger(*encoding, 0, 2));
    if (const auto* data = in.find("public")) {
        const auto& parts = array(*data, 2, 2);
        out.publicData = PublicData{static_cast<Encoding>(smallInteger(parts[0], 0, 2)), text(parts[1])};
    }
    if (const auto* sealed = in.find("sealed")) {
        const auto& parts = array(*sealed, 2, 2);
        out.key.sealed = SealedBlob{blobPart(parts[0]), blobPart(parts[1])};
    }
    if (const auto* proven = in.find("proven"))
        out.proven = boolean(*proven);
    if (const auto* context = in.find("oscore"))
        out.oscore = oscoreOf(*context);
    in.done();
    if (credtype::isSymmetric(out.type) && !out.key.sealed)
        throw Corrupt{"a credential has no key"};
    return out;
}

Doxm doxmOf(const cbor::Value& value) {
    Members in{value, "doxm"};
    Doxm out;
    out.oxmsel = smallInteger(in.at("oxmsel"), 0, 0xFFFF);
    out.owned = boolean(in.at("owned"));
    out.deviceuuid = uuid(in.at("deviceuuid"));
    out.devowneruuid = uuid(in.at("devowneruuid"));
    out.rowneruuid = uuid(in.at("rowneruuid"));
    in.done();
    return out;
}

Pstat pstatOf(const cbor::Value& value) {
    Members in{value, "pstat"};
    Pstat out;
    out.state = static_cast<OnboardingState>(smallInteger(in.at("s"), 0, 4));
    out.pending = boolean(in.at("p"));
    out.isop = boolean(in.at("isop"));
    out.cm = smallInteger(in.at("cm"), 0, 255);
    out.tm = smallInteger(in.at("tm"), 0, 255);
    out.om = smallInteger(in.at("om"), 1, 7);
    out.sm = smallInteger(in.at("sm"), 1, 7);
    out.rowneruuid = uuid(in.at("rowneruuid"));
    in.done();
    return out;
}

Cred credOf(const cbor::Value& value) {
    Members in{value, "cred"};
    Cred out;
    std::set<CredId> seen;
    for (const auto& item : array(in.at("creds"))) {
        out.creds.push_back(credentialOf(item));
        if (!seen.insert(out.creds.back().id).second)
            throw Corrupt{"a credid comes twice"};
    }
    out.rowneruuid = uuid(in.at("rowneruuid"));
    in.done();
    return out;
}

Acl2 acl2Of(const cbor::Value& value) {
    Members in{value, "acl2"};
    Acl2 out;
    std::set<AceId> seen;
    for (const auto& item : array(in.at("aclist2"))) {
        auto ace = readAce(item);
        if (!ace || !ace->id || !seen.insert(*ace->id).second)
            throw Corrupt{ace ? "an aceid is missing or comes twice" : ace.failure().what};
        ace->ace.id = *ace->id;
        out.aclist2.push_back(std::move(ace->ace));
    }
    out.rowneruuid = uuid(in.at("rowneruuid"));
    in.done();
    return out;
}

Sp spOf(const cbor::Value& value) {
    Members in{value, "sp"};
    Sp out;
    for (const auto& profile : array(in.at("supported")))
        out.supportedprofiles.push_back(text(profile));
    out.currentprofile = text(in.at("current"));
    in.done();
    return out;
}

Sdi sdiOf(const cbor::Value& value) {
    Members in{value, "sdi"};
    Sdi out;
    out.uuid = uuid(in.at("uuid"));
    out.name = text(in.at("name"));
    out.priv = boolean(in.at("priv"));
    in.done();
    return out;
}

IdentityKey identityKeyOf(const cbor::Value& value) {
    const auto& parts = array(value, 3, 3);
    return {{blobPart(parts[0]), blobPart(parts[1])}, shareSecret(blobPart(parts[2]))};
}

DeviceState stateOf(const cbor::Value& value) {
    Members in{value, "the state"};
    const auto version = integer(in.at("version"), 1, INT64_MAX);
    if (version != kStateVersion)
        throw Corrupt{fmt::format("it has version {}, this program knows version {}", version, kStateVersion)};
    DeviceState out;
    out.doxm = doxmOf(in.at("doxm"));
    out.pstat = pstatOf(in.at("pstat"));
    out.cred = credOf(in.at("cred"));
    out.acl2 = acl2Of(in.at("acl2"));
    out.piid = uuid(in.at("piid"));
    out.name = text(in.at("name"));
    out.sp = spOf(in.at("sp"));
    out.sdi = sdiOf(in.at("sdi"));
    const auto& filters = array(in.at("ael"), 2, 2);
    out.ael = {smallInteger(filters[0], 0, 255), smallInteger(filters[1], 0, 4)};
    out.lastKnownGood = integer(in.at("time"), 0, INT64_MAX);
    if (const auto* numbers = in.find("oscore")) { // version 1 was first written without them
        const auto& parts = array(*numbers, 2, 2);
        out.oscoreNumbers.first = static_cast<std::uint64_t>(integer(parts[0], 0, INT64_MAX));
        out.oscoreNumbers.next = static_cast<std::uint64_t>(integer(parts[1], 0, INT64_MAX));
    }
    if (const auto* heard = in.find("heard"))
        for (const auto& group : array(*heard, 0, kMaxHeardGroups)) {
            const auto& parts = array(group, 2, 2);
            out.oscoreNumbers.heard.push_back(
                {oscoreId(parts[0]), static_cast<std::uint64_t>(integer(parts[1], 0, INT64_MAX))});
        }
    if (const auto* crl = in.find("crl")) {
        const auto& parts = array(*crl, 3, 3);
        out.crl = Crl{integer(parts[0], 0, INT64_MAX), text(parts[1]), text(parts[2])};
    }
    if (const auto* key = in.find("identity"))
        out.identityKey = identityKeyOf(*key);
    in.done();
    return out;
}

Failure corrupt(std::string_view what) {
    return {Reason::stateCorrupt, fmt::format("the stored state cannot be read: {}", what),
            "install the version that wrote it, or reset the device locally with ocfctl"};
}

} // namespace

Bytes encodeState(const DeviceState& state) {
    return cbor::encode(write(state));
}

Result<DeviceState> decodeState(ByteView octets) {
    const auto value = cbor::decode(octets, kLimits);
    if (!value)
        return corrupt(value.failure().what);
    try {
        return stateOf(*value);
    } catch (const Corrupt& fault) {
        return corrupt(fault.what);
    }
}

} // namespace ocfsecd::svr
