#include "tools/obt/handover.h"

#include "cbor/value.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

Handover makeHandover() {
    const auto dots = *Uuid::parse("00bcb47c-1eb9-4b89-4132-c2d2181ca984");
    const auto cms = *Uuid::parse("11111111-1111-4111-8111-111111111111");
    return {cms,
            *Uuid::parse("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1"),
            "gateway",
            dots,
            {dots, dots, cms, dots},
            {*parseEndpoint("coaps://192.0.2.1:5684")},
            shareSecret(*fromHex("75c639eaa63cae811a86c95c6d49da56"))};
}

} // namespace

TEST(HandoverFile, IsReadBackAsItWasWritten) {
    const auto written = makeHandover();
    const auto read = decodeHandover(encodeHandover(written));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->recipient, written.recipient);
    EXPECT_EQ(read->device, written.device);
    EXPECT_EQ(read->name, "gateway");
    EXPECT_EQ(read->rowners, written.rowners);
    EXPECT_EQ(read->endpoints, written.endpoints);
    EXPECT_TRUE(read->key->equals(written.key->view()));
}

TEST(HandoverFile, MakesASubjectWhoseKeyIsNotYetProven) {
    const auto subject = subjectFrom(makeHandover());
    ASSERT_EQ(subject.credentials.size(), 1U);
    EXPECT_EQ(subject.credentials[0].origin, Origin::handedOver);
    EXPECT_FALSE(subject.credentials[0].proven);
    EXPECT_EQ(subject.rowners.cred, makeHandover().recipient);
}

TEST(HandoverFile, EveryCutAndOtherContentIsRefused) {
    const auto good = encodeHandover(makeHandover());
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_EQ(decodeHandover(ByteView{good}.first(size)).failure().reason, Reason::stateCorrupt) << size;
    for (const auto* key : {"kind", "version", "recipient", "device", "key"}) {
        auto body = *cbor::decode(good);
        std::erase_if(*body.map(), [&](const auto& member) { return member.first.text() == key; });
        EXPECT_FALSE(decodeHandover(cbor::encode(body))) << key;
    }
}

} // namespace ocfsecd::obt
