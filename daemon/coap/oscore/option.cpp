#include "coap/oscore/option.h"

namespace ocfsecd::coap::oscore {

namespace {
constexpr unsigned kPartialIvSize = 0x07, kHasKid = 0x08, kHasKidContext = 0x10, kReserved = 0xe0;
constexpr std::size_t kMaxPartialIv = 5; // 6 and 7 are reserved
} // namespace

Bytes writeOption(const OptionValue& value) {
    if (value.partialIv.empty() && !value.kidContext && !value.kid)
        return {}; // all flags zero: the option is empty
    Writer out;
    out.u8(value.partialIv.size() | (value.kid ? kHasKid : 0) | (value.kidContext ? kHasKidContext : 0));
    out.bytes(value.partialIv);
    if (value.kidContext)
        out.u8(value.kidContext->size()).bytes(*value.kidContext);
    if (value.kid)
        out.bytes(*value.kid);
    return out.take();
}

std::optional<OptionValue> readOption(ByteView octets) {
    OptionValue out;
    if (octets.empty())
        return out;
    Reader in{octets};
    const unsigned flags = in.u8();
    const std::size_t size = flags & kPartialIvSize;
    if ((flags & kReserved) != 0 || flags == 0 || size > kMaxPartialIv)
        return std::nullopt;
    out.partialIv = copyOf(in.take(size));
    if ((flags & kHasKidContext) != 0)
        out.kidContext = copyOf(in.take(in.u8()));
    if ((flags & kHasKid) != 0)
        out.kid = copyOf(in.takeRest());
    if (!in.done())
        return std::nullopt;
    return out;
}

} // namespace ocfsecd::coap::oscore
