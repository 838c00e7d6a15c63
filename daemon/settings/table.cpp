#include "settings/table.h"

#include "ocf/random_pin.h"

#include <algorithm>
#include <array>

namespace ocfsecd::settings {

namespace {

#define AT(member)                                                                                                     \
    [](Config & c) -> auto& {                                                                                          \
        return c.member;                                                                                               \
    }
#define WHOLE(member, least, most)                                                                                     \
    Whole {                                                                                                            \
        [](Config& c, std::uint64_t v) { c.member = static_cast<decltype(c.member)>(v); },                             \
            [](Config& c) -> std::uint64_t { return c.member; }, least, most                                           \
    }
#define HEX(member, least, most)                                                                                       \
    Whole {                                                                                                            \
        [](Config& c, std::uint64_t v) { c.member = static_cast<decltype(c.member)>(v); },                             \
            [](Config& c) -> std::uint64_t { return c.member; }, least, most, true                                     \
    }

// Lower bounds of times are for tests that shorten them; upper bounds keep a slip of the pen from meaning "for ever".
// clang-format off
constexpr std::array kSettings{
    Setting{"Network", "Interfaces", Words{AT(network.interfaces)}},
    Setting{"Network", "Port", WHOLE(network.port, 0, 65535)},
    Setting{"Network", "SecurePort", WHOLE(network.securePort, 0, 65535)},
    Setting{"Network", "DiscoveryJitterSec", Span{AT(network.discoveryJitter), 0s, 10s}},

    Setting{"Device", "Name", Text{AT(device.name), 64}},
    Setting{"Device", "Type", Text{AT(device.type), 64}},
    Setting{"Device", "ManufacturerName", Text{AT(device.manufacturerName), 64}},
    Setting{"Device", "ManufacturerUrl", Text{AT(device.optional.manufacturerUrl), 160}},
    Setting{"Device", "SupportUrl", Text{AT(device.optional.supportUrl), 160}},
    Setting{"Device", "ModelNumber", Text{AT(device.optional.modelNumber), 64}},
    Setting{"Device", "ManufactureDate", Text{AT(device.optional.manufactureDate), 10}},
    Setting{"Device", "HardwareVersion", Text{AT(device.optional.hardwareVersion), 64}},
    Setting{"Device", "FirmwareVersion", Text{AT(device.optional.firmwareVersion), 64}},
    Setting{"Device", "PlatformVersion", Text{AT(device.optional.platformVersion), 64}},
    Setting{"Device", "OsVersion", Text{AT(device.optional.osVersion), 64}},
    Setting{"Device", "SoftwareVersion", Text{AT(device.optional.softwareVersion), 64}},
    Setting{"Device", "SecurityProfiles", Profiles{AT(device.securityProfiles)}},
    Setting{"Device", "EventSpace", WHOLE(device.eventSpace, svr::kMinAuditSpace, svr::kMaxAuditSpace)},

    Setting{"Onboarding", "JustWorks", Choice<JustWorks>{AT(onboarding.justWorks)}},
    Setting{"Onboarding", "WindowSec", Span{AT(onboarding.window), 1s, 24h}},
    Setting{"Onboarding", "WindowAtStart", Choice<WindowAtStart>{AT(onboarding.windowAtStart)}},
    Setting{"Onboarding", "RandomPin", Choice<RandomPinOffer>{AT(onboarding.randomPin)}},
    Setting{"Onboarding", "PinLifetimeSec", Span{AT(onboarding.pinLifetime), 1s, 1h}},
    Setting{"Onboarding", "PinDigits", WHOLE(onboarding.pinDigits, ocf::kMinPinDigits, ocf::kMaxPinDigits)},
    Setting{"Onboarding", "ManufacturerCertificate", Flag{AT(onboarding.manufacturerCertificate)}},
    Setting{"Onboarding", "DocIdleSec", Span{AT(onboarding.docIdle), 100ms, 10min}},
    Setting{"Onboarding", "DocTotalSec", Span{AT(onboarding.docTotal), 1s, 1h}},
    Setting{"Onboarding", "DocAfterRfnopSec", Span{AT(onboarding.docAfterRfnop), 0s, 1h}},
    Setting{"Onboarding", "ResetDelaySec", Span{AT(onboarding.resetDelay), 10ms, 1min}},
    Setting{"Onboarding", "OffLink", Flag{AT(onboarding.offLink)}},

    Setting{"DTLS", "RetransmitFirstSec", Span{AT(dtls.timers.retransmitFirst), 10ms, 1min}},
    Setting{"DTLS", "RetransmitMaxSec", Span{AT(dtls.timers.retransmitMax), 10ms, 5min}},
    Setting{"DTLS", "HandshakeTotalSec", Span{AT(dtls.timers.handshakeTotal), 100ms, 10min}},
    Setting{"DTLS", "InactivitySec", Span{AT(dtls.inactivity), 100ms, 24h}},
    Setting{"DTLS", "MaxSessions", WHOLE(dtls.maxSessions, 1, 65536)},
    Setting{"DTLS", "MaxHandshakes", WHOLE(dtls.maxHandshakes, 1, 65536)},
    Setting{"DTLS", "MaxHandshakesPerHost", WHOLE(dtls.maxHandshakesPerHost, 1, 65536)},
    Setting{"DTLS", "MaxHeldDatagrams", WHOLE(dtls.maxHeldDatagrams, 3, 64)}, // ClientKeyExchange, CCS, Finished (L2.10)

    Setting{"CoAP", "AckTimeoutSec", Span{AT(coap.ackTimeout), 10ms, 1min}},
    Setting{"CoAP", "AckRandomFactor", Factor{AT(coap.ackRandomFactor), 1.0, 3.0}},
    Setting{"CoAP", "MaxRetransmit", WHOLE(coap.maxRetransmit, 0, 10)},
    Setting{"CoAP", "ExchangeLifetimeSec", Span{AT(coap.exchangeLifetime), 100ms, 10min}},
    Setting{"CoAP", "SeparateAfterSec", Span{AT(coap.separateAfter), 0ms, 1s}},
    Setting{"CoAP", "BlockTransferSec", Span{AT(coap.blockTransferTimeout), 100ms, 10min}},
    Setting{"CoAP", "MaxBody", WHOLE(coap.maxBody, 1024, 1024 * 1024)},
    Setting{"CoAP", "MaxExchanges", WHOLE(coap.maxExchanges, 16, 1024 * 1024)},
    Setting{"CoAP", "MaxExchangesPerPeer", WHOLE(coap.maxExchangesPerPeer, 1, 65536)},
    Setting{"CoAP", "MaxTransfers", WHOLE(coap.maxTransfers, 1, 65536)},
    Setting{"CoAP", "MaxTransfersPerPeer", WHOLE(coap.maxTransfersPerPeer, 1, 64)},
    Setting{"CoAP", "BlockSize", BlockSize{AT(coap.blockExponent)}},
    Setting{"CoAP", "ClearAmplification", Factor{AT(coap.clearAmplification), 1.0, 100.0}},

    Setting{"TPM", "Tcti", Text{AT(tpm.tcti), 160}},
    Setting{"TPM", "PcrSelection", Pcrs{AT(tpm.pcrSelection)}},
    // The owner's part of the NV index space (TCG registry of reserved handles), with room for 64 devices behind.
    Setting{"TPM", "NvBase", HEX(tpm.nvBase, 0x01800000, 0x01bfff80)},
    Setting{"TPM", "KeyCacheSec", Span{AT(keyCache), 0s, 1h}},

    Setting{"Storage", "Directory", Path{AT(storage.directory)}},

    Setting{"DBus", "Bus", Text{AT(dbus.bus), 160}},
};
// clang-format on

#undef AT
#undef WHOLE
#undef HEX

} // namespace

std::span<const Setting> all() {
    return kSettings;
}

const Setting* find(std::string_view section, std::string_view key) {
    const auto found = std::find_if(kSettings.begin(), kSettings.end(),
                                    [&](const Setting& s) { return s.section == section && s.key == key; });
    return found == kSettings.end() ? nullptr : &*found;
}

bool isSection(std::string_view section) {
    return std::any_of(kSettings.begin(), kSettings.end(), [&](const Setting& s) { return s.section == section; });
}

} // namespace ocfsecd::settings
