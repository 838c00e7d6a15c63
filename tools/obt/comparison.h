#pragma once
// A device compared with the subject saved of it: the integrity check of F5.6. Pure.

#include "tools/obt/answers.h"
#include "tools/obt/certificate_standing.h"
#include "tools/obt/issued.h"
#include "tools/obt/subjects.h"

#include <string>
#include <vector>

namespace ocfsecd::obt {

enum class Verdict {
    same,
    differs,
    unreadable, ///< this identity may not read it: neither right nor wrong
};

struct Comparison {
    std::string property; ///< "/oic/sec/doxm deviceuuid"
    std::string saved;
    std::string device; ///< or why it could not be read
    Verdict verdict = Verdict::same;
    std::string next{}; ///< what to do about it; of a property that is the same: soon
};

/// What the device said, or why not.
struct Statements {
    Result<Doxm> doxm;
    Result<Pstat> pstat;
    Result<Cred> cred;
    Result<Uuid> aclRowner;
};

std::vector<Comparison> compare(const Subject& subject, const Uuid& self, const Statements& said);

/// What this home's CA has to do with the device.
struct Certification {
    std::optional<IssuedCertificate> issued; ///< nothing: it has none from here
    std::optional<svr::Certificate> root;    ///< of the CA now; nothing: this home has none
};
/// The certificates of this CA at the device compared with the one kept here, its trust in the CA, and the time.
/// Nothing for a device that this CA has nothing to do with.
std::vector<Comparison> compareCertificates(const Certification& kept, const Result<Cred>& said, const Judgement& by);

/// Anything different makes the whole different; all unreadable proves nothing.
Verdict overall(const std::vector<Comparison>& rows);
/// What to do first: about what differs, else about what is to be done soon; "" when there is nothing.
std::string nextOf(const std::vector<Comparison>& rows);
std::string_view nameOf(Verdict verdict); ///< "same", "DIFFERS", "not readable here"

} // namespace ocfsecd::obt
