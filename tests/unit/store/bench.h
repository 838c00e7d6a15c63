#pragma once
// A gateway in small: a TPM, a state directory, and a store on both that can be taken down and started again.

#include "store/store.h"
#include "support/swtpm.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::test {

class Bench {
public:
    Bench() { up(); }

    void up(); ///< a fresh TPM connection and store, as after a start of the daemon
    void down();
    void restart() {
        down();
        up();
    }

    store::Store& store() { return *store_; }
    tpm::Tpm& tpm() { return *tpm_; }
    std::string tcti() const { return swtpm_->tcti(); }
    Swtpm& swtpm() { return *swtpm_; }
    /// Another TPM under the same directory.
    void replaceTpm();
    std::filesystem::path directory() const { return dir_.path(); }
    std::filesystem::path file(unsigned device = 0) const;
    std::vector<std::string> files() const;

    std::string content(unsigned device = 0) const;
    void setContent(std::string_view octets, unsigned device = 0) const;
    /// "unowned", "owned <body>", "resetting" or the failure's name.
    std::string found(unsigned device = 0);

private:
    std::unique_ptr<Swtpm> swtpm_ = std::make_unique<Swtpm>();
    TempDir dir_;
    std::unique_ptr<tpm::Tpm> tpm_;
    std::unique_ptr<store::Store> store_;
};

/// Throws what failed; for the steps a test takes for granted.
void must(const Result<void>& outcome);
std::string outcomeOf(const Result<void>& outcome); ///< "ok" or the failure's name

} // namespace ocfsecd::test
