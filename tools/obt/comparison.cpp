#include "tools/obt/comparison.h"

#include "svr/certificate_profile.h"
#include "svr/trust.h"
#include "tools/obt/certifiable.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

void addRow(std::vector<Comparison>& rows, std::string_view property, std::string saved, std::string device) {
    const auto verdict = saved == device ? Verdict::same : Verdict::differs;
    rows.push_back({std::string{property}, std::move(saved), std::move(device), verdict, {}});
}

void addUnread(std::vector<Comparison>& rows, std::string_view resource, const Failure& why) {
    // No access is a matter of roles; an unreadable or missing answer is not as saved.
    const auto verdict = why.reason == Reason::notAuthorised ? Verdict::unreadable : Verdict::differs;
    rows.push_back({std::string{resource}, "-", why.what, verdict, {}});
}

constexpr std::string_view kCertify = "ocf-obt certify TARGET";

std::string serialsOf(const std::vector<svr::Certificate>& certificates) {
    std::string out;
    for (const auto& certificate : certificates)
        out += (out.empty() ? "serial " : ", ") + toHex(certificate.serial);
    return out.empty() ? "none" : out;
}

/// Certificates by `root`'s name, whoever signed them: what is false shall be seen.
std::vector<svr::Certificate> certificatesOf(const Cred& cred, std::string_view usage, const svr::Certificate& root) {
    std::vector<svr::Certificate> out;
    for (const auto& entry : cred.entries)
        if (const auto there = entry.usage == usage ? certificateIn(entry) : std::nullopt;
            there && equal(there->issuer, root.subject))
            out.push_back(*there);
    return out;
}

/// The very same certificates, not only their serial numbers.
void addCertificates(std::vector<Comparison>& rows, std::string property, const std::vector<svr::Certificate>& saved,
                     const std::vector<svr::Certificate>& device) {
    auto text = serialsOf(device);
    const auto wanted = serialsOf(saved);
    const bool same = saved == device;
    if (!same && text == wanted)
        text += ", but another certificate";
    rows.push_back({std::move(property), wanted, std::move(text), same ? Verdict::same : Verdict::differs,
                    std::string{same ? std::string_view{} : kCertify}});
}

std::string_view remedyFor(CertificateStanding standing, const svr::Certificate& certificate,
                           const svr::Certificate& root) {
    switch (standing) {
    case CertificateStanding::good:
        return {};
    case CertificateStanding::notYet:
        return "set the clock of this machine";
    case CertificateStanding::revoked:
        return "ocf-obt reset TARGET, so that it makes a new key; then own and certify it";
    default: // one that ends with its root gets no longer by another of that root
        return certificate.notAfter >= root.notAfter ? "ocf-obt ca renew" : kCertify;
    }
}

void addValidity(std::vector<Comparison>& rows, const svr::Certificate& certificate, const svr::Certificate& root,
                 const Judgement& by) {
    const auto standing = standingOf(certificate, by);
    rows.push_back({"certificate valid", validityText(certificate, by), "now " + svr::dateOf(by.now),
                    holds(standing) ? Verdict::same : Verdict::differs,
                    std::string{remedyFor(standing, certificate, root)}});
}

} // namespace

std::vector<Comparison> compare(const Subject& subject, const Uuid& self, const Statements& said) {
    std::vector<Comparison> rows;
    if (said.doxm) {
        addRow(rows, "doxm deviceuuid", subject.device.text(), said.doxm->device.text());
        addRow(rows, "doxm owned", "true", said.doxm->owned ? "true" : "false");
        addRow(rows, "doxm devowneruuid", subject.owner.text(), said.doxm->devowner.text());
        addRow(rows, "doxm rowneruuid", subject.rowners.doxm.text(), said.doxm->rowner.text());
    } else {
        addUnread(rows, "doxm", said.doxm.failure());
    }
    if (said.pstat)
        addRow(rows, "pstat rowneruuid", subject.rowners.pstat.text(), said.pstat->rowner.text());
    else
        addUnread(rows, "pstat", said.pstat.failure());
    if (said.cred) {
        addRow(rows, "cred rowneruuid", subject.rowners.cred.text(), said.cred->rowner.text());
        addRow(rows, "cred entry of this tool", "symmetric key",
               said.cred->keyOf(self) != nullptr ? "symmetric key" : "none");
    } else {
        addUnread(rows, "cred", said.cred.failure());
    }
    if (said.aclRowner)
        addRow(rows, "acl2 rowneruuid", subject.rowners.acl2.text(), said.aclRowner->text());
    else
        addUnread(rows, "acl2", said.aclRowner.failure());
    return rows;
}

std::vector<Comparison> compareCertificates(const Certification& kept, const Result<Cred>& said, const Judgement& by) {
    std::vector<Comparison> rows;
    if (!kept.issued && !kept.root)
        return rows;
    const auto& root = kept.root ? *kept.root : kept.issued->root;
    std::vector<svr::Certificate> saved;
    if (kept.issued)
        saved.push_back(kept.issued->certificate);
    if (said) {
        const auto device = certificatesOf(*said, svr::credusage::cert, root);
        if (saved.empty() && device.empty())
            return rows;
        addCertificates(rows, "cred cert of this CA", saved, device);
        addCertificates(rows, "cred trustca", {root}, certificatesOf(*said, svr::credusage::trustca, root));
    }
    if (kept.issued)
        addValidity(rows, kept.issued->certificate, root, by);
    return rows;
}

std::string nextOf(const std::vector<Comparison>& rows) {
    std::string soon;
    for (const auto& row : rows) {
        if (row.verdict == Verdict::differs)
            return row.next.empty() ? "ocf-obt status TARGET" : row.next;
        if (soon.empty())
            soon = row.next;
    }
    return overall(rows) == Verdict::same ? soon : "ocf-obt status TARGET";
}

Verdict overall(const std::vector<Comparison>& rows) {
    const auto any = [&](Verdict verdict) {
        return std::ranges::any_of(rows, [&](const Comparison& row) { return row.verdict == verdict; });
    };
    if (any(Verdict::differs))
        return Verdict::differs;
    return any(Verdict::same) ? Verdict::same : Verdict::unreadable;
}

std::string_view nameOf(Verdict verdict) {
    switch (verdict) {
    case Verdict::same:
        return "same";
    case Verdict::differs:
        return "DIFFERS";
    case Verdict::unreadable:
        break;
    }
    return "not readable here";
}

} // namespace ocfsecd::obt
