#include "manufacturer_keys.h"

#include "support/certificates.h"
#include "support/swtpm.h"
#include "svr/certificate.h"

#include <fstream>
#include <gnutls/crypto.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace ocfsecd::test {
namespace {

const svr::WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};

std::unique_ptr<tpm::Tpm> opened(const Swtpm& swtpm) {
    auto tpm = tpm::Tpm::open({.tcti = swtpm.tcti()});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    return *std::move(tpm);
}

SecretBytes pemOf(const TestKey& key) {
    gnutls_datum_t out{};
    EXPECT_EQ(gnutls_x509_privkey_export2_pkcs8(key.get(), GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN, &out), 0);
    SecretBytes pem{ByteView{out.data, out.size}};
    gnutls_free(out.data);
    return pem;
}

Specimen makersAuthority(std::string subject, int pathLength = -1) {
    return authority(std::move(subject), pathLength);
}

/// A maker: root, intermediate, and what they issue.
struct Maker {
    Issued root = issue(makersAuthority("CN=Maker Root"));
    Issued intermediate = issue(makersAuthority("CN=Maker Intermediate", 0), &root);
    Issued device = issue(endEntity(*Uuid::parse("a71c3011-5555-6666-7777-888888888888")), &intermediate);
};

class ManufacturerKeysTest : public ::testing::Test {
protected:
    Result<ManufacturerKeys::Credentials> import(const Issued& what, bool withRoot = false) {
        return keys.import(0, *tpm, what.pem(withRoot), pemOf(what.key), kNow);
    }
    /// Does the installed key sign for the leaf of these credentials?
    void expectUsable(const ManufacturerKeys::Credentials& credentials) {
        ASSERT_EQ(credentials.size(), 1U);
        EXPECT_EQ(credentials[0].usage, "oic.sec.cred.mfgcert");
        EXPECT_EQ(credentials[0].type, 8);
        EXPECT_FALSE(credentials[0].subject);
        EXPECT_TRUE(credentials[0].key.empty());
        const auto chain = svr::readPem(credentials[0].publicData->data);
        ASSERT_TRUE(chain);
        const auto leaf = svr::readCertificate(chain->front());
        Bytes digest(32);
        gnutls_hash_fast(GNUTLS_DIG_SHA256, "text", 4, digest.data());
        const auto signature = keys.sign(0, *tpm, digest);
        ASSERT_TRUE(signature) << signature.failure().what;
        EXPECT_TRUE(svr::verifies(*leaf->key, viewOf("text"), *signature));
    }
    void restart() {
        tpm.reset();
        tpm = opened(swtpm);
        keys = ManufacturerKeys{directory.path()};
    }
    std::filesystem::path file(const char* name) const { return directory.path() / "manufacturer" / name; }
    static mode_t modeOf(const std::filesystem::path& path) {
        struct stat about {};
        EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
        return about.st_mode & 07777;
    }

    Swtpm swtpm;
    TempDir directory;
    std::unique_ptr<tpm::Tpm> tpm = opened(swtpm);
    ManufacturerKeys keys{directory.path()};
    Maker maker;
};

} // namespace

TEST_F(ManufacturerKeysTest, NothingIsInstalledAtFirst) {
    const auto found = keys.load(0, *tpm);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->empty());
    EXPECT_EQ(keys.sign(0, *tpm, Bytes(32, 1)).failure().reason, Reason::notFound);
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "manufacturer")); // nothing written for nothing
}

TEST_F(ManufacturerKeysTest, AnImportedKeySignsNowAndAfterARestart) {
    const auto imported = import(maker.device);
    ASSERT_TRUE(imported) << imported.failure().what;
    expectUsable(*imported);
    restart();
    const auto loaded = keys.load(0, *tpm);
    ASSERT_TRUE(loaded) << loaded.failure().what;
    EXPECT_EQ(*loaded, *imported);
    expectUsable(*loaded);
    EXPECT_TRUE(keys.load(1, *tpm)->empty()); // another device's
}

