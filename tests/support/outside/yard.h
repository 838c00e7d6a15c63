#pragma once
// Where a daemon under test lives: two network namespaces joined by a cable, and a bus. Whatever is in it is gone with
// the process.

#include "systemd/fd.h"
#include "unit/dbus/private_bus.h"

#include <memory>
#include <string>

namespace ocfsecd::test::outside {

/// The test's end of the cable has 192.0.2.1 to .9 and fe80::1 to ::9, the daemon's 192.0.2.10 and fe80::10. Both ends
/// are called "lan0"; the test's has index 2.
class Yard {
public:
    Yard();
    /// One that is free, else a new one; for as long as it is held.
    static std::shared_ptr<Yard> borrow();

    const std::string& problem() const { return problem_; } ///< why it cannot be; empty: it is there
    const systemd::Fd& daemonSide() const { return daemonSide_; }
    void goToTestSide() const; ///< the calling thread; sockets made from then on are there
    PrivateBus& bus() { return bus_; }

private:
    PrivateBus bus_;
    std::string problem_;
    systemd::Fd testSide_, daemonSide_;
};

} // namespace ocfsecd::test::outside
