#include "tools/obt/tool.h"

#include "tools/common/json_text.h"
#include "tools/common/shown.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <unistd.h>

namespace ocfsecd::obt {

namespace {

Duration secondsOf(double seconds) {
    return Duration{static_cast<Duration::rep>(seconds * 1000)};
}

std::string replaceAll(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// Width on a terminal: UTF-8 continuation octets take no place.
std::size_t widthOf(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Peers choose some of the text.
std::string printable(std::string_view text) {
    return cli::shown(text, true);
}

} // namespace

Tool::Tool() : progress_{true, ::isatty(STDERR_FILENO) == 1} {}
Tool::~Tool() = default;

Result<const Home*> Tool::home() {
    if (home_)
        return home_.get();
    std::filesystem::path directory{options.home};
    if (directory.empty()) {
        const auto standard = Home::defaultDirectory();
        if (!standard)
            return standard.failure();
        directory = *standard;
    }
    auto opened = Home::open(directory, random_);
    if (!opened)
        return opened.failure();
    home_ = std::make_unique<Home>(std::move(*opened));
    return home_.get();
}

Result<Subjects> Tool::subjects() {
    const auto opened = home();
    return opened ? Result<Subjects>{Subjects{(*opened)->subjectsDirectory()}} : Result<Subjects>{opened.failure()};
}

Wire& Tool::wire() {
    if (!wire_) {
        coap::ClientSettings settings;
        settings.responseTimeout = secondsOf(options.timeout);
        settings.multicastWindow = secondsOf(options.wait);
        wire_ = std::make_unique<Wire>(settings, random_, progress_);
    }
    return *wire_;
}

Discovery Tool::discovery() {
    return Discovery{wire(),
                     {options.interfaces, options.scope, {8, Duration{options.pace}}, secondsOf(options.timeout)}};
}

void Tool::begin(std::string_view step) {
    if (!options.quiet)
        progress_.begin(step, std::chrono::steady_clock::now());
}

std::unique_ptr<Peer> Tool::peer(std::optional<Address> clear, std::optional<Address> secure) {
    return std::make_unique<NetworkPeer>(wire(), clear, secure, Pace::Settings{8, Duration{options.pace}},
                                         secondsOf(options.timeout));
}

void Tool::print(const std::string& text, const Json& json) {
    progress_.clear();
    const auto out = options.json ? cli::jsonText(json) : printable(text);
    fmt::print("{}{}", out, out.ends_with('\n') ? "" : "\n");
}

Exit Tool::report(const Failure& failure) {
    progress_.clear();
    const auto exit = exitFor(failure.reason);
    const auto next = suggestion(failure.next);
    if (options.json) {
        const Json json{{"error",
                         {{"exit", static_cast<int>(exit)},
                          {"reason", std::string{nameOf(failure.reason)}},
                          {"what", failure.what},
                          {"next", next}}}};
        fmt::print("{}\n", cli::jsonText(json));
    }
    fmt::print(stderr, "ocf-obt: {}\n", printable(failure.what));
    if (!next.empty())
        fmt::print(stderr, "next: {}\n", printable(next));
    return exit;
}

bool Tool::interactive() const {
    return ::isatty(STDIN_FILENO) == 1;
}

Result<void> Tool::confirm(const std::string& question) {
    if (options.yes)
        return {};
    progress_.clear();
    if (!interactive())
        return Failure{Reason::limitReached, question + " Nobody is here to answer", "add --yes"};
    fmt::print(stderr, "{} [y/N] ", printable(question));
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "Y" || answer == "yes")
        return {};
    return Failure{Reason::limitReached, "not confirmed, nothing was changed", ""};
}

std::string Tool::suggestion(std::string_view next) const {
    auto out = std::string{next};
    if (!target.empty())
        out = replaceAll(std::move(out), "TARGET", target);
    if (!options.home.empty())
        out = replaceAll(std::move(out), "ocf-obt ", fmt::format("ocf-obt --home {} ", options.home));
    // Another identity's command names its own home.
    out = replaceAll(std::move(out), fmt::format("--home {} --home ", options.home), "--home ");
    return out;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
    auto safe = rows;
    for (auto& row : safe)
        for (auto& cell : row)
            cell = cli::shown(cell); // a line feed would be a row of its own
    std::vector<std::size_t> widths;
    for (const auto& row : safe)
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.resize(std::max(widths.size(), i + 1));
            widths[i] = std::max(widths[i], widthOf(row[i]));
        }
    std::string out;
    for (const auto& row : safe) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size())
                line.append(widths[i] - widthOf(row[i]) + 2, ' ');
        }
        out += line + '\n';
    }
    return out;
}

} // namespace ocfsecd::obt
