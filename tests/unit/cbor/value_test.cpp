#include "cbor/value.h"

#include <gtest/gtest.h>

namespace ocfsecd::cbor {

TEST(CborValue, EachAccessorAnswersOnlyForItsOwnKind) {
    EXPECT_TRUE(Value{}.isNull());
    EXPECT_EQ(Value{true}.boolean(), true);
    EXPECT_EQ(Value{7}.integer(), 7);
    EXPECT_EQ(Value{1.5}.real(), 1.5);
    EXPECT_EQ(Value{"x"}.text(), "x");
    EXPECT_TRUE(Value{Oversized{}}.isOversized());
    const Value octets{Bytes{1, 2}};
    ASSERT_TRUE(octets.bytes());
    EXPECT_TRUE(equal(*octets.bytes(), Bytes{1, 2}));

    EXPECT_FALSE(Value{1}.boolean());
    EXPECT_FALSE(Value{true}.integer());
    EXPECT_FALSE(Value{1.0}.integer());
    EXPECT_FALSE(Value{1}.real());
    EXPECT_FALSE(octets.text());
    EXPECT_FALSE(Value{"x"}.bytes());
    EXPECT_FALSE(Value{}.boolean());
    EXPECT_FALSE(Value{false}.isNull());
    EXPECT_EQ(Value{1}.array(), nullptr);
    EXPECT_EQ(Value{Array{}}.map(), nullptr);
    EXPECT_FALSE(Value{1}.isOversized());
}

TEST(CborValue, FindsByTextKeyOnly) {
    const Value map{Map{{Value{1}, Value{"one"}}, {Value{"a"}, Value{2}}, {Value{Bytes{'b'}}, Value{3}}}};
    ASSERT_NE(map.find("a"), nullptr);
    EXPECT_EQ(map.find("a")->integer(), 2);
    EXPECT_EQ(map.find("b"), nullptr);
    EXPECT_EQ(map.find(""), nullptr);
    EXPECT_EQ(Value{Array{Value{"a"}}}.find("a"), nullptr);
}

TEST(CborValue, EqualsByKindAndContent) {
    EXPECT_EQ((Value{Array{Value{1}, Value{"x"}}}), (Value{Array{Value{1}, Value{"x"}}}));
    EXPECT_NE(Value{1}, Value{1.0});
    EXPECT_NE(Value{"x"}, Value{Bytes{'x'}});
    EXPECT_NE(Value{}, Value{false});
}

TEST(CborDiagnostic, ShowsEveryKind) {
    const Value value{Map{{Value{"a"}, Value{Array{Value{}, Value{true}, Value{-3}, Value{1.0}, Value{2.5}}}},
                          {Value{"b"}, Value{Bytes{0xDE, 0xAD}}}}};
    EXPECT_EQ(diagnostic(value), R"({"a": [null, true, -3, 1.0, 2.5], "b": h'dead'})");
}

TEST(CborDiagnostic, EscapesWhatWouldConfuseATerminal) {
    EXPECT_EQ(diagnostic(Value{"q\"\\\x1B[0m\n\t\x7F"}), R"("q\"\\\u001b[0m\n\t\u007f")");
    EXPECT_EQ(diagnostic(Value{"\xC2\x9B"}), R"("\u009b")") << "C1 control sequence introducer";
    EXPECT_EQ(diagnostic(Value{"gr\xC3\xBC\xC3\x9F \xF0\x90\x85\x91"}), "\"gr\xC3\xBC\xC3\x9F \xF0\x90\x85\x91\"");
}

TEST(CborDiagnostic, ShowsOctetsThatAreNoUtf8AsReplacement) {
    EXPECT_EQ(diagnostic(Value{std::string{"a\xFF"} + "b"}), R"("a\ufffdb")");
    EXPECT_EQ(diagnostic(Value{"\xC3"}), R"("\ufffd")") << "cut short";
    EXPECT_EQ(diagnostic(Value{"\xC0\xAF"}), R"("\ufffd\ufffd")") << "overlong";
    EXPECT_EQ(diagnostic(Value{"\xED\xA0\x80"}), R"("\ufffd\ufffd\ufffd")") << "surrogate";
}

} // namespace ocfsecd::cbor
