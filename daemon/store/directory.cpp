#include "store/directory.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ocfsecd::store {

namespace {

constexpr mode_t kMode = 0600;
constexpr int kMaxAside = 1000; // files kept aside within one second

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_{fd} {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    explicit operator bool() const { return fd_ >= 0; }
    int get() const { return fd_; }
    /// A network or quota file system may report a write error only here.
    int close() { return fd_ >= 0 ? ::close(std::exchange(fd_, -1)) : 0; }

private:
    int fd_;
};

Failure ioFailure(std::string_view act, const std::string& path) {
    const int error = errno;
    return {Reason::inputOutput, fmt::format("{} {}: {}", act, path, std::strerror(error)),
            error == ENOSPC || error == EDQUOT ? "free some space on the file system"
                                               : "check the directory, its owner and the file system"};
}

std::string temporaryOf(const std::string& name) {
    return name + ".tmp";
}

bool writeAll(int fd, ByteView content) {
    while (!content.empty()) {
        const auto wrote = ::write(fd, content.data(), content.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        content = content.subspan(static_cast<std::size_t>(wrote));
    }
    return true;
}

} // namespace

Directory::Directory(std::filesystem::path path, std::function<void(std::string_view)> step)
    : path_{std::move(path)}, step_{std::move(step)}, fd_{::open(path_.c_str(),
                                                                 O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)} {
    if (fd_ < 0)
        ready_ = ioFailure("cannot open", path_.string());
    else if (::flock(fd_, LOCK_EX | LOCK_NB) != 0)
        ready_ = errno == EWOULDBLOCK ? Failure{Reason::busy, fmt::format("another ocfsecd uses {}", path_.string()),
                                                "stop it, or give this one another directory"}
                                      : ioFailure("cannot lock", path_.string());
}

Directory::~Directory() {
    if (fd_ >= 0)
        ::close(fd_);
}

Result<void> Directory::ready() const {
    return ready_;
}

Result<std::optional<Bytes>> Directory::read(const std::string& name, std::size_t max) const {
    // Not blocking: a FIFO in the file's place must not hang us.
    const Descriptor file{::openat(fd_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    if (!file && errno == ENOENT)
        return std::optional<Bytes>{};
    const auto path = pathOf(name);
    const Failure strange{Reason::stateCorrupt, fmt::format("{} is not a plain file", path),
                          "reset the device locally"};
    if (!file)
        return errno == ELOOP || errno == ENXIO ? strange : ioFailure("cannot read", path); // a link, a socket
    struct stat about {};
    if (::fstat(file.get(), &about) != 0)
        return ioFailure("cannot read", path);
    if (!S_ISREG(about.st_mode))
        return strange;
    const auto tooLong = Failure{Reason::stateCorrupt, fmt::format("{} has more than {} octets", path, max),
                                 "reset the device locally (the file is kept aside)"};
    if (about.st_size < 0 || static_cast<std::uint64_t>(about.st_size) > max)
        return tooLong;
    Bytes out(static_cast<std::size_t>(about.st_size) + 1); // one more shows a file that grows meanwhile
    std::size_t have = 0;
    for (;;) {
        const auto got = ::read(file.get(), out.data() + have, out.size() - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ioFailure("cannot read", path);
        have += static_cast<std::size_t>(got);
        if (got == 0 || have == out.size())
            break;
    }
    if (have > static_cast<std::size_t>(about.st_size))
        return tooLong;
    out.resize(have);
    return std::optional<Bytes>{std::move(out)};
}

Result<void> Directory::replace(const std::string& name, ByteView content) const {
    const auto temporary = temporaryOf(name);
    removeLeftover(name);
    auto written = writeTemporary(temporary, content);
    if (written) {
        step_("rename");
        if (::renameat(fd_, temporary.c_str(), fd_, name.c_str()) != 0)
            written = ioFailure("cannot replace", pathOf(name));
    }
    if (!written) {
        ::unlinkat(fd_, temporary.c_str(), 0);
        return written;
    }
    return sync();
}

Result<void> Directory::writeTemporary(const std::string& temporary, ByteView content) const {
    step_("write");
    Descriptor file{::openat(fd_, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode)};
    if (!file || !writeAll(file.get(), content))
        return ioFailure("cannot write", pathOf(temporary));
    step_("fsync");
    if (::fsync(file.get()) != 0 || file.close() != 0)
        return ioFailure("cannot write", pathOf(temporary));
    return {};
}

Result<void> Directory::remove(const std::string& name) const {
    step_("unlink");
    if (::unlinkat(fd_, name.c_str(), 0) != 0 && errno != ENOENT)
        return ioFailure("cannot delete", pathOf(name));
    return sync();
}

Result<bool> Directory::moveAside(const std::string& name, const std::string& aside) const {
    step_("aside");
    for (int number = 1; number <= kMaxAside; ++number) {
        const auto to = number == 1 ? aside : fmt::format("{}.{}", aside, number);
        if (::renameat2(fd_, name.c_str(), fd_, to.c_str(), RENAME_NOREPLACE) == 0) {
            if (auto synced = sync(); !synced)
                return synced.failure();
            return true;
        }
        if (errno == ENOENT)
            return false;
        if (errno != EEXIST)
            break;
    }
    return ioFailure("cannot move aside", pathOf(name));
}

void Directory::removeLeftover(const std::string& name) const {
    ::unlinkat(fd_, temporaryOf(name).c_str(), 0);
}

Result<void> Directory::sync() const {
    step_("fsync-dir");
    if (::fsync(fd_) != 0)
        return ioFailure("cannot write", path_.string());
    return {};
}

} // namespace ocfsecd::store
