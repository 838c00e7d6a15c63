#include "engines.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;

namespace {

class SecretsLog : public WithEngines {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "ocfsecd-secrets-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
        ::setenv("OCFSECD_SECRETS_LOG", file().c_str(), 1);
    }
    void TearDown() override {
        ::unsetenv("OCFSECD_SECRETS_LOG");
        std::filesystem::remove_all(directory_);
    }
    std::filesystem::path file() const { return directory_ / "secrets.txt"; }

private:
    std::filesystem::path directory_;
};

} // namespace

#ifdef OCFSECD_DTLS_SECRETS_LOG

TEST_P(SecretsLog, BothSidesWriteTheSameMasterSecret) {
    open(address(1));
    std::ifstream in{file()};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("CLIENT_RANDOM "))
            lines.push_back(line);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], lines[1]);
    EXPECT_EQ(lines[0].size(), 14U + 64 + 1 + 96);
    EXPECT_EQ(std::filesystem::status(file()).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

#else

TEST_P(SecretsLog, DoesNotExistInThisBuild) {
    open(address(1));
    EXPECT_FALSE(std::filesystem::exists(file()));
}

#endif

INSTANTIATE_TEST_SUITE_P(Engines, SecretsLog, ::testing::ValuesIn(kPairings), engineNames);
