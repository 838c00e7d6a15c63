// Certificates, their chains, revocation lists and names: whatever they say, reading and judging them ends, and what is
// taken keeps to its limits. The first octet says what the others are.

#include "../support.h"
#include "svr/certificate_chain.h"
#include "svr/certificate_roles.h"
#include "svr/crl.h"
#include "svr/der.h"

#include <algorithm>

using namespace ocfsecd;
using namespace ocfsecd::svr;

namespace {

constexpr WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 1 / 1};

void judge(const Certificate& certificate) {
    require(certificate.der.size() <= kMaxCertificate);
    (void)nameOf(certificate);
    (void)uuidIn(certificate);
    if (const auto roles = rolesIn(certificate))
        require(!roles->empty() && roles->size() <= kMaxRolesPerCertificate);
    for (const auto& profile : kCertificateProfiles)
        for (const unsigned below : {0U, 1U})
            (void)checkProfile(certificate, profile.kind, kNow, below, Validation::notExpired);
    if (certificate.key)
        (void)verifies(*certificate.key, certificate.signedPart, certificate.signature);
    const auto again = readPem(toPem(certificate.der));
    require(again && again->size() == 1 && again->front() == certificate.der);
}

void takeChain(std::string_view pem) {
    const auto ders = readPem(pem);
    if (!ders)
        return;
    require(!ders->empty() && ders->size() <= kMaxChain);
    const auto certificates = readCertificates(*ders);
    if (!certificates)
        return;
    // The last one is believed, of anybody and of one peer.
    for (const auto& subject : {std::optional<Uuid>{}, uuidIn(certificates->front())}) {
        const TrustAnchor anchor{certificates->back(), subject};
        for (const auto use : {ChainUse::identity, ChainUse::role, ChainUse::manufacturer}) {
            const auto leaf = checkChain(*ders, {use, kNow, {&anchor, 1}, nullptr});
            require(!leaf || leaf->der == ders->front());
            (void)checkOwnChain(*ders, use, kNow);
        }
    }
}

void takeList(ByteView der) {
    const auto list = readRevocationList(der);
    if (!list)
        return;
    require(list->revoked.size() <= kMaxRevoked);
    require(std::ranges::is_sorted(list->revoked, {}, &RevokedCertificate::serial));
    for (const auto& one : list->revoked) {
        require(one.serial.empty() || one.serial.front() != 0);
        require(list->lists(one.serial));
    }
}

void takeNames(ByteView octets) {
    DerReader in{octets};
    std::size_t taken = 0;
    while (const auto element = in.next()) {
        taken += element->whole.size();
        require(element->content.size() < element->whole.size());
    }
    require(taken <= octets.size() && (!in.done() || taken == octets.size()));
    if (const auto name = readName(octets))
        for (const auto* texts : {&name->commonNames, &name->organizationalUnits})
            for (const auto& text : *texts)
                require(text.size() <= 64);
    Bytes signedPart, signature;
    if (readSigned(octets, signedPart, signature))
        require(signedPart.size() + signature.size() < octets.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const ByteView octets{data + 1, size - 1};
    switch (data[0] % 5) {
    case 0:
        if (const auto certificate = readCertificate(octets))
            judge(*certificate);
        break;
    case 1:
        takeChain(textOf(octets));
        break;
    case 2:
        takeList(octets);
        break;
    case 3:
        if (const auto list = revocationListOf({1, "2027-01-01T00:00:00Z", std::string{textOf(octets)}}); list && *list)
            require((*list)->revoked.size() <= kMaxRevoked);
        break;
    default:
        takeNames(octets);
    }
    return 0;
}
