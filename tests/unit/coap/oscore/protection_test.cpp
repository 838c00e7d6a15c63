#include "coap/oscore/protection.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::coap;
using namespace ocfsecd::coap::oscore;

namespace {

Bytes hex(std::string_view text) {
    return fromHex(text).value();
}

std::string hexOf(const Message& message) {
    return toHex(encode(message));
}

/// RFC 8613 appendix C: one secret in all of it.
Parameters published(std::string_view sender, std::string_view recipient, bool salted = true,
                     std::string_view idContext = "") {
    Parameters out;
    out.masterSecret = shareSecret(hex("0102030405060708090a0b0c0d0e0f10"));
    if (salted)
        out.masterSalt = hex("9e7ca92223786340");
    if (!idContext.empty())
        out.idContext = hex(idContext);
    out.senderId = hex(sender);
    out.recipientId = hex(recipient);
    return out;
}

Context contextOf(const Parameters& parameters) {
    return *derive(parameters);
}

Parameters otherEnd(Parameters parameters) {
    std::swap(parameters.senderId, parameters.recipientId);
    return parameters;
}

constexpr std::string_view kContext3 = "37cbf3210017a2d3";
constexpr std::string_view kRequest4 = "44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e";

struct Pair {
    Context client = contextOf(published("0a", "0b"));
    Context server = contextOf(published("0b", "0a"));
};

Message getLight() {
    Message message;
    message.code = code::get;
    message.id = 7;
    message.token = {1, 2};
    message.add(option::uriPath, viewOf("light"));
    return message;
}

} // namespace

// RFC 8613 C.1 to C.3.
TEST(OscoreContext, KeysAndCommonIvAreThoseOfTheRfc) {
    struct Row {
        Parameters parameters;
        const char *sender, *recipient, *iv;
    };
    const Row rows[] = {
        {published("", "01"), "f0910ed7295e6ad4b54fc793154302ff", "ffb14e093c94c9cac9471648b4f98710",
         "4622d4dd6d944168eefb54987c"},
        {published("01", ""), "ffb14e093c94c9cac9471648b4f98710", "f0910ed7295e6ad4b54fc793154302ff",
         "4622d4dd6d944168eefb54987c"},
        {published("00", "01", false), "321b26943253c7ffb6003b0b64d74041", "e57b5635815177cd679ab4bcec9d7dda",
         "be35ae297d2dace910c52e99f9"},
        {published("", "01", true, kContext3), "af2a1300a5e95788b356336eeecd2b92", "e39a0c7c77b43f03b4b39ab9a268699f",
         "2ca58fb85ff1b81c0b7181b85e"},
    };
    for (const auto& row : rows) {
        const auto context = contextOf(row.parameters);
        EXPECT_EQ(toHex(context.senderKey.view()), row.sender);
        EXPECT_EQ(toHex(context.recipientKey.view()), row.recipient);
        EXPECT_EQ(toHex(context.commonIv.view()), row.iv);
    }
}

TEST(OscoreContext, NoncesAreThoseOfTheRfc) {
    const auto first = contextOf(published("", "01"));
    EXPECT_EQ(toHex(nonceOf(first, {}, Bytes{0})), "4622d4dd6d944168eefb54987c");
    EXPECT_EQ(toHex(nonceOf(first, Bytes{1}, Bytes{0})), "4722d4dd6d944169eefb54987c");
    EXPECT_EQ(toHex(nonceOf(first, {}, Bytes{20})), "4622d4dd6d944168eefb549868");
    EXPECT_EQ(toHex(nonceOf(contextOf(published("00", "01", false)), Bytes{0}, Bytes{20})),
              "bf35ae297d2dace910c52e99ed");
}

TEST(OscoreContext, IdentifiersThatCannotBeAreRefused) {
    EXPECT_FALSE(derive(published("0102030405060708", "01")));
    EXPECT_FALSE(derive(published("01", "0102030405060708")));
    EXPECT_FALSE(derive(published("01", "01"))) << "both ends would use the same key and nonce";
    auto none = published("01", "02");
    none.masterSecret = nullptr;
    EXPECT_FALSE(derive(none));
}

