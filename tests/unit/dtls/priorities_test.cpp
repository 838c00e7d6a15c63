#include "dtls/priorities.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;

namespace {

constexpr Suite kAll[] = {Suite::ecdhePskAes128CbcSha256, Suite::ecdheEcdsaAes128Ccm8,
                          Suite::ecdheEcdsaAes128Ccm,     Suite::ecdheEcdsaAes256Ccm8,
                          Suite::ecdheEcdsaAes256Ccm,     Suite::ecdheEcdsaAes128GcmSha256};

std::vector<std::uint16_t> suitesOf(Suite suite) {
    std::vector<std::uint16_t> out;
    for (unsigned at = 0;; ++at) {
        unsigned index = 0;
        const int result = gnutls_priority_get_cipher_suite_index(sharedPriority(suite), at, &index);
        if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return out;
        if (result != GNUTLS_E_SUCCESS)
            continue; // a combination the library does not know
        unsigned char id[2]{};
        EXPECT_NE(gnutls_cipher_suite_info(index, id, nullptr, nullptr, nullptr, nullptr), nullptr);
        out.push_back(static_cast<std::uint16_t>(id[0] << 8 | id[1]));
    }
}

std::vector<unsigned> listOf(int (*get)(gnutls_priority_t, const unsigned**), Suite suite) {
    const unsigned* list = nullptr;
    const int size = get(sharedPriority(suite), &list);
    return {list, list + size};
}

} // namespace

// What the listener chose is what is negotiated; 0xC023 is what a common list would let in (L1.3).
TEST(Priorities, HoldExactlyTheOneSuite) {
    for (const auto suite : kAll)
        EXPECT_EQ(suitesOf(suite), (std::vector<std::uint16_t>{static_cast<std::uint16_t>(suite)}));
    EXPECT_THROW(sharedPriority(Suite::ecdhAnonAes128CbcSha256), std::logic_error);
}

// What a tool offers to a device whose suites it does not know: none with a pre-shared key is among them.
TEST(Priorities, OfNoSuiteInParticularHoldEveryCertificateSuiteTheMandatoryOneFirst) {
    EXPECT_EQ(suitesOf(Suite::none), (std::vector<std::uint16_t>{0xC0AE, 0xC0AC, 0xC0AF, 0xC0AD, 0xC02B}));
}

TEST(Priorities, HoldOneVersionAndOneGroup) {
    for (const auto suite : kAll) {
        EXPECT_EQ(listOf(gnutls_priority_protocol_list, suite), (std::vector<unsigned>{GNUTLS_DTLS1_2}));
        EXPECT_EQ(listOf(gnutls_priority_group_list, suite), (std::vector<unsigned>{GNUTLS_GROUP_SECP256R1}));
    }
}

TEST(Suites, HaveTheKeyBlockSizesOfFacts52) {
    EXPECT_EQ(keyBlockSize(Suite::ecdhAnonAes128CbcSha256), 96U);
    EXPECT_EQ(keyBlockSize(Suite::ecdhePskAes128CbcSha256), 96U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes128Ccm8), 40U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes128Ccm), 40U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes256Ccm8), 72U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes256Ccm), 72U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes128GcmSha256), 120U);
    EXPECT_EQ(keyBlockSize(Suite::none), 0U);
}
