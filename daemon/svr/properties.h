#pragma once
// Properties out of a CBOR body, with a failure that names the property and what was expected.

#include "cbor/value.h"
#include "svr/state.h"

#include <string_view>

namespace ocfsecd::svr {

/// The map a POST must carry. Reason::malformed for none or another type.
Result<const cbor::Map*> bodyOf(const cbor::Value* body);
/// Every key is text, else Reason::malformed.
Result<std::string_view> keyOf(const cbor::Value& key);
Failure malformed(std::string_view property, std::string_view expected);

Result<Uuid> readUuid(const cbor::Value& value, std::string_view property);
Result<bool> readBool(const cbor::Value& value, std::string_view property);
Result<std::int64_t> readInteger(const cbor::Value& value, std::string_view property, std::int64_t low,
                                 std::int64_t high);
/// Valid UTF-8 without control characters.
bool isPlainText(ByteView text);
/// Plain text of at most `limit` octets.
Result<std::string> readText(const cbor::Value& value, std::string_view property, std::size_t limit);

} // namespace ocfsecd::svr
