#include "tools/obt/comparison.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

void addRow(std::vector<Comparison>& rows, std::string_view property, std::string saved, std::string device) {
    const auto verdict = saved == device ? Verdict::same : Verdict::differs;
    rows.push_back({std::string{property}, std::move(saved), std::move(device), verdict});
}

void addUnread(std::vector<Comparison>& rows, std::string_view resource, const Failure& why) {
    // No access is a matter of roles; an unreadable or missing answer is not as saved.
    const auto verdict = why.reason == Reason::notAuthorised ? Verdict::unreadable : Verdict::differs;
    rows.push_back({std::string{resource}, "-", why.what, verdict});
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
