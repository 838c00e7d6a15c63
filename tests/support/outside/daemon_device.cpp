#include "outside/daemon_device.h"

#include "settings/values.h"
#include "store/store.h"
#include "support/skip.h"
#include "svr/persist.h"
#include "tpm/tpm.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ocfsecd::test::outside {

namespace {

/// What a test does not set is short here: answers to multicast, the time from a RESET's answer to the RESET.
constexpr Duration kJitter = 100ms, kResetDelay = 300ms;
/// What is on its way over the cable arrives within this time.
constexpr Duration kCable = 2ms;

std::shared_ptr<Yard> yardOrSkip() {
    if (::geteuid() != 0)
        skipTest("network namespaces need root");
    static const bool tpm = std::system("command -v swtpm >/dev/null") == 0;
    if (!tpm)
        skipTest("no swtpm on this machine");
    auto yard = Yard::borrow();
    if (!yard->problem().empty())
        skipTest(yard->problem());
    return yard;
}

/// By their names, the one in force first.
std::string profilesOf(const svr::Capabilities& wanted) {
    constexpr std::array<std::string_view, svr::profile::all.size()> kNames{"baseline", "black", "blue", "purple"};
    const auto nameOf = [&](std::string_view oid) {
        return kNames.at(
            static_cast<std::size_t>(std::ranges::find(svr::profile::all, oid) - svr::profile::all.begin()));
    };
    std::string out{nameOf(wanted.currentProfile)};
    for (const auto& oid : wanted.profiles)
        if (oid != wanted.currentProfile)
            out += fmt::format(" {}", nameOf(oid));
    return out;
}

/// The settings as a configuration file.
std::string configurationFor(const ocf::DeviceSettings& wanted) {
    const ocf::DeviceSettings usual;
    const auto orShort = [](Duration value, Duration usually, Duration brief) {
        return settings::writeSpan(value == usually ? brief : value);
    };
    const auto span = settings::writeSpan;
    return fmt::format("[Network]\nDiscoveryJitterSec={}\n"
                       "[Device]\nType=oic.d.gateway\nSecurityProfiles={}\nEventSpace={}\n"
                       "[Onboarding]\nPinLifetimeSec={}\nManufacturerCertificate={}\nDocIdleSec={}\nDocTotalSec={}"
                       "\nDocAfterRfnopSec={}\nResetDelaySec={}\n"
                       "[DTLS]\nRetransmitFirstSec={}\nRetransmitMaxSec={}\nHandshakeTotalSec={}\nInactivitySec={}\n"
                       "MaxSessions={}\nMaxHandshakes={}\nMaxHandshakesPerHost={}\n",
                       orShort(wanted.discoveryJitter, usual.discoveryJitter, kJitter), profilesOf(wanted.capabilities),
                       wanted.auditSpace, span(wanted.pin.lifetime), wanted.manufacturerCertificate,
                       span(wanted.onboarding.idle), span(wanted.onboarding.total), span(wanted.onboarding.afterRfnop),
                       orShort(wanted.resetDelay, usual.resetDelay, kResetDelay),
                       span(wanted.dtls.timers.retransmitFirst), span(wanted.dtls.timers.retransmitMax),
                       span(wanted.dtls.timers.handshakeTotal), span(wanted.dtls.inactivity), wanted.dtls.maxSessions,
                       wanted.dtls.maxHandshakes, wanted.dtls.maxHandshakesPerHost);
}

systemd::Fd boundSocket(const Address& local) {
    const bool v6 = local.family() == Address::Family::v6;
    systemd::Fd fd{::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_storage address{};
    const auto size = local.toSockaddr(address);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
        throw std::runtime_error{fmt::format("bind {}: {}", local.text(), std::strerror(errno))};
    if (!v6) // groups are reached by the cable
        (void)::setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_IF, &reinterpret_cast<sockaddr_in&>(address).sin_addr,
                           sizeof(in_addr));
    return fd;
}

} // namespace

DaemonDevice::DaemonDevice(Network& network, const ocf::DeviceSettings& settings)
    : network_{network}, yard_{yardOrSkip()}, process_{yard_, configurationFor(settings)}, bus_{
                                                                                               yard_->bus().address()} {
    for (const auto& credential : settings.capabilities.manufacturerCredentials)
        makersChain_ += credential.publicData ? credential.publicData->data : "";
    network_.enter(*this);
    network_.attach(*this);
    network_.clients.multicastWindow = kJitter + 500ms;
    network_.clients.ackTimeout = 1s; // a request that nobody answers
    network_.clients.maxRetransmit = 1;
}

DaemonDevice::~DaemonDevice() {
    network_.detach(*this);
}

const Address& DaemonDevice::host(Address::Family family) {
    return family == Address::Family::v6 ? kDeviceHost6 : kDeviceHost4;
}

svr::OnboardingState DaemonDevice::dos() const {
    const auto name = bus_.text("OnboardingState");
    for (const auto state : {svr::OnboardingState::reset, svr::OnboardingState::rfotm, svr::OnboardingState::rfpro,
                             svr::OnboardingState::rfnop, svr::OnboardingState::sreset})
        if (svr::nameOf(state) == name)
            return state;
    throw std::runtime_error{"OnboardingState is " + name};
}

Uuid DaemonDevice::deviceId() const {
    return Uuid::parse(bus_.text("DeviceId")).value();
}

std::string DaemonDevice::shown() const {
    std::string out;
    for (const auto* text : {"DeviceId", "Name", "OnboardingState", "Phase", "OwnerId", "SelectedMethod"})
        out += fmt::format("{}={}\n", text, bus_.text(text));
    for (const auto* flag : {"Pending", "Owned", "Operational"})
        out += fmt::format("{}={}\n", flag, bus_.flag(flag));
    return out;
}

