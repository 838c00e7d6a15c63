#include "caller.h"

#include <unistd.h>

namespace ocfsecd::test {

namespace {

void check(int result) {
    if (result < 0)
        throw std::runtime_error{"caller"};
}

} // namespace

Caller::Caller(systemd::Loop& loop, const std::string& address, uid_t user) {
    check(sd_bus_new(&bus_));
    check(sd_bus_set_address(bus_, address.c_str()));
    check(sd_bus_set_bus_client(bus_, 1));
    const auto own = ::geteuid();
    check(user == own ? 0 : ::seteuid(user)); // the bus asks the kernel who has connected
    const int started = sd_bus_start(bus_);
    check(user == own ? 0 : ::seteuid(own));
    check(started);
    check(sd_bus_attach_event(bus_, loop.get(), 0));
}

Caller::~Caller() {
    leave();
}

void Caller::leave() {
    if (bus_ != nullptr)
        sd_bus_flush_close_unref(bus_);
    bus_ = nullptr;
}

int Caller::onAnswer(sd_bus_message* reply, void* self, sd_bus_error*) {
    const auto* error = sd_bus_message_get_error(reply);
    static_cast<Caller*>(self)->outcomes.emplace_back(error != nullptr ? error->name : "");
    return 0;
}

} // namespace ocfsecd::test
