#include "dbus/view_changes.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>

namespace ocfsecd::dbus {
namespace {

using Names = std::vector<std::string_view>;

TEST(Changes, NameExactlyWhatDiffers) {
    DeviceView before;
    auto after = before;
    EXPECT_EQ(changes(before, after), Names{});
    after.phase = "connected";
    after.sessions = 1;
    EXPECT_EQ(changes(before, after), (Names{"Phase", "Sessions"}));
    after.ownerCredential = OwnerCredentialView{1, "derived", false};
    before = after;
    after.ownerCredential->sealed = true;
    EXPECT_EQ(changes(before, after), Names{"OwnerCredential"});
}

/// Every signalled property of the XML, so that none is forgotten in the tables.
std::set<std::string> signalledProperties(const std::string& file) {
    std::ifstream in{file};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    std::set<std::string> names;
    const std::regex property{R"rx(<property name="(\w+)"[^>]*>\s*<annotation [^>]*value="true")rx"};
    for (std::sregex_iterator at{text.begin(), text.end(), property}, end; at != end; ++at)
        names.insert((*at)[1]);
    return names;
}

std::set<std::string> asSet(const Names& names) {
    return {names.begin(), names.end()};
}

TEST(Changes, KnowEveryPropertyOfTheInterfaces) {
    const DeviceView device;
    DeviceView other{Uuid{{1}}, "n",   "rfotm", "owned", true, true, Uuid{{2}}, OwnerCredentialView{},
                     true,      {"m"}, "s",     {"e"},   1,    {}};
    EXPECT_EQ(asSet(changes(device, other)), signalledProperties(OCFSECD_DEVICE_XML));
    const ManagerView manager;
    ManagerView otherManager{"1", {"f"}, "tpm-unavailable", "t", "r", "m", "p", 1};
    auto expected = signalledProperties(OCFSECD_MANAGER_XML);
    EXPECT_EQ(expected.erase("Devices"), 1u) << "published by index";
    EXPECT_EQ(asSet(changes(manager, otherManager)), expected);
}

} // namespace
} // namespace ocfsecd::dbus