TEST(OscoreContext, PartialIvHasItsShortestForm) {
    EXPECT_EQ(toHex(partialIvOf(0)), "00");
    EXPECT_EQ(toHex(partialIvOf(255)), "ff");
    EXPECT_EQ(toHex(partialIvOf(256)), "0100");
    EXPECT_EQ(toHex(partialIvOf(kMaxPartialIv)), "ffffffffff");
    for (const std::uint64_t n : {0ULL, 1ULL, 256ULL, 65536ULL, 4294967296ULL})
        EXPECT_EQ(sequenceOf(partialIvOf(n)), n);
    EXPECT_EQ(sequenceOf({}), std::nullopt);
    EXPECT_EQ(sequenceOf(Bytes(6)), std::nullopt);
}

// RFC 8613 C.4 to C.6: octet by octet, and back.
TEST(OscoreProtection, RequestsAreThoseOfTheRfc) {
    struct Row {
        Parameters parameters;
        std::string_view plain, protectedForm;
    };
    const Row rows[] = {
        {published("", "01"), "44015d1f00003974396c6f63616c686f737483747631", kRequest4},
        {published("00", "01", false), "440171c30000b932396c6f63616c686f737483747631",
         "440271c30000b932396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0"},
        {published("", "01", true, kContext3), "44012f8eef9bbf7a396c6f63616c686f737483747631",
         "44022f8eef9bbf7a396c6f63616c686f73746b19140837cbf3210017a2d3ff72cd7273fd331ac45cffbe55c3"},
    };
    for (const auto& row : rows) {
        const auto plain = *decode(hex(row.plain));
        EXPECT_EQ(hexOf(protectRequest(contextOf(row.parameters), plain, 20)), row.protectedForm);
        const auto opened = openRequest(contextOf(otherEnd(row.parameters)), *decode(hex(row.protectedForm)));
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->message, plain);
        EXPECT_EQ(opened->sequence, 20U);
        EXPECT_EQ(opened->binding.kid, row.parameters.senderId);
    }
}

/// One of a group has the sender's identifier and none of its own: the keys of C.2, the request of C.5.
TEST(OscoreProtection, WhoeverOnlyReceivesOpensTheRfcsRequest) {
    const auto receiver = contextOf(published("", "00", false));
    EXPECT_EQ(toHex(receiver.recipientKey.view()), "321b26943253c7ffb6003b0b64d74041");
    const auto opened =
        openRequest(receiver, *decode(hex("440271c30000b932396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0")));
    ASSERT_TRUE(opened);
    EXPECT_EQ(hexOf(opened->message), "440171c30000b932396c6f63616c686f737483747631");
}

// RFC 8613 C.7 and C.8.
TEST(OscoreProtection, ResponsesAreThoseOfTheRfc) {
    const auto client = contextOf(published("", "01")), server = contextOf(published("01", ""));
    const auto request = openRequest(server, *decode(hex(kRequest4)));
    ASSERT_TRUE(request);
    const auto plain = *decode(hex("64455d1f00003974ff48656c6c6f20576f726c6421"));
    const std::pair<std::optional<std::uint64_t>, std::string_view> rows[] = {
        {std::nullopt, "64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106"},
        {0, "64445d1f00003974920100ff4d4c13669384b67354b2b6175ff4b8658c666a6cf88e"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(hexOf(protectResponse(server, plain, request->binding, row.first)), row.second);
        const auto opened = openResponse(client, *decode(hex(row.second)), bindingOf(client, 20));
        ASSERT_TRUE(opened);
        EXPECT_EQ(*opened, plain);
    }
}

TEST(OscoreProtection, NothingButRoutingStaysOutside) {
    Pair ends;
    auto request = getLight();
    request.add(option::uriHost, viewOf("host"));
    request.add(option::uriQuery, viewOf("if=oic.if.rw"));
    request.addNumber(option::ocfAcceptVersion, kOcfVersion);
    request.payload = {0xa0};
    const auto outside = protectRequest(ends.client, request, 0);
    std::vector<std::uint16_t> numbers;
    for (const auto& option : outside.options)
        numbers.push_back(option.number);
    EXPECT_EQ(numbers, (std::vector<std::uint16_t>{option::uriHost, option::oscore}));
    EXPECT_EQ(outside.code, code::post);
    const auto opened = openRequest(ends.server, *decode(encode(outside)));
    ASSERT_TRUE(opened);
    EXPECT_EQ(encode(opened->message), encode(request));
}

TEST(OscoreProtection, ObserveTravelsOutsideToo) {
    Pair ends;
    auto request = getLight();
    request.addNumber(option::observe, 0);
    const auto outside = protectRequest(ends.client, request, 3);
    EXPECT_EQ(outside.code, 5) << "FETCH";
    const auto opened = openRequest(ends.server, outside);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->message.findNumber(option::observe), 0U);

    Message notification;
    notification.code = code::content;
    notification.addNumber(option::observe, 12);
    notification.payload = {1};
    const auto sent = protectResponse(ends.server, notification, opened->binding, 9);
    EXPECT_EQ(sent.code, code::content);
    EXPECT_EQ(sent.findNumber(option::observe), 12U);
    const auto seen = openResponse(ends.client, sent, bindingOf(ends.client, 3));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->findNumber(option::observe), 12U);
}

