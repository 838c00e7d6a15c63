#include "svr/cred.h"

#include "svr/certificate_credential.h"
#include "svr/credential_codec.h"
#include "svr/owner_credential.h"
#include "svr/properties.h"
#include "svr/query.h"
#include "svr/write_access.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace ocfsecd::svr {

namespace {

/// `?credid=` and `?subjectuuid=`; both must match when both are given.
struct Filter {
    std::optional<CredId> id;
    std::optional<std::optional<Uuid>> subject; ///< inner nothing: "*"
    bool any() const { return id || subject; }
    bool matches(const Credential& credential) const {
        return (!id || credential.id == *id) && (!subject || credential.subject == *subject);
    }
};

Result<Filter> readFilter(const std::vector<std::string>& query) {
    Filter filter;
    if (const auto id = queryValue(query, "credid")) {
        const auto number = queryNumber(*id);
        if (!number)
            return malformed("the credid filter", "a number");
        filter.id = CredId{static_cast<std::uint32_t>(*number)};
    }
    if (const auto subject = queryValue(query, "subjectuuid")) {
        const auto uuid = Uuid::parse(*subject);
        if (!uuid && *subject != "*")
            return malformed("the subjectuuid filter", "a UUID or *");
        filter.subject = uuid;
    }
    return filter;
}

cbor::Value representation(const Cred& cred, const Filter& filter) {
    cbor::Array creds;
    for (const auto& credential : cred.creds)
        if (filter.matches(credential))
            creds.push_back(representation(credential));
    return cbor::Map{{"creds", std::move(creds)}, {"rowneruuid", cred.rowneruuid.text()}};
}

Reply get(const DeviceState& state, const Call& call) {
    const auto filter = readFilter(call.query);
    if (!filter)
        return refused(filter.failure());
    return content(representation(state.cred, *filter));
}

/// As far as a client can tell: whether the key has been sealed since does not matter.
bool sameContent(Credential old, const Credential& wanted) {
    old.key.sealed.reset();
    old.proven = wanted.proven;
    return old == wanted;
}

/// Facts 2.4: the same certificates for the same subject and use are one entry.
bool sameCertificates(const Credential& old, const Credential& wanted) {
    return wanted.type == credtype::asymmetricSigningWithCertificate && old.type == wanted.type &&
           old.subject == wanted.subject && old.usage == wanted.usage && old.publicData == wanted.publicData &&
           old.tag == wanted.tag;
}

/// One POST at work on its own copy of the state: all of it or nothing (facts 2.4).
class Provisioning {
public:
    Provisioning(const DeviceState& state, const Call& call, Random& random, const Capabilities& capabilities)
        : state_{state}, call_{call}, random_{random},
          capabilities_{capabilities}, next_{state}, standing_{standingOf(state, call.caller)} {}

    Result<void> run(const cbor::Map& body) {
        const cbor::Array* creds = nullptr;
        for (const auto& [key, value] : body) {
            const auto property = keyOf(key);
            if (!property)
                return property.failure();
            if (*property == "creds" && !value.isNull()) {
                creds = value.array();
                if (creds == nullptr)
                    return malformed("creds", "an array");
                if (auto may = mayWrite("creds"); !may)
                    return may;
            } else if (*property == "rowneruuid") {
                if (auto set = setOwner(value); !set)
                    return set;
            } // anything else is ignored (facts 2.4)
        }
        // The owner first, wherever it stands in the map: deriving asks who it is (OC_09).
        return creds != nullptr ? addAll(*creds) : Result<void>{};
    }

    DeviceState take() { return std::move(next_); }
    bool derived() const { return derived_; }

private:
    Result<void> mayWrite(std::string_view property) const {
        return checkWrite(kCredAccess, property, state_.pstat.state, standing_);
    }

    Result<void> setOwner(const cbor::Value& value) {
        if (auto may = mayWrite("rowneruuid"); !may)
            return may;
        const auto uuid = readUuid(value, "rowneruuid");
        if (!uuid)
            return uuid.failure();
        next_.cred.rowneruuid = *uuid;
        return {};
    }

    Result<void> addAll(const cbor::Array& creds) {
        std::vector<RequestedCredential> wanted;
        for (const auto& value : creds) {
            if (value.map() != nullptr && value.map()->empty())
                continue; // facts 2.4: {} is skipped
            auto read = readCredential(value);
            if (!read)
                return read.failure();
            if (read->id && !used_.insert(*read->id).second)
                return Failure{Reason::malformed, fmt::format("credid {} comes twice", numberOf(*read->id)),
                               "send each credid once"};
            wanted.push_back(*std::move(read));
        }
        for (const auto& credential : next_.cred.creds)
            used_.insert(credential.id);
        for (auto& one : wanted)
            if (auto added = add(std::move(one)); !added)
                return added;
        if (auto certified = checkCertificates(); !certified)
            return certified;
        return checkCapacity();
    }

    Result<void> add(RequestedCredential wanted) {
        if (wanted.emptyKey)
            if (auto derived = derive(wanted.credential); !derived)
                return derived;
        auto& creds = next_.cred.creds;
        auto& credential = wanted.credential;
        if (credential.oscore)
            if (auto placed = placeOscore(wanted); !placed)
                return placed;
        if (wanted.id) {
            credential.id = *wanted.id;
            if (std::ranges::any_of(creds, [&](const Credential& old) { return sameContent(old, credential); }))
                return {}; // identical: success, no change
            std::erase_if(creds, [&](const Credential& old) { return old.id == credential.id; });
        } else {
            if (std::ranges::any_of(creds, [&](const Credential& old) { return sameCertificates(old, credential); }))
                return {};
            credential.id = freshId();
            // Facts 2.4, Q19: a tool that tries again must not leave its first key behind.
            if (state_.pstat.state == OnboardingState::rfotm && credential.type == credtype::symmetricPairWise)
                std::erase_if(creds, [&](const Credential& old) {
                    return old.type == credential.type && old.subject == credential.subject;
                });
        }
        if (credential.type == credtype::asymmetricSigningWithCertificate)
            certified_.push_back(credential.id);
        creds.push_back(std::move(credential));
        return {};
    }

