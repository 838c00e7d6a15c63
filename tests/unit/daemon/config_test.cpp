#include "config.h"

#include "settings/table.h"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <set>

namespace ocfsecd {
namespace {

namespace fs = std::filesystem;

class ConfigTest : public testing::Test {
protected:
    void SetUp() override {
        ::unsetenv("STATE_DIRECTORY");
        std::string pattern = fs::temp_directory_path() / "ocfsecd-config-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
    }
    void TearDown() override { fs::remove_all(root_); }

    fs::path put(const std::string& at, const std::string& text) {
        const auto file = root_ / at;
        fs::create_directories(file.parent_path());
        std::ofstream{file, std::ios::binary} << text;
        return file;
    }

    Result<Config> load() const { return loadConfig({root_, std::nullopt}); }

    /// "FILE:LINE: …" of the failure that this text in the main file makes; empty when it loads.
    std::string refusal(const std::string& text) {
        put("etc/ocfsecd/ocfsecd.conf", text);
        const auto config = load();
        if (config)
            return {};
        EXPECT_EQ(config.failure().reason, Reason::configuration);
        EXPECT_FALSE(config.failure().next.empty());
        const auto prefix = (root_ / "etc/ocfsecd/ocfsecd.conf").string() + ":";
        EXPECT_TRUE(config.failure().what.starts_with(prefix)) << config.failure().what;
        return config.failure().what.substr(std::min(prefix.size(), config.failure().what.size()));
    }

