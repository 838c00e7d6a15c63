#pragma once
// The tool's own directory: one identity, which may act as DOTS, CMS or AMS, and what it knows of its devices.
//
//   identity.json            own UUID and security domain
//   subjects/<uuid>/         one per device: subject.json (no secret) and key files (subjects.h)

#include "base/random.h"
#include "base/result.h"
#include "base/uuid.h"

#include <filesystem>

namespace ocfsecd::obt {

struct Identity {
    Uuid uuid;   ///< this tool's device UUID, without a zero octet (L2.4)
    Uuid domain; ///< of the security domain it makes
};

class Home {
public:
    /// Opens the directory, making directory and identity at first use. Refuses one that others may enter.
    static Result<Home> open(const std::filesystem::path& directory, Random& random);
    /// $XDG_STATE_HOME/ocf-obt, else ~/.local/state/ocf-obt. Reason::configuration without either variable.
    static Result<std::filesystem::path> defaultDirectory();

    const std::filesystem::path& directory() const { return directory_; }
    std::filesystem::path subjectsDirectory() const { return directory_ / "subjects"; }
    const Identity& identity() const { return identity_; }

private:
    Home(std::filesystem::path directory, const Identity& identity)
        : directory_{std::move(directory)}, identity_{identity} {}
    std::filesystem::path directory_;
    Identity identity_;
};

} // namespace ocfsecd::obt
