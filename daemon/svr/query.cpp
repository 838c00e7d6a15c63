#include "svr/query.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view keyPart(std::string_view item) {
    return item.substr(0, item.find('='));
}

} // namespace

bool sameIgnoringCase(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> queryValue(const std::vector<std::string>& query, std::string_view key) {
    for (const std::string_view item : query) {
        if (!sameIgnoringCase(keyPart(item), key))
            continue;
        return item.size() > key.size() ? item.substr(key.size() + 1) : std::string_view{};
    }
    return std::nullopt;
}

Result<void> onlyKeys(const std::vector<std::string>& query, std::span<const std::string_view> keys) {
    for (auto item = query.begin(); item != query.end(); ++item) {
        const auto is = [&item](std::string_view key) { return sameIgnoringCase(keyPart(*item), key); };
        if (std::any_of(query.begin(), item, [&](const auto& earlier) { return is(keyPart(earlier)); }))
            return Failure{Reason::malformed, fmt::format("the query has {} twice", keyPart(*item)),
                           "send one request for each"}; // half of what was asked must not pass for all of it
        if (std::ranges::none_of(keys, is))
            return Failure{Reason::malformed, "the query has a key this resource does not know",
                           fmt::format("use one of: {}", fmt::join(keys, ", "))};
    }
    return {};
}

Result<std::string_view> selectInterface(const std::vector<std::string>& query,
                                         std::span<const std::string_view> supported) {
    const auto wanted = queryValue(query, "if");
    if (!wanted)
        return supported.front();
    const auto found = std::ranges::find(supported, *wanted);
    const auto named =
        std::ranges::count_if(query, [](const auto& item) { return sameIgnoringCase(keyPart(item), "if"); });
    if (found == supported.end() || named != 1)
        return Failure{Reason::unsupportedInterface, "the resource does not have the interface the query names",
                       fmt::format("use one of: {}", fmt::join(supported, ", "))};
    return *found;
}

std::optional<std::int64_t> queryNumber(std::string_view text) {
    std::uint32_t number = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || number > 0x7fffffffU)
        return std::nullopt;
    return number;
}

} // namespace ocfsecd::svr
