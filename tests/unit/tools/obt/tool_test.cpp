#include "tools/obt/tool.h"

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
