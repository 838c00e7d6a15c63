#include "svr/audit_log.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

constexpr std::int64_t kVersion = 1;
constexpr cbor::Limits kLimits{.octets = 64 * 1024, .depth = 5, .items = 8192};

std::optional<std::string> textOf(const cbor::Value& value) {
    const auto text = value.text();
    return text ? std::optional{std::string{*text}} : std::nullopt;
}

/// [aeid, category, priority, seconds, message, [auxiliaryinfo]]
std::optional<AuditEntry> entryOf(const cbor::Value& value) {
    const auto* parts = value.array();
    if (parts == nullptr || parts->size() != 6 || (*parts)[5].array() == nullptr)
        return std::nullopt;
    auto aeid = textOf((*parts)[0]), message = textOf((*parts)[4]);
    const auto category = (*parts)[1].integer(), priority = (*parts)[2].integer(), time = (*parts)[3].integer();
    if (!aeid || !message || !category || *category < 1 || *category > 255 || !priority || *priority < 0 ||
        *priority > 4 || !time || *time < 0)
        return std::nullopt;
    AuditEntry out{*std::move(aeid),
                   static_cast<int>(*category),
                   static_cast<int>(*priority),
                   WallTime{std::chrono::seconds{*time}},
                   *std::move(message),
                   {}};
    for (const auto& item : *(*parts)[5].array()) {
        auto text = textOf(item);
        if (!text)
            return std::nullopt;
        out.auxiliaryinfo.push_back(*std::move(text));
    }
    return out;
}

cbor::Value stored(const AuditEntry& entry) {
    return cbor::Array{entry.aeid,     entry.category,
                       entry.priority, std::int64_t{entry.time.time_since_epoch().count()},
                       entry.message,  cbor::Array(entry.auxiliaryinfo.begin(), entry.auxiliaryinfo.end())};
}

Failure corrupt() {
    return {Reason::stateCorrupt, "the stored auditable events cannot be read", "nothing; the list begins anew"};
}

} // namespace

std::string timestampOf(WallTime time) {
    const auto days = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{days};
    const std::chrono::hh_mm_ss clock{time - days};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

cbor::Map representation(const AuditEntry& entry) {
    return {{"aeid", entry.aeid},
            {"category", entry.category},
            {"priority", entry.priority},
            {"timestamp", timestampOf(entry.time)},
            {"message", entry.message},
            {"auxiliaryinfo", cbor::Array(entry.auxiliaryinfo.begin(), entry.auxiliaryinfo.end())}};
}

AuditLog::AuditLog(std::size_t maxspace) : maxspace_{std::clamp(maxspace, kMinAuditSpace, kMaxAuditSpace)} {}

bool AuditLog::add(const Ael& filters, AuditEntry entry) {
    if (!passes(filters, entry.category, entry.priority))
        return false;
    const auto octets = cbor::encode(representation(entry)).size();
    // The model asks for unique items; what differs in nothing, not even its second, is no second event.
    if (octets > maxspace_ || std::ranges::find(entries_, entry) != entries_.end())
        return false;
    push(std::move(entry), octets);
    return true;
}

void AuditLog::push(AuditEntry entry, std::size_t octets) {
    while (usedspace_ + octets > maxspace_) {
        usedspace_ -= octets_.front();
        octets_.pop_front();
        entries_.pop_front();
    }
    usedspace_ += octets;
    octets_.push_back(octets);
    entries_.push_back(std::move(entry));
}

void AuditLog::clear() {
    entries_.clear();
    octets_.clear();
    usedspace_ = 0;
}

Bytes AuditLog::encode() const {
    cbor::Array list;
    for (const auto& entry : entries_)
        list.push_back(stored(entry));
    return cbor::encode(cbor::Array{kVersion, std::move(list)});
}

Result<void> AuditLog::restore(ByteView octets) {
    const auto value = cbor::decode(octets, kLimits);
    const auto* parts = value ? value->array() : nullptr;
    if (parts == nullptr || parts->size() != 2 || (*parts)[0].integer() != kVersion || (*parts)[1].array() == nullptr)
        return corrupt();
    std::vector<AuditEntry> read;
    for (const auto& item : *(*parts)[1].array()) {
        auto entry = entryOf(item);
        if (!entry)
            return corrupt();
        read.push_back(*std::move(entry));
    }
    clear();
    for (auto& entry : read) {
        const auto size = cbor::encode(representation(entry)).size();
        if (size <= maxspace_)
            push(std::move(entry), size);
    }
    return {};
}

} // namespace ocfsecd::svr
