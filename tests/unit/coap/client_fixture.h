#pragma once
// A client with a clock of its own, and what a server would answer it.

#include "coap/client.h"
#include "world.h"

namespace ocfsecd::coap {

class CoapClient : public ::testing::Test {
protected:
    Message sent() {
        auto out = client.takeOutgoing();
        EXPECT_EQ(out.size(), 1U);
        return out.empty() ? Message{} : read(out.front());
    }
    std::vector<Answer> receive(const Message& message, const Channel& channel = securePeer()) {
        return client.receive(channel, encode(message), now);
    }
    /// A piggybacked answer to `request`.
    static Message piggybacked(const Message& request, std::uint8_t code = code::content, Bytes payload = {}) {
        return {.type = Type::acknowledgement,
                .code = code,
                .id = request.id,
                .token = request.token,
                .payload = std::move(payload)};
    }
    static Message withBlock(Message message, std::uint16_t option, const Block& block) {
        message.addNumber(option, block.value());
        return message;
    }
    static const Response& responseIn(const std::vector<Answer>& answers) {
        static const Response none;
        EXPECT_EQ(answers.size(), 1U);
        if (answers.size() != 1 || !std::holds_alternative<Response>(answers[0].outcome)) {
            ADD_FAILURE() << "no response";
            return none;
        }
        return std::get<Response>(answers[0].outcome);
    }
    static Reason failureIn(const std::vector<Answer>& answers) {
        EXPECT_EQ(answers.size(), 1U);
        if (answers.size() != 1 || !std::holds_alternative<Failure>(answers[0].outcome)) {
            ADD_FAILURE() << "no failure";
            return Reason::usage;
        }
        return std::get<Failure>(answers[0].outcome).reason;
    }

    TimePoint now = kStart;
    RepeatableRandom random;
    Client client{{}, random};
};

inline const Request kGet{.method = Method::get, .path = "/oic/d"};

inline Request post(std::size_t octets) {
    return {.method = Method::post, .path = "/oic/sec/cred", .payload = patterned(octets)};
}

} // namespace ocfsecd::coap
