#include "dtls/record.h"

namespace ocfsecd::dtls {

namespace {
constexpr std::uint8_t kDtlsMajor = 0xfe; // every version of DTLS on the wire
constexpr std::uint16_t kDtls12 = 0xfefd;
constexpr std::uint8_t kFatal = 2;
} // namespace

std::optional<Record> nextRecord(ByteView& rest) {
    Reader reader{rest};
    Record record;
    const auto type = reader.u8();
    const auto major = reader.u8();
    reader.u8();
    record.epoch = reader.u16();
    record.sequence = reader.u48();
    record.fragment = reader.take(reader.u16());
    if (!reader.ok() || major != kDtlsMajor || type < static_cast<std::uint8_t>(ContentType::changeCipherSpec) ||
        type > static_cast<std::uint8_t>(ContentType::applicationData))
        return std::nullopt;
    record.type = static_cast<ContentType>(type);
    record.whole = rest.first(kRecordHeader + record.fragment.size());
    rest = rest.subspan(record.whole.size());
    return record;
}

std::optional<HandshakeFragment> nextFragment(ByteView& rest) {
    Reader reader{rest};
    HandshakeFragment fragment;
    fragment.type = reader.u8();
    fragment.length = reader.u24();
    fragment.sequence = reader.u16();
    fragment.offset = reader.u24();
    fragment.body = reader.take(reader.u24());
    if (!reader.ok() || fragment.offset + fragment.body.size() > fragment.length)
        return std::nullopt;
    rest = rest.subspan(rest.size() - reader.left());
    return fragment;
}

Bytes plaintextAlert(std::uint8_t description, std::uint64_t sequence) {
    return Writer{}
        .u8(static_cast<std::uint8_t>(ContentType::alert))
        .u16(kDtls12)
        .u16(0)
        .u48(sequence)
        .u16(2)
        .u8(kFatal)
        .u8(description)
        .take();
}

} // namespace ocfsecd::dtls