Bytes DaemonDevice::stored() const {
    Bytes out;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{process_.stateDirectory()})
        if (entry.is_regular_file())
            files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) {
        std::stringstream content;
        content << std::ifstream{file, std::ios::binary}.rdbuf();
        const auto octets = content.str();
        out.insert(out.end(), octets.begin(), octets.end());
    }
    return out;
}

Bytes DaemonDevice::storedState() const {
    std::stringstream content;
    content << std::ifstream{process_.stateDirectory() / "device-0.snapshot", std::ios::binary}.rdbuf();
    return copyOf(viewOf(content.str()));
}

/// Through the TPM that sealed it, while nobody else uses that.
void DaemonDevice::editStore(const std::function<void(svr::DeviceState&)>& edit) {
    if (process_.running())
        throw std::logic_error{"the daemon has its store"};
    auto tpm = tpm::Tpm::open({.tcti = process_.tpm().tcti()});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    store::Store store{process_.stateDirectory(), **tpm};
    const auto loaded = store.load(0);
    if (!loaded)
        throw std::runtime_error{loaded.failure().what};
    auto state = svr::decodeState(loaded->body);
    if (!state)
        throw std::runtime_error{state.failure().what};
    edit(*state);
    if (const auto done = store.commit(0, svr::encodeState(*state), false); !done)
        throw std::runtime_error{done.failure().what};
}

bool DaemonDevice::keepsEvents() const {
    return std::filesystem::exists(process_.stateDirectory() / "device-0.events");
}

void DaemonDevice::install(const TestKey& makersKey) {
    const auto pem = makersKey.pem();
    const systemd::Fd file{::memfd_create("key", MFD_CLOEXEC)};
    if (::write(file.get(), pem.data(), pem.size()) != static_cast<ssize_t>(pem.size()))
        throw std::runtime_error{"the maker's key cannot be handed over"};
    if (const auto done = bus_.call("Manufacturer", "Import", "sh", makersChain_.c_str(), file.get()); !done)
        throw std::runtime_error{"the maker's key: " + done.failure().what};
}

SeenPin DaemonDevice::lastPin() const {
    if (process_.running())
        bus_.ping();
    bus_.process();
    return display_.last();
}

Result<std::string> DaemonDevice::askForPin() const {
    const auto reply = bus_.call("Onboarding", "GetPin");
    if (!reply)
        return reply.failure();
    const char* pin = nullptr;
    if (sd_bus_message_read(reply->get(), "s", &pin) <= 0)
        throw std::runtime_error{"GetPin gives no text"};
    return std::string{pin};
}

void DaemonDevice::operatorReset() {
    const auto done = bus_.call("Device", "Reset");
    operatorOutcomes.push_back(done ? Result<void>{} : done.failure());
}

bool DaemonDevice::hears(const Address& to) const {
    const auto host = to.withPort(0);
    return to.isMulticast() || host == kDeviceHost4 || host == kDeviceHost6;
}

const systemd::Fd& DaemonDevice::socketFor(const Packet& packet) {
    // A peer of the simulation speaks to groups of either family: its other address leaves by the same number.
    const bool other = packet.from.family() == Address::Family::v4 && packet.to.family() == Address::Family::v6;
    const auto local =
        other ? Address::parse(fmt::format("[fe80::{}%2]:{}", packet.from.octets().back(), packet.from.port())).value()
              : packet.from;
    auto found = sockets_.find(local);
    if (found == sockets_.end()) {
        yard_->goToTestSide();
        found = sockets_.emplace(local, PeerSocket{boundSocket(local), packet.from}).first;
    }
    return found->second.fd;
}

void DaemonDevice::receive(const Packet& packet) {
    sockaddr_storage to{};
    const auto size = packet.to.toSockaddr(to);
    // Refused for a moment while the daemon is down: lost, as on any network.
    (void)::sendto(socketFor(packet).get(), packet.octets.data(), packet.octets.size(), 0,
                   reinterpret_cast<const sockaddr*>(&to), size);
}

/// What comes within that time goes on into the network; tells whether anything came.
bool DaemonDevice::take(Duration patience) {
    std::vector<pollfd> waiting;
    for (const auto& [local, socket] : sockets_)
        waiting.push_back({socket.fd.get(), POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(patience.count())) <= 0)
        return false;
    bool any = false;
    for (const auto& [local, socket] : sockets_) {
        std::array<std::uint8_t, 65536> octets{};
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        ssize_t got = 0;
        while ((got = ::recvfrom(socket.fd.get(), octets.data(), octets.size(), 0, reinterpret_cast<sockaddr*>(&from),
                                 &size)) >= 0) {
            const auto sender = Address::from(reinterpret_cast<const sockaddr*>(&from), size);
            network_.send({sender.value(), socket.peer, Bytes(octets.begin(), octets.begin() + got)});
            size = sizeof from;
            any = true;
        }
    }
    return any;
}

void DaemonDevice::wait(TimePoint until) {
    const auto left = std::chrono::ceil<Duration>(until - std::chrono::steady_clock::now());
    take(std::max(left, Duration{0}));
}

/// Twice asked, twice answered: its loop has been round, so what had come before the first question is done with, but
/// for what the TPM does.
void DaemonDevice::settle() {
    if (process_.running()) {
        bus_.ping();
        bus_.ping();
    }
    bus_.process();
    while (take(kCable)) {
    }
}

} // namespace ocfsecd::test::outside
