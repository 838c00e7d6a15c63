// The tree out of libcbor's stream of heads. libcbor checks one head at a time; nesting, chunks, breaks, pairs and
// every limit are checked here (library facts L8.2).

#include "cbor/value.h"

#include <algorithm>
#include <cbor.h>
#include <limits>

namespace ocfsecd::cbor {

namespace {

enum class HeadKind : std::uint8_t { none, scalar, array, map, bytes, text, tag, stop };

/// What one head says. Filled by callbacks that are called from C: they neither allocate nor throw.
struct Head {
    HeadKind kind = HeadKind::none;
    Value value{};                        ///< scalar
    ByteView octets{};                    ///< bytes, text of definite length
    std::optional<std::uint64_t> count{}; ///< array, map, bytes, text; nothing for an indefinite length
};

Head& headOf(void* context) {
    return *static_cast<Head*>(context);
}

void scalar(void* context, Value value) {
    headOf(context).kind = HeadKind::scalar;
    headOf(context).value = std::move(value);
}

void container(void* context, HeadKind kind, std::optional<std::uint64_t> count) {
    headOf(context).kind = kind;
    headOf(context).count = count;
}

void string(void* context, HeadKind kind, cbor_data data, std::size_t size) {
    container(context, kind, size);
    headOf(context).octets = {data, size};
}

constexpr auto kGreatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Value positive(std::uint64_t n) {
    return n > kGreatest ? Value{Oversized{}} : Value{static_cast<std::int64_t>(n)};
}

Value negative(std::uint64_t n) { // the head carries -1 - value
    return n > kGreatest ? Value{Oversized{}} : Value{-1 - static_cast<std::int64_t>(n)};
}

/// Lengths are size_t in libcbor 0.8 and uint64_t from 0.10 on (L8.1a): `auto` takes either.
cbor_callbacks makeCallbacks() {
    cbor_callbacks c = cbor_empty_callbacks;
    c.uint8 = [](void* x, std::uint8_t n) { scalar(x, positive(n)); };
    c.uint16 = [](void* x, std::uint16_t n) { scalar(x, positive(n)); };
    c.uint32 = [](void* x, std::uint32_t n) { scalar(x, positive(n)); };
    c.uint64 = [](void* x, std::uint64_t n) { scalar(x, positive(n)); };
    c.negint8 = [](void* x, std::uint8_t n) { scalar(x, negative(n)); };
    c.negint16 = [](void* x, std::uint16_t n) { scalar(x, negative(n)); };
    c.negint32 = [](void* x, std::uint32_t n) { scalar(x, negative(n)); };
    c.negint64 = [](void* x, std::uint64_t n) { scalar(x, negative(n)); };
    c.byte_string = [](void* x, cbor_data d, auto n) { string(x, HeadKind::bytes, d, static_cast<std::size_t>(n)); };
    c.string = [](void* x, cbor_data d, auto n) { string(x, HeadKind::text, d, static_cast<std::size_t>(n)); };
    c.byte_string_start = [](void* x) { container(x, HeadKind::bytes, {}); };
    c.string_start = [](void* x) { container(x, HeadKind::text, {}); };
    c.array_start = [](void* x, auto n) { container(x, HeadKind::array, n); };
    c.indef_array_start = [](void* x) { container(x, HeadKind::array, {}); };
    c.map_start = [](void* x, auto n) { container(x, HeadKind::map, n); };
    c.indef_map_start = [](void* x) { container(x, HeadKind::map, {}); };
    c.tag = [](void* x, std::uint64_t) { headOf(x).kind = HeadKind::tag; };
    c.float2 = [](void* x, float v) { scalar(x, double{v}); };
    c.float4 = [](void* x, float v) { scalar(x, double{v}); };
    c.float8 = [](void* x, double v) { scalar(x, v); };
    c.null = [](void* x) { scalar(x, {}); };
    c.undefined = [](void* x) { scalar(x, {}); };
    c.boolean = [](void* x, bool v) { scalar(x, v); };
    c.indef_break = [](void* x) { headOf(x).kind = HeadKind::stop; };
    return c;
}

/// An array, map or indefinite string whose end has not come yet.
struct Open {
    HeadKind kind = HeadKind::none;
    std::optional<std::uint64_t> missing{}; ///< items (map: keys and values) still to come; nothing: until a break
    Array items{};                          ///< of an array
    Map pairs{};                            ///< of a map
    std::optional<Value> key{};             ///< a key that waits for its value
    Bytes octets{};                         ///< chunks of a string so far
    bool isString() const { return kind == HeadKind::bytes || kind == HeadKind::text; }
};

Failure malformed(const char* what) {
    return {Reason::malformed, what, "send one well-formed CBOR data item within the limits"};
}

Value stringOf(HeadKind kind, Bytes octets) {
    return kind == HeadKind::text ? Value{Text{std::move(octets)}} : Value{std::move(octets)};
}

/// Keys are compared by their shortest encoding. Integers outside int64 count as one and the same key.
bool hasDuplicateKey(const Map& pairs) {
    std::vector<Bytes> keys;
    keys.reserve(pairs.size());
    for (const auto& entry : pairs)
        keys.push_back(encode(entry.first));
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) != keys.end();
}

class Decoder {
public:
    Decoder(ByteView octets, const Limits& limits) : rest_{octets}, limits_{limits} {}

