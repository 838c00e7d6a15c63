#include "svr/certificate_chain.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

struct UseRow {
    ChainUse use;
    CertificateKind leaf, intermediate, root;
    std::size_t maxIntermediates;
};
constexpr UseRow kUses[] = {
    {ChainUse::identity, CertificateKind::identity, CertificateKind::intermediate, CertificateKind::root, 2},
    {ChainUse::role, CertificateKind::role, CertificateKind::intermediate, CertificateKind::root, 2},
    // Facts 4.4: root, one intermediate, leaf.
    {ChainUse::manufacturer, CertificateKind::manufacturer, CertificateKind::mfgIntermediate, CertificateKind::mfgRoot,
     1},
};

const UseRow& rowOf(ChainUse use) {
    return kUses[static_cast<std::size_t>(use)];
}

Failure wrong(std::string what, std::string next) {
    return {Reason::malformed, std::move(what), std::move(next)};
}

Result<void> checkIssued(const Certificate& certificate, const Certificate& issuer, const RevocationList* revoked) {
    if (!equal(certificate.issuer, issuer.subject))
        return wrong(fmt::format("the certificate {} was not issued by {}, which follows it", nameOf(certificate),
                                 nameOf(issuer)),
                     "send the leaf first and after each certificate that of its issuer");
    if (!issuer.key || !verifies(*issuer.key, certificate.signedPart, certificate.signature))
        return wrong(
            fmt::format("the signature of the certificate {} is not that of {}", nameOf(certificate), nameOf(issuer)),
            "get the certificate from its issuer again");
    if (revoked != nullptr && revoked->revokes(certificate, issuer))
        return wrong(fmt::format("the certificate {} is revoked by its issuer {}", nameOf(certificate), nameOf(issuer)),
                     "ask the credential manager for a new certificate");
    return {};
}

/// A chain link by link, without the question whom it ends in.
struct Links {
    std::vector<Certificate> certificates; ///< leaf first
    bool withRoot = false;
    std::size_t intermediates() const { return certificates.size() - 1 - (withRoot ? 1 : 0); }
};

Result<Links> checkLinks(const std::vector<Bytes>& chain, const UseRow& row, WallTime now, Validation validation,
                         const RevocationList* revoked) {
    auto read = readCertificates(chain);
    if (!read)
        return read.failure();
    Links out{*std::move(read), false};
    const auto& certificates = out.certificates;
    if (auto leaf = checkProfile(certificates.front(), row.leaf, now, 0, validation); !leaf)
        return leaf.failure();
    out.withRoot = certificates.size() > 1 && certificates.back().selfIssued();
    if (out.intermediates() > row.maxIntermediates)
        return wrong(fmt::format("the chain has {} intermediate certificates, at most {} are taken",
                                 out.intermediates(), row.maxIntermediates),
                     "use a shorter chain");
    for (std::size_t at = 1; at < certificates.size(); ++at) {
        const bool isRoot = out.withRoot && at + 1 == certificates.size();
        if (auto passed = checkProfile(certificates[at], isRoot ? row.root : row.intermediate, now,
                                       static_cast<unsigned>(at - 1), validation);
            !passed)
            return passed.failure();
        if (auto issued = checkIssued(certificates[at - 1], certificates[at], revoked); !issued)
            return issued.failure();
    }
    return out;
}

/// What the last certificate that is no root hangs on.
Result<void> checkAnchor(const Links& links, const TrustAnchor& anchor, const UseRow& row, const ChainRules& rules) {
    const auto& root = anchor.certificate;
    if (auto passed = checkProfile(root, row.root, rules.now, static_cast<unsigned>(links.intermediates())); !passed)
        return passed;
    return checkIssued(links.certificates[links.intermediates()], root, rules.revoked);
}

} // namespace

Result<Certificate> checkChain(const std::vector<Bytes>& chain, const ChainRules& rules) {
    const auto& row = rowOf(rules.use);
    auto links = checkLinks(chain, row, rules.now, Validation::now, rules.revoked);
    if (!links)
        return links.failure();
    const auto& last = links->certificates[links->intermediates()];
    const auto peer = uuidIn(links->certificates.front());
    Failure why = wrong(fmt::format("no trust anchor of this device issued the certificate {}", nameOf(last)),
                        "let the credential manager provision the root as oic.sec.cred.trustca");
    for (const auto& anchor : rules.anchors) {
        if (links->withRoot ? !(links->certificates.back() == anchor.certificate)
                            : !equal(last.issuer, anchor.certificate.subject))
            continue;
        if (anchor.subject && anchor.subject != peer) {
            why = wrong(fmt::format("the trust anchor {} vouches for {} only, not for {}", nameOf(anchor.certificate),
                                    anchor.subject->text(), nameOf(links->certificates.front())),
                        "provision the anchor for this peer, or with the subject *");
            continue;
        }
        auto anchored = checkAnchor(*links, anchor, row, rules);
        if (anchored)
            return std::move(links->certificates.front());
        why = anchored.failure();
    }
    return why;
}

Result<Certificate> checkOwnChain(const std::vector<Bytes>& chain, ChainUse use, WallTime now) {
    auto links = checkLinks(chain, rowOf(use), now, Validation::notExpired, nullptr);
    if (!links)
        return links.failure();
    return std::move(links->certificates.front());
}

} // namespace ocfsecd::svr
