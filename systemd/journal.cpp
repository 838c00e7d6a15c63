// sd_journal_sendv() must not add our wrapper as the place in the code.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "systemd/journal.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include <utility>

namespace ocfsecd::journal {

namespace {

Sink& currentSink() {
    static Sink sink;
    return sink;
}

void sendToJournald(const Entry& entry) {
    std::vector<std::string> lines{fmt::format("PRIORITY={}", static_cast<unsigned>(entry.priority)),
                                   "MESSAGE=" + entry.text, "SYSLOG_IDENTIFIER=ocfsecd"};
    if (!entry.id.none())
        lines.push_back("MESSAGE_ID=" + entry.id.text());
    for (const auto& field : entry.fields)
        lines.push_back(fmt::format("{}={}", field.name, field.value));
    std::vector<iovec> parts;
    for (auto& line : lines)
        parts.push_back({line.data(), line.size()});
    sd_journal_sendv(parts.data(), static_cast<int>(parts.size())); // nowhere to report that reporting failed
}

} // namespace

bool connectedToJournald() {
    if (const char* pid = std::getenv("SYSTEMD_EXEC_PID"); pid && std::to_string(::getpid()) == pid)
        return true;
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat file {};
    if (!stream || ::fstat(STDERR_FILENO, &file) != 0)
        return false;
    return fmt::format("{}:{}", file.st_dev, file.st_ino) == stream;
}

std::string toLine(const Entry& entry) {
    static constexpr std::array<std::string_view, 8> kLevels{"emergency", "alert",  "critical", "error",
                                                             "warning",   "notice", "info",     "debug"};
    std::string raw = fmt::format("{}: {}", kLevels.at(static_cast<std::size_t>(entry.priority)), entry.text);
    for (const auto& field : entry.fields)
        raw += fmt::format(" {}={}", field.name, field.value);
    std::string line;
    for (const char c : raw) {
        if (const auto octet = static_cast<unsigned char>(c); octet < 0x20 || octet == 0x7f)
            line += fmt::format("\\x{:02x}", octet);
        else
            line += c;
    }
    return line;
}

void log(const Entry& entry) {
    static const bool journald = connectedToJournald(); // neither changes while the process lives
    if (const auto& sink = currentSink())
        sink(entry);
    else if (journald)
        sendToJournald(entry);
    else if (entry.priority != Priority::debug || std::getenv("OCFSECD_DEBUG"))
        fmt::print(stderr, "{}\n", toLine(entry));
}

void log(Priority priority, std::string_view context, const Failure& failure) {
    Entry entry{priority, idOf(failure.reason).value_or(MessageId{}), fmt::format("{}: {}", context, failure.what), {}};
    entry.fields.push_back({"OCFSECD_REASON", std::string{nameOf(failure.reason)}});
    if (!failure.next.empty())
        entry.fields.push_back({"OCFSECD_REMEDY", failure.next});
    log(entry);
}

Sink setSink(Sink sink) {
    return std::exchange(currentSink(), std::move(sink));
}

} // namespace ocfsecd::journal
