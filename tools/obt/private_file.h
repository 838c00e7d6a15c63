#pragma once
// Files that hold keys or name their owner: readable by their owner only, written so that a crash leaves the old or the
// new content.

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "systemd/fd.h"

#include <filesystem>

namespace ocfsecd::obt {

/// Larger files in the tool's directory are not its own.
inline constexpr std::size_t kMaxPrivateFile = 64 * 1024;

/// Makes the directory with mode 0700 (parents with 0777 minus umask) when it is missing. Reason::configuration when it
/// belongs to somebody else or others may enter it; then nothing in it is used.
Result<void> makePrivateDirectory(const std::filesystem::path& directory);

/// Holds the directory against other runs of the tool until the descriptor is closed.
Result<systemd::Fd> lockDirectory(const std::filesystem::path& directory);

/// Refuses symbolic links, files of other users and files others may read or write (Reason::configuration), and what is
/// missing (stateMissing).
Result<SecretBytes> readPrivateFile(const std::filesystem::path& file);
/// Temporary file 0600, fsync, rename, fsync of the directory.
Result<void> writePrivateFile(const std::filesystem::path& file, ByteView content);
/// Like writePrivateFile, but never replaces a file (Reason::configuration).
Result<void> createPrivateFile(const std::filesystem::path& file, ByteView content);
/// Removes and makes the removal durable; a missing file is fine.
Result<void> removePrivateFile(const std::filesystem::path& file);

} // namespace ocfsecd::obt