TEST_F(ManufacturerKeysTest, TheRootIsNotPresented) {
    const auto imported = import(maker.device, true);
    ASSERT_TRUE(imported) << imported.failure().what;
    EXPECT_EQ(*svr::readPem((*imported)[0].publicData->data), maker.device.chain());
}

TEST_F(ManufacturerKeysTest, FilesAreForTheirOwnerOnlyAndHoldNoKey) {
    ASSERT_TRUE(import(maker.device));
    EXPECT_EQ(modeOf(directory.path() / "manufacturer"), 0700U);
    EXPECT_EQ(modeOf(file("device-0")), 0600U);
    std::ifstream in{file("device-0"), std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{in}, {}};
    gnutls_datum_t k{};
    ASSERT_EQ(gnutls_x509_privkey_export_ecc_raw(maker.device.key.get(), nullptr, nullptr, nullptr, &k), 0);
    EXPECT_EQ(content.find(std::string{reinterpret_cast<char*>(k.data), k.size}), content.npos);
    gnutls_free(k.data);
}

TEST_F(ManufacturerKeysTest, BadImportsAreRefusedAndChangeNothing) {
    ASSERT_TRUE(import(maker.device));
    const auto refuses = [&](std::string_view chain, const SecretBytes& key) {
        const auto outcome = keys.import(0, *tpm, chain, key, kNow);
        ASSERT_FALSE(outcome) << chain;
        EXPECT_TRUE(outcome.failure().reason == Reason::malformed || outcome.failure().reason == Reason::precondition)
            << outcome.failure().what;
    };
    const auto good = maker.device.pem();
    const auto key = pemOf(maker.device.key);
    refuses(good, pemOf(TestKey{}));                     // another's key
    refuses(good, pemOf(TestKey{TestKey::Kind::p384}));  // no P-256
    refuses(good, pemOf(TestKey{TestKey::Kind::rsa}));   // no EC
    refuses(good, SecretBytes{viewOf("no key at all")}); // no PEM
    refuses(good, SecretBytes{std::size_t{100000}});     // too long
    refuses("", key);
    refuses("no certificate", key);
    refuses(maker.intermediate.pem(), pemOf(maker.intermediate.key)); // an authority is no device
    auto old = endEntity(*Uuid::parse("a71c3011-5555-6666-7777-888888888888"));
    old.notAfter = kNow - std::chrono::hours{1};
    const auto expired = issue(old, &maker.intermediate);
    refuses(expired.pem(), pemOf(expired.key));
    auto wrong = endEntity(*Uuid::parse("a71c3011-5555-6666-7777-888888888888"));
    wrong.keyUsage = GNUTLS_KEY_DIGITAL_SIGNATURE;
    const auto misused = issue(wrong, &maker.intermediate);
    refuses(misused.pem(), pemOf(misused.key));

    restart();
    expectUsable(*keys.load(0, *tpm));
    EXPECT_EQ(*svr::readPem((*keys.load(0, *tpm))[0].publicData->data), maker.device.chain());
}

TEST_F(ManufacturerKeysTest, AKeyMadeHereWaitsForItsCertificate) {
    const auto request = keys.create(0, *tpm, "ocfsecd 1234");
    ASSERT_TRUE(request) << request.failure().what;
    const auto read = readRequest(*request);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->subject, "CN=ocfsecd 1234");
    EXPECT_TRUE(keys.load(0, *tpm)->empty());
    restart();
    const auto again = keys.create(0, *tpm, "ocfsecd 1234");
    ASSERT_TRUE(again);
    EXPECT_EQ(readRequest(*again)->key, read->key);

    const auto chain =
        certify(*request, endEntity(*Uuid::parse("a71c3011-5555-6666-7777-888888888888")), maker.intermediate);
    const auto installed = keys.setChain(0, *tpm, test::pemOf(chain), kNow);
    ASSERT_TRUE(installed) << installed.failure().what;
    expectUsable(*installed);
    EXPECT_FALSE(std::filesystem::exists(file("device-0.waiting")));
    restart();
    expectUsable(*keys.load(0, *tpm));
}

