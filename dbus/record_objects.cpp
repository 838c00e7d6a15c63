#include "dbus/record_objects.h"

namespace ocfsecd::dbus {

namespace {

/// Of a subject, a path or an operation: more than any that means something (oic.types-schema: 256 for a path).
constexpr std::size_t kMaxAsked = 512;

using ListReply = Calls::Reply<std::vector<Dictionary>>;

/// What `list` gives of the device, as dictionaries.
template <class View>
void answer(const ListReply& reply, const std::function<ocfsecd::Result<std::vector<View>>(unsigned)>& list,
            unsigned device) {
    if (!list)
        return reply(kCannot);
    const auto views = list(device);
    if (!views)
        return reply(views.failure());
    reply(std::tuple{dictionariesOf(*views)});
}

} // namespace

void CredentialsObject::List(sdbus::Result<std::vector<Dictionary>>&& result) {
    calls_.take<std::vector<Dictionary>>(
        getObject(), right::inspect, std::move(result),
        [this](const std::string&, const ListReply& reply) { answer(reply, actions_.credentials, device_); });
}

void AccessControlObject::CheckAccess(sdbus::Result<bool, std::string>&& result, std::string subject, std::string href,
                                      std::string operation) {
    for (const auto* text : {&subject, &href, &operation})
        if (text->size() > kMaxAsked)
            return calls_.refuse(result, {Reason::malformed, "a text is longer than any that means something",
                                          "give a UUID, a path and an operation"});
    calls_.take<bool, std::string>(
        getObject(), right::inspect, std::move(result),
        [this, subject = std::move(subject), href = std::move(href),
         operation = std::move(operation)](const std::string&, const Calls::Reply<bool, std::string>& reply) {
            if (!actions_.checkAccess)
                return reply(kCannot);
            const auto decided = actions_.checkAccess(device_, subject, href, operation);
            if (!decided)
                return reply(decided.failure());
            reply(std::tuple{decided->allowed, decided->reason});
        });
}

void EventsObject::signal(const EventView& event) {
    emitRecorded(dictionaryOf(event));
}

void EventsObject::List(sdbus::Result<std::vector<Dictionary>>&& result) {
    calls_.take<std::vector<Dictionary>>(
        getObject(), right::inspect, std::move(result),
        [this](const std::string&, const ListReply& reply) { answer(reply, actions_.events, device_); });
}

} // namespace ocfsecd::dbus
