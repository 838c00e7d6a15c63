#include "tools/obt/private_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

Failure systemFailure(std::string_view act, const fs::path& path) {
    const auto error = std::error_code{errno, std::generic_category()};
    return {Reason::inputOutput, fmt::format("cannot {} {}: {}", act, path.string(), error.message()), ""};
}

/// Only its owner may get at it, and that is us.
Result<void> checkPrivate(const struct stat& info, const fs::path& path) {
    if (info.st_uid != ::geteuid())
        return Failure{Reason::configuration, fmt::format("{} belongs to another user", path.string()),
                       "choose another one with --home"};
    if ((info.st_mode & 077) != 0)
        return Failure{
            Reason::configuration,
            fmt::format("{} is open to others (mode {:04o}); it may hold keys", path.string(), info.st_mode & 07777),
            fmt::format("chmod go= {}", path.string())};
    return {};
}

Result<void> writeAll(int fd, ByteView content, const fs::path& file) {
    while (!content.empty()) {
        const auto wrote = ::write(fd, content.data(), content.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return systemFailure("write", file);
        content = content.subspan(static_cast<std::size_t>(wrote));
    }
    if (::fsync(fd) != 0)
        return systemFailure("save", file);
    return {};
}

fs::path directoryOf(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path{"."};
}

Result<void> syncDirectory(const fs::path& directory) {
    const systemd::Fd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd || ::fsync(fd.get()) != 0)
        return systemFailure("save", directory);
    return {};
}

/// The content under a temporary name, then moved: who is killed at any moment leaves all of it or nothing.
Result<void> writeThenMove(const fs::path& file, ByteView content, const std::function<int(const char* from)>& move) {
    const auto directory = directoryOf(file);
    std::string temporary = (directory / ".new-XXXXXX").string();
    const systemd::Fd fd{::mkostemp(temporary.data(), O_CLOEXEC)}; // mode 0600
    if (!fd)
        return systemFailure("make a file in", directory);
    auto written = writeAll(fd.get(), content, file);
    if (written && move(temporary.c_str()) != 0)
        written = systemFailure("make", file);
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return syncDirectory(directory);
}

} // namespace

Result<void> makePrivateDirectory(const fs::path& directory) {
    std::error_code error;
    if (directory.has_parent_path())
        fs::create_directories(directory.parent_path(), error); // mkdir below tells what is wrong
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return systemFailure("make", directory);
    struct stat info {};
    if (::stat(directory.c_str(), &info) != 0)
        return systemFailure("look at", directory);
    if (!S_ISDIR(info.st_mode))
        return Failure{Reason::configuration, fmt::format("{} is no directory", directory.string()), ""};
    return checkPrivate(info, directory);
}

Result<systemd::Fd> lockDirectory(const fs::path& directory) {
    systemd::Fd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd)
        return systemFailure("open", directory);
    while (::flock(fd.get(), LOCK_EX) != 0) // held for the time of one save
        if (errno != EINTR)
            return systemFailure("lock", directory);
    return fd;
}

Result<SecretBytes> readPrivateFile(const fs::path& file) {
    const systemd::Fd fd{::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!fd && errno == ENOENT)
        return Failure{Reason::stateMissing, fmt::format("there is no {}", file.string()), ""};
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0)
        return systemFailure("open", file);
    if (!S_ISREG(info.st_mode))
        return Failure{Reason::configuration, fmt::format("{} is no ordinary file", file.string()), ""};
    if (auto fine = checkPrivate(info, file); !fine)
        return fine.failure();
    if (info.st_size > static_cast<off_t>(kMaxPrivateFile))
        return Failure{Reason::stateCorrupt, fmt::format("{} is too large", file.string()), ""};
    SecretBytes content{static_cast<std::size_t>(info.st_size)};
    auto rest = content.edit();
    while (!rest.empty()) {
        const auto got = ::read(fd.get(), rest.data(), rest.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return systemFailure("read", file);
        rest = rest.subspan(static_cast<std::size_t>(got));
    }
    return content;
}

Result<void> writePrivateFile(const fs::path& file, ByteView content) {
    return writeThenMove(file, content, [&](const char* from) { return ::rename(from, file.c_str()); });
}

Result<void> createPrivateFile(const fs::path& file, ByteView content) {
    bool exists = false;
    auto written = writeThenMove(file, content, [&](const char* from) {
        auto moved = ::renameat2(AT_FDCWD, from, AT_FDCWD, file.c_str(), RENAME_NOREPLACE);
        if (moved != 0 && (errno == EINVAL || errno == ENOSYS)) // not every file system can (NFS)
            moved = ::link(from, file.c_str()) == 0 ? ::unlink(from) : -1;
        exists = moved != 0 && errno == EEXIST;
        return moved;
    });
    if (exists)
        return Failure{Reason::configuration, fmt::format("{} exists already", file.string()), "name a new file"};
    return written;
}

Result<void> removePrivateFile(const fs::path& file) {
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
        return systemFailure("remove", file);
    return syncDirectory(directoryOf(file));
}

} // namespace ocfsecd::obt
