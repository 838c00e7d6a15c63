#include "tools/obt/commands/own_means.h"

#include "tools/obt/maker_trust.h"
#include "tools/obt/pin_entry.h"

#include <fmt/format.h>
#include <unistd.h>

namespace ocfsecd::obt {

void addMethodOptions(CLI::App& command, MethodOptions& options) {
    std::vector<std::string> names;
    for (const auto& method : methods())
        names.emplace_back(method.name);
    command
        .add_option("--method", options.method,
                    "owner transfer method; default: the strongest the device offers and you can serve")
        ->check(CLI::IsMember(names));
    command.add_option("--pin-file", options.pinFile,
                       "file or pipe whose first line is the PIN, - for standard input; read once the device shows it. "
                       "Without it the PIN is asked on the terminal");
    command
        .add_option("--trust", options.trust,
                    "PEM file with a maker's root certificates, for manufacturer-certificate; may be repeated")
        ->allow_extra_args(false);
}

Result<OwnMeans> OwnMeans::read(const MethodOptions& options, bool terminal) {
    OwnMeans out;
    out.wanted_ = methodNamed(options.method);
    out.pinFile_ = options.pinFile;
    auto roots = readMakerRoots(options.trust);
    if (!roots)
        return roots.failure();
    out.roots_ = std::move(*roots);
    out.means_ = {!options.pinFile.empty() || terminal, !out.roots_.empty(),
                  !options.pinFile.empty() || !options.trust.empty()};
    return out;
}

Result<const Method*> OwnMeans::choose(const std::vector<std::int64_t>& offered) const {
    return chooseMethod(offered, wanted_, means_);
}

Assurance OwnMeans::assurance(Tool& tool, const Uuid& device) {
    Assurance out;
    out.current = device;
    out.askPin = [this, &tool, device]() -> Result<SharedSecret> {
        if (!pinFile_.empty())
            return readPinFile(pinFile_);
        tool.progress().clear();
        return askPinOnTerminal(STDIN_FILENO, fmt::format("PIN that {} shows:", device.text()));
    };
    out.judge = [this](const std::vector<Bytes>& chain) -> Result<void> {
        const auto leaf = judgeMaker(chain, roots_, svr::SystemWallClock{}.now());
        if (!leaf)
            return leaf.failure();
        makerName_ = svr::nameOf(*leaf); // in quotation marks, where it has one
        std::erase(makerName_, '"');
        return {};
    };
    return out;
}

} // namespace ocfsecd::obt
