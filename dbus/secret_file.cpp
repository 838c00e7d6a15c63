#include "dbus/secret_file.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ocfsecd::dbus {

Result<SharedSecret> readSecretFile(int fd, std::size_t most) {
    struct stat file {};
    if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
        return Failure{Reason::malformed, "the descriptor is no regular file",
                       "open the file with the key, or a memfd"};
    if (file.st_size <= 0)
        return Failure{Reason::malformed, "the file is empty", "give the file with the key"};
    if (static_cast<std::uint64_t>(file.st_size) > most)
        return Failure{Reason::tooLarge, "the file is longer than any key", "give the file with the key alone"};
    auto secret = std::make_shared<SecretBytes>(static_cast<std::size_t>(file.st_size));
    const auto into = secret->edit();
    for (std::size_t at = 0; at < into.size();) {
        const auto count = ::pread(fd, into.data() + at, into.size() - at, static_cast<off_t>(at));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return Failure{
                Reason::inputOutput,
                fmt::format("cannot read the key: {}", count < 0 ? std::strerror(errno) : "it was cut short"),
                "open it for reading"};
        at += static_cast<std::size_t>(count);
    }
    return SharedSecret{std::move(secret)};
}

} // namespace ocfsecd::dbus
