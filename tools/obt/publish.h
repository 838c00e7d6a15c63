#pragma once
// The CA's list of revoked certificates goes to the devices this home has certified.

#include "tools/obt/publish_list.h"
#include "tools/obt/reach.h"

namespace ocfsecd::obt {

/// How it went with one device.
struct Delivery {
    Uuid device;
    Result<Published> done;
};

class Publisher {
public:
    Publisher(Tool& tool, const Authority& authority, KeptList list)
        : tool_{tool}, authority_{authority}, list_{std::move(list)} {}

    const KeptList& list() const { return list_; }
    /// Over a session that stands. A newer list of this CA at the device, which this home has lost, becomes part of the
    /// home's first.
    Result<Published> to(Session& session, const Subject& subject);
    /// To all devices certified here whose credentials this identity manages; again to all where the list had to grow
    /// on the way. Reason::stateCorrupt and the like of this home end it.
    Result<std::vector<Delivery>> toAll();

private:
    std::vector<Delivery> round(const std::vector<Subject>& devices);
    Tool& tool_;
    const Authority& authority_;
    KeptList list_;
};

/// A table of deliveries, what to do about those that failed, and the exit code.
Json deliveriesJson(const std::vector<Delivery>& deliveries);
std::string deliveriesText(const std::vector<Delivery>& deliveries);
Exit exitFor(const std::vector<Delivery>& deliveries);

} // namespace ocfsecd::obt
