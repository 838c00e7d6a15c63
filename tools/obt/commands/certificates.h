#pragma once
// Commands of a certificate authority.

#include "tools/obt/authority.h"
#include "tools/obt/commands/commands.h"

namespace ocfsecd::obt {

/// Days a certificate may be asked for: as many as the root has.
inline constexpr int kMaxDays = 20 * 365;

/// This home, and its CA, which can issue at this moment.
struct OpenCa {
    const Home& home;
    svr::WallTime now;
    Authority authority;
};
Result<OpenCa> openCa(Tool& tool);

void addCa(CLI::App& app, Tool& tool);
void addCertify(CLI::App& app, Tool& tool);
void addRequest(CLI::App& app, Tool& tool);
void addRole(CLI::App& app, Tool& tool);   ///< role issue, role self
void addRevoke(CLI::App& app, Tool& tool); ///< revoke, crl

} // namespace ocfsecd::obt
