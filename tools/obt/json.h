#pragma once
// CBOR as JSON and back: what `get` prints and `post` takes.

#include "cbor/value.h"

#include <nlohmann/json.hpp>

namespace ocfsecd::obt {

using Json = nlohmann::ordered_json;

/// Byte strings become {"$base64": "…"}, as do texts that are no UTF-8. Key data ("data" inside "privatedata") is never
/// shown: devices return it empty, and one that does not must not bring a key on the screen.
Json toJson(const cbor::Value& value);
/// The reverse. Reason::usage for text that is no JSON, deeper than CBOR limits or with numbers outside 64 bits.
Result<cbor::Value> fromJson(std::string_view text);

} // namespace ocfsecd::obt
