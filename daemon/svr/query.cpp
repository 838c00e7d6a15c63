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
    for (const auto& item : query) {
        const bool known =
            std::ranges::any_of(keys, [&](std::string_view key) { return sameIgnoringCase(keyPart(item), key); });
        if (!known)
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
    if (found == supported.end())
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
