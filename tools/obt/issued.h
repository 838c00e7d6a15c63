#pragma once
// The identity certificates this home's CA has issued to devices it knows: one file beside each subject, gone with it.
//
//   subjects/<uuid>/certificate.pem   the certificate and the root it was issued under

#include "base/uuid.h"
#include "svr/certificate.h"

#include <filesystem>

namespace ocfsecd::obt {

struct IssuedCertificate {
    svr::Certificate certificate;
    svr::Certificate root; ///< that of the CA at that time

    bool operator==(const IssuedCertificate&) const = default;
};

class IssuedCertificates {
public:
    explicit IssuedCertificates(std::filesystem::path subjects) : directory_{std::move(subjects)} {}

    /// Nothing for a device that has none. Reason::stateCorrupt names the file.
    Result<std::optional<IssuedCertificate>> of(const Uuid& device) const;
    /// Takes the place of an older one. The device is known.
    Result<void> keep(const Uuid& device, const IssuedCertificate& issued);
    /// Reason::precondition when another device has a certificate for this key: one key is one device, whoever has it
    /// could pass for both.
    Result<void> checkKey(const svr::PublicKey& key, const Uuid& device) const;

private:
    std::filesystem::path fileOf(const Uuid& device) const { return directory_ / device.text() / "certificate.pem"; }
    std::filesystem::path directory_;
};

} // namespace ocfsecd::obt
