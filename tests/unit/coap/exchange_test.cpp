#include "coap/exchange.h"

#include <gtest/gtest.h>

namespace ocfsecd::coap {

TEST(CoapRequest, QueryKeysCompareCaseInsensitively) {
    const Request request{.query = {"Owned=TRUE", "rt=oic.r.doxm", "flag", "rt=second", "empty="}};
    EXPECT_EQ(request.queryValue("owned"), "TRUE") << "PLGD (facts Q8)";
    EXPECT_EQ(request.queryValue("RT"), "oic.r.doxm") << "the first one counts";
    EXPECT_EQ(request.queryValue("flag"), "");
    EXPECT_EQ(request.queryValue("empty"), "");
    EXPECT_FALSE(request.queryValue("own"));
    EXPECT_FALSE(request.queryValue("ownedx"));
    EXPECT_FALSE(request.queryValue(""));
}

TEST(CoapChannel, IsSecureWithASession) {
    EXPECT_FALSE(Channel{}.secure());
    EXPECT_TRUE((Channel{.peer = {}, .session = 3, .socket = 0}.secure()));
}

} // namespace ocfsecd::coap
