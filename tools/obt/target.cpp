#include "tools/obt/target.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool looksLikePrefix(std::string_view text) {
    return text.size() >= kMinPrefix && text.size() <= 36 &&
           text.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

std::string describe(const Target& target) {
    if (const auto* uuid = std::get_if<Uuid>(&target))
        return uuid->text();
    if (const auto* endpoint = std::get_if<Endpoint>(&target))
        return endpoint->text();
    return std::get<PrefixOrName>(target).text;
}

template <class Fits>
std::vector<std::size_t> indicesOf(const std::vector<Candidate>& candidates, Fits fits) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (fits(candidates[i]))
            out.push_back(i);
    return out;
}

std::vector<std::size_t> matches(const Target& target, const std::vector<Candidate>& candidates) {
    if (const auto* uuid = std::get_if<Uuid>(&target))
        return indicesOf(candidates, [&](const Candidate& c) { return c.device == *uuid; });
    const auto* wanted = std::get_if<PrefixOrName>(&target);
    if (wanted == nullptr)
        return {};
    std::vector<std::size_t> out;
    if (looksLikePrefix(wanted->text))
        out =
            indicesOf(candidates, [&](const Candidate& c) { return c.device.text().starts_with(lower(wanted->text)); });
    if (out.empty())
        out = indicesOf(candidates, [&](const Candidate& c) { return c.name == wanted->text; });
    return out;
}

} // namespace

Result<Target> parseTarget(std::string_view text) {
    if (text.empty())
        return Failure{Reason::usage, "the device is not named", "ocf-obt list"};
    if (text.find("://") != std::string_view::npos) {
        if (const auto endpoint = parseEndpoint(text))
            return Target{*endpoint};
        return Failure{Reason::usage, fmt::format("\"{}\" is not coap:// or coaps:// with a numeric address", text),
                       "write coap://192.0.2.1:5683 or coap://[fe80::1%eth0]:5683"};
    }
    if (const auto uuid = Uuid::parse(text))
        return Target{*uuid};
    return Target{PrefixOrName{std::string{text}}};
}

Result<std::size_t> choose(const Target& target, const std::vector<Candidate>& candidates) {
    const auto found = matches(target, candidates);
    if (found.size() == 1)
        return found.front();
    if (found.empty())
        return Failure{Reason::notFound, fmt::format("no device is called \"{}\"", describe(target)), ""};
    std::string names;
    for (const auto i : found)
        names += fmt::format("\n  {}  {}", candidates[i].device.text(), candidates[i].name);
    return Failure{Reason::limitReached,
                   fmt::format("\"{}\" fits {} devices:{}", describe(target), found.size(), names),
                   "name one by its UUID"};
}

} // namespace ocfsecd::obt
