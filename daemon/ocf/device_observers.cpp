// A Device's observers (facts 1.5, 3.7, 7.6): what they are told of a change that is durable, and when they are
// dismissed.

#include "ocf/device.h"
#include "ocf/resources.h"
#include "svr/roles.h"

namespace ocfsecd::ocf {

namespace {

/// The last notification (facts 1.5): whoever wants more asks again, and is judged again.
coap::Response noLonger() {
    return {.code = coap::code::unavailable};
}

} // namespace

void Device::registerObserver(const Waiting& waiting) {
    const auto& request = waiting.incoming.request;
    const auto* row = findRow(request.path);
    if (request.method == coap::Method::get && request.observe == 0U && row != nullptr && (row->bm & 2) != 0)
        coap_.observe(waiting.incoming.id, request);
}

/// Each is judged as if he asked now, so that nobody is told what he may no longer read.
void Device::tellObservers(TimePoint now) {
    const auto observers = coap_.observers();
    if (observers.empty())
        return;
    const auto world = this->world(capabilities());
    const Arrival inClear;
    for (const auto& observer : observers) {
        if (OscoreContexts::isInside(observer.channel) && oscore_.peer(observer.channel) == nullptr) {
            coap_.notify(observer.id, noLonger(), now);
            continue;
        }
        const auto peer = peers_.find(observer.channel.session);
        const bool secure = observer.channel.secure() && peer != peers_.end();
        if (secure && !isTrusted(observer.channel.session, peer->second))
            continue; // its session is about to be closed
        if (secure && peer->second.certificate)
            svr::dropExpired(peer->second.certificate->asserted, wallTime()); // facts 2.8
        Asked asked{observer.request,
                    callerOf(observer.channel),
                    secure ? peer->second.arrival : inClear,
                    observer.channel.peer,
                    {}};
        if ((secure && isOver(peer->second)) || !authorise(world, asked).allowed) {
            coap_.notify(observer.id, noLonger(), now);
            continue;
        }
        const auto reply = dispatch(world, asked, random_);
        if (reply.silent)
            continue;
        coap_.notify(observer.id, reply.failure ? noLonger() : responseOf(reply), now);
    }
}

void Device::dismissObservers(TimePoint now) {
    for (const auto& observer : coap_.observers())
        coap_.notify(observer.id, noLonger(), now);
}

} // namespace ocfsecd::ocf
