// The interface XML is documentation, source of the code and promise to clients at once.

#include "base/failure.h"

#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>

namespace ocfsecd::dbus {
namespace {

std::string read(const std::string& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

class InterfaceXml : public testing::TestWithParam<const char*> {
protected:
    const std::string text_ = read(GetParam());
};

TEST_P(InterfaceXml, DocumentsEveryMemberByName) {
    const std::regex member{R"rx(<(method|property|signal|arg) name="(\w+)")rx"};
    std::size_t members = 0;
    for (std::sregex_iterator at{text_.begin(), text_.end(), member}, end; at != end; ++at, ++members) {
        const auto before = text_.substr(0, static_cast<std::size_t>(at->position()));
        const auto close = before.find_last_not_of(" \n");
        ASSERT_EQ(before.substr(close - 2, 3), "-->") << (*at)[2] << " has no comment";
        const auto open = before.find_first_not_of(" \n", before.rfind("<!--") + 4);
        EXPECT_TRUE(before.substr(open).starts_with((*at)[2].str() + ": ")) << (*at)[2];
    }
    EXPECT_GE(members, 2u);
}

TEST_P(InterfaceXml, NamesOnlyErrorsThatExist) {
    std::set<std::string> known;
    for (int reason = 0; reason <= static_cast<int>(Reason::usage); ++reason)
        known.insert(std::string{faceOf(static_cast<Reason>(reason)).dbusError});
    const std::regex error{R"(org\.ocfsecd1\.Error\.\w+)"};
    for (std::sregex_iterator at{text_.begin(), text_.end(), error}, end; at != end; ++at)
        EXPECT_EQ(known.count(at->str()), 1u) << at->str();
}

TEST_P(InterfaceXml, TellsTheErrorsOfEveryMethod) {
    const std::regex method{R"rx(<!--((?:[^-]|-[^-])*?)-->\s*<method name="(\w+)")rx"};
    for (std::sregex_iterator at{text_.begin(), text_.end(), method}, end; at != end; ++at)
        EXPECT_NE((*at)[1].str().find("org.ocfsecd1.Error.AccessDenied"), std::string::npos) << (*at)[2];
}

INSTANTIATE_TEST_SUITE_P(All, InterfaceXml,
                         testing::Values(OCFSECD_MANAGER_XML, OCFSECD_DEVICE_XML, OCFSECD_ONBOARDING_XML,
                                         OCFSECD_MANUFACTURER_XML, OCFSECD_PIN_AGENT_XML, OCFSECD_CREDENTIALS_XML,
                                         OCFSECD_ACCESS_CONTROL_XML, OCFSECD_EVENTS_XML));

} // namespace
} // namespace ocfsecd::dbus
