#pragma once
// ocfsecd as a process of its own: configured by a file, with a software TPM, in a yard.

#include "outside/yard.h"
#include "support/swtpm.h"

#include <filesystem>

namespace ocfsecd::test::outside {

class DaemonProcess {
public:
    /// `settings` is the text of its configuration file, without TPM, disk, network and bus.
    DaemonProcess(std::shared_ptr<Yard> yard, const std::string& settings);
    ~DaemonProcess();
    DaemonProcess(const DaemonProcess&) = delete;
    DaemonProcess& operator=(const DaemonProcess&) = delete;

    void start(); ///< returns when it serves; std::runtime_error when it does not come so far
    void kill();
    void stop(); ///< SIGTERM; a test failure when it does not end well
    bool running() const { return pid_ > 0; }
    Swtpm& tpm() { return tpm_; }

    std::filesystem::path stateDirectory() const { return directory_.path() / "state"; }
    std::string said() const; ///< its log

private:
    void end(int signal);

    std::shared_ptr<Yard> yard_;
    TempDir directory_;
    Swtpm tpm_;
    pid_t pid_ = -1;
};

} // namespace ocfsecd::test::outside
