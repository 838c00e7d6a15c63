#pragma once
// Helpers of the CoAP tests: a repeatable random source, channels, short ways to write and read messages.

#include "coap/options.h"
#include "coap/server.h"

#include <gtest/gtest.h>
#include <random>

namespace ocfsecd::coap {

class RepeatableRandom final : public Random {
public:
    explicit RepeatableRandom(std::uint32_t seed = 1) : engine_{seed} {}
    void fill(MutableByteView out) override {
        for (auto& octet : out)
            octet = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937 engine_;
};

inline constexpr TimePoint kStart = TimePoint{} + std::chrono::hours{1};

inline Channel clearPeer(std::uint16_t number = 1) {
    return {.peer = Address::v4({192, 0, 2, static_cast<std::uint8_t>(number & 255)},
                                static_cast<std::uint16_t>(40000 + (number >> 8))),
            .session = 0,
            .socket = 1};
}

inline Channel securePeer(std::uint64_t session = 1) {
    return {.peer = Address::v4({192, 0, 2, 200}, static_cast<std::uint16_t>(50000 + session)),
            .session = session,
            .socket = 2};
}

inline Channel multicastGroup() {
    return {.peer = Address::v4({224, 0, 1, 187}, 5683), .session = 0, .socket = 1};
}

inline Bytes patterned(std::size_t size) {
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8));
    return out;
}

/// A request as IoTivity-Lite's tool writes it, without the OCF options.
inline Message requestMessage(std::uint8_t code, std::uint16_t id, std::string path = "/oic/res",
                              Type type = Type::confirmable) {
    Message out{.type = type, .code = code, .id = id, .token = {1, 2, 3, static_cast<std::uint8_t>(id)}};
    addRequestOptions(out, {.path = std::move(path)});
    return out;
}

inline Message read(const Outgoing& outgoing) {
    auto message = decode(outgoing.datagram);
    EXPECT_TRUE(message.ok()) << toHex(outgoing.datagram);
    return message ? *message : Message{};
}

inline Block blockOf(const Message& message, std::uint16_t number) {
    const auto option = blockOption(message, number);
    EXPECT_TRUE(option.block) << "no usable block option";
    return option.block.value_or(Block{});
}

/// What comes out for a user who lets everybody have the rest of a body.
inline std::optional<Incoming> taken(Server& server, const Channel& channel, ByteView octets, TimePoint now,
                                     bool multicast = false) {
    auto incoming = server.receive(channel, multicast, octets, now);
    if (!incoming || !*incoming)
        return std::nullopt;
    if (!(*incoming)->continues)
        return *std::move(incoming);
    server.resume((*incoming)->id, now);
    return std::nullopt;
}

/// A server at its start, and what it sends.
class ServerFixture : public ::testing::Test {
protected:
    std::vector<Message> sent() {
        std::vector<Message> out;
        for (const auto& outgoing : server.takeOutgoing())
            out.push_back(read(outgoing));
        return out;
    }
    /// The only message sent.
    Message answer() {
        auto out = sent();
        EXPECT_EQ(out.size(), 1U);
        return out.empty() ? Message{} : out.front();
    }
    void pass(Duration time) {
        now += time;
        server.tick(now);
    }

    TimePoint now = kStart;
    RepeatableRandom random;
    Server server{{}, random};
};

} // namespace ocfsecd::coap
