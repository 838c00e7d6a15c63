#pragma once
// What the interfaces of one device have in common: their object, whose they are, and what they may ask for.

#include "dbus/calls.h"
#include "dbus/model.h"

namespace ocfsecd::dbus {

std::string devicePath(unsigned device);

/// On the bus from its construction to its end. Nothing is dispatched meanwhile: it has no threads.
template <class Adaptor>
class Face : public sdbus::AdaptorInterfaces<Adaptor> {
public:
    /// `calls` and `actions` outlive it.
    Face(sdbus::IConnection& connection, unsigned device, Calls& calls, const Actions& actions)
        : sdbus::AdaptorInterfaces<Adaptor>{connection, compat::ObjectPath{devicePath(device)}}, device_{device},
          calls_{calls}, actions_{actions} {
        this->registerAdaptor();
    }
    Face(const Face&) = delete;
    Face& operator=(const Face&) = delete;

protected:
    ~Face() { this->unregisterAdaptor(); }

    const unsigned device_;
    Calls& calls_;
    const Actions& actions_;
};

} // namespace ocfsecd::dbus
