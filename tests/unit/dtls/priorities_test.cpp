#include "dtls/priorities.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;

namespace {

std::vector<std::uint16_t> suitesOf(SuiteFamily family) {
    std::vector<std::uint16_t> out;
    for (unsigned at = 0;; ++at) {
        unsigned index = 0;
        const int result = gnutls_priority_get_cipher_suite_index(sharedPriority(family), at, &index);
        if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return out;
        if (result != GNUTLS_E_SUCCESS)
            continue; // a combination the library does not know
        unsigned char id[2]{};
        EXPECT_NE(gnutls_cipher_suite_info(index, id, nullptr, nullptr, nullptr, nullptr), nullptr);
        out.push_back(static_cast<std::uint16_t>(id[0] << 8 | id[1]));
    }
}

std::vector<unsigned> listOf(int (*get)(gnutls_priority_t, const unsigned**), SuiteFamily family) {
    const unsigned* list = nullptr;
    const int size = get(sharedPriority(family), &list);
    return {list, list + size};
}

} // namespace

// Facts 7.1: exactly these, in this order; 0xC023 is what a common list would let in (L1.3).
TEST(Priorities, HoldExactlyTheSuitesOfOcf) {
    EXPECT_EQ(suitesOf(SuiteFamily::psk), (std::vector<std::uint16_t>{0xc037}));
    EXPECT_EQ(suitesOf(SuiteFamily::ecdsa), (std::vector<std::uint16_t>{0xc0ae, 0xc0ac, 0xc0af, 0xc0ad}));
}

TEST(Priorities, HoldOneVersionAndOneGroup) {
    for (const auto family : {SuiteFamily::psk, SuiteFamily::ecdsa}) {
        EXPECT_EQ(listOf(gnutls_priority_protocol_list, family), (std::vector<unsigned>{GNUTLS_DTLS1_2}));
        EXPECT_EQ(listOf(gnutls_priority_group_list, family), (std::vector<unsigned>{GNUTLS_GROUP_SECP256R1}));
    }
}

TEST(Suites, HaveTheKeyBlockSizesOfFacts52) {
    EXPECT_EQ(keyBlockSize(Suite::ecdhAnonAes128CbcSha256), 96U);
    EXPECT_EQ(keyBlockSize(Suite::ecdhePskAes128CbcSha256), 96U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes128Ccm8), 40U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes128Ccm), 40U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes256Ccm8), 72U);
    EXPECT_EQ(keyBlockSize(Suite::ecdheEcdsaAes256Ccm), 72U);
    EXPECT_EQ(keyBlockSize(Suite::none), 0U);
}
