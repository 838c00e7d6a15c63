// Introspection over the wire (facts 7.5), and whether what it says of the resources is true.

#include "support/tested_scene.h"

#include "ocf/resources.h"

namespace ocfsecd::test::conformance {

namespace {

constexpr std::string_view kIntrospection = "/oc/wk/introspection", kData = "/oc/introspection";

/// Anybody may read what is no secure resource, the owner everything.
Plan openPlan() {
    Plan plan;
    plan.aces.emplace_back(ace(toConnType("anon-clear"), {wildcard("*")}, 2));
    cbor::Array all;
    for (const auto& row : svr::kResources)
        all.emplace_back(href(row.href));
    plan.aces.emplace_back(ace(toUuid(kOwner), std::move(all), 14));
    return plan;
}

bool hasShape(const cbor::Value& value, const cbor::Value& schema) {
    const auto type = *schema.find("type")->text();
    if (type == "boolean")
        return value.boolean().has_value();
    if (type == "integer")
        return value.integer().has_value();
    if (type == "object")
        return value.map() != nullptr;
    if (type == "array")
        return value.array() != nullptr;
    const auto text = value.text();
    return text && (schema.find("format") == nullptr || Uuid::parse(*text).has_value());
}

} // namespace

TEST(Conformance, DI_11_introspection) {
    Scene scene{openPlan()};
    EXPECT_EQ(scene.tool->get(kIntrospection).code, "4.01") << "RFOTM: it is no configuration resource";
    scene.own(kRfnop);
    const auto reply = scene.other->get(kIntrospection);
    ASSERT_EQ(reply.code, "2.05");
    const auto* urls = reply["urlInfo"].array();
    ASSERT_NE(urls, nullptr);
    ASSERT_EQ(urls->size(), 2U);
    const std::string expected[] = {"coap://" + scene.device.clear().text() + std::string{kData},
                                    "coaps://" + scene.device.secure().text() + std::string{kData}};
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ((*urls)[i].find("url")->text(), expected[i]);
    for (auto* asker : {&scene.other.clear(), &scene.owner().ask()}) {
        const auto data = asker->get(kData);
        ASSERT_EQ(data.code, "2.05");
        EXPECT_EQ(data.text("swagger"), "2.0");
        EXPECT_NE(data["paths"].find(kDoxm), nullptr);
    }
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    for (const auto target : {kIntrospection, kData})
        EXPECT_EQ(scene.owner()->get(target).code, "4.01") << "facts 3.4 line 3";
}

TEST(Introspection, IsFoundByDiscovery) {
    Scene scene;
    const auto links = scene.tool->get(kRes, {"rt=oic.wk.introspection"});
    ASSERT_EQ(links.code, "2.05");
    ASSERT_EQ(links.body.array()->size(), 1U);
    EXPECT_EQ(links.body.array()->front().find("href")->text(), kIntrospection);
    EXPECT_EQ(scene.tool->get(kRes, {"rt=oic.introspection.data"}).code, "4.00");
}

TEST(Introspection, WhatItSaysOfTheResourcesIsTrue) {
    Scene scene{openPlan()};
    scene.own(kRfnop);
    auto& owner = scene.owner();
    const auto data = owner->get(kData);
    ASSERT_EQ(data.code, "2.05");
    for (const auto& [target, path] : *data["paths"].map()) {
        const auto reply = owner->get(*target.text(), {"if=oic.if.baseline"});
        if (reply.body.map() == nullptr || *target.text() == kData)
            continue; // an array of links; a certificate request that has to be made first; itself
        ASSERT_EQ(reply.code, "2.05") << *target.text();
        const std::string rt{*reply["rt"].array()->front().text()};
        const auto* definition = data["definitions"].find(rt);
        ASSERT_NE(definition, nullptr) << rt;
        for (const auto& [name, value] : *reply.body.map()) {
            const auto* schema = definition->find("properties")->find(*name.text());
            ASSERT_NE(schema, nullptr) << rt << " does not tell of " << *name.text();
            EXPECT_TRUE(hasShape(value, *schema)) << rt << ' ' << *name.text();
        }
        for (const auto& name : *definition->find("required")->array())
            EXPECT_FALSE(reply[*name.text()].isNull()) << rt << " lacks " << *name.text();
    }
}

} // namespace ocfsecd::test::conformance
