#pragma once
// The programs that show a device's PINs: objects of interface org.ocfsecd1.PinAgent on other connections.

#include "dbus/bus_link.h"
#include "dbus/model.h"

#include <memory>
#include <vector>

namespace ocfsecd::dbus {

class PinAgents {
public:
    /// `changed` is told when the first one is there, or the last one has gone. What is given outlives it.
    PinAgents(sdbus::IConnection& connection, systemd::Loop& loop, std::function<void(bool somebody)> changed);
    ~PinAgents();
    PinAgents(const PinAgents&) = delete;
    PinAgents& operator=(const PinAgents&) = delete;

    /// Rounded up; 0 from the moment it is void.
    static std::uint32_t secondsLeft(const PinView& pin, TimePoint now);

    /// `pin` is what is to be shown at once. Reason::limitReached. One that is there already stays as it is.
    ocfsecd::Result<void> add(const std::string& caller, const std::string& path, const std::optional<PinView>& pin);
    /// Reason::notFound.
    ocfsecd::Result<void> remove(const std::string& caller, const std::string& path);
    /// A connection is gone, with all its agents.
    void left(const std::string& caller);

    void display(const PinView& pin);
    void cancel(const std::string& reason);
    /// Tells all that they are not needed any more, and forgets them without telling `changed`.
    void release();

private:
    struct Agent;
    void show(Agent& agent, const PinView& pin);
    void sweep();

    sdbus::IConnection& connection_;
    systemd::Loop& loop_;
    std::function<void(bool)> changed_;
    std::vector<std::unique_ptr<Agent>> agents_;
    systemd::DeferSource sweeper_; ///< an agent is never destroyed within its own answer
};

} // namespace ocfsecd::dbus
