#include "svr/certificate_profile.h"

#include <algorithm>
#include <ctime>
#include <fmt/chrono.h>

namespace ocfsecd::svr {

namespace {

constexpr std::size_t kMaxSerial = 20; // facts 6.4

constexpr bool inOrder() {
    for (std::size_t i = 0; i < kCertificateProfiles.size(); ++i)
        if (static_cast<std::size_t>(kCertificateProfiles[i].kind) != i)
            return false;
    return static_cast<std::size_t>(CertificateKind::mfgRoot) + 1 == kCertificateProfiles.size();
}
static_assert(inOrder(), "one row per kind, in the enum's order");

/// One certificate before its profile.
struct Inspection {
    const Certificate& certificate;
    const CertificateProfile& profile;
    WallTime now;
    unsigned below;
    Validation validation;

    Failure wrong(std::string_view rule, std::string next) const {
        return {Reason::malformed, fmt::format("the {} {} {}", profile.name, nameOf(certificate), rule),
                std::move(next)};
    }
    bool has(std::string_view purpose) const {
        return std::ranges::find(certificate.purposes, purpose) != certificate.purposes.end();
    }
};

using Check = Result<void> (*)(const Inspection&);

Result<void> version(const Inspection& i) {
    if (i.certificate.version == 3)
        return {};
    return i.wrong(fmt::format("has version {}, not 3", i.certificate.version), "issue it as X.509 version 3");
}

Result<void> signatureAlgorithm(const Inspection& i) {
    if (i.certificate.signatureAlgorithm == oid::ecdsaWithSha256)
        return {};
    return i.wrong("is not signed with ecdsa-with-SHA256", "let its issuer sign it with ECDSA and SHA-256");
}

Result<void> key(const Inspection& i) {
    if (i.certificate.key)
        return {};
    return i.wrong("has no key on secp256r1", "issue it for a P-256 key");
}

Result<void> serialNumber(const Inspection& i) {
    ByteView serial{i.certificate.serial};
    const bool negative = !serial.empty() && (serial.front() & 0x80) != 0;
    while (!serial.empty() && serial.front() == 0)
        serial = serial.subspan(1);
    if (!negative && !serial.empty() && serial.size() <= kMaxSerial)
        return {};
    return i.wrong("has a serial number that is not positive or exceeds 20 octets", "issue it with a positive serial");
}

Result<void> validity(const Inspection& i) {
    if (i.now > i.certificate.notAfter)
        return i.wrong(
            fmt::format("expired at {}; the device's time is {}", dateOf(i.certificate.notAfter), dateOf(i.now)),
            "renew it, or set the device's clock");
    if (i.validation == Validation::now && i.now < i.certificate.notBefore)
        return i.wrong(
            fmt::format("is valid from {}; the device's time is {}", dateOf(i.certificate.notBefore), dateOf(i.now)),
            "wait until it is valid, or set the device's clock");
    return {};
}

Result<void> issued(const Inspection& i) {
    if (i.certificate.selfIssued() == i.profile.selfIssued)
        return {};
    return i.profile.selfIssued ? i.wrong("is not self-issued", "use the root certificate: its issuer is its subject")
                                : i.wrong("is self-issued", "only a root certificate has its subject as its issuer");
}

Result<void> extensions(const Inspection& i) {
    if (!i.certificate.unknownCritical)
        return {};
    return i.wrong("has a critical extension this device does not know", "issue it without that extension");
}

Result<void> keyUsage(const Inspection& i) {
    const auto& has = i.certificate.keyUsage;
    if (!has)
        return i.wrong("has no keyUsage", "issue it with the keyUsage of the OCF certificate profile");
    if (!has->critical)
        return i.wrong("has a keyUsage that is not critical", "mark the extension critical");
    if ((has->bits & i.profile.usageRequired) == i.profile.usageRequired && (has->bits & ~i.profile.usageAllowed) == 0)
        return {};
    return i.wrong("has other keyUsage bits than the profile wants",
                   i.profile.authority == Authority::no ? "use digitalSignature and keyAgreement, nothing else"
                                                        : "use keyCertSign and cRLSign, at most digitalSignature too");
}

Result<void> basicConstraints(const Inspection& i) {
    const auto& has = i.certificate.basicConstraints;
    const bool ca = has && has->ca;
    const auto path = has ? has->pathLength : std::nullopt;
    switch (i.profile.authority) {
    case Authority::no:
        if (!ca && !path)
            return {};
        return i.wrong("is a CA certificate by its basicConstraints", "issue it with cA false and no pathLen");
    case Authority::zeroPath:
        if (ca && path == 0U && i.below == 0)
            return {};
        return i.wrong("is no CA certificate with pathLen 0", "issue it with cA true and pathLen 0");
    case Authority::deepPath:
    case Authority::maybePath:
        if (!ca)
            return i.wrong("is no CA certificate", "issue it with basicConstraints cA true");
        if (path ? *path >= i.below : i.profile.authority == Authority::maybePath)
            return {};
        return i.wrong("has no pathLen that allows the chain below it",
                       fmt::format("issue it with a pathLen of at least {}", i.below));
    }
    return {};
}

Result<void> purposes(const Inspection& i) {
    for (const auto purpose : i.profile.purposesForbidden)
        if (!purpose.empty() && i.has(purpose))
            return i.wrong(fmt::format("has the forbidden extended key usage {}", purpose), "issue it without that");
    for (const auto purpose : i.profile.purposesRequired)
        if (!purpose.empty() && !i.has(purpose))
            return i.wrong(fmt::format("lacks the extended key usage {}", purpose), "issue it with that");
    return {};
}

Result<void> policies(const Inspection& i) {
    const auto& has = i.certificate.policies;
    if (i.profile.authority != Authority::no || has.empty() || std::ranges::find(has, oid::ocfPolicy) != has.end())
        return {};
    return i.wrong("has certificatePolicies without OCF's",
                   fmt::format("issue it with {} or without policies", oid::ocfPolicy));
}

Result<void> uuid(const Inspection& i) {
    if (!i.profile.uuid || uuidIn(i.certificate))
        return {};
    return i.wrong("has no common name with uuid: and a UUID", "issue it for the subject CN=uuid:<device UUID>");
}

constexpr Check kChecks[] = {version,  signatureAlgorithm, key,      serialNumber, validity, issued, extensions,
                             keyUsage, basicConstraints,   purposes, policies,     uuid};

} // namespace

std::string dateOf(WallTime time) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC",
                       fmt::gmtime(static_cast<std::time_t>(time.time_since_epoch().count())));
}

Result<void> checkProfile(const Certificate& certificate, CertificateKind kind, WallTime now, unsigned below,
                          Validation validation) {
    const Inspection inspection{certificate, kCertificateProfiles.at(static_cast<std::size_t>(kind)), now, below,
                                validation};
    for (const auto check : kChecks)
        if (auto passed = check(inspection); !passed)
            return passed;
    return {};
}

} // namespace ocfsecd::svr
