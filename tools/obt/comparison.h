#pragma once
// A device compared with the subject saved of it: the integrity check of F5.6. Pure.

#include "tools/obt/answers.h"
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
};

/// What the device said, or why not.
struct Statements {
    Result<Doxm> doxm;
    Result<Pstat> pstat;
    Result<Cred> cred;
    Result<Uuid> aclRowner;
};

std::vector<Comparison> compare(const Subject& subject, const Uuid& self, const Statements& said);
/// Anything different makes the whole different; all unreadable proves nothing.
Verdict overall(const std::vector<Comparison>& rows);
std::string_view nameOf(Verdict verdict); ///< "same", "DIFFERS", "not readable here"

} // namespace ocfsecd::obt
