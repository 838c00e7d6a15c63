#include "event_log.h"

#include "systemd/journal.h"

#include <fmt/format.h>

namespace ocfsecd {

namespace {

using Kind = ocf::Event::Kind;
using journal::Priority;

struct KindFace {
    Kind kind;
    Priority priority;
    journal::MessageId id;
    bool coalesced; ///< anybody on the network can cause it
};

constexpr KindFace kFaces[]{
    {Kind::stateChanged, Priority::notice, journal::id::stateChanged, false},
    {Kind::methodSelected, Priority::info, {}, true},
    {Kind::ownerCredentialEstablished, Priority::notice, journal::id::ownerCredentialEstablished, true},
    {Kind::owned, Priority::notice, journal::id::deviceOwned, false},
    {Kind::resetBegun, Priority::notice, {}, true},
    {Kind::resetDone, Priority::notice, journal::id::reset, true},
    {Kind::accessDenied, Priority::warning, journal::id::accessDenied, true},
    {Kind::requestRefused, Priority::info, {}, true},
    {Kind::handshakeFailed, Priority::warning, journal::id::handshakeFailed, true},
    {Kind::connectionRefused, Priority::info, {}, true},
    {Kind::unexpectedTraffic, Priority::info, journal::id::garbageReceived, true},
    {Kind::commitFailed, Priority::error, {}, true}, // a TPM that is gone fails every attempt
    {Kind::started, Priority::info, {}, false},
    {Kind::resourceChanged, Priority::info, {}, true},
};

const KindFace& faceOfKind(Kind kind) {
    for (const auto& face : kFaces)
        if (face.kind == kind)
            return face;
    return kFaces[0];
}

void write(unsigned device, const ocf::Event& event, std::size_t more) {
    const auto& face = faceOfKind(event.kind);
    journal::Entry entry;
    entry.priority = face.priority;
    entry.id = face.id;
    const bool refusal = !event.next.empty();
    if (const auto named = refusal ? journal::idOf(event.reason) : std::nullopt)
        entry.id = *named;
    entry.text = refusal ? fmt::format("{}; {}", event.text, event.next) : event.text;
    if (const auto peer = event.field("PEER"); !peer.empty())
        entry.text += fmt::format(" (from {})", peer);
    if (more != 0)
        entry.text += fmt::format(" and {} more from there", more);
    entry.fields.push_back({"OCFSECD_DEVICE", fmt::format("{}", device)});
    if (refusal)
        entry.fields.push_back({"OCFSECD_REASON", std::string{nameOf(event.reason)}});
    if (const auto audit = refusal ? faceOf(event.reason).event : std::string_view{}; !audit.empty())
        entry.fields.push_back({"OCFSECD_EVENT", std::string{audit}});
    std::vector<std::string> names;
    names.reserve(event.fields.size());
    for (const auto& [name, value] : event.fields) {
        if (value.empty())
            continue;
        names.push_back("OCFSECD_" + name);
        entry.fields.push_back({names.back(), value});
    }
    journal::log(entry);
}

constexpr auto kWrite = [](const auto& latest, std::size_t more) { write(latest.first, latest.second, more); };

} // namespace

void EventLog::report(unsigned device, const ocf::Event& event, TimePoint now) {
    if (!faceOfKind(event.kind).coalesced)
        return write(device, event, 0);
    tick(now);
    const auto of = fmt::format("{}/{}", device, static_cast<int>(event.kind));
    if (repeated_.admit(fmt::format("{}/{}", of, event.host()), of + "/many", {device, event}, now))
        write(device, event, 0);
}

void EventLog::tick(TimePoint now) {
    repeated_.due(now, kWrite);
}

void EventLog::flush() {
    repeated_.flush(kWrite);
}

std::optional<TimePoint> EventLog::deadline() const {
    return repeated_.deadline();
}

} // namespace ocfsecd
