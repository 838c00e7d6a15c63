#include "tools/obt/certify.h"

#include "svr/trust.h"
#include "tools/obt/exchange.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

Result<void> removeEntries(Session& session, const std::vector<std::int64_t>& credids) {
    if (credids.empty())
        return {};
    return whileProvisioning(session, [&]() -> Result<void> {
        for (const auto credid : credids)
            if (auto gone = change(session, makeDelete(href::cred, {fmt::format("credid={}", credid)})); !gone)
                return gone;
        return {};
    });
}

/// Root and certificate in one POST: the device takes both or neither (facts 2.4). Gives the new entries.
Result<std::vector<std::int64_t>> install(Session& session, const CertifyPlan& plan, const Cred& before,
                                          const svr::Certificate& certificate) {
    std::vector<CertificateEntry> entries;
    if (!trusts(before, plan.root))
        entries.push_back({svr::credusage::trustca, "*", svr::toPem(plan.root.der)}); // any peer it certifies
    entries.push_back({svr::credusage::cert, plan.device.text(), svr::toPem(certificate.der)});
    if (auto written = whileProvisioning(session, [&] { return change(session, postCertificates(entries)); }); !written)
        return written.failure();
    const auto after = readCred(session);
    if (!after)
        return after.failure();
    std::vector<std::int64_t> added;
    for (const auto& entry : after->entries)
        if (std::ranges::none_of(before.entries, [&](const auto& old) { return old.credid == entry.credid; }) &&
            (holds(entry, svr::credusage::trustca, plan.root) || holds(entry, svr::credusage::cert, certificate)))
            added.push_back(entry.credid);
    return added;
}

/// Both sides have shown their certificates, and the device knows who manages its credentials.
Result<Cred> prove(Peer& peer, const CertifyPlan& plan, std::unique_ptr<Session>& proven) {
    auto opened = plan.open(peer);
    if (!opened)
        return opened.failure();
    proven = *std::move(opened);
    return readManagedCred(*proven, plan.self);
}

Failure takenBack(Session& session, const Failure& why, const std::vector<std::int64_t>& added) {
    const auto removed = removeEntries(session, added);
    if (removed)
        return {why.reason, "the certificate did not prove itself and was taken back: " + why.what, why.next};
    return {why.reason,
            fmt::format("the certificate did not prove itself: {}; it could not be taken back: {}", why.what,
                        removed.failure().what),
            "ocf-obt get TARGET /oic/sec/cred"};
}

/// Certificates first: the anchor they may still need goes last. A root before a renewal has the CA's name and key.
std::vector<std::int64_t> olderThan(const svr::Certificate& certificate, const svr::Certificate& root,
                                    const Cred& cred) {
    std::vector<std::int64_t> out;
    for (const auto& entry : cred.entries) {
        const auto there = entry.usage == svr::credusage::cert ? certificateIn(entry) : std::nullopt;
        if (there && !(*there == certificate) && equal(there->issuer, certificate.issuer))
            out.push_back(entry.credid);
    }
    for (const auto& entry : cred.entries) {
        const auto there = entry.usage == svr::credusage::trustca ? certificateIn(entry) : std::nullopt;
        if (there && !(*there == root) && equal(there->subject, root.subject) && there->key == root.key)
            out.push_back(entry.credid);
    }
    return out;
}

} // namespace

Result<Certified> certify(Peer& peer, Session& session, const CertifyPlan& plan, const TellStep& step) {
    step("asking for its certificate request");
    if (auto fit = checkTakesCertificates(session, plan.device); !fit)
        return fit.failure();
    const auto before = readManagedCred(session, plan.self);
    if (!before)
        return before.failure();
    const auto request = askForRequest(session, {plan.self, plan.device});
    if (!request)
        return request.failure();
    auto certificate = plan.issue(*request);
    if (!certificate)
        return certificate.failure();
    step("writing root and certificate");
    const auto added = install(session, plan, *before, *certificate);
    if (!added)
        return added.failure();
    step("proving the certificate");
    std::unique_ptr<Session> proven;
    const auto after = prove(peer, plan, proven);
    if (!after)
        return takenBack(session, after.failure(), *added);
    Certified out{*std::move(certificate), 0, std::nullopt};
    const auto older = olderThan(out.certificate, plan.root, *after);
    if (auto removed = removeEntries(*proven, older); !removed)
        out.leftover = removed.failure();
    else
        out.replaced = older.size();
    return out;
}

} // namespace ocfsecd::obt
