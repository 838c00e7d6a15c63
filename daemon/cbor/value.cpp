#include "cbor/value.h"

namespace ocfsecd::cbor {

std::optional<bool> Value::boolean() const {
    const auto* v = std::get_if<bool>(&data_);
    return v != nullptr ? std::optional{*v} : std::nullopt;
}

std::optional<std::int64_t> Value::integer() const {
    const auto* v = std::get_if<std::int64_t>(&data_);
    return v != nullptr ? std::optional{*v} : std::nullopt;
}

std::optional<std::string_view> Value::text() const {
    const auto* v = std::get_if<Text>(&data_);
    return v != nullptr ? std::optional{textOf(v->octets)} : std::nullopt;
}

std::optional<ByteView> Value::bytes() const {
    const auto* v = std::get_if<Bytes>(&data_);
    return v != nullptr ? std::optional{ByteView{*v}} : std::nullopt;
}

std::optional<double> Value::real() const {
    const auto* v = std::get_if<double>(&data_);
    return v != nullptr ? std::optional{*v} : std::nullopt;
}

const Value* Value::find(std::string_view key) const {
    if (const auto* entries = map())
        for (const auto& [name, value] : *entries)
            if (name.text() == key)
                return &value;
    return nullptr;
}

} // namespace ocfsecd::cbor
