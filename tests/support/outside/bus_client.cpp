#include "outside/bus_client.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

namespace ocfsecd::test::outside {

namespace {

constexpr auto kName = "org.ocfsecd1", kPath = "/org/ocfsecd1/device/0", kInterface = "org.ocfsecd1.Device";

struct BusError {
    sd_bus_error error{};
    ~BusError() { sd_bus_error_free(&error); }
};

void require(int result, const char* what, const sd_bus_error& error = {}) {
    if (result < 0)
        throw std::runtime_error{
            fmt::format("{}: {}", what, error.message != nullptr ? error.message : std::strerror(-result))};
}

} // namespace

BusClient::BusClient(const std::string& address) {
    sd_bus* bus = nullptr;
    require(sd_bus_new(&bus), "sd_bus_new");
    bus_.reset(bus);
    require(sd_bus_set_address(bus, address.c_str()), "the bus's address");
    require(sd_bus_set_bus_client(bus, 1), "sd_bus_set_bus_client");
    require(sd_bus_start(bus), "connecting to the bus");
}

std::string BusClient::text(const char* property) const {
    BusError error;
    char* out = nullptr;
    require(sd_bus_get_property_string(bus_.get(), kName, kPath, kInterface, property, &error.error, &out), property,
            error.error);
    const std::unique_ptr<char, decltype(&std::free)> held{out, std::free};
    return out;
}

bool BusClient::flag(const char* property) const {
    BusError error;
    int out = 0;
    require(sd_bus_get_property_trivial(bus_.get(), kName, kPath, kInterface, property, &error.error, 'b', &out),
            property, error.error);
    return out != 0;
}

std::uint32_t BusClient::number(const char* property) const {
    BusError error;
    std::uint32_t out = 0;
    require(sd_bus_get_property_trivial(bus_.get(), kName, kPath, kInterface, property, &error.error, 'u', &out),
            property, error.error);
    return out;
}

Result<void> BusClient::call(const char* method) const {
    BusError error;
    if (sd_bus_call_method(bus_.get(), kName, kPath, kInterface, method, &error.error, nullptr, "") < 0)
        return Failure{Reason::internal, error.error.name != nullptr ? error.error.name : "no answer", ""};
    return {};
}

void BusClient::ping() const {
    BusError error;
    require(
        sd_bus_call_method(bus_.get(), kName, kPath, "org.freedesktop.DBus.Peer", "Ping", &error.error, nullptr, ""),
        "ping", error.error);
}

} // namespace ocfsecd::test::outside
