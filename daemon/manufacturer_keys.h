#pragma once
// The maker's key and certificate of each device (facts 4.4, "manufacturer certificate"): the key in the TPM, its blobs
// and the chain in files of their own beside the state. They outlive every ownership. Every call blocks and belongs to
// the worker's thread.

#include "svr/state.h"
#include "svr/wall_time.h"
#include "tpm/tpm.h"

#include <filesystem>
#include <map>
#include <optional>

namespace ocfsecd {

class ManufacturerKeys {
public:
    /// What a device gets as Capabilities::manufacturerCredentials; empty when nothing is installed.
    using Credentials = std::vector<svr::Credential>;

    explicit ManufacturerKeys(const std::filesystem::path& stateDirectory) : path_{stateDirectory / "manufacturer"} {}

    /// Reads what is installed and proves that the TPM can use it. Reason::stateCorrupt, foreignState, tpm….
    Result<Credentials> load(unsigned device, tpm::Tpm& tpm);
    /// Takes in a key made outside, with its chain: leaf first, with or without the root, all in PEM.
    /// Reason::malformed names the certificate and the rule. What was installed before is replaced.
    Result<Credentials> import(unsigned device, tpm::Tpm& tpm, std::string_view chainPem, const SecretBytes& keyPem,
                               svr::WallTime now);
    /// Makes a key in the TPM and a request for the maker's CA. The key waits for setChain(); until then everything
    /// stays as it was, and asking again gives a request for the same key, unless that is another TPM's: then there is
    /// a new one.
    Result<std::string> create(unsigned device, tpm::Tpm& tpm, std::string_view commonName);
    /// Installs a chain for the key that waits, or a newer one for the key in use.
    Result<Credentials> setChain(unsigned device, tpm::Tpm& tpm, std::string_view chainPem, svr::WallTime now);
    /// With the installed key. Reason::notFound when there is none.
    Result<Bytes> sign(unsigned device, tpm::Tpm& tpm, ByteView digest);

private:
    struct Record {
        tpm::SigningKey key;
        std::string chain; ///< PEM; empty while the key waits
    };
    Result<std::optional<Record>> read(const std::string& name) const;
    Result<void> write(const std::string& name, const Record& record) const;
    Result<void> remove(const std::string& name) const;
    Result<Credentials> install(unsigned device, Record record);

    std::filesystem::path path_;
    std::map<unsigned, tpm::SigningKey> keys_; ///< in use
};

} // namespace ocfsecd
