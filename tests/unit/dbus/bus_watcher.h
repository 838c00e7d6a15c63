#pragma once
// A client that writes down every signal of org.ocfsecd1. On sd-bus itself, not on the library under test.

#include "systemd/loop.h"

#include <string>
#include <vector>

struct sd_bus;
struct sd_bus_message;

namespace ocfsecd::test {

class BusWatcher {
public:
    /// Watches when it returns; does not turn the loop before that.
    BusWatcher(systemd::Loop& loop, const std::string& address);
    ~BusWatcher();
    BusWatcher(const BusWatcher&) = delete;
    BusWatcher& operator=(const BusWatcher&) = delete;

    /// "changed PATH Property …" (a property without its value ends in "!"), "added PATH interface …",
    /// "removed PATH interface …"; without the standard interfaces.
    std::vector<std::string> signals;

private:
    void take(sd_bus_message* message);
    sd_bus* bus_ = nullptr;
};

} // namespace ocfsecd::test
