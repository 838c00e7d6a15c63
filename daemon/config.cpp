#include "config.h"

#include "settings/ini_file.h"
#include "settings/table.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <map>

namespace ocfsecd {

namespace fs = std::filesystem;

namespace {

/// From the strongest to the weakest.
constexpr std::array<std::string_view, 3> kDirectories{"etc/ocfsecd", "run/ocfsecd", "usr/lib/ocfsecd"};

Config defaultConfig() {
    Config config;
    // systemd gives a list when the unit names several: the first is ours.
    if (const char* directories = std::getenv("STATE_DIRECTORY"); directories && *directories == '/')
        config.storage.directory = std::string_view{directories}.substr(0, std::string_view{directories}.find(':'));
    return config;
}

/// A link to /dev/null, or an empty file: "this one does not exist".
bool isMasked(const fs::path& file) {
    std::error_code error;
    return fs::is_character_file(file, error) || (fs::is_regular_file(file, error) && fs::is_empty(file, error));
}

Result<std::vector<fs::path>> findFiles(const fs::path& root) {
    std::vector<fs::path> files;
    std::map<std::string, fs::path> dropIns; // by name; the first directory that has it wins
    for (const auto directory : kDirectories) {
        std::error_code error;
        const auto main = root / directory / "ocfsecd.conf";
        if (files.empty() && fs::exists(main, error))
            files.push_back(main);
        const auto folder = root / directory / "ocfsecd.conf.d";
        fs::directory_iterator entries{folder, error};
        if (error && error != std::errc::no_such_file_or_directory)
            return Failure{Reason::configuration, fmt::format("{}: {}", folder.string(), error.message()),
                           "let the user ocfsecd read the directory"};
        for (const auto& entry : entries)
            if (entry.path().extension() == ".conf")
                dropIns.emplace(entry.path().filename().string(), entry.path());
    }
    for (const auto& [name, file] : dropIns)
        files.push_back(file);
    files.erase(std::remove_if(files.begin(), files.end(), isMasked), files.end());
    return files;
}

class Loader {
public:
    Result<void> read(const fs::path& file) {
        return settings::readIniFile(file,
                                     [&](const settings::Assignment& assignment) { return take(file, assignment); });
    }

    Result<Config> finish() {
        for (const auto& check : kChecks)
            if (!check.holds(config_))
                return Failure{Reason::configuration, fmt::format("{}: {}", where(check), check.what),
                               "correct one of them; see ocfsecd.conf(5)"};
        return std::move(config_);
    }

private:
    /// What must hold between settings; reported where the first or second of them was set.
    struct Check {
        std::string_view section, first, second;
        bool (*holds)(const Config&);
        std::string_view what;
    };
    static constexpr std::array kChecks{
        Check{"Network", "SecurePort", "Port",
              [](const Config& c) { return c.network.port == 0 || c.network.port != c.network.securePort; },
              "Port= and SecurePort= are the same"},
        Check{"Onboarding", "DocTotalSec", "DocIdleSec",
              [](const Config& c) { return c.onboarding.docTotal >= c.onboarding.docIdle; },
              "DocTotalSec= is shorter than DocIdleSec="},
        Check{"DTLS", "RetransmitMaxSec", "RetransmitFirstSec",
              [](const Config& c) { return c.dtls.timers.retransmitMax >= c.dtls.timers.retransmitFirst; },
              "RetransmitMaxSec= is shorter than RetransmitFirstSec="},
        Check{"DTLS", "MaxHandshakesPerHost", "MaxHandshakes",
              [](const Config& c) { return c.dtls.maxHandshakes >= c.dtls.maxHandshakesPerHost; },
              "MaxHandshakesPerHost= is more than MaxHandshakes="},
        Check{"CoAP", "MaxExchangesPerPeer", "MaxExchanges",
              [](const Config& c) { return c.coap.maxExchanges >= c.coap.maxExchangesPerPeer; },
              "MaxExchangesPerPeer= is more than MaxExchanges="},
        Check{"CoAP", "MaxTransfersPerPeer", "MaxTransfers",
              [](const Config& c) { return c.coap.maxTransfers >= c.coap.maxTransfersPerPeer; },
              "MaxTransfersPerPeer= is more than MaxTransfers="},
    };

    Result<void> take(const fs::path& file, const settings::Assignment& assignment) {
        const auto* setting = settings::find(assignment.section, assignment.key);
        if (!setting)
            return unknown(assignment);
        if (auto assigned = settings::assign(config_, *setting, assignment.value, defaults_); !assigned)
            return Failure{Reason::configuration,
                           fmt::format("{}={} {}", assignment.key, assignment.value, assigned.failure().what), ""};
        origins_[setting] = fmt::format("{}:{}", file.string(), assignment.line);
        return {};
    }

    static Failure unknown(const settings::Assignment& assignment) {
        if (assignment.section.empty())
            return {Reason::configuration, fmt::format("{}= stands before any [Section]", assignment.key), ""};
        for (const auto& setting : settings::all())
            if (setting.key == assignment.key)
                return {
                    Reason::configuration,
                    fmt::format("{}= belongs into [{}], not [{}]", assignment.key, setting.section, assignment.section),
                    ""};
        std::string keys;
        for (const auto& setting : settings::all())
            if (setting.section == assignment.section)
                keys += fmt::format(" {}=", setting.key);
        return {Reason::configuration, fmt::format("unknown setting {}= in [{}]", assignment.key, assignment.section),
                fmt::format("[{}] knows{}", assignment.section, keys)};
    }

    std::string where(const Check& check) const {
        for (const auto key : {check.first, check.second})
            if (const auto origin = origins_.find(settings::find(check.section, key)); origin != origins_.end())
                return origin->second;
        return "defaults";
    }

    const Config defaults_ = defaultConfig();
    Config config_ = defaults_;
    std::map<const settings::Setting*, std::string> origins_; ///< "FILE:LINE"
};

} // namespace

Result<Config> loadConfig(const ConfigSources& sources) {
    std::vector<fs::path> files;
    if (sources.file) {
        files.push_back(*sources.file);
    } else {
        auto found = findFiles(sources.root);
        if (!found)
            return found.failure();
        files = std::move(*found);
    }
    Loader loader;
    for (const auto& file : files)
        if (auto read = loader.read(file); !read)
            return read.failure();
    return loader.finish();
}

std::string dumpConfig(const Config& config) {
    auto copy = config;
    std::string text;
    std::string_view section;
    for (const auto& setting : settings::all()) {
        if (setting.section != section) {
            text += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", setting.section);
            section = setting.section;
        }
        text += fmt::format("{}={}\n", setting.key, settings::write(copy, setting));
    }
    return text;
}

} // namespace ocfsecd
