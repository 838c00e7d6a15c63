#pragma once
// Everything about the daemon that can be set, with its default. Read from INI files as systemd does; no file is
// needed.

#include "base/clock.h"
#include "base/result.h"
#include "coap/server.h"
#include "dtls/listener.h"
#include "ocf/core_resources.h"
#include "ocf/just_works.h"
#include "svr/audit_log.h"
#include "svr/state.h"
#include "tpm/tpm.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ocfsecd {

using ocf::JustWorks;
using ocf::RandomPinOffer;
using ocf::WindowAtStart;

struct Config {
    struct Network {
        std::vector<std::string>
            interfaces;            ///< names, patterns, "!" leaves out; empty: every local network (net/interfaces.h)
        std::uint16_t port = 5683; ///< device 0, in clear; 0: any free one
        std::uint16_t securePort = 5684; ///< device 0, DTLS; 0: any free one
        Duration discoveryJitter = 2s;   ///< answers to multicast are spread over so long (facts 2.1)
    } network;
    struct Device {
        std::string name = "OCF gateway";         ///< /oic/d n
        std::string type = "oic.d.networking";    ///< /oic/d rt beside oic.wk.d
        std::string manufacturerName = "ocfsecd"; ///< /oic/p mnmn
        ocf::CoreProperties optional;             ///< what else the maker says; absent while empty
        /// Dotted OIDs, baseline among them; the first is in force after a reset (facts 6.7)
        std::vector<std::string> securityProfiles{std::string{svr::profile::baseline}};
        std::size_t eventSpace = svr::kDefaultAuditSpace; ///< octets of auditable events, /oic/sec/ael maxspace
    } device;
    struct Onboarding {
        JustWorks justWorks = JustWorks::window;
        Duration window = 15min;
        WindowAtStart windowAtStart = WindowAtStart::yes;
        RandomPinOffer randomPin = RandomPinOffer::display;
        Duration pinLifetime = 5min; ///< from the selection of the method
        unsigned pinDigits = 8;
        bool manufacturerCertificate = true; ///< offered where one is installed
        Duration docIdle = 30s;              ///< a silent onboarding connection in RFOTM ends: reset
        Duration docTotal = 600s;            ///< any onboarding connection ends (facts 1.7)
        Duration docAfterRfnop = 60s;        ///< then its privilege ends (facts 4.1)
        Duration resetDelay = 2s;            ///< from the answer to the reset (facts 1.7)
        bool offLink = false;                ///< take requests from beyond a router while unowned
    } onboarding;
    dtls::ListenerSettings dtls;
    coap::ServerSettings coap;
    tpm::Options tpm;
    Duration keyCache = 60s; ///< an unsealed key is kept in locked memory for so long
    struct Storage {
        std::filesystem::path directory = "/var/lib/ocfsecd"; ///< $STATE_DIRECTORY where the unit sets it
    } storage;
    struct DBus {
        std::string bus = "system"; ///< or an address: "unix:path=/run/…"
    } dbus;
};

/// Where to read from.
struct ConfigSources {
    std::filesystem::path root = "/";          ///< in front of /etc, /run, /usr/lib
    std::optional<std::filesystem::path> file; ///< this one file instead of all others; it must exist
};

/// ocfsecd.conf from the first of /etc/ocfsecd, /run/ocfsecd, /usr/lib/ocfsecd, then ocfsecd.conf.d/*.conf of all
/// three, by file name: a name in an earlier directory hides the later ones, a link to /dev/null hides it altogether.
/// Reason::configuration with file, line and what is wrong.
Result<Config> loadConfig(const ConfigSources& sources = {});

/// As a file that loadConfig() reads back.
std::string dumpConfig(const Config& config);

} // namespace ocfsecd
