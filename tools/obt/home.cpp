#include "tools/obt/home.h"

#include "tools/obt/private_file.h"

#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

constexpr int kVersion = 1;

Failure corrupt(const fs::path& file, std::string_view why) {
    return {Reason::stateCorrupt, fmt::format("{} is damaged: {}; it was left as it is", file.string(), why),
            "restore it from a backup, or start anew with another --home"};
}

Result<Identity> readIdentity(const fs::path& file) {
    const auto content = readPrivateFile(file);
    if (!content)
        return content.failure();
    const auto json = nlohmann::json::parse(textOf(content->view()), nullptr, false);
    if (!json.is_object())
        return corrupt(file, "no JSON object");
    if (json.value("version", nlohmann::json{}) != kVersion)
        return corrupt(file, "not version 1");
    const auto uuidAt = [&](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? Uuid::parse(found->get_ref<const std::string&>())
                                                         : std::nullopt;
    };
    const auto uuid = uuidAt("uuid");
    const auto domain = uuidAt("domain");
    if (!uuid || uuid->isNil() || !domain)
        return corrupt(file, "no usable UUID");
    return Identity{*uuid, *domain};
}

} // namespace

Result<fs::path> Home::defaultDirectory() {
    if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
        return fs::path{state} / "ocf-obt";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
        return fs::path{home} / ".local/state/ocf-obt";
    return Failure{Reason::configuration, "neither XDG_STATE_HOME nor HOME is set", "name a directory with --home"};
}

Result<Home> Home::open(const fs::path& directory, Random& random) {
    for (const auto& needed : {directory, directory / "subjects"})
        if (auto made = makePrivateDirectory(needed); !made)
            return made.failure();
    const auto file = directory / "identity.json";
    auto identity = readIdentity(file);
    if (identity)
        return Home{directory, *identity};
    if (identity.failure().reason != Reason::stateMissing)
        return identity.failure();
    if (!fs::is_empty(directory / "subjects"))
        return corrupt(file, "it is missing while devices are known");
    const Identity fresh{Uuid::random(random), Uuid::random(random)};
    const nlohmann::ordered_json json{
        {"version", kVersion}, {"uuid", fresh.uuid.text()}, {"domain", fresh.domain.text()}};
    // Created, never replaced: two tools starting at once agree on the first one's identity.
    if (auto written = createPrivateFile(file, viewOf(json.dump(2) + "\n")); !written) {
        identity = readIdentity(file);
        return identity ? Result<Home>{Home{directory, *identity}} : Result<Home>{written.failure()};
    }
    return Home{directory, fresh};
}

} // namespace ocfsecd::obt
