#include "tools/obt/json.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

TEST(Json, ShowsCborAsJson) {
    const cbor::Value value = cbor::Map{
        {"n", -3}, {"t", "text"}, {"b", cbor::Value{Bytes{1, 2, 3}}}, {"l", cbor::Array{true, cbor::Value{}}}};
    EXPECT_EQ(toJson(value).dump(), R"({"n":-3,"t":"text","b":{"$base64":"AQID"},"l":[true,null]})");
}

TEST(Json, NeverShowsKeyDataADeviceShouldNotHaveSent) {
    for (const auto& data : {cbor::Value{Bytes(16, 0x41)}, cbor::Value{"QUFBQUFBQUFBQUFBQUFBQQ=="}}) {
        const cbor::Value value = cbor::Map{
            {"creds",
             cbor::Array{cbor::Value{cbor::Map{{"privatedata", cbor::Map{{"encoding", "x"}, {"data", data}}}}}}}};
        const auto text = toJson(value).dump();
        EXPECT_NE(text.find("withheld"), std::string::npos);
        EXPECT_EQ(text.find("QUFB"), std::string::npos);
        EXPECT_EQ(text.find("AAAA"), std::string::npos);
    }
}

TEST(Json, TextThatIsNoUtf8IsShownAsBinary) {
    const Bytes octets{0xff, 0xfe};
    const auto json = toJson(cbor::Value{cbor::Text{octets}});
    EXPECT_EQ(json.dump(), R"({"$base64":"//4="})");
}

TEST(Json, IsTheReverseOfItself) {
    const auto* text = R"({"a":[1,-2,true,null,"x"],"b":{"$base64":"AQID"},"c":{}})";
    const auto value = fromJson(text);
    ASSERT_TRUE(value);
    EXPECT_EQ(toJson(*value).dump(), text);
    EXPECT_TRUE(value->find("b")->bytes());
}

TEST(Json, BadPayloadsAreUsageErrors) {
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += '[';
    for (int i = 0; i < 100; ++i)
        deep += ']';
    for (const auto& text : {std::string{"{"}, std::string{"x"}, std::string{R"({"$base64":"!"})"},
                             std::string{"18446744073709551615"}, deep})
        EXPECT_EQ(fromJson(text).failure().reason, Reason::usage) << text;
}

} // namespace ocfsecd::obt
