#include "outside/bus_client.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

namespace ocfsecd::test::outside {

namespace {

constexpr auto kInterface = "org.ocfsecd1.Device";

void require(int result, const char* what) {
    if (result < 0)
        throw std::runtime_error{fmt::format("{}: {}", what, std::strerror(-result))};
}

} // namespace

Failure BusClient::Error::failure() const {
    const std::string name = error.name != nullptr ? error.name : "no answer";
    for (int at = 0; at <= static_cast<int>(Reason::usage); ++at)
        if (const auto reason = static_cast<Reason>(at); faceOf(reason).dbusError == name)
            return {reason, error.message, ""};
    return {Reason::internal, name, ""};
}

void BusClient::Error::require(int result, const char* what) const {
    if (result < 0)
        throw std::runtime_error{
            fmt::format("{}: {}", what, error.message != nullptr ? error.message : std::strerror(-result))};
}

BusClient::BusClient(const std::string& address) {
    sd_bus* bus = nullptr;
    require(sd_bus_new(&bus), "sd_bus_new");
    bus_.reset(bus);
    require(sd_bus_set_address(bus, address.c_str()), "the bus's address");
    require(sd_bus_set_bus_client(bus, 1), "sd_bus_set_bus_client");
    require(sd_bus_negotiate_fds(bus, 1), "sd_bus_negotiate_fds");
    require(sd_bus_start(bus), "connecting to the bus");
}

std::string BusClient::text(const char* property) const {
    Error error;
    char* out = nullptr;
    error.require(sd_bus_get_property_string(bus_.get(), kName, kPath, kInterface, property, &error.error, &out),
                  property);
    const std::unique_ptr<char, decltype(&std::free)> held{out, std::free};
    return out;
}

bool BusClient::flag(const char* property) const {
    Error error;
    int out = 0;
    error.require(sd_bus_get_property_trivial(bus_.get(), kName, kPath, kInterface, property, &error.error, 'b', &out),
                  property);
    return out != 0;
}

std::uint32_t BusClient::number(const char* property) const {
    Error error;
    std::uint32_t out = 0;
    error.require(sd_bus_get_property_trivial(bus_.get(), kName, kPath, kInterface, property, &error.error, 'u', &out),
                  property);
    return out;
}

void BusClient::waitForDaemon() const {
    constexpr std::uint64_t kPatience = 10'000'000; // microseconds without a word about the name
    bool there = false;
    const auto onName = [](sd_bus_message* message, void* to, sd_bus_error*) {
        const char *name = nullptr, *former = nullptr, *owner = nullptr;
        if (sd_bus_message_read(message, "sss", &name, &former, &owner) > 0 && std::string_view{name} == kName)
            *static_cast<bool*>(to) = *owner != '\0';
        return 0;
    };
    sd_bus_slot* slot = nullptr;
    require(sd_bus_match_signal(bus_.get(), &slot, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                "org.freedesktop.DBus", "NameOwnerChanged", onName, &there),
            "listening for the daemon's name");
    const std::unique_ptr<sd_bus_slot, decltype(&sd_bus_slot_unref)> held{slot, sd_bus_slot_unref};
    sd_bus_creds* owner = nullptr; // asked after listening: nothing is missed in between
    there = sd_bus_get_name_creds(bus_.get(), kName, SD_BUS_CREDS_UNIQUE_NAME, &owner) >= 0;
    sd_bus_creds_unref(owner);
    while (!there)
        if (sd_bus_process(bus_.get(), nullptr) == 0 && !there && sd_bus_wait(bus_.get(), kPatience) <= 0)
            throw std::runtime_error{"the daemon does not come to the bus"};
}

void BusClient::ping() const {
    Error error;
    error.require(
        sd_bus_call_method(bus_.get(), kName, kPath, "org.freedesktop.DBus.Peer", "Ping", &error.error, nullptr, ""),
        "ping");
}

void BusClient::process() const {
    while (sd_bus_process(bus_.get(), nullptr) > 0) {
    }
}

} // namespace ocfsecd::test::outside
