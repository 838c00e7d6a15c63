#include "dbus/calls.h"

#include <fmt/format.h>

namespace ocfsecd::dbus {

namespace {

/// Calls of one device that wait for their authorisation or their answer. An administrator needs one.
constexpr std::size_t kMaxCalls = 16;

} // namespace

sdbus::Error errorOf(const Failure& failure) {
    const auto text = failure.next.empty() ? failure.what : fmt::format("{}; {}", failure.what, failure.next);
    return compat::makeError(std::string{faceOf(failure.reason).dbusError}, text);
}

void Calls::refuseAll(const Failure& failure) {
    for (const auto& [id, refuse] : std::exchange(waiting_, {}))
        refuse(failure);
}

std::optional<Calls::Id> Calls::open(Refuse refuse) {
    if (waiting_.size() >= kMaxCalls) {
        refuse({Reason::busy, "too many calls wait for an answer", "try again"});
        return {};
    }
    waiting_.emplace(++last_, std::move(refuse));
    return last_;
}

bool Calls::close(Id id) {
    return waiting_.erase(id) != 0;
}

void Calls::authorise(Id id, const std::string& caller, const char* right, std::function<void()> granted) {
    const auto decided = [this, id, granted = std::move(granted), alive = std::weak_ptr{alive_}](bool may) {
        if (alive.expired() || !waiting_.contains(id))
            return;
        if (may)
            return granted();
        const auto refuse = waiting_.extract(id);
        refuse.mapped()({Reason::notAuthorised, "only root may do this", "use sudo, or a rule of polkit"});
    };
    link_.askUser(caller, [this, caller, right, decided, alive = std::weak_ptr{alive_}](std::optional<uid_t> user) {
        if (alive.expired())
            return;
        if (user == uid_t{0} || !user || right == nullptr)
            return decided(user == uid_t{0});
        link_.askPolkit(caller, right, decided);
    });
}

void Calls::send(const std::function<void()>& emit) {
    try {
        emit();
    } catch (const sdbus::Error& error) { // the bus went away meanwhile: the caller knows
        link_.lost(error.getMessage());
    }
}

} // namespace ocfsecd::dbus
