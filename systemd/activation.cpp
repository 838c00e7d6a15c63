#include "systemd/activation.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace ocfsecd::systemd {

Result<std::map<std::string, std::vector<Fd>>> takeActivationSockets() {
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names); // sets close-on-exec
    if (count < 0)
        return Failure{Reason::configuration, fmt::format("socket activation: {}", std::strerror(-count)),
                       "check LISTEN_FDS and LISTEN_FDNAMES"};
    std::map<std::string, std::vector<Fd>> sockets;
    for (int i = 0; i < count; ++i) {
        sockets[names[i]].emplace_back(SD_LISTEN_FDS_START + i);
        std::free(names[i]);
    }
    std::free(names);
    return sockets;
}

} // namespace ocfsecd::systemd