    Result<Value> run() {
        while (!root_)
            if (const char* fault = step())
                return malformed(fault);
        if (!rest_.empty())
            return malformed("octets after the CBOR data item");
        return std::move(*root_);
    }

private:
    /// Takes one head in. Returns what is wrong with it, or a null pointer.
    const char* step() {
        static const cbor_callbacks callbacks = makeCallbacks();
        Head head;
        const auto result = cbor_stream_decode(rest_.data(), rest_.size(), &callbacks, &head);
        if (result.status == CBOR_DECODER_NEDATA) // L8.3: the whole message is here
            return "CBOR data ends too early";
        if (result.status != CBOR_DECODER_FINISHED || head.kind == HeadKind::none)
            return "reserved CBOR head";
        rest_ = rest_.subspan(result.read);
        if (head.kind == HeadKind::stop)
            return close();
        if (++items_ > limits_.items)
            return "too many CBOR data items";
        const bool inString = !open_.empty() && open_.back().isString();
        if (inString && (head.kind != open_.back().kind || !head.count))
            return "CBOR string chunk of another kind";
        afterTag_ = head.kind == HeadKind::tag; // a tag changes nothing for any property; the item behind it counts
        switch (head.kind) {
        case HeadKind::scalar:
            return place(std::move(head.value));
        case HeadKind::bytes:
        case HeadKind::text:
            return inString ? append(head.octets) : takeString(head);
        case HeadKind::array:
        case HeadKind::map:
            return openContainer(head);
        default:
            return nullptr;
        }
    }

    const char* append(ByteView chunk) {
        auto& octets = open_.back().octets;
        octets.insert(octets.end(), chunk.begin(), chunk.end());
        return nullptr;
    }

    const char* takeString(const Head& head) {
        if (head.count)
            return place(stringOf(head.kind, copyOf(head.octets)));
        open_.push_back({.kind = head.kind});
        return nullptr;
    }

    const char* openContainer(const Head& head) {
        if (depth_ == limits_.depth)
            return "CBOR data nested too deeply";
        if (head.count && *head.count > rest_.size()) // each item takes an octet at least
            return "CBOR data ends too early";
        ++depth_;
        auto missing = head.count;
        if (missing && head.kind == HeadKind::map)
            *missing *= 2; // cannot overflow: the count is at most the number of octets left
        open_.push_back({.kind = head.kind, .missing = missing});
        return missing == 0U ? finish() : nullptr;
    }

    const char* close() {
        if (open_.empty() || open_.back().missing || open_.back().key || afterTag_)
            return "stray CBOR break";
        return finish();
    }

    /// The innermost open item is complete: it becomes a value of the one around it.
    const char* finish() {
        Open done = std::move(open_.back());
        open_.pop_back();
        if (done.isString())
            return place(stringOf(done.kind, std::move(done.octets)));
        --depth_;
        if (done.kind == HeadKind::array)
            return place(std::move(done.items));
        if (hasDuplicateKey(done.pairs))
            return "duplicate key in a CBOR map";
        return place(std::move(done.pairs));
    }

    const char* place(Value value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return nullptr;
        }
        Open& around = open_.back();
        if (around.kind == HeadKind::array) {
            around.items.push_back(std::move(value));
        } else if (!around.key) {
            around.key = std::move(value);
        } else {
            around.pairs.emplace_back(std::move(*around.key), std::move(value));
            around.key.reset();
        }
        return around.missing && --*around.missing == 0 ? finish() : nullptr;
    }

    ByteView rest_;
    const Limits& limits_;
    std::vector<Open> open_;
    std::optional<Value> root_;
    std::size_t depth_ = 0;
    std::size_t items_ = 0;
    bool afterTag_ = false;
};

} // namespace

Result<Value> decode(ByteView octets, const Limits& limits) {
    if (octets.size() > limits.octets)
        return malformed("CBOR data longer than allowed");
    return Decoder{octets, limits}.run();
}

} // namespace ocfsecd::cbor
