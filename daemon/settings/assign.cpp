// One overload per kind of setting: how its text becomes the member, and back.

#include "settings/table.h"
#include "settings/values.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::settings {

namespace {

constexpr unsigned kPcrs = 24; ///< of a PC client TPM (TCG PTP)
constexpr std::size_t kMaxWords = 64;
/// In the order of the enumeration.
template <class Enumeration>
constexpr std::array<std::string_view, 0> kNames{};
template <>
constexpr std::array<std::string_view, 3> kNames<JustWorks>{"window", "always", "never"};
template <>
constexpr std::array<std::string_view, 3> kNames<WindowAtStart>{"yes", "first", "no"};
template <>
constexpr std::array<std::string_view, 3> kNames<RandomPinOffer>{"display", "always", "never"};
/// Of svr::profile::all.
constexpr std::array<std::string_view, 4> kProfiles{"baseline", "black", "blue", "purple"};

Failure wrong(std::string what) {
    return {Reason::configuration, std::move(what), ""};
}

template <class T>
Failure outside(const T& least, const T& most) {
    return wrong(fmt::format("is not in the range {} to {}", least, most));
}

struct Assign {
    Config& config;
    std::string_view value;

    Result<void> operator()(const Span& kind) const {
        const auto span = parseSpan(value);
        if (!span)
            return span.failure();
        if (*span < kind.least || *span > kind.most)
            return outside(writeSpan(kind.least), writeSpan(kind.most));
        kind.at(config) = *span;
        return {};
    }

    Result<void> operator()(const Whole& kind) const {
        const auto number = parseNumber(value);
        if (!number)
            return number.failure();
        if (*number < kind.least || *number > kind.most)
            return kind.hexadecimal ? outside(fmt::format("{:#x}", kind.least), fmt::format("{:#x}", kind.most))
                                    : outside(kind.least, kind.most);
        kind.set(config, *number);
        return {};
    }

    Result<void> operator()(const Factor& kind) const {
        const auto factor = parseFactor(value);
        if (!factor)
            return factor.failure();
        if (*factor < kind.least || *factor > kind.most)
            return outside(kind.least, kind.most);
        kind.at(config) = *factor;
        return {};
    }

    Result<void> operator()(const Flag& kind) const {
        const auto flag = parseFlag(value);
        if (!flag)
            return flag.failure();
        kind.at(config) = *flag;
        return {};
    }

    Result<void> operator()(const Text& kind) const {
        auto text = parseText(value, kind.most);
        if (!text)
            return text.failure();
        kind.at(config) = std::move(*text);
        return {};
    }

    Result<void> operator()(const Words& kind) const {
        auto words = parseWords(value);
        auto& list = kind.at(config);
        if (list.size() + words.size() > kMaxWords)
            return wrong(fmt::format("makes more than {} words", kMaxWords));
        for (const auto& word : words)
            if (auto text = parseText(word, 64); !text)
                return text.failure();
        list.insert(list.end(), words.begin(), words.end());
        return {};
    }

    Result<void> operator()(const Pcrs& kind) const {
        auto chosen = kind.at(config);
        for (const auto& word : parseWords(value)) {
            const auto pcr = parseNumber(word);
            if (!pcr || *pcr >= kPcrs)
                return wrong(fmt::format("is not a list of PCR numbers from 0 to {}", kPcrs - 1));
            chosen.push_back(static_cast<unsigned>(*pcr));
        }
        std::sort(chosen.begin(), chosen.end());
        chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
        kind.at(config) = std::move(chosen);
        return {};
    }

    Result<void> operator()(const Path& kind) const {
        auto text = parseText(value, 160);
        if (!text)
            return text.failure();
        const std::filesystem::path path{*text};
        if (!path.is_absolute())
            return wrong("is not an absolute path");
        kind.at(config) = path.lexically_normal();
        return {};
    }

    template <class Enumeration>
    Result<void> operator()(const Choice<Enumeration>& kind) const {
        constexpr auto& names = kNames<Enumeration>;
        const auto name = std::find(names.begin(), names.end(), value);
        if (name == names.end())
            return wrong(fmt::format("is none of {}", fmt::join(names, ", ")));
        kind.at(config) = static_cast<Enumeration>(name - names.begin());
        return {};
    }

    Result<void> operator()(const Profiles& kind) const {
        std::vector<std::string> oids;
        for (const auto& word : parseWords(value)) {
            const auto name = std::ranges::find(kProfiles, word);
            const auto index = static_cast<std::size_t>(name - kProfiles.begin());
            if (name == kProfiles.end() || std::ranges::find(oids, svr::profile::all.at(index)) != oids.end())
                return wrong(fmt::format("is no list of {}, each once", fmt::join(kProfiles, ", ")));
            oids.emplace_back(svr::profile::all.at(index));
        }
        if (std::ranges::find(oids, svr::profile::baseline) == oids.end())
            return wrong("is without baseline, which every device supports");
        kind.at(config) = std::move(oids);
        return {};
    }

    Result<void> operator()(const BlockSize& kind) const {
        const auto size = parseNumber(value);
        for (unsigned exponent = 0; size && exponent <= 6; ++exponent)
            if (*size == 16u << exponent) {
                kind.at(config) = exponent;
                return {};
            }
        return wrong("is none of 16, 32, 64, 128, 256, 512, 1024");
    }
};

struct Write {
    Config& config;

    std::string operator()(const Span& kind) const { return writeSpan(kind.at(config)); }
    std::string operator()(const Whole& kind) const {
        return kind.hexadecimal ? fmt::format("{:#010x}", kind.get(config)) : fmt::format("{}", kind.get(config));
    }
    std::string operator()(const Factor& kind) const { return fmt::format("{}", kind.at(config)); }
    std::string operator()(const Flag& kind) const { return kind.at(config) ? "yes" : "no"; }
    std::string operator()(const Text& kind) const { return kind.at(config); }
    std::string operator()(const Words& kind) const { return fmt::format("{}", fmt::join(kind.at(config), " ")); }
    std::string operator()(const Pcrs& kind) const { return fmt::format("{}", fmt::join(kind.at(config), " ")); }
    std::string operator()(const Path& kind) const { return kind.at(config).string(); }
    template <class Enumeration>
    std::string operator()(const Choice<Enumeration>& kind) const {
        return std::string{kNames<Enumeration>.at(static_cast<std::size_t>(kind.at(config)))};
    }
    std::string operator()(const Profiles& kind) const {
        std::string out;
        for (const auto& oid : kind.at(config))
            out += fmt::format("{}{}", out.empty() ? "" : " ",
                               kProfiles.at(static_cast<std::size_t>(std::ranges::find(svr::profile::all, oid) -
                                                                     svr::profile::all.begin())));
        return out;
    }
    std::string operator()(const BlockSize& kind) const { return fmt::format("{}", 16u << kind.at(config)); }
};

struct Restore {
    Config& config;
    Config& defaults;

    void operator()(const Whole& kind) const { kind.set(config, kind.get(defaults)); }
    template <class K>
    void operator()(const K& kind) const {
        kind.at(config) = kind.at(defaults);
    }
};

} // namespace

Result<void> assign(Config& config, const Setting& setting, std::string_view value, const Config& defaults) {
    if (!value.empty())
        return std::visit(Assign{config, value}, setting.kind);
    auto copy = defaults;
    std::visit(Restore{config, copy}, setting.kind);
    return {};
}

std::string write(Config& config, const Setting& setting) {
    return std::visit(Write{config}, setting.kind);
}

} // namespace ocfsecd::settings
