#pragma once
// The calls of a device's objects that wait: first for the word whether their caller may, then for the answer.

#include "base/result.h"
#include "dbus/bus_link.h"

#include <map>
#include <tuple>
#include <type_traits>

namespace ocfsecd::dbus {

/// As the callers see it: name and text of a D-Bus error.
sdbus::Error errorOf(const Failure& failure);

/// What answers where the agent has no act of that kind, or not now.
inline const Failure kCannot{Reason::unavailable, "the agent cannot do this now", ""};

/// What may be granted to others than root: actions of polkit (org.ocfsecd1.policy).
namespace right {
inline constexpr const char *reset = "org.ocfsecd1.reset", *softReset = "org.ocfsecd1.soft-reset",
                            *onboard = "org.ocfsecd1.onboard", *inspect = "org.ocfsecd1.inspect";
inline constexpr const char* root = nullptr; ///< granted to nobody else
} // namespace right

class Calls {
public:
    template <class... Ts>
    using Outcome = std::conditional_t<sizeof...(Ts) == 0, ocfsecd::Result<void>, ocfsecd::Result<std::tuple<Ts...>>>;
    /// Answers once; may come at once or later, also when nobody waits any more.
    template <class... Ts>
    using Reply = std::function<void(const Outcome<Ts...>&)>;

    explicit Calls(BusLink& link) : link_{link} {}
    Calls(const Calls&) = delete;
    Calls& operator=(const Calls&) = delete;

    /// Takes the call that `object` is being asked now. `act` runs when its caller is root or has the right, with the
    /// caller's unique name; it must not outlive what it refers to by itself.
    template <class... Ts>
    void take(const sdbus::IObject& object, const char* right, sdbus::Result<Ts...>&& result,
              std::function<void(const std::string& caller, Reply<Ts...> reply)> act) {
        const auto waiting = std::make_shared<sdbus::Result<Ts...>>(std::move(result));
        const auto refuse = [this, waiting](const Failure& failure) {
            send([&] { waiting->returnError(errorOf(failure)); });
        };
        // The sender is read now: there is no current message when the answer comes.
        const auto caller = compat::senderOf(object);
        const auto id = open(caller, refuse);
        if (!id)
            return;
        authorise(*id, caller, right, [this, id = *id, caller, act = std::move(act), result = std::weak_ptr{waiting}] {
            act(caller, [this, id, result, alive = std::weak_ptr{alive_}](const Outcome<Ts...>& outcome) {
                if (alive.expired())
                    return;
                const auto target = result.lock(); // null: answered already
                if (!target || !close(id))
                    return;
                send([&] {
                    if (!outcome)
                        target->returnError(errorOf(outcome.failure()));
                    else if constexpr (sizeof...(Ts) == 0)
                        target->returnResults();
                    else
                        std::apply([&](const auto&... values) { target->returnResults(values...); }, *outcome);
                });
            });
        });
    }

    /// Answers a call that is too long to wait: its whole message is kept until it is answered.
    template <class... Ts>
    void refuse(const sdbus::Result<Ts...>& result, const Failure& failure) {
        send([&] { result.returnError(errorOf(failure)); });
    }
    /// A caller has left the bus: what it has not been granted yet is not done any more.
    void left(const std::string& caller);
    /// Answers all that wait.
    void refuseAll(const Failure& failure);

private:
    using Id = std::uint64_t;
    using Refuse = std::function<void(const Failure&)>;
    struct Waiting {
        Refuse refuse;
        std::string caller;
        std::optional<uid_t> user; ///< once the bus has told
        bool granted = false;
    };

    std::optional<Id> open(const std::string& caller, Refuse refuse);
    bool close(Id id);
    bool admits(uid_t user) const;
    void refuse(Id id, const Failure& failure);
    void authorise(Id id, const std::string& caller, const char* right, std::function<void()> granted);
    void send(const std::function<void()>& emit);

    BusLink& link_;
    std::map<Id, Waiting> waiting_; ///< what is in it must not outlive the connection
    Id last_ = 0;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< late answers ask whether this object still is
};

} // namespace ocfsecd::dbus
