#pragma once
// sdbus-c++ 1.x and 2.x from one source: every difference of theirs that matters here, and nothing else.
// SDBUSCPP_MAJOR comes from the build: the headers carry no version (L7).

#include <sdbus-c++/sdbus-c++.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::dbus::compat {

#if SDBUSCPP_MAJOR >= 2

using ServiceName = sdbus::ServiceName;
using ObjectPath = sdbus::ObjectPath;
using PropertyName = sdbus::PropertyName;
using CallError = std::optional<sdbus::Error>; ///< what a reply handler is given

inline sdbus::Error makeError(const std::string& name, const std::string& text) {
    return sdbus::Error{sdbus::Error::Name{name}, text};
}

inline std::string senderOf(const sdbus::IObject& object) {
    return object.getCurrentlyProcessedMessage().getSender();
}

inline void addObjectManager(sdbus::IConnection& connection, const std::string& path) {
    connection.addObjectManager(ObjectPath{path}); // for the connection's life
}

inline void makeReady(sdbus::IProxy&) {} // registered when made

inline sdbus::Slot addMatch(sdbus::IConnection& connection, const std::string& rule, sdbus::message_handler handler) {
    return connection.addMatch(rule, std::move(handler), sdbus::return_slot);
}

inline void processOne(sdbus::IConnection& connection) {
    connection.processPendingEvent();
}

/// CLOCK_MONOTONIC in µs; UINT64_MAX: none.
inline std::uint64_t deadlineOf(const sdbus::IConnection::PollData& poll) {
    return poll.timeout == std::chrono::microseconds::max() ? UINT64_MAX
                                                            : static_cast<std::uint64_t>(poll.timeout.count());
}

#else

using ServiceName = std::string;
using ObjectPath = std::string;
using PropertyName = std::string;
using CallError = const sdbus::Error*;

inline sdbus::Error makeError(const std::string& name, const std::string& text) {
    return {name, text};
}

inline std::string senderOf(const sdbus::IObject& object) {
    const auto* message = object.getCurrentlyProcessedMessage();
    return message ? message->getSender() : std::string{};
}

inline void addObjectManager(sdbus::IConnection& connection, const std::string& path) {
    connection.addObjectManager(path, sdbus::floating_slot);
}

inline void makeReady(sdbus::IProxy& proxy) {
    proxy.finishRegistration();
}

inline sdbus::Slot addMatch(sdbus::IConnection& connection, const std::string& rule, sdbus::message_handler handler) {
    return connection.addMatch(rule, std::move(handler));
}

inline void processOne(sdbus::IConnection& connection) {
    connection.processPendingRequest();
}

inline std::uint64_t deadlineOf(const sdbus::IConnection::PollData& poll) {
    return poll.timeout_usec;
}

#endif

inline std::vector<PropertyName> propertyNames(const std::vector<std::string_view>& names) {
    std::vector<PropertyName> out;
    for (const auto name : names)
        out.emplace_back(std::string{name});
    return out;
}

} // namespace ocfsecd::dbus::compat
