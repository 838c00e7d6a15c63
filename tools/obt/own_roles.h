#pragma once
// The role certificates of this identity, for the key of its own certificate.
//
//   roles/<serial number>.pem

#include "tools/obt/certificate_folder.h"

namespace ocfsecd::obt {

class OwnRoles {
public:
    explicit OwnRoles(const std::filesystem::path& home)
        : kept_{home / "roles", "remove it, then: ocf-obt role self"} {}

    Result<void> add(const svr::Certificate& certificate) { return kept_.add(certificate); }
    /// For each of these roles the PEM of a certificate that gives it to `key` now, the one that lasts longest.
    /// Reason::notFound names a role there is none for; stateCorrupt the file that is damaged.
    Result<std::vector<std::string>> find(const std::vector<std::string>& roles, const svr::PublicKey& key,
                                          svr::WallTime now) const;

private:
    CertificateFolder kept_;
};

} // namespace ocfsecd::obt
