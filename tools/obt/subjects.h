#pragma once
// What this identity knows of its devices: one subject each, addressed /oic/svc/dots/subjects/<uuid>/cred where it is
// the owner (F5.6), and its own /oic/sec/cred entry for that device. Both name the same key, which is kept once:
//
//   subjects/<uuid>/subject.json   everything but secrets
//   subjects/<uuid>/key-N          a key as raw octets; never changed: a new key is a new file, then subject.json
//                                  names it, then the old file goes. A crash leaves the old or the new state.

#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/uuid.h"
#include "tools/obt/endpoint.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ocfsecd::obt {

/// Where a key comes from.
enum class Origin {
    derived,    ///< owner credential, from the Device Onboarding Connection
    handedOver, ///< provisioned by another manager, who knew it for a moment
    own,        ///< made here; nobody else but the device ever had it
};
std::string_view nameOf(Origin origin);

struct Credential {
    Origin origin = Origin::derived;
    bool proven = false; ///< a session with it was opened; only then older ones go (Q38)
    SharedSecret key;
};

/// Which resources whose rowneruuid was set to whom.
struct Rowners {
    Uuid doxm, pstat, cred, acl2;
    bool operator==(const Rowners&) const = default;
};

struct Subject {
    Uuid device;
    std::string name;
    Uuid owner; ///< devowneruuid
    Rowners rowners;
    bool finished = true;                ///< false while an onboarding has not been seen to its end
    std::vector<Endpoint> endpoints;     ///< last seen
    std::vector<Credential> credentials; ///< newest first

    /// A session with this key was opened: it is proven, and older ones are forgotten.
    void keepProven(const SecretBytes& key);
    bool ownedBy(const Uuid& identity) const { return owner == identity; }
    std::string href() const; ///< /oic/svc/dots/subjects/<uuid>/cred
};

class Subjects {
public:
    explicit Subjects(std::filesystem::path directory) : directory_{std::move(directory)} {}

    /// All of them, by UUID. Reason::stateCorrupt names the file; nothing is repaired or deleted silently.
    Result<std::vector<Subject>> all() const;
    Result<Subject> load(const Uuid& device) const; ///< Reason::notFound only when there surely is none
    /// Durable when it returns.
    Result<void> save(const Subject& subject);
    /// Like save() for a new one. Of a device known already the credentials at hand stay, behind these; a damaged one
    /// is not overwritten (Reason::stateCorrupt).
    Result<void> add(Subject subject);
    /// Loads, changes and saves with nobody between: another run of the tool may have changed the subject meanwhile,
    /// and a stale copy must not bring an old key back.
    Result<void> update(const Uuid& device, const std::function<void(Subject&)>& change);
    Result<void> remove(const Uuid& device);

private:
    Result<void> write(const Subject& subject);
    std::filesystem::path folderOf(const Uuid& device) const { return directory_ / device.text(); }
    std::filesystem::path directory_;
};

} // namespace ocfsecd::obt
