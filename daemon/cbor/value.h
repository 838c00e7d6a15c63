#pragma once
// CBOR data items as a small tree (RFC 8949), decoded within limits. Built on libcbor's streaming decoder (its tree
// decoder preallocates what an array header announces) and on its encoders.

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace ocfsecd::cbor {

/// What a decoder accepts at the most.
struct Limits {
    std::size_t octets = 64 * 1024;
    std::size_t depth = 8;    ///< nested arrays and maps
    std::size_t items = 4096; ///< data items in total
};

struct Null {
    bool operator==(const Null&) const = default;
};
/// Integers outside int64: present, but of no use to any property.
struct Oversized {
    bool operator==(const Oversized&) const = default;
};
/// Text is kept as octets: validity as UTF-8 is not checked here (facts Q3).
struct Text {
    Bytes octets;
    bool operator==(const Text&) const = default;
};

class Value;
using Array = std::vector<Value>;
/// In the order received; a duplicate key is malformed.
using Map = std::vector<std::pair<Value, Value>>;

class Value {
public:
    Value() = default; ///< null
    Value(bool v) : data_{v} {}
    Value(int v) : data_{std::int64_t{v}} {}
    Value(std::int64_t v) : data_{v} {}
    Value(std::uint32_t v) : data_{std::int64_t{v}} {}
    Value(std::string_view v) : data_{Text{copyOf(viewOf(v))}} {}
    Value(const char* v) : Value{std::string_view{v}} {}
    Value(const std::string& v) : Value{std::string_view{v}} {}
    Value(Bytes v) : data_{std::move(v)} {}
    Value(Text v) : data_{std::move(v)} {}
    Value(double v) : data_{v} {}
    Value(Oversized v) : data_{v} {}
    Value(Array v) : data_{std::move(v)} {}
    Value(Map v) : data_{std::move(v)} {}

    bool isNull() const { return std::holds_alternative<Null>(data_); } ///< null or undefined
    std::optional<bool> boolean() const;
    std::optional<std::int64_t> integer() const;
    std::optional<double> real() const; ///< a floating-point number only
    bool isOversized() const { return std::holds_alternative<Oversized>(data_); }
    std::optional<std::string_view> text() const;
    std::optional<ByteView> bytes() const; ///< a byte string only
    const Array* array() const { return std::get_if<Array>(&data_); }
    const Map* map() const { return std::get_if<Map>(&data_); }
    Map* map() { return std::get_if<Map>(&data_); }
    /// The value under a text key; null pointer when this is no map or has no such key.
    const Value* find(std::string_view key) const;
    /// Calls `visitor` with the Null, bool, int64, Oversized, double, Bytes, Text, Array or Map this is.
    template <class Visitor>
    decltype(auto) visit(Visitor&& visitor) const {
        return std::visit(std::forward<Visitor>(visitor), data_);
    }
    bool operator==(const Value&) const = default;

private:
    std::variant<Null, bool, std::int64_t, Oversized, double, Bytes, Text, Array, Map> data_;
};

/// Exactly one data item, definite or indefinite lengths, tags skipped; anything else, also one beyond the limits, is
/// Reason::malformed. Never allocates for what a head merely announces.
Result<Value> decode(ByteView octets, const Limits& limits = {});
/// Definite lengths, shortest heads; an Oversized becomes the largest integer, so that it stays one.
Bytes encode(const Value& value);
/// RFC 8949 section 8 diagnostic notation, for tools and test messages.
std::string diagnostic(const Value& value);

} // namespace ocfsecd::cbor
