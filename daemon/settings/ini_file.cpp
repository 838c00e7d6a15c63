#include "settings/ini_file.h"

#include "settings/table.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <ini.h>
#include <optional>

namespace ocfsecd::settings {

namespace {

/// Whoever writes a larger configuration has made a mistake; the daemon does not read gigabytes at start.
constexpr std::size_t kMaxFile = 256 * 1024;

struct Trouble {
    unsigned line = 0;
    std::string what;
    std::string next;
};

/// inih asks for line after line and calls back for each assignment; in between, `line` is where it is.
class Parse {
public:
    Parse(std::string text, const std::function<Result<void>(const Assignment&)>& take)
        : text_{std::move(text)}, take_{take} {}

    /// The first thing that is wrong.
    std::optional<Trouble> run() {
        const int line = ::ini_parse_stream(&Parse::nextLine, this, &Parse::assignment, this);
        if (line < 0)
            return Trouble{0, "out of memory", ""};
        if (line > 0 && (!trouble_ || static_cast<unsigned>(line) < trouble_->line))
            return Trouble{static_cast<unsigned>(line), "is neither a [Section], KEY=VALUE nor a comment", ""};
        return trouble_;
    }

private:
    static char* nextLine(char* buffer, int size, void* self) {
        return static_cast<Parse*>(self)->next(buffer, static_cast<std::size_t>(size));
    }

    static int assignment(void* self, const char* section, const char* key, const char* value) {
        auto& parse = *static_cast<Parse*>(self);
        if (parse.trouble_)
            return 0;
        if (auto taken = parse.take_({section, key, value, parse.line_}); !taken)
            parse.report(taken.failure().what, taken.failure().next);
        return parse.trouble_ ? 0 : 1;
    }

    char* next(char* buffer, std::size_t size) {
        if (at_ >= text_.size())
            return nullptr;
        ++line_;
        const auto end = std::min(text_.find('\n', at_), text_.size());
        auto line = std::string_view{text_}.substr(at_, end - at_);
        at_ = end + 1;
        // An indented line would continue the value before it: systemd's files do not work so.
        line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
        if (line.find('\0') != std::string_view::npos) {
            report("holds a zero octet", "");
            line = {};
        } else if (line.starts_with('[')) {
            checkSection(line);
        } else if (line.size() + 2 > size) { // inih would cut it in two
            if (!line.starts_with('#') && !line.starts_with(';'))
                report(fmt::format("is longer than {} characters", size - 2), "");
            line = {};
        }
        line = line.substr(0, size - 2);
        std::copy(line.begin(), line.end(), buffer);
        buffer[line.size()] = '\n';
        buffer[line.size() + 1] = '\0';
        return buffer;
    }

    void checkSection(std::string_view line) {
        const auto close = line.find(']');
        const auto name = line.substr(1, close == std::string_view::npos ? close : close - 1);
        if (close != std::string_view::npos && !isSection(name))
            report(fmt::format("unknown section [{}]", name), "the sections are those of ocfsecd.conf(5)");
    }

    void report(std::string what, std::string next) {
        if (!trouble_)
            trouble_ = Trouble{line_, std::move(what), std::move(next)};
    }

    std::string text_;
    const std::function<Result<void>(const Assignment&)>& take_;
    std::size_t at_ = 0;
    unsigned line_ = 0;
    std::optional<Trouble> trouble_;
};

Failure cannotRead(const std::filesystem::path& file, std::string_view why) {
    return {Reason::configuration, fmt::format("{}: {}", file.string(), why), "correct or remove the file"};
}

Result<std::string> readWhole(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        return cannotRead(file, error ? error.message() : "is not a file");
    std::ifstream in{file, std::ios::binary};
    std::string text(kMaxFile + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad())
        return cannotRead(file, std::strerror(errno));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFile)
        return cannotRead(file, fmt::format("is larger than {} octets", kMaxFile));
    return text;
}

} // namespace

Result<void> readIniFile(const std::filesystem::path& file,
                         const std::function<Result<void>(const Assignment&)>& take) {
    auto text = readWhole(file);
    if (!text)
        return text.failure();
    if (auto trouble = Parse{std::move(*text), take}.run())
        return Failure{Reason::configuration, fmt::format("{}:{}: {}", file.string(), trouble->line, trouble->what),
                       trouble->next.empty() ? "correct the line; see ocfsecd.conf(5)" : trouble->next};
    return {};
}

} // namespace ocfsecd::settings
