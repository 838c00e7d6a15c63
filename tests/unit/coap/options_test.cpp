#include "coap/options.h"

#include "captured_messages.h"
#include "world.h"

namespace ocfsecd::coap {

namespace {

Message getWith(std::vector<Option> options) {
    auto out = requestMessage(code::get, 1);
    out.options.insert(out.options.end(), options.begin(), options.end());
    return *decode(encode(out));
}

Option number(std::uint16_t option, std::uint32_t value) {
    Message m;
    m.addNumber(option, value);
    return m.options.front();
}

std::uint8_t refusalOf(const Message& message) {
    const auto verdict = judge(message);
    const auto* code = std::get_if<std::uint8_t>(&verdict);
    return code ? *code : code::empty;
}

Request accepted(const Message& message) {
    auto verdict = judge(message);
    EXPECT_TRUE(std::holds_alternative<Judged>(verdict)) << codeText(refusalOf(message));
    return std::holds_alternative<Judged>(verdict) ? std::get<Judged>(std::move(verdict)).request : Request{};
}

} // namespace

TEST(CoapOptions, EveryRecordedRequestIsTaken) {
    std::size_t requests = 0;
    for (const auto& captured : kCapturedMessages) {
        const auto message = *decode(*fromHex(captured.hex));
        if (!message.isRequest())
            continue;
        ++requests;
        const auto request = accepted(message);
        EXPECT_EQ(request.accept, kFormatOcfCbor) << captured.name;
        EXPECT_EQ(request.acceptVersion, kOcfVersion) << captured.name;
        EXPECT_TRUE(request.path.starts_with("/oic/")) << captured.name;
        EXPECT_EQ(request.payload, message.payload);
    }
    EXPECT_GT(requests, 20U);
}

TEST(CoapOptions, JoinsPathAndQuery) {
    const auto request = accepted(*decode(
        *fromHex("5801e59de477acf8ec0e6d75b36f69630373656304646f786d4b6f776e65643d46414c5345222710e206e30800")));
    EXPECT_EQ(request.path, "/oic/sec/doxm");
    EXPECT_EQ(request.query, std::vector<std::string>{"owned=FALSE"});
    EXPECT_EQ(request.method, Method::get);
}

TEST(CoapOptions, ASlashInsideASegmentIsNoSeparator) {
    Message m{.code = code::get};
    m.add(option::uriPath, viewOf("oic/sec"));
    m.add(option::uriPath, viewOf("doxm"));
    EXPECT_EQ(accepted(m).path, "/oic%2Fsec/doxm");
    EXPECT_EQ(accepted(Message{.code = code::get}).path, "/");
}

TEST(CoapOptions, FormatsAndVersionsAreJudged) {
    struct {
        std::string_view what;
        Option option;
        std::uint8_t refusal;
    } const cases[] = {
        {"Accept 10000", number(option::accept, 10000), code::empty},
        {"Accept 60", number(option::accept, 60), code::notAcceptable},
        {"Accept 0", number(option::accept, 0), code::notAcceptable},
        {"Content-Format 10000", number(option::contentFormat, 10000), code::empty},
        {"Content-Format 60", number(option::contentFormat, 60), code::unsupportedFormat},
        {"Content-Format 50", number(option::contentFormat, 50), code::unsupportedFormat},
        {"accept version 1.0.0", number(option::ocfAcceptVersion, 2048), code::empty},
        {"accept version 1.1.0", number(option::ocfAcceptVersion, 2112), code::empty},
        {"accept version below", number(option::ocfAcceptVersion, 2047), code::unsupportedFormat},
        {"accept version 0", number(option::ocfAcceptVersion, 0), code::unsupportedFormat},
        {"content version 1.0.0", number(option::ocfContentVersion, 2048), code::empty},
        {"content version below", number(option::ocfContentVersion, 64), code::unsupportedFormat},
        {"accept version of three octets", number(option::ocfAcceptVersion, 0x10800), code::badOption},
        {"accept of three octets", number(option::accept, 0x12710), code::badOption},
    };
    for (const auto& c : cases)
        EXPECT_EQ(codeText(refusalOf(getWith({c.option}))), codeText(c.refusal)) << c.what;
}

TEST(CoapOptions, UnknownOptionsAreRefusedWhenCriticalAndIgnoredWhenElective) {
    EXPECT_EQ(refusalOf(getWith({{9, {}}})), code::badOption);
    EXPECT_EQ(refusalOf(getWith({{65001, Bytes{1}}})), code::badOption);
    EXPECT_EQ(refusalOf(getWith({{option::ifMatch, {}}})), code::badOption) << "not supported";
    EXPECT_EQ(refusalOf(getWith({{option::ifNoneMatch, {}}})), code::badOption) << "not supported";
    EXPECT_EQ(refusalOf(getWith({{10, {}}, {65000, Bytes{1}}, {option::etag, Bytes{1}}, {option::maxAge, {}}})),
              code::empty);
    EXPECT_EQ(refusalOf(getWith({{option::uriHost, Bytes{'h'}}, {option::uriPort, Bytes{0x16, 0x33}}})), code::empty);
    EXPECT_EQ(refusalOf(getWith({{option::uriHost, {}}})), code::badOption) << "an empty host has a bad length";
    EXPECT_EQ(refusalOf(getWith({{option::proxyUri, Bytes{'c'}}})), code::proxyingNotSupported);
    EXPECT_EQ(refusalOf(getWith({{option::proxyScheme, Bytes{'c'}}})), code::proxyingNotSupported);
}

TEST(CoapOptions, ASecondOneOfWhatIsSingleCountsAsUnknown) {
    EXPECT_EQ(refusalOf(getWith({number(option::accept, 10000), number(option::accept, 10000)})), code::badOption);
    const auto request = accepted(getWith({number(option::observe, 0), number(option::observe, 1)}));
    EXPECT_EQ(request.observe, 0U) << "elective: the second one is ignored";
    EXPECT_FALSE(accepted(getWith({{option::observe, Bytes(4)}})).observe) << "elective: a bad length is ignored";
}

TEST(CoapOptions, UnknownMethodsAreRefused) {
    for (const std::uint8_t method : std::initializer_list<std::uint8_t>{5, 6, 7, 31})
        EXPECT_EQ(refusalOf(requestMessage(method, 1)), code::methodNotAllowed);
    for (const std::uint8_t method : std::initializer_list<std::uint8_t>{1, 2, 3, 4})
        EXPECT_EQ(refusalOf(requestMessage(method, 1)), code::empty);
}

TEST(CoapOptions, BlockOptionsAreJudged) {
    EXPECT_EQ(refusalOf(getWith({number(option::block2, 0x07)})), code::badRequest) << "reserved size";
    EXPECT_EQ(refusalOf(getWith({{option::block2, Bytes(4, 1)}})), code::badOption) << "four octets";
    EXPECT_EQ(refusalOf(getWith({number(option::block1, 0x06)})), code::badOption) << "a GET has no body";
    const auto verdict = judge(getWith({number(option::block2, 0x1E)}));
    ASSERT_TRUE(std::holds_alternative<Judged>(verdict));
    EXPECT_EQ(std::get<Judged>(verdict).block2, (Block{.number = 1, .more = false, .exponent = 6}))
        << "PLGD sets M in requests (facts 7.6)";
}

TEST(CoapOptions, RequestAndResponseSurviveTheWay) {
    const Request request{.method = Method::post,
                          .path = "/oic/sec/cred",
                          .query = {"a=b", "c"},
                          .contentFormat = kFormatOcfCbor,
                          .accept = kFormatOcfCbor,
                          .contentVersion = kOcfVersion,
                          .acceptVersion = kOcfVersion};
    Message m{.code = code::post, .payload = {0xA0}};
    addRequestOptions(m, request);
    const auto back = accepted(*decode(encode(m)));
    EXPECT_EQ(back.path, request.path);
    EXPECT_EQ(back.query, request.query);
    EXPECT_EQ(back.contentFormat, request.contentFormat);
    EXPECT_EQ(back.accept, request.accept);
    EXPECT_EQ(back.contentVersion, request.contentVersion);
    EXPECT_EQ(back.acceptVersion, request.acceptVersion);

    Message answer{.code = code::content, .payload = {0xA0}};
    addResponseOptions(answer, {.contentFormat = kFormatOcfCbor, .observe = 5});
    const auto response = responseOf(*decode(encode(answer)));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->contentFormat, kFormatOcfCbor);
    EXPECT_EQ(response->contentVersion, kOcfVersion);
    EXPECT_EQ(response->observe, 5U);
}

TEST(CoapOptions, AResponseMayEchoRequestOptionsButNothingUnknown) {
    Message m{.code = code::content};
    m.addNumber(option::accept, kFormatOcfCbor); // IoTivity-Lite does so in block-wise answers
    m.addNumber(option::ocfAcceptVersion, kOcfVersion);
    EXPECT_TRUE(responseOf(Message{m}));
    m.add(9, {});
    EXPECT_FALSE(responseOf(Message{m}));
}

} // namespace ocfsecd::coap
