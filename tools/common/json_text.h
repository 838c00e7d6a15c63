#pragma once
// JSON as the programs print it.

#include <string>

namespace ocfsecd::cli {

/// ASCII only, what is no UTF-8 replaced: other characters are escaped, and none of them steers the terminal. One line
/// with a negative indent.
template <class Json>
std::string jsonText(const Json& json, int indent = 2) {
    return json.dump(indent, ' ', true, Json::error_handler_t::replace);
}

} // namespace ocfsecd::cli
