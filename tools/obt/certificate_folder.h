#pragma once
// A private directory of certificates, each a file of its own: <serial number>.pem.

#include "base/result.h"
#include "svr/certificate.h"

#include <filesystem>

namespace ocfsecd::obt {

class CertificateFolder {
public:
    /// `remedy`: what to do about a damaged file.
    CertificateFolder(std::filesystem::path directory, std::string remedy)
        : directory_{std::move(directory)}, remedy_{std::move(remedy)} {}

    Result<void> add(const svr::Certificate& certificate) const;
    /// None where there is no directory yet. Reason::stateCorrupt names the file that is damaged.
    Result<std::vector<svr::Certificate>> all() const;

private:
    std::filesystem::path directory_;
    std::string remedy_;
};

} // namespace ocfsecd::obt
