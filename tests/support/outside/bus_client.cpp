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