    fs::path root_;
};

TEST_F(ConfigTest, WorksWithoutAnyFileWithTheDefaultsOfTheDesign) {
    const auto config = load();
    ASSERT_TRUE(config);
    EXPECT_EQ(dumpConfig(*config), dumpConfig(Config{}));
    EXPECT_EQ(config->network.port, 5683);
    EXPECT_EQ(config->network.securePort, 5684);
    EXPECT_EQ(config->onboarding.justWorks, JustWorks::window);
    EXPECT_EQ(config->onboarding.window, 15min);
    EXPECT_EQ(config->onboarding.randomPin, RandomPinOffer::display);
    EXPECT_EQ(config->onboarding.pinLifetime, 5min);
    EXPECT_EQ(config->onboarding.pinDigits, 8u);
    EXPECT_EQ(config->onboarding.windowAtStart, WindowAtStart::yes);
    EXPECT_TRUE(config->onboarding.manufacturerCertificate);
    EXPECT_EQ(config->onboarding.docIdle, 30s);
    EXPECT_EQ(config->onboarding.docTotal, 10min);
    EXPECT_EQ(config->onboarding.resetDelay, 2s);
    EXPECT_FALSE(config->onboarding.offLink);
    EXPECT_EQ(config->tpm.tcti, "device:/dev/tpmrm0");
    EXPECT_TRUE(config->tpm.pcrSelection.empty());
    EXPECT_EQ(config->storage.directory, "/var/lib/ocfsecd");
    EXPECT_EQ(config->dbus.bus, "system");
}

TEST_F(ConfigTest, TheUnitsStateDirectoryIsTheDefaultAndTheFileOverridesIt) {
    ::setenv("STATE_DIRECTORY", "/run/state/a:/run/state/b", 1);
    EXPECT_EQ(load()->storage.directory, "/run/state/a");
    put("etc/ocfsecd/ocfsecd.conf", "[Storage]\nDirectory=/srv/./x\n");
    EXPECT_EQ(load()->storage.directory, "/srv/x");
    ::unsetenv("STATE_DIRECTORY");
}

TEST_F(ConfigTest, ReadsEveryKindOfSetting) {
    put("etc/ocfsecd/ocfsecd.conf",
        "# comment\n; comment\n\n[Network]\nInterfaces = eth* !eth3 \n  Port=0\n"
        "Interfaces=br0\n[Onboarding]\r\nJustWorks=never\r\nWindowSec=1min 30s\r\nOffLink=yes\n"
        "[CoAP]\nBlockSize=64\nAckRandomFactor=1.25 ; why not\nMaxBody=4096\n"
        "[TPM]\nPcrSelection=14 7\nNvBase=0x01800200\nTcti=swtpm:path=/tmp/x,y=z\n"
        "[Device]\nSecurityProfiles=black baseline\nName=Heizung im Flur=links: ö");
    const auto config = load();
    ASSERT_TRUE(config) << config.failure().what;
    EXPECT_EQ(config->network.interfaces, (std::vector<std::string>{"eth*", "!eth3", "br0"}));
    EXPECT_EQ(config->network.port, 0);
    EXPECT_EQ(config->onboarding.justWorks, JustWorks::never);
    EXPECT_EQ(config->onboarding.window, 90s);
    EXPECT_TRUE(config->onboarding.offLink);
    EXPECT_EQ(config->coap.blockExponent, 2u);
    EXPECT_DOUBLE_EQ(config->coap.ackRandomFactor, 1.25);
    EXPECT_EQ(config->coap.maxBody, 4096u);
    EXPECT_EQ(config->tpm.pcrSelection, (std::vector<unsigned>{7, 14}));
    EXPECT_EQ(config->tpm.nvBase, 0x01800200u);
    EXPECT_EQ(config->tpm.tcti, "swtpm:path=/tmp/x,y=z");
    EXPECT_EQ(config->device.securityProfiles,
              (std::vector<std::string>{"1.3.6.1.4.1.51414.0.0.2.0", "1.3.6.1.4.1.51414.0.0.1.0"}));
    EXPECT_EQ(config->device.name, "Heizung im Flur=links: ö");
}

TEST_F(ConfigTest, APinHasFourToThirtyTwoDigits) {
    for (const auto digits : {4u, 32u}) {
        put("etc/ocfsecd/ocfsecd.conf", fmt::format("[Onboarding]\nPinDigits={}\n", digits));
        EXPECT_EQ(load()->onboarding.pinDigits, digits);
    }
    for (const auto* wrong : {"3", "33", "0", "-8", "eight"}) {
        put("etc/ocfsecd/ocfsecd.conf", fmt::format("[Onboarding]\nPinDigits={}\n", wrong));
        EXPECT_FALSE(load()) << wrong;
    }
}

TEST_F(ConfigTest, TheWindowAtTheStartIsOneOfThree) {
    const std::pair<const char*, WindowAtStart> names[] = {
        {"yes", WindowAtStart::yes}, {"first", WindowAtStart::first}, {"no", WindowAtStart::no}};
    for (const auto& [name, value] : names) {
        put("etc/ocfsecd/ocfsecd.conf", fmt::format("[Onboarding]\nWindowAtStart={}\n", name));
        EXPECT_EQ(load()->onboarding.windowAtStart, value);
    }
    put("etc/ocfsecd/ocfsecd.conf", "[Onboarding]\nWindowAtStart=true\n");
    EXPECT_FALSE(load());
}

TEST_F(ConfigTest, AnEmptyValuePutsTheDefaultBack) {
    put("etc/ocfsecd/ocfsecd.conf", "[Network]\nPort=99\nPort=\nInterfaces=a b\nInterfaces=\nInterfaces=c\n");
    EXPECT_EQ(load()->network.port, 5683);
    EXPECT_EQ(load()->network.interfaces, std::vector<std::string>{"c"});
}

TEST_F(ConfigTest, WhatIsDumpedReadsBackTheSame) {
    put("etc/ocfsecd/ocfsecd.conf",
        "[Network]\nInterfaces=eth* br0\nPort=4711\n[CoAP]\nAckRandomFactor=1.75\n"
        "[TPM]\nPcrSelection=0 23\n[Device]\nSecurityProfiles=purple baseline blue\n[DTLS]\nInactivitySec=1h 5ms\n");
    const auto dumped = dumpConfig(*load());
    const auto file = put("dumped.conf", dumped);
    const auto again = loadConfig({root_, file});
    ASSERT_TRUE(again) << again.failure().what;
    EXPECT_EQ(dumpConfig(*again), dumped);
    EXPECT_EQ(again->dtls.inactivity, 3'600'005ms);
}

TEST_F(ConfigTest, DropInsComeAfterTheMainFileInTheOrderOfTheirNames) {
    put("etc/ocfsecd/ocfsecd.conf", "[Network]\nPort=1\nSecurePort=1001\n");
    put("usr/lib/ocfsecd/ocfsecd.conf.d/20-b.conf", "[Network]\nPort=20\n");
    put("etc/ocfsecd/ocfsecd.conf.d/10-a.conf", "[Network]\nPort=10\n");
    put("run/ocfsecd/ocfsecd.conf.d/15-c.conf", "[Network]\nPort=15\n");
    put("etc/ocfsecd/ocfsecd.conf.d/99-not-read.txt", "[Network]\nPort=99\n");
    EXPECT_EQ(load()->network.port, 20);
    EXPECT_EQ(load()->network.securePort, 1001);
}

TEST_F(ConfigTest, AStrongerDirectoryHidesAFileOfTheSameName) {
    put("usr/lib/ocfsecd/ocfsecd.conf.d/50-x.conf", "[Network]\nPort=1\n");
    EXPECT_EQ(load()->network.port, 1);
    put("run/ocfsecd/ocfsecd.conf.d/50-x.conf", "[Network]\nSecurePort=2\n");
    EXPECT_EQ(load()->network.port, 5683);
    EXPECT_EQ(load()->network.securePort, 2);
    fs::create_directories(root_ / "etc/ocfsecd/ocfsecd.conf.d");
    fs::create_symlink("/dev/null", root_ / "etc/ocfsecd/ocfsecd.conf.d/50-x.conf");
    EXPECT_EQ(load()->network.securePort, 5684);
}

TEST_F(ConfigTest, TheMainFileIsTheFirstOfTheThreeDirectories) {
    put("usr/lib/ocfsecd/ocfsecd.conf", "[Network]\nPort=1\n");
    EXPECT_EQ(load()->network.port, 1);
    put("etc/ocfsecd/ocfsecd.conf", "[Network]\nSecurePort=2\n");
    EXPECT_EQ(load()->network.port, 5683);
}

TEST_F(ConfigTest, OneGivenFileStandsForAllOthersAndMustExist) {
    put("etc/ocfsecd/ocfsecd.conf", "[Network]\nPort=1\n");
    const auto file = put("own.conf", "[Network]\nSecurePort=2\n");
    const auto config = loadConfig({root_, file});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->network.port, 5683);
    EXPECT_EQ(config->network.securePort, 2);
    const auto missing = loadConfig({root_, root_ / "none.conf"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.failure().reason, Reason::configuration);
    EXPECT_NE(missing.failure().what.find("none.conf"), std::string::npos);
}

TEST_F(ConfigTest, EachSettingRefusesAWrongValueWithFileAndLine) {
    for (const auto& setting : settings::all()) {
        if (std::holds_alternative<settings::Words>(setting.kind)) {
            EXPECT_EQ(refusal(fmt::format("[{}]\n{}=a\x01 b\n", setting.section, setting.key)),
                      fmt::format("2: {}=a\x01 b is not printable UTF-8", setting.key));
            continue;
        }
        const bool free = std::holds_alternative<settings::Text>(setting.kind);
        const auto wrong = free ? std::string(161, 'x') : std::string{"wrong"};
        const auto text = refusal(fmt::format("# first line\n[{}]\n\n{}={}\n", setting.section, setting.key, wrong));
        EXPECT_TRUE(text.starts_with(fmt::format("4: {}={} is ", setting.key, wrong))) << setting.key << ": " << text;
    }
}

TEST_F(ConfigTest, SecurityProfilesHaveBaselineAndNoneTwice) {
    EXPECT_EQ(refusal("[Device]\nSecurityProfiles=black\n"),
              "2: SecurityProfiles=black is without baseline, which every device supports");
    EXPECT_EQ(refusal("[Device]\nSecurityProfiles=baseline baseline\n"),
              "2: SecurityProfiles=baseline baseline is no list of baseline, black, blue, purple, each once");
}

TEST_F(ConfigTest, EachRangeIsEnforcedAtBothEnds) {
    for (const auto& setting : settings::all()) {
        const auto refused = [&](const std::string& value) {
            return refusal(fmt::format("[{}]\n{}={}\n", setting.section, setting.key, value));
        };
        std::vector<std::string> outside;
        if (const auto* span = std::get_if<settings::Span>(&setting.kind)) {
            outside.push_back(fmt::format("{}ms", span->most.count() + 1));
            if (span->least > Duration{0})
                outside.push_back(fmt::format("{}ms", span->least.count() - 1));
        } else if (const auto* whole = std::get_if<settings::Whole>(&setting.kind)) {
            outside.push_back(std::to_string(whole->most + 1));
            if (whole->least > 0)
                outside.push_back(std::to_string(whole->least - 1));
        } else if (const auto* factor = std::get_if<settings::Factor>(&setting.kind)) {
            outside.push_back(fmt::format("{:.1f}", factor->most + 0.1));
            outside.push_back(fmt::format("{:.1f}", factor->least - 0.1));
        }
        for (const auto& value : outside)
            EXPECT_NE(refused(value).find("is not in the range"), std::string::npos) << setting.key << "=" << value;
    }
}

TEST_F(ConfigTest, WhatIsNotUnderstoodIsNamedWithItsLine) {
    EXPECT_EQ(refusal("[Network]\nPort=5683\nPorts=5\n"), "3: unknown setting Ports= in [Network]");
    EXPECT_EQ(refusal("[Network]\nWindowSec=5\n"), "2: WindowSec= belongs into [Onboarding], not [Network]");
    EXPECT_EQ(refusal("Port=5\n"), "1: Port= stands before any [Section]");
    EXPECT_EQ(refusal("\n\n[Netwrok]\n"), "3: unknown section [Netwrok]");
    EXPECT_EQ(refusal("[Network]\nPort 5\n"), "2: is neither a [Section], KEY=VALUE nor a comment");
    EXPECT_EQ(refusal("[Network\nPort=5\n"), "1: is neither a [Section], KEY=VALUE nor a comment");
    EXPECT_EQ(refusal(std::string{"[Network]\nPort=5\0 6\n", 19}), "2: holds a zero octet");
    EXPECT_NE(refusal("[Device]\nName=" + std::string(500, 'x') + "\n").find("2: is longer than"), std::string::npos);
    EXPECT_EQ(refusal("#" + std::string(500, 'x') + "\n[Network]\n"), "") << "a long comment is none";
}

TEST_F(ConfigTest, TheFirstMistakeIsReported) {
    EXPECT_EQ(refusal("[Network]\nnonsense\nPort=x\n").substr(0, 2), "2:");
    EXPECT_EQ(refusal("[Network]\nPort=x\nnonsense\n").substr(0, 2), "2:");
}

TEST_F(ConfigTest, SettingsThatContradictEachOtherAreReportedWhereTheyStand) {
    EXPECT_EQ(refusal("[Network]\nPort=7\nSecurePort=7\n"), "3: Port= and SecurePort= are the same");
    EXPECT_EQ(refusal("[Network]\nPort=5684\n"), "2: Port= and SecurePort= are the same");
    EXPECT_EQ(refusal("[DTLS]\nRetransmitFirstSec=30s\n"), "2: RetransmitMaxSec= is shorter than RetransmitFirstSec=");
    EXPECT_EQ(refusal("[Onboarding]\nDocTotalSec=10s\n"), "2: DocTotalSec= is shorter than DocIdleSec=");
    EXPECT_EQ(refusal("[CoAP]\nMaxTransfers=1\n"), "2: MaxTransfersPerPeer= is more than MaxTransfers=");
    EXPECT_EQ(refusal("[CoAP]\nMaxExchanges=16\n"), "2: MaxExchangesPerPeer= is more than MaxExchanges=");
    EXPECT_EQ(refusal("[DTLS]\nMaxHandshakes=1\n"), "2: MaxHandshakesPerHost= is more than MaxHandshakes=");
}

TEST_F(ConfigTest, AMistakeInADropInNamesThatFile) {
    const auto file = put("run/ocfsecd/ocfsecd.conf.d/bad.conf", "[Network]\nPort=x\n");
    const auto config = load();
    ASSERT_FALSE(config);
    EXPECT_TRUE(config.failure().what.starts_with(file.string() + ":2: ")) << config.failure().what;
}

TEST_F(ConfigTest, AHugeFileAndADirectoryAreRefused) {
    const auto huge = put("etc/ocfsecd/ocfsecd.conf", std::string(300 * 1024, '#'));
    const auto config = load();
    ASSERT_FALSE(config);
    EXPECT_NE(config.failure().what.find("larger"), std::string::npos);
    fs::remove(huge);
    fs::create_directories(huge);
    EXPECT_FALSE(load());
}

TEST_F(ConfigTest, TheExampleNamesEverySettingWithItsDefault) {
    std::ifstream example{OCFSECD_EXAMPLE_CONFIG};
    std::string active;
    std::set<std::string> named;
    for (std::string line; std::getline(example, line);) {
        const auto equals = line.find('=');
        if (line.starts_with('#') && equals != std::string::npos && line.find(' ') > equals) {
            line.erase(0, 1);
            named.insert(line.substr(0, equals - 1));
        }
        active += line + "\n";
    }
    EXPECT_EQ(named.size(), settings::all().size());
    for (const auto& setting : settings::all())
        EXPECT_EQ(named.count(std::string{setting.key}), 1u) << setting.key;
    const auto config = loadConfig({root_, put("example.conf", active)});
    ASSERT_TRUE(config) << config.failure().what;
    EXPECT_EQ(dumpConfig(*config), dumpConfig(Config{}));
    EXPECT_TRUE(loadConfig({root_, fs::path{OCFSECD_EXAMPLE_CONFIG}})) << "as shipped";
}

TEST_F(ConfigTest, TheManualNamesEverySetting) {
    std::ifstream in{OCFSECD_CONFIG_MANUAL};
    const std::string manual{std::istreambuf_iterator<char>{in}, {}};
    for (const auto& setting : settings::all())
        EXPECT_NE(manual.find(fmt::format(" {}=", setting.key)), std::string::npos) << setting.key;
}

} // namespace
} // namespace ocfsecd
