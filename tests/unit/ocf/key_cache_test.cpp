#include "ocf/key_cache.h"

#include <gtest/gtest.h>

namespace ocfsecd::ocf {

namespace {

constexpr TimePoint kStart{1h};

svr::SealedBlob blob(std::string_view name) {
    return {copyOf(viewOf("public")), copyOf(viewOf(name))};
}

SharedSecret key(std::string_view text) {
    return shareSecret(viewOf(text));
}

} // namespace

TEST(KeyCache, KeepsAKeyForItsLifetime) {
    KeyCache cache{60s};
    EXPECT_FALSE(cache.deadline());
    cache.put(blob("a"), key("secret"), kStart);
    EXPECT_TRUE(cache.get(blob("a"), kStart + 59s)->equals(viewOf("secret")));
    EXPECT_EQ(cache.get(blob("a"), kStart + 60s), nullptr);
    EXPECT_EQ(cache.deadline(), kStart + 60s);
    cache.expire(kStart + 60s);
    EXPECT_FALSE(cache.deadline());
}

TEST(KeyCache, ReadingDoesNotLengthenALife) {
    KeyCache cache{60s};
    cache.put(blob("a"), key("secret"), kStart);
    EXPECT_NE(cache.get(blob("a"), kStart + 50s), nullptr);
    EXPECT_EQ(cache.get(blob("a"), kStart + 61s), nullptr);
}

TEST(KeyCache, KnowsObjectsByTheirPrivateArea) {
    KeyCache cache{60s};
    cache.put(blob("a"), key("secret"), kStart);
    EXPECT_EQ(cache.get(blob("b"), kStart), nullptr);
}

TEST(KeyCache, IsBoundedAndTheOldestMakesRoom) {
    KeyCache cache{60s, 2};
    cache.put(blob("a"), key("1"), kStart);
    cache.put(blob("b"), key("2"), kStart + 1s);
    cache.put(blob("c"), key("3"), kStart + 2s);
    EXPECT_EQ(cache.get(blob("a"), kStart + 2s), nullptr);
    EXPECT_NE(cache.get(blob("b"), kStart + 2s), nullptr);
    EXPECT_NE(cache.get(blob("c"), kStart + 2s), nullptr);
}

TEST(KeyCache, APutOfTheSameObjectPushesNobodyOut) {
    KeyCache cache{60s, 2};
    cache.put(blob("a"), key("1"), kStart);
    cache.put(blob("b"), key("2"), kStart + 1s);
    cache.put(blob("b"), key("2"), kStart + 2s);
    EXPECT_NE(cache.get(blob("a"), kStart + 2s), nullptr);
    EXPECT_EQ(cache.deadline(), kStart + 60s);
}

TEST(KeyCache, ForgetsAllAtOnceAndFreesTheKeys) {
    KeyCache cache{60s};
    auto secret = key("secret");
    const std::weak_ptr<const SecretBytes> watched = secret;
    cache.put(blob("a"), std::move(secret), kStart);
    EXPECT_FALSE(watched.expired());
    cache.clear();
    EXPECT_TRUE(watched.expired());
    EXPECT_FALSE(cache.deadline());
}

} // namespace ocfsecd::ocf
