#include "svr/der.h"

#include "svr/properties.h"

#include <algorithm>

namespace ocfsecd::svr {

namespace {

constexpr std::size_t kMaxAttributes = 16; // of one name
constexpr std::size_t kMaxText = 64;       // X.520 ub-common-name, ub-organizational-unit-name
constexpr std::uint8_t kCommonName[] = {0x55, 0x04, 0x03};
constexpr std::uint8_t kOrganizationalUnit[] = {0x55, 0x04, 0x0B};
constexpr std::uint8_t kTextTags[] = {0x0C, 0x13, 0x16}; // UTF8String, PrintableString, IA5String

bool isText(const DerElement& value) {
    return std::ranges::find(kTextTags, value.tag) != std::end(kTextTags) && value.content.size() <= kMaxText &&
           isPlainText(value.content); // a control character in a name is a trick on whoever reads or compares it
}

} // namespace

std::optional<DerElement> DerReader::next() {
    if (!ok_ || rest_.empty())
        return std::nullopt;
    Reader reader{rest_};
    DerElement out;
    out.tag = reader.u8();
    std::size_t length = reader.u8();
    const bool longTag = (out.tag & 0x1F) == 0x1F;
    bool minimal = true;
    if (length == 0x81) {
        length = reader.u8();
        minimal = length >= 0x80;
    } else if (length == 0x82) {
        length = reader.u16();
        minimal = length >= 0x100;
    } else if (length >= 0x80) {
        minimal = false;
    }
    out.content = minimal ? reader.take(length) : ByteView{};
    if (longTag || !minimal || !reader.ok()) {
        ok_ = false;
        return std::nullopt;
    }
    out.whole = rest_.first(rest_.size() - reader.left());
    rest_ = rest_.subspan(out.whole.size());
    return out;
}

std::optional<DerElement> DerReader::next(std::uint8_t tag) {
    auto element = next();
    if (element && element->tag == tag)
        return element;
    ok_ = false;
    return std::nullopt;
}

std::optional<NameTexts> readName(ByteView name) {
    DerReader outer{name};
    const auto rdns = outer.next(der::sequence);
    if (!rdns || !outer.done())
        return std::nullopt;
    NameTexts out;
    std::size_t count = 0;
    DerReader sets{rdns->content};
    while (const auto set = sets.next()) {
        if (set->tag != der::set)
            return std::nullopt;
        DerReader attributes{set->content};
        while (const auto attribute = attributes.next()) {
            DerReader parts{attribute->content};
            const auto type = parts.next(der::objectIdentifier);
            const auto value = parts.next();
            if (attribute->tag != der::sequence || !type || !value || !parts.done() || ++count > kMaxAttributes)
                return std::nullopt;
            const bool commonName = equal(type->content, kCommonName);
            if (!commonName && !equal(type->content, kOrganizationalUnit))
                continue;
            if (!isText(*value))
                return std::nullopt;
            (commonName ? out.commonNames : out.organizationalUnits).emplace_back(textOf(value->content));
        }
        if (!attributes.done())
            return std::nullopt;
    }
    return sets.done() ? std::optional{std::move(out)} : std::nullopt;
}

bool readSigned(ByteView octets, Bytes& signedPart, Bytes& signature) {
    DerReader outer{octets};
    const auto whole = outer.next(der::sequence);
    if (!whole || !outer.done())
        return false;
    DerReader parts{whole->content};
    const auto what = parts.next(der::sequence);
    const auto algorithm = parts.next(der::sequence);
    const auto value = parts.next(der::bitString);
    if (!what || !algorithm || !value || !parts.done() || value->content.empty() || value->content.front() != 0)
        return false;
    signedPart = copyOf(what->whole);
    signature = copyOf(value->content.subspan(1));
    return true;
}

} // namespace ocfsecd::svr
