#include "coap/options.h"

#include <algorithm>
#include <array>

namespace ocfsecd::coap {

namespace {

/// RFC 7252 table 4, RFC 7641 section 2, RFC 7959 section 2.1, facts 7.6.
struct OptionRule {
    std::uint16_t number;
    std::size_t minLength;
    std::size_t maxLength;
    bool repeatable;
};

// Uri-Host and Uri-Port are understood and do not matter: every request that arrives is for this device. If-Match and
// If-None-Match are not supported, so they are refused as critical options nobody knows.
constexpr std::array kRequestOptions{
    OptionRule{option::uriHost, 1, 255, false},
    OptionRule{option::observe, 0, 3, false},
    OptionRule{option::uriPort, 0, 2, false},
    OptionRule{option::uriPath, 0, 255, true},
    OptionRule{option::contentFormat, 0, 2, false},
    OptionRule{option::uriQuery, 0, 255, true},
    OptionRule{option::accept, 0, 2, false},
    OptionRule{option::block2, 0, 3, false},
    OptionRule{option::block1, 0, 3, false},
    OptionRule{option::size2, 0, 4, false},
    OptionRule{option::size1, 0, 4, false},
    OptionRule{option::ocfAcceptVersion, 0, 2, false},
    OptionRule{option::ocfContentVersion, 0, 2, false},
};

// Accept and the accepted version come back in responses of IoTivity-Lite (captures); they mean nothing there.
constexpr std::array kCriticalResponseOptions{option::block1,           option::block2,  option::accept,
                                              option::uriHost,          option::uriPort, option::ocfAcceptVersion,
                                              option::ocfContentVersion};

constexpr bool isCritical(std::uint16_t number) {
    return (number & 1) != 0;
}

bool isUsable(const Option& option, const Option* previous) {
    const auto rule = std::ranges::find(kRequestOptions, option.number, &OptionRule::number);
    if (rule == kRequestOptions.end())
        return false;
    if (option.value.size() < rule->minLength || option.value.size() > rule->maxLength)
        return false; // RFC 7252 5.4.3: as if unknown
    return rule->repeatable || previous == nullptr || previous->number != option.number; // 5.4.5
}

/// The refusal when a critical option is of no use; else how many elective ones are not.
std::variant<std::size_t, std::uint8_t> countUseless(const Message& message) {
    std::size_t useless = 0;
    const Option* previous = nullptr;
    for (const auto& option : message.options) {
        if (option.number == option::proxyUri || option.number == option::proxyScheme)
            return code::proxyingNotSupported; // RFC 7252 5.10.2
        const bool usable = isUsable(option, previous);
        if (!usable && isCritical(option.number))
            return code::badOption;
        useless += usable ? 0U : 1U;
        previous = &option;
    }
    return useless;
}

Message withoutUseless(const Message& message) {
    Message out;
    const Option* previous = nullptr;
    for (const auto& option : message.options) {
        if (isUsable(option, previous))
            out.options.push_back(option);
        previous = &option;
    }
    return out;
}

template <class Number>
std::optional<Number> numberOf(const Message& message, std::uint16_t option) {
    const auto value = message.findNumber(option);
    return value ? std::optional{static_cast<Number>(*value)} : std::nullopt;
}

/// Appends a segment so that a "/" within it cannot be taken for one between segments (RFC 7252 section 6.5).
void appendSegment(std::string& path, std::string_view segment) {
    path += '/';
    for (const char c : segment) {
        if (c == '/')
            path += "%2F";
        else
            path += c;
    }
}

std::optional<std::uint8_t> judgeFormats(const Request& request) {
    const auto tooOld = [](const auto& version) { return version && *version < kOcfVersion; };
    if (tooOld(request.acceptVersion) || tooOld(request.contentVersion))
        return code::unsupportedFormat;
    if (request.contentFormat && *request.contentFormat != kFormatOcfCbor)
        return code::unsupportedFormat;
    if (request.accept && *request.accept != kFormatOcfCbor)
        return code::notAcceptable;
    return std::nullopt;
}

bool carriesBody(Method method) {
    return method == Method::post || method == Method::put;
}

/// What judge() finds wrong with a request, in words.
struct Refusal {
    std::uint8_t code;
    Reason reason;
    std::string_view what, next;
    Failure failure() const { return {reason, std::string{what}, std::string{next}}; }
};
constexpr std::array kRefusals{
    Refusal{code::badOption, Reason::badOption, "a request has a critical option that means nothing here",
            "leave it out"},
    Refusal{code::methodNotAllowed, Reason::methodNotAllowed, "a request has a method that no resource has",
            "use GET, POST or DELETE"},
    Refusal{code::notAcceptable, Reason::notAcceptable, "a request accepts no content format there is",
            "accept 10000 (application/vnd.ocf+cbor)"},
    Refusal{code::unsupportedFormat, Reason::unsupportedFormat, "the payload has a content format nobody reads here",
            "send content format 10000 (application/vnd.ocf+cbor)"},
    Refusal{code::badRequest, Reason::malformed, "the block options of a request contradict each other",
            "see RFC 7959 section 2.2"},
    Refusal{code::proxyingNotSupported, Reason::badOption, "a request is for another host", "ask that host"},
};

} // namespace

Failure failureOf(std::uint8_t code) {
    const auto at = std::ranges::find(kRefusals, code, &Refusal::code);
    return at != kRefusals.end() ? at->failure() : Failure{Reason::badOption, "a request is refused for its form", ""};
}

std::variant<Judged, std::uint8_t> judge(const Message& message) {
    const auto useless = countUseless(message);
    if (const auto* refusal = std::get_if<std::uint8_t>(&useless))
        return *refusal;
    const bool allUsable = std::get<std::size_t>(useless) == 0; // the rule: then nothing is copied
    const Message sifted = allUsable ? Message{} : withoutUseless(message);
    const Message& usable = allUsable ? message : sifted;
    if (message.code > code::del)
        return code::methodNotAllowed; // RFC 7252 5.8
    Judged out;
    Request& request = out.request;
    request.method = static_cast<Method>(message.code);
    for (const auto& option : usable.options) {
        if (option.number == option::uriPath)
            appendSegment(request.path, textOf(option.value));
        else if (option.number == option::uriQuery)
            request.query.emplace_back(textOf(option.value));
    }
    if (request.path.empty())
        request.path = "/";
    request.contentFormat = numberOf<std::uint16_t>(usable, option::contentFormat);
    request.accept = numberOf<std::uint16_t>(usable, option::accept);
    request.contentVersion = usable.findNumber(option::ocfContentVersion);
    request.acceptVersion = usable.findNumber(option::ocfAcceptVersion);
    request.observe = usable.findNumber(option::observe);
    if (const auto refusal = judgeFormats(request))
        return *refusal;

    const auto block1 = blockOption(usable, option::block1);
    const auto block2 = blockOption(usable, option::block2);
    if (block1.broken() || block2.broken())
        return code::badRequest; // RFC 7959 2.2
    if (block1.present && !carriesBody(request.method))
        return code::badOption;
    out.block1 = block1.block;
    out.block2 = block2.block;
    if (out.block2)
        out.block2->more = false; // means nothing in a request, and PLGD sets it (facts 7.6)
    out.size1 = usable.findNumber(option::size1);
    out.asksSize2 = usable.find(option::size2) != nullptr;
    request.payload = message.payload;
    return out;
}

void addRequestOptions(Message& message, const Request& request) {
    std::string_view rest = request.path;
    while (rest.starts_with('/') && rest.size() > 1) {
        rest.remove_prefix(1);
        const auto end = std::min(rest.find('/'), rest.size());
        message.add(option::uriPath, viewOf(rest.substr(0, end)));
        rest.remove_prefix(end);
    }
    for (const auto& item : request.query)
        message.add(option::uriQuery, viewOf(item));
    if (request.observe)
        message.addNumber(option::observe, *request.observe);
    if (request.contentFormat)
        message.addNumber(option::contentFormat, *request.contentFormat);
    if (request.accept)
        message.addNumber(option::accept, *request.accept);
    if (request.acceptVersion)
        message.addNumber(option::ocfAcceptVersion, *request.acceptVersion);
    if (request.contentVersion)
        message.addNumber(option::ocfContentVersion, *request.contentVersion);
}

void addResponseOptions(Message& message, const Response& response) {
    if (response.observe)
        message.addNumber(option::observe, *response.observe);
    if (!response.contentFormat)
        return;
    message.addNumber(option::contentFormat, *response.contentFormat);
    if (*response.contentFormat == kFormatOcfCbor)
        message.addNumber(option::ocfContentVersion, kOcfVersion);
}

std::optional<Response> responseOf(Message&& message) {
    for (const auto& option : message.options)
        if (isCritical(option.number) &&
            std::ranges::find(kCriticalResponseOptions, option.number) == kCriticalResponseOptions.end())
            return std::nullopt;
    return Response{.code = message.code,
                    .contentFormat = numberOf<std::uint16_t>(message, option::contentFormat),
                    .contentVersion = message.findNumber(option::ocfContentVersion),
                    .observe = message.findNumber(option::observe),
                    .payload = std::move(message.payload)};
}

} // namespace ocfsecd::coap