TEST_F(ManufacturerKeysTest, AKeyThatWaitsDisturbsNobody) {
    ASSERT_TRUE(import(maker.device));
    const auto request = keys.create(0, *tpm, "next");
    ASSERT_TRUE(request);
    expectUsable(*keys.load(0, *tpm));
    // A newer chain for the key in use is taken all the same; the other goes on waiting.
    auto longer = endEntity(*Uuid::parse("a71c3011-5555-6666-7777-888888888888"));
    longer.notAfter += std::chrono::years{1};
    const auto renewed = issue(longer, &maker.intermediate, maker.device.key);
    const auto installed = keys.setChain(0, *tpm, renewed.pem(), kNow);
    ASSERT_TRUE(installed) << installed.failure().what;
    EXPECT_EQ(*svr::readPem((*installed)[0].publicData->data), renewed.chain());
    EXPECT_EQ(readRequest(*keys.create(0, *tpm, "next"))->key, readRequest(*request)->key);
    const auto stranger = issue(longer, &maker.intermediate);
    EXPECT_EQ(keys.setChain(0, *tpm, stranger.pem(), kNow).failure().reason, Reason::precondition);
    expectUsable(*keys.load(0, *tpm));
}

TEST_F(ManufacturerKeysTest, AnotherTpmsKeyIsForeign) {
    ASSERT_TRUE(import(maker.device));
    const Swtpm other;
    tpm = opened(other);
    EXPECT_EQ(keys.load(0, *tpm).failure().reason, Reason::foreignState);
    EXPECT_EQ(keys.sign(0, *tpm, Bytes(32, 1)).failure().reason, Reason::notFound);
}

TEST_F(ManufacturerKeysTest, AKeyThatWaitsOfAnotherTpmIsReplaced) {
    const auto first = keys.create(0, *tpm, "gateway");
    ASSERT_TRUE(first);
    const Swtpm other;
    tpm = opened(other);
    const auto second = keys.create(0, *tpm, "gateway");
    ASSERT_TRUE(second) << second.failure().what;
    EXPECT_NE(readRequest(*second)->key, readRequest(*first)->key);
    EXPECT_EQ(readRequest(*keys.create(0, *tpm, "gateway"))->key, readRequest(*second)->key) << "and now it waits";
    const auto chain =
        certify(*second, endEntity(*Uuid::parse("a71c3011-5555-6666-7777-888888888888")), maker.intermediate);
    const auto installed = keys.setChain(0, *tpm, test::pemOf(chain), kNow);
    ASSERT_TRUE(installed) << installed.failure().what;
    expectUsable(*installed);
}

TEST_F(ManufacturerKeysTest, AKeyThatWaitsOutlivesATpmThatIsGone) {
    const auto first = keys.create(0, *tpm, "gateway");
    ASSERT_TRUE(first);
    swtpm.kill();
    EXPECT_FALSE(keys.create(0, *tpm, "gateway"));
    swtpm.start();
    restart();
    const auto again = keys.create(0, *tpm, "gateway");
    ASSERT_TRUE(again) << again.failure().what;
    EXPECT_EQ(readRequest(*again)->key, readRequest(*first)->key);
}

TEST_F(ManufacturerKeysTest, DamagedFilesAreToldAndKept) {
    ASSERT_TRUE(import(maker.device));
    const std::vector<std::string> contents{"", "no cbor",
                                            "\xa1\x66"
                                            "format\x02",
                                            std::string(100000, 'x')};
    for (const auto& content : contents) {
        std::ofstream{file("device-0"), std::ios::binary | std::ios::trunc} << content;
        EXPECT_EQ(keys.load(0, *tpm).failure().reason, Reason::stateCorrupt);
        EXPECT_EQ(std::filesystem::file_size(file("device-0")), content.size());
    }
}

} // namespace ocfsecd::test