TEST(OscoreProtection, EveryChangedOctetIsNoticed) {
    Pair ends;
    const auto good = protectRequest(ends.client, getLight(), 5);
    for (std::size_t at = 0; at < good.payload.size(); ++at) {
        auto bad = good;
        bad.payload[at] ^= 1;
        EXPECT_EQ(openRequest(ends.server, bad).failure().reason, Reason::malformed) << at;
    }
    auto otherNumber = good;
    const auto* option = otherNumber.find(option::oscore);
    const_cast<Option*>(option)->value[1] ^= 1; // the Partial IV
    EXPECT_EQ(openRequest(ends.server, otherNumber).failure().reason, Reason::malformed);
    auto cut = good;
    cut.payload.resize(kTagSize);
    EXPECT_EQ(openRequest(ends.server, cut).failure().reason, Reason::malformed);
}

TEST(OscoreProtection, AResponseAnswersOnlyItsOwnRequest) {
    Pair ends;
    const auto request = openRequest(ends.server, protectRequest(ends.client, getLight(), 5));
    ASSERT_TRUE(request);
    Message answer;
    answer.code = code::content;
    answer.payload = {0xa0};
    const auto sent = protectResponse(ends.server, answer, request->binding, 1);
    EXPECT_TRUE(openResponse(ends.client, sent, bindingOf(ends.client, 5)));
    EXPECT_FALSE(openResponse(ends.client, sent, bindingOf(ends.client, 6)));
    EXPECT_FALSE(openResponse(ends.server, sent, request->binding)) << "nor is it its own sender's";
}

TEST(OscoreProtection, MalformedOptionsAreBadOptions) {
    for (const char* value : {"20", "06010203040506", "0301", "110105", "00", "e9"})
        EXPECT_EQ(readOption(hex(value)), std::nullopt) << value;
    Pair ends;
    auto request = protectRequest(ends.client, getLight(), 5);
    auto twice = request;
    twice.add(option::oscore, {});
    EXPECT_EQ(optionOf(twice).failure().reason, Reason::badOption);
    auto empty = request;
    empty.payload.clear();
    EXPECT_EQ(optionOf(empty).failure().reason, Reason::badOption);
    for (const char* value : {"", "0105", "08"}) { // nothing; no kid; no Partial IV
        auto lacking = getLight();
        lacking.add(option::oscore, hex(value));
        lacking.payload = request.payload;
        EXPECT_EQ(openRequest(ends.server, lacking).failure().reason, Reason::badOption) << value;
    }
    EXPECT_FALSE(optionOf(getLight())->has_value()) << "no OSCORE message at all";
}

TEST(OscoreProtection, AResponseInsideARequestIsRefused) {
    Pair ends;
    auto inner = getLight();
    inner.code = code::content;
    const auto sent = protectRequest(ends.client, inner, 5);
    EXPECT_EQ(openRequest(ends.server, sent).failure().reason, Reason::badOption);
}
