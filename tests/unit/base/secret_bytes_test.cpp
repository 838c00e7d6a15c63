#include "base/secret_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace ocfsecd;

TEST(SecretBytes, IsWipedWhenItIsGivenBack) {
    const std::uint8_t* where = nullptr;
    {
        SecretBytes secret{viewOf("sixteen octets!!")};
        where = secret.view().data();
        EXPECT_EQ(where[0], 's');
    }
    // The arena keeps its pages, so the place can still be read.
    for (int i = 0; i < 16; ++i)
        EXPECT_EQ(where[i], 0);
}

TEST(SecretBytes, MovesWithoutCopying) {
    SecretBytes a{viewOf("key")};
    const auto* where = a.view().data();
    SecretBytes b{std::move(a)};
    EXPECT_EQ(b.view().data(), where);
    EXPECT_TRUE(a.empty());
}

TEST(SecretBytes, ComparesOnlyEqualLengths) {
    const SecretBytes secret{viewOf("key")};
    EXPECT_TRUE(secret.equals(viewOf("key")));
    EXPECT_FALSE(secret.equals(viewOf("kez")));
    EXPECT_FALSE(secret.equals(viewOf("keys")));
    EXPECT_FALSE(secret.equals({}));
}

TEST(SecretBytes, HoldsManySizesAtOnce) {
    std::vector<SecretBytes> all;
    for (std::size_t size : {1U, 63U, 64U, 65U, 4096U, 5000U, 100000U}) {
        all.emplace_back(size);
        for (auto octet : all.back().view())
            EXPECT_EQ(octet, 0);
        std::ranges::fill(all.back().edit(), std::uint8_t{0xaa});
    }
    for (const auto& secret : all)
        EXPECT_EQ(secret.view().back(), 0xaa);
    EXPECT_THROW(SecretBytes{std::size_t{1} << 20}, std::bad_alloc);
}
