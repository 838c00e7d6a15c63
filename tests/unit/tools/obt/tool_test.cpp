#include "tools/obt/tool.h"

#include "tools/obt/answers.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

TEST(Suggestion, NamesTheHomeAndTheDeviceOfThisCommandLine) {
    Tool tool;
    tool.options.home = "/srv/cms";
    tool.target = "lamp";
    EXPECT_EQ(tool.suggestion("ocf-obt status TARGET"), "ocf-obt --home /srv/cms status lamp");
    EXPECT_EQ(tool.suggestion("ocf-obt --home AMS-HOME accept f"), "ocf-obt --home AMS-HOME accept f");
    EXPECT_EQ(tool.suggestion(""), "");
}

TEST(Suggestion, WithoutHomeAndTargetStaysAsItIs) {
    EXPECT_EQ(Tool{}.suggestion("ocf-obt status TARGET"), "ocf-obt status TARGET");
}

TEST(Table, AlignsColumnsByWhatIsSeen) {
    EXPECT_EQ(table({{"A", "B"}, {"änderung", "x"}, {"y", "zz"}}), "A         B\nänderung  x\ny         zz\n");
}

TEST(Table, ACellSteersNothingAndStaysInItsRow) {
    EXPECT_EQ(table({{"NAME"}, {"\x1b[2J\nlamp  mine"}}), "NAME\n\\x1b[2J\\nlamp  mine\n");
}

TEST(Output, NothingADeviceSaysSteersTheTerminal) {
    const std::string name = "\x1b]0;x\x07 \xc2\x9b"
                             "2J \xff\x7f";
    for (const bool json : {false, true}) {
        Tool tool;
        tool.options.json = json;
        ::testing::internal::CaptureStdout();
        tool.print(name, Json{{"name", name}});
        const auto out = ::testing::internal::GetCapturedStdout();
        for (const char c : out)
            EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c) << " in " << out;
        EXPECT_NE(out.find(json ? "\\u001b]0;x\\u0007" : "\\x1b]0;x\\x07"), std::string::npos) << out;
    }
}

TEST(DeviceName, IsFitToBeShownAndSaved) {
    const auto named = [](std::string name) { return parseName(cbor::Map{{"n", std::move(name)}}); };
    EXPECT_EQ(named("Küche"), "Küche");
    EXPECT_EQ(named("\x1b[31mlamp\n"), "\\x1b[31mlamp\\n");
    EXPECT_EQ(named(std::string(63, 'a') + "ä" + "b"), std::string(63, 'a')) << "no half character";
    EXPECT_EQ(parseName(cbor::Map{}), "");
}

TEST(Groups, AreThoseOfTheOcfWithinTheScope) {
    const auto texts = [](Address::Family family, Scope scope) {
        std::vector<std::string> out;
        for (const auto& group : ocfGroups(family, scope, 3))
            out.push_back(group.host() + ' ' + std::to_string(group.port()));
        return out;
    };
    using Texts = std::vector<std::string>;
    EXPECT_EQ(texts(Address::Family::v4, Scope::site), Texts{"224.0.1.187 5683"});
    EXPECT_EQ(texts(Address::Family::v6, Scope::link), Texts{"ff02::158 5683"});
    EXPECT_EQ(texts(Address::Family::v6, Scope::realm), (Texts{"ff02::158 5683", "ff03::158 5683"}));
    EXPECT_EQ(texts(Address::Family::v6, Scope::site), (Texts{"ff02::158 5683", "ff03::158 5683", "ff05::158 5683"}));
}

} // namespace ocfsecd::obt
