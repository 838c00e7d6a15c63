#pragma once
// The value of the OSCORE option (RFC 8613 section 6.1).

#include "base/bytes.h"

#include <optional>

namespace ocfsecd::coap::oscore {

struct OptionValue {
    Bytes partialIv; ///< 0 to 5 octets; empty: none
    std::optional<Bytes> kidContext;
    std::optional<Bytes> kid;
    bool operator==(const OptionValue&) const = default;
};

Bytes writeOption(const OptionValue& value);
/// Nothing for reserved bits, a reserved length or a value cut short.
std::optional<OptionValue> readOption(ByteView octets);

} // namespace ocfsecd::coap::oscore