    /// A context is found by its identifiers, so there is one of each; sent anew, it takes the old one's place.
    Result<void> placeOscore(RequestedCredential& wanted) const {
        auto& context = *wanted.credential.oscore;
        const auto collides = [&](const Credential& old) {
            return old.oscore && ((!context.recipientId.empty() && old.oscore->recipientId == context.recipientId) ||
                                  (!context.senderId.empty() && old.oscore->senderId == context.senderId));
        };
        for (const auto& old : next_.cred.creds) {
            if (!collides(old))
                continue;
            if (!wanted.id)
                wanted.id = old.id;
            if (*wanted.id != old.id)
                return Failure{
                    Reason::malformed,
                    fmt::format("credential {} has an OSCORE context with this identifier", numberOf(old.id)),
                    "choose another identifier, or send that credid to replace it"};
            context.ssn = std::max(context.ssn, old.oscore->ssn); // the secret may be the same: no number twice
        }
        return {};
    }

    /// When all of them are there: an anchor may stand behind what it vouches for (facts 6.6).
    Result<void> checkCertificates() const {
        for (const auto id : certified_)
            if (auto right =
                    checkCertificateCredential(*findCredential(next_, id), next_, capabilities_, call_.wallTime);
                !right)
                return right;
        return {};
    }

    /// Facts 5.3.
    Result<void> derive(Credential& credential) {
        const bool asked = state_.pstat.state == OnboardingState::rfotm && call_.caller.doc && credential.subject &&
                           isOwner(next_, *credential.subject);
        if (!asked)
            return Failure{
                Reason::malformed, "a symmetric credential has no key, and this is no request for the owner credential",
                "send a key of 16 or 32 octets; a key is derived only over the onboarding connection in RFOTM "
                "for the owner (rowneruuid of cred or doxm, or devowneruuid)"};
        const auto method = oxm::nameOf(state_.doxm.oxmsel);
        if (method.empty() || !call_.docKeyBlock)
            return Failure{Reason::precondition, "the onboarding connection gives no key material",
                           "send an explicit key, or begin the onboarding anew"};
        const auto block = call_.docKeyBlock();
        if (!block)
            return Failure{Reason::precondition,
                           fmt::format("the onboarding connection gives no key material: {}", block.failure().what),
                           block.failure().next};
        credential.key.clear = deriveOwnerKey(*block, method, *credential.subject, state_.doxm.deviceuuid);
        credential.origin = Origin::derived;
        derived_ = true;
        return {};
    }

    CredId freshId() {
        for (;;) {
            const CredId id{1 + random_.below(static_cast<std::uint32_t>(kMaxCredId))};
            if (used_.insert(id).second)
                return id;
        }
    }

    Result<void> checkCapacity() const {
        if (next_.cred.creds.size() > kMaxCredentials ||
            cbor::encode(representation(next_.cred, {})).size() > kMaxCredRepresentation)
            return Failure{Reason::tooLarge, fmt::format("the device holds at most {} credentials", kMaxCredentials),
                           "DELETE credentials that are no longer needed"};
        return {};
    }

    const DeviceState& state_;
    const Call& call_;
    Random& random_;
    const Capabilities& capabilities_;
    DeviceState next_;
    Standing standing_;
    std::set<CredId> used_;
    std::vector<CredId> certified_; ///< certificates of this POST
    bool derived_ = false;
};

Reply post(const DeviceState& state, const Call& call, Random& random, const Capabilities& capabilities) {
    const auto body = bodyOf(call.body);
    if (!body)
        return refused(body.failure());
    Provisioning provisioning{state, call, random, capabilities};
    if (auto done = provisioning.run(**body); !done)
        return refused(done.failure());
    auto reply = changed(provisioning.take());
    reply.ownerKeyDerived = provisioning.derived();
    return reply;
}

Reply del(const DeviceState& state, const Call& call) {
    if (state.pstat.state == OnboardingState::rfnop)
        return refused({Reason::deleteForbidden, "credentials cannot be deleted in rfnop",
                        "take the device to RFPRO first: POST /oic/sec/pstat {dos:{s:2}}"});
    if (auto may = checkWrite(kCredAccess, "creds", state.pstat.state, standingOf(state, call.caller)); !may)
        return refused(may.failure());
    constexpr std::string_view keys[] = {"credid", "subjectuuid", "if"};
    if (auto known = onlyKeys(call.query, keys); !known)
        return refused(known.failure());
    const auto filter = readFilter(call.query);
    const Failure none{Reason::notFound, "no credential matches the query", "GET /oic/sec/cred lists them"};
    if (!filter)
        return refused(none); // facts 2.4: also a negative or non-numeric credid
    auto next = state;
    const auto removed =
        std::erase_if(next.cred.creds, [&](const auto& credential) { return filter->matches(credential); });
    if (removed == 0 && filter->any())
        return refused(none);
    auto reply = changed(std::move(next));
    reply.code = coap::code::deleted;
    return reply;
}

} // namespace

Reply handleCred(const DeviceState& state, const Call& call, Random& random, const Capabilities& capabilities) {
    switch (call.method) {
    case coap::Method::get:
        return get(state, call);
    case coap::Method::del:
        return del(state, call);
    default:
        return post(state, call, random, capabilities);
    }
}

} // namespace ocfsecd::svr
