#pragma once
// What the user gives `ocf-obt own` for the method: which one, the PIN, the makers trusted.

#include "svr/certificate_chain.h"
#include "tools/obt/commands/commands.h"
#include "tools/obt/own.h"

namespace ocfsecd::obt {

struct MethodOptions {
    std::string method; ///< empty: the strongest
    std::string pinFile;
    std::vector<std::string> trust;
};
void addMethodOptions(CLI::App& command, MethodOptions& options);

class OwnMeans {
public:
    /// Reads and checks what was given, before any device is asked. Reason::usage.
    static Result<OwnMeans> read(const MethodOptions& options, bool terminal);

    Result<const Method*> choose(const std::vector<std::int64_t>& offered) const;
    /// For this device; it must not outlive the means.
    Assurance assurance(Tool& tool, const Uuid& device);
    /// Of the device's own certificate, once it was judged; empty before.
    const std::string& makerName() const { return makerName_; }

private:
    const Method* wanted_ = nullptr;
    std::string pinFile_;
    std::vector<svr::TrustAnchor> roots_;
    Means means_;
    std::string makerName_;
};

} // namespace ocfsecd::obt
