#include "coap/exchange.h"

#include <algorithm>

namespace ocfsecd::coap {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equalIgnoringCase(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

} // namespace

std::optional<std::string_view> Request::queryValue(std::string_view key) const {
    for (const std::string_view item : query) {
        const auto equals = item.find('=');
        if (equalIgnoringCase(item.substr(0, equals), key))
            return equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    }
    return std::nullopt;
}

} // namespace ocfsecd::coap
