#include "device_fixture.h"

#include <fstream>

namespace ocfsecd::obt {

namespace {

ocf::DeviceSettings settingsOf(const test::Maker& maker) {
    auto out = maker.settings();
    out.resetDelay = 50ms;
    return out;
}

} // namespace

OnLoopback::OnLoopback() : device{settingsOf(maker)} {
    device.with([&](test::SimDevice& it) {
        it.vault().manufacturerKey = maker.key;
        // The certificates are judged by the machine's clock on both sides.
        it.act([](ocf::Device& me, TimePoint) { me.setPinDisplay(true); });
    });
    std::ofstream{rootFile()} << test::pemOf({maker.root.der});
}

std::string OnLoopback::shownPin() {
    return device.with([](test::SimDevice& it) -> std::string {
        if (it.pins.empty() || !it.pins.back().pin)
            return {};
        return std::string{textOf(it.pins.back().pin->characters->view())};
    });
}

Uuid OnLoopback::temporary() {
    return device.with([](test::SimDevice& it) { return it.state().doxm.deviceuuid; });
}

std::string OnLoopback::rootFile() const {
    return (directory.path() / "maker-root.pem").string();
}

} // namespace ocfsecd::obt
