#include "tools/common/shown.h"

#include <gtest/gtest.h>

namespace ocfsecd::cli {

TEST(Shown, LeavesWhatPeopleWrite) {
    for (const auto* text : {"", "Kitchen lamp", "Küche", "居間の照明", "лампа", "مصباح", "💡", "می\u200cخواهم"})
        EXPECT_EQ(shown(text), text);
}

TEST(Shown, NothingSteersTheTerminal) {
    EXPECT_EQ(shown("\x1b]0;owned\x07\x1b[2J"), "\\x1b]0;owned\\x07\\x1b[2J");
    EXPECT_EQ(shown("a\rb\tc\x7f"), "a\\x0db\\x09c\\x7f");
    EXPECT_EQ(shown("\xc2\x9b"
                    "31m"),
              "\\u{9b}31m"); // CSI as one character
    EXPECT_EQ(shown("\x9b"
                    "31m"),
              "\\x9b31m"); // and as one octet
    EXPECT_EQ(shown(std::string_view{"a\0b", 3}), "a\\x00b");
}

TEST(Shown, NothingPretendsToBeAnotherLineOrDirection) {
    EXPECT_EQ(shown("lamp\nnext: ocf-obt reset"), "lamp\\nnext: ocf-obt reset");
    EXPECT_EQ(shown("one\ntwo\x1b", true), "one\ntwo\\x1b");
    EXPECT_EQ(shown("\u202edro\u2028w"), "\\u{202e}dro\\u{2028}w");
    EXPECT_EQ(shown("a\ufeff\u200b\U000e0041"), "a\\u{feff}\\u{200b}\\u{e0041}");
}

TEST(Shown, WhatIsNoUtf8IsEscapedOctetByOctet) {
    EXPECT_EQ(shown("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(shown("\xc0\x9b"), "\\xc0\\x9b");                   // overlong ESC of two octets
    EXPECT_EQ(shown("\xe0\x80\x9b"), "\\xe0\\x80\\x9b");          // and of three
    EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80");          // a surrogate
    EXPECT_EQ(shown("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); // beyond Unicode
    EXPECT_EQ(shown("caf\xc3"), "caf\\xc3");                      // cut off
    EXPECT_EQ(shown("\xe2\x82z"), "\\xe2\\x82z");
}

} // namespace ocfsecd::cli
