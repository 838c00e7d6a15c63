#include "dbus/calls.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace ocfsecd::dbus {

namespace {

// Of one device. Who may do nothing must not keep out who may: root has places of its own, and no other user takes all
// of the rest.
constexpr std::size_t kMaxOfCaller = 16;    ///< an administrator needs one
constexpr std::size_t kMaxUnknown = 1024;   ///< whose user the bus is still to tell, within milliseconds
constexpr std::size_t kMaxOfRoot = 16;      ///< that wait for their answer
constexpr std::size_t kMaxOfUser = 4;       ///< of any other user: for polkit, or for their answer
constexpr std::size_t kMaxOfStrangers = 16; ///< of all other users together

const Failure kTooMany{Reason::busy, "too many calls wait for an answer", "try again"};

} // namespace

sdbus::Error errorOf(const Failure& failure) {
    const auto text = failure.next.empty() ? failure.what : fmt::format("{}; {}", failure.what, failure.next);
    return compat::makeError(std::string{faceOf(failure.reason).dbusError}, text);
}

void Calls::refuseAll(const Failure& failure) {
    for (const auto& [id, waiting] : std::exchange(waiting_, {}))
        waiting.refuse(failure);
}

void Calls::left(const std::string& caller) {
    std::erase_if(waiting_, [&](const auto& entry) { return entry.second.caller == caller && !entry.second.granted; });
}

std::optional<Calls::Id> Calls::open(const std::string& caller, Refuse refuse) {
    const auto of = std::ranges::count_if(waiting_, [&](const auto& entry) { return entry.second.caller == caller; });
    const auto unknown = std::ranges::count_if(waiting_, [](const auto& entry) { return !entry.second.user; });
    if (static_cast<std::size_t>(of) >= kMaxOfCaller || static_cast<std::size_t>(unknown) >= kMaxUnknown) {
        refuse(kTooMany);
        return {};
    }
    waiting_.emplace(++last_, Waiting{std::move(refuse), caller, {}});
    return last_;
}

bool Calls::close(Id id) {
    return waiting_.erase(id) != 0;
}

/// Before the call is counted as this user's.
bool Calls::admits(uid_t user) const {
    std::size_t own = 0;
    std::size_t strangers = 0;
    for (const auto& [id, waiting] : waiting_) {
        own += waiting.user == user ? 1 : 0;
        strangers += waiting.user && *waiting.user != 0 ? 1 : 0;
    }
    return user == 0 ? own < kMaxOfRoot : own < kMaxOfUser && strangers < kMaxOfStrangers;
}

void Calls::refuse(Id id, const Failure& failure) {
    const auto waiting = waiting_.extract(id);
    waiting.mapped().refuse(failure);
}

void Calls::authorise(Id id, const std::string& caller, const char* right, std::function<void()> granted) {
    const auto decided = [this, id, granted = std::move(granted), alive = std::weak_ptr{alive_}](bool may) {
        if (alive.expired() || !waiting_.contains(id))
            return;
        if (!may)
            return refuse(id, {Reason::notAuthorised, "only root may do this", "use sudo, or a rule of polkit"});
        waiting_.at(id).granted = true;
        granted();
    };
    link_.askUser(caller, [this, id, caller, right, decided, alive = std::weak_ptr{alive_}](std::optional<uid_t> user) {
        if (alive.expired() || !waiting_.contains(id))
            return;
        if (user && !admits(*user))
            return refuse(id, kTooMany);
        waiting_.at(id).user = user;
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
