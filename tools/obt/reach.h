#pragma once
// From the TARGET of a command line to a session with that device, with the credential this identity holds for it.

#include "tools/obt/tool.h"

namespace ocfsecd::obt {

/// A known device and a session with it.
struct Reached {
    Subject subject;
    std::unique_ptr<Peer> peer;
    std::unique_ptr<Session> session;      ///< ends before its peer
    std::optional<std::size_t> credential; ///< which of the subject's opened it; nothing: certificates did
};

/// Where a known device is, as far as could be found out.
struct Located {
    std::unique_ptr<Peer> peer;
    bool answered = false;        ///< something answers there in clear
    std::optional<Uuid> stranger; ///< … and says that it is somebody else
};

/// A session and what opened it.
struct Opened {
    std::unique_ptr<Session> session;
    std::optional<std::size_t> credential; ///< nothing: certificates did
};

class Reach {
public:
    explicit Reach(Tool& tool) : tool_{tool} {}

    /// The subject a target names: by UUID, its beginning or name, or the device at an address.
    Result<Subject> subject(const std::string& target);
    /// Where it is now: its last address if it still answers there, else found by multicast (Q35), else as saved.
    Located find(Subject& subject, bool anew = false);
    /// A session with the first credential that works, the newest first; with --certificate one in which both sides
    /// show their identity certificates.
    Result<Opened> open(Peer& peer, const Subject& subject);
    /// All of it. New endpoints are saved.
    Result<Reached> session(const std::string& target);

private:
    Result<Opened> openWithCertificate(Peer& peer, const Subject& subject);
    Tool& tool_;
};

} // namespace ocfsecd::obt
