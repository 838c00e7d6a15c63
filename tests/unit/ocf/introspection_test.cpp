#include "ocf/introspection.h"

#include "coap/server.h"
#include "ocf/resources.h"
#include "svr/schema.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace ocfsecd::ocf {

namespace {

std::set<std::string> keysOf(const cbor::Value& map) {
    std::set<std::string> out;
    for (const auto& [key, value] : *map.map())
        EXPECT_TRUE(out.emplace(*key.text()).second) << "twice";
    return out;
}

/// Follows "#/definitions/…" and "#/parameters/…"; null when it leads nowhere.
const cbor::Value* resolve(const cbor::Value& whole, const cbor::Value& holder) {
    const auto* reference = holder.find("$ref");
    if (reference == nullptr)
        return nullptr;
    const std::string_view path = *reference->text();
    const auto slash = path.rfind('/');
    const auto* section = whole.find(path.substr(2, slash - 2));
    return section == nullptr ? nullptr : section->find(path.substr(slash + 1));
}

} // namespace

TEST(Introspection, DescribesEveryResourceItsMethodsAndItsInterfaces) {
    const auto whole = introspectionData({});
    EXPECT_EQ(whole.find("swagger")->text(), "2.0");
    std::set<std::string> hrefs;
    const auto check = [&](const svr::ResourceDescription& row) {
        hrefs.emplace(row.href);
        const auto* path = whole.find("paths")->find(row.href);
        ASSERT_NE(path, nullptr) << row.href;
        const std::pair<const char*, unsigned> methods[] = {
            {"get", svr::methods::get}, {"post", svr::methods::post}, {"delete", svr::methods::del}};
        for (const auto& [name, bit] : methods) {
            const auto* method = path->find(name);
            ASSERT_EQ(method != nullptr, (row.methods & bit) != 0) << row.href << ' ' << name;
            if (method == nullptr)
                continue;
            const auto* parameter = resolve(whole, method->find("parameters")->array()->front());
            ASSERT_NE(parameter, nullptr);
            EXPECT_EQ(*parameter->find("enum"), cbor::Value(cbor::Array(row.interfaces.begin(), row.interfaces.end())));
        }
        const auto* ok = path->find("get")->find("responses")->find("200");
        EXPECT_NE(resolve(whole, *ok->find("schema")), nullptr) << row.href;
    };
    std::ranges::for_each(kCoreResources, check);
    std::ranges::for_each(svr::kResources, check);
    EXPECT_EQ(keysOf(*whole.find("paths")), hrefs);
}

TEST(Introspection, FitsIntoOneAnswer) {
    EXPECT_LT(cbor::encode(introspectionData({})).size(), coap::ServerSettings{}.maxBody);
    EXPECT_TRUE(cbor::decode(cbor::encode(introspectionData({}))));
}

TEST(Introspection, ReadOnlyIsWhatNobodyEverWrites) {
    const auto whole = introspectionData({});
    const auto writable = [&](std::string_view rt) {
        std::string out;
        for (const auto& [name, schema] : *whole.find("definitions")->find(rt)->find("properties")->map())
            if (schema.find("readOnly") == nullptr)
                out += std::string{*name.text()} + ' ';
        return out;
    };
    // The official models say the same, but for what they call writable and never in an update.
    EXPECT_EQ(writable("oic.r.doxm"), "oxmsel owned deviceuuid devowneruuid rowneruuid ");
    EXPECT_EQ(writable("oic.r.pstat"), "dos tm om rowneruuid ");
    EXPECT_EQ(writable("oic.r.cred"), "creds rowneruuid ");
    EXPECT_EQ(writable("oic.r.csr"), "");
    EXPECT_EQ(writable("oic.r.roles"), "roles ");
    EXPECT_EQ(writable("oic.r.ael"), "categoryfilter priorityfilter ");
    EXPECT_EQ(writable("oic.wk.d"), "");
    EXPECT_EQ(writable("oic.wk.con"), "n ");
}

TEST(Introspection, PointsToWhereTheAskerCanReachIt) {
    Endpoints endpoints;
    endpoints.set({{2, Address::v4({192, 0, 2, 10}, 0), 24}}, {5683, 5684, 0, 0});
    const Arrival arrival{false, Address::v4({192, 0, 2, 10}, 5683), 2};
    const auto reply = getIntrospection(endpoints, arrival, Address::v4({192, 0, 2, 1}, 40000), {});
    EXPECT_EQ(cbor::diagnostic(*reply.body),
              R"({"urlInfo": [{"protocol": "coap", "url": "coap://192.0.2.10:5683/oc/introspection", )"
              R"("content-type": "application/cbor", "version": 1}, )"
              R"({"protocol": "coaps", "url": "coaps://192.0.2.10:5684/oc/introspection", )"
              R"("content-type": "application/cbor", "version": 1}]})");
    svr::Call call;
    call.query = {"if=oic.if.rw"};
    EXPECT_EQ(getIntrospection(endpoints, arrival, arrival.local, call).code, coap::code::badRequest);
    EXPECT_EQ(getIntrospectionData({}, call).code, coap::code::badRequest);
}

TEST(Schema, NamesEveryPropertyOfTheAccessTables) {
    for (const auto& row : svr::kResources) {
        std::set<std::string_view> named;
        for (const auto& property : svr::kSchema)
            if (property.rt == row.rt)
                named.insert(property.name);
        EXPECT_FALSE(named.empty()) << row.rt;
        for (const auto& access : svr::accessOf(row.rt))
            EXPECT_TRUE(named.contains(access.name.substr(0, access.name.find('.')))) << row.rt << ' ' << access.name;
    }
}

} // namespace ocfsecd::ocf
