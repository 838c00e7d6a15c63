#include "tools/obt/maker_trust.h"

#include "support/certificates.h"
#include "temporary_directory.h"
#include "unit/svr/recorded_certificates.h"

#include <fstream>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

using test::authority;
using test::issue;
using test::Issued;

constexpr std::string_view kName = "\"Gateway 0815\"";
const svr::WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};

test::Specimen gateway() {
    auto out = test::endEntity({});
    out.subject = "O=Maker,CN=Gateway 0815";
    return out;
}

struct MakerTrust : ::testing::Test {
    Issued root = issue(authority("CN=Maker root"));
    Issued intermediate = issue(authority("CN=Maker sub", 0), &root);
    Issued leaf = issue(gateway(), &intermediate);

    static std::vector<svr::TrustAnchor> rootsOf(const std::string& pem) {
        auto roots = parseMakerRoots(pem, "roots.pem");
        EXPECT_TRUE(roots) << (roots ? "" : roots.failure().what);
        return roots ? *roots : std::vector<svr::TrustAnchor>{};
    }
    std::string judged(const std::vector<Bytes>& chain) const {
        const auto result = judgeMaker(chain, rootsOf(test::pemOf({root.der})), kNow);
        return result ? svr::nameOf(*result) : result.failure().what;
    }
};

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST(MakerTrustOfTheRecording, TheReferenceDevicesChainIsTaken) {
    using namespace svr::recorded;
    const auto roots = parseMakerRoots(kMakerRoot, "root.pem");
    ASSERT_TRUE(roots);
    std::vector<Bytes> chain;
    for (const auto pem : {kMakerLeaf, kMakerIntermediate})
        chain.push_back(svr::readPem(pem)->front());
    const auto leaf = judgeMaker(chain, *roots, kNow);
    ASSERT_TRUE(leaf) << leaf.failure().what;
    EXPECT_EQ(svr::uuidIn(*leaf), Uuid::parse("11111111-2222-4333-8444-555555555555"));
    EXPECT_FALSE(judgeMaker({chain[0]}, *roots, kNow)) << "without its intermediate";
    EXPECT_FALSE(judgeMaker(chain, *parseMakerRoots(kIdentityRoot, "x"), kNow)) << "another root";
}

TEST_F(MakerTrust, AChainWithAndWithoutItsRootIsTaken) {
    EXPECT_EQ(judged(leaf.chain()), kName);
    EXPECT_EQ(judged(leaf.chain(true)), kName);
}

TEST_F(MakerTrust, EachWrongChainIsRefusedByName) {
    const auto stranger = issue(authority("CN=Maker root")); // the same name
    EXPECT_TRUE(says(judged(issue(gateway(), &stranger).chain(true)), "does not hold"));
    auto expired = gateway();
    expired.notAfter = kNow - std::chrono::hours{24};
    EXPECT_TRUE(says(judged(issue(expired, &intermediate).chain()), "does not hold"));
    auto weak = gateway();
    weak.purposes.pop_back();
    EXPECT_TRUE(says(judged(issue(weak, &intermediate).chain()), "does not hold")) << "no OCF identity purpose";
    EXPECT_TRUE(says(judged({leaf.der}), "does not hold")) << "a gap";
    auto reversed = leaf.chain();
    std::ranges::reverse(reversed);
    EXPECT_TRUE(says(judged(reversed), "does not hold"));
    const test::TestKey otherCurve{test::TestKey::Kind::p384};
    EXPECT_TRUE(says(judged(issue(gateway(), &intermediate, otherCurve).chain()), "does not hold"));
    const auto refused = judgeMaker(leaf.chain(), rootsOf(test::pemOf({stranger.der})), kNow);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().reason, Reason::handshakeFailed);
    EXPECT_TRUE(says(refused.failure().next, "--trust"));
}

TEST_F(MakerTrust, AFileMayHoldManyRootsAndSeveralFilesAreTakenTogether) {
    std::string bundle;
    for (int n = 0; n < 20; ++n)
        bundle += test::pemOf({issue(authority("CN=Root " + std::to_string(n))).der});
    EXPECT_EQ(rootsOf(bundle).size(), 20U);
    const TemporaryDirectory directory;
    const auto one = (directory.path() / "one").string(), two = (directory.path() / "two").string();
    std::ofstream{one} << bundle;
    std::ofstream{two} << test::pemOf({root.der});
    EXPECT_EQ(readMakerRoots({one, two})->size(), 21U);
    EXPECT_EQ(readMakerRoots({})->size(), 0U);
}

TEST_F(MakerTrust, EachUnusableFileIsNamed) {
    const auto refused = [](const std::string& pem) {
        const auto roots = parseMakerRoots(pem, "roots.pem");
        EXPECT_FALSE(roots);
        if (roots)
            return std::string{};
        EXPECT_EQ(roots.failure().reason, Reason::usage);
        EXPECT_TRUE(says(roots.failure().what, "roots.pem"));
        return roots.failure().what;
    };
    EXPECT_TRUE(says(refused(""), "no certificate"));
    EXPECT_TRUE(says(refused("hello"), "no certificate"));
    EXPECT_TRUE(says(refused(test::pemOf({intermediate.der})), "no root"));
    refused("-----BEGIN CERTIFICATE-----\nAAAA");
    refused("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
    refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refused("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    const auto missing = readMakerRoots({"/nonexistent/roots.pem"});
    ASSERT_FALSE(missing);
    EXPECT_TRUE(says(missing.failure().what, "/nonexistent/roots.pem"));
    EXPECT_FALSE(readMakerRoots({"/dev/zero"})) << "no end of it is waited for";
    EXPECT_FALSE(readMakerRoots({"/tmp"})) << "a directory";
}

} // namespace ocfsecd::obt
