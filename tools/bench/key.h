#pragma once
// Which server, and the identity and key all clients of a run share: a server finds keys by identity, not by peer.

#include "base/address.h"
#include "base/result.h"
#include "dtls/session.h"

#include <string>
#include <sys/types.h>

namespace ocfsecd::bench {

/// As given on the command line.
struct TargetOptions {
    std::string server;   ///< "127.0.0.1:5684"
    std::string home;     ///< of an ocf-obt identity that has a credential for the device
    std::string device;   ///< its UUID; may be left out when the home knows only one
    std::string identity; ///< else: the PSK identity as text …
    std::string key;      ///< … and the key as text, as coap-server takes it
    pid_t pid = 0;        ///< the server's process; 0: CPU time and memory are not measured
    bool ownEngine = false;
};

struct Target {
    Address server;
    dtls::ClientKey key;
    pid_t pid = 0;
    bool ownEngine =
        false; ///< the clients'; GnuTLS reads a record in a third of the time, for it hides less of its length
};

Result<Target> makeTarget(const TargetOptions& options);

} // namespace ocfsecd::bench
