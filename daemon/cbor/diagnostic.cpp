#include "cbor/value.h"

#include <cmath>
#include <fmt/format.h>

namespace ocfsecd::cbor {

namespace {

/// Length of the UTF-8 sequence at the front of `s` (RFC 3629), 0 when there is none.
std::size_t sequenceLength(ByteView s) {
    const std::uint8_t lead = s[0];
    if (lead < 0x80)
        return 1;
    const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                               : lead >= 0xE0 && lead <= 0xEF ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    if (length == 0 || s.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    const bool overlong = (lead == 0xE0 && s[1] < 0xA0) || (lead == 0xF0 && s[1] < 0x90);
    const bool surrogate = lead == 0xED && s[1] >= 0xA0;
    const bool beyond = lead == 0xF4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

/// Quoted as JSON does it. Control characters are escaped, the C1 ones too, and octets that are no UTF-8 shown as
/// U+FFFD: the text comes from a peer and ends in terminals.
void quote(std::string& out, ByteView text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        const std::uint8_t c = text[0];
        if (length == 0)
            out += "\\ufffd";
        else if (c == '"' || c == '\\')
            (out += '\\') += static_cast<char>(c);
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (c < 0x20 || c == 0x7F)
            out += fmt::format("\\u{:04x}", c);
        else if (c == 0xC2 && text[1] < 0xA0)
            out += fmt::format("\\u{:04x}", text[1]);
        else
            out += textOf(text.first(length));
        text = text.subspan(length == 0 ? 1 : length);
    }
    out += '"';
}

std::string realText(double v) {
    if (std::isnan(v))
        return "NaN";
    if (std::isinf(v))
        return v < 0 ? "-Infinity" : "Infinity";
    std::string text = fmt::format("{}", v);
    if (text.find_first_of(".e") == std::string::npos)
        text += ".0";
    return text;
}

struct Printer {
    std::string& out;

    void operator()(Null) const { out += "null"; }
    void operator()(bool v) const { out += v ? "true" : "false"; }
    void operator()(std::int64_t v) const { out += fmt::format("{}", v); }
    void operator()(Oversized) const { out += "/integer beyond 64 bit/"; }
    void operator()(double v) const { out += realText(v); }
    void operator()(const Bytes& v) const { ((out += "h'") += toHex(v)) += '\''; }
    void operator()(const Text& v) const { quote(out, v.octets); }
    void operator()(const Array& v) const {
        out += '[';
        for (std::size_t i = 0; i < v.size(); ++i) {
            out += i == 0 ? "" : ", ";
            v[i].visit(*this);
        }
        out += ']';
    }
    void operator()(const Map& v) const {
        out += '{';
        for (std::size_t i = 0; i < v.size(); ++i) {
            out += i == 0 ? "" : ", ";
            v[i].first.visit(*this);
            out += ": ";
            v[i].second.visit(*this);
        }
        out += '}';
    }
};

} // namespace

std::string diagnostic(const Value& value) {
    std::string out;
    value.visit(Printer{out});
    return out;
}

} // namespace ocfsecd::cbor
