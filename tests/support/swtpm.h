#pragma once
// A software TPM of a test's own: state and sockets in a temporary directory, killed and removed at the end.

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace ocfsecd::test {

/// A directory of the test's own, removed with all it holds.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class Swtpm {
public:
    Swtpm(); ///< running and answering when this returns
    ~Swtpm();
    Swtpm(const Swtpm&) = delete;
    Swtpm& operator=(const Swtpm&) = delete;

    /// For tss2-tctildr. One client at a time: a second one blocks.
    std::string tcti() const;
    void kill();  ///< SIGKILL; the state stays
    void start(); ///< after kill(): the same TPM, as after a loss of power
    pid_t pid() const { return pid_; }

private:
    TempDir dir_;
    pid_t pid_ = -1;
};

} // namespace ocfsecd::test
