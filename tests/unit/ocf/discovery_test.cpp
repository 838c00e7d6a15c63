#include "ocf/discovery.h"

#include "ocf/resources.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::ocf {

namespace {

const Address kPeer = Address::v4({192, 0, 2, 1}, 40000);

struct Discovery {
    Discovery() {
        endpoints.set({{2, Address::v4({192, 0, 2, 10}, 0), 24}}, {5683, 5684, 0, 0});
        arrival = {false, Address::v4({192, 0, 2, 10}, 5683), 2};
    }
    svr::Reply get(std::vector<std::string> query = {}, bool multicast = false) {
        svr::Call call;
        call.query = std::move(query);
        call.multicast = multicast;
        arrival.multicast = multicast;
        return getResources({state, endpoints, arrival, kPeer, docOccupied, deviceType}, call);
    }
    std::size_t links(std::vector<std::string> query) {
        const auto reply = get(std::move(query));
        return reply.body && reply.body->array() != nullptr ? reply.body->array()->size() : 0;
    }
    svr::DeviceState state;
    Endpoints endpoints;
    Arrival arrival;
    std::string deviceType = "oic.d.gateway";
    bool docOccupied = false;
};

} // namespace

TEST(Discovery, ListsEveryDiscoverableResourceOnce) {
    Discovery discovery;
    const auto discoverable = [](const auto& row) { return (row.bm & 1) != 0; };
    EXPECT_EQ(discovery.links({}), static_cast<std::size_t>(std::ranges::count_if(kCoreResources, discoverable) +
                                                            std::ranges::count_if(svr::kResources, discoverable)));
}

TEST(Discovery, FiltersByAnyTypeOfAResource) {
    Discovery discovery;
    EXPECT_EQ(discovery.links({"rt=oic.wk.d"}), 1U);
    EXPECT_EQ(discovery.links({"rt=oic.d.gateway"}), 1U);
    EXPECT_EQ(discovery.links({"RT=oic.r.cred"}), 1U);
}

TEST(Discovery, WithoutAMatchIsAnErrorToOneAndSilenceToAll) {
    Discovery discovery;
    const auto toOne = discovery.get({"rt=oic.r.nothing"});
    EXPECT_EQ(toOne.code, coap::code::badRequest);
    EXPECT_FALSE(toOne.silent);
    EXPECT_TRUE(discovery.get({"rt=oic.r.nothing"}, true).silent);
    EXPECT_EQ(discovery.get({"if=oic.if.rw"}).code, coap::code::badRequest) << "which /oic/res does not have";
    EXPECT_TRUE(discovery.get({"if=oic.if.rw"}, true).silent);
}

TEST(Discovery, SeveralTypesAreAskedForAtOnce) {
    Discovery discovery;
    EXPECT_EQ(discovery.links({"rt=oic.r.cred", "rt=oic.wk.p", "rt=oic.r.nothing"}), 2U);
}

TEST(Discovery, AnotherSecurityDomainGetsNoAnswerAtAll) {
    Discovery discovery;
    discovery.state.sdi = {*Uuid::parse("05da9192-e085-45bd-6a1b-f1df980ad9ed"), "home", false};
    EXPECT_NE(discovery.links({"sduuid=05DA9192-e085-45bd-6a1b-f1df980ad9ed"}), 0U);
    const std::vector<std::string> bad[] = {
        {"sduuid=15da9192-e085-45bd-6a1b-f1df980ad9ed"}, {"sduuid="}, {"sduuid"}, {"SDUUID=x", "rt=oic.r.doxm"}};
    for (const auto& query : bad)
        for (const bool multicast : {false, true}) {
            const auto reply = discovery.get(query, multicast);
            EXPECT_TRUE(reply.silent);
            EXPECT_FALSE(reply.body);
        }
    discovery.state.sdi.priv = true;
    EXPECT_TRUE(discovery.get({"sduuid=05da9192-e085-45bd-6a1b-f1df980ad9ed"}).silent);
}

TEST(Discovery, OffersSecureResourcesInClearOnlyWhenTheyAnswerThere) {
    using State = svr::OnboardingState;
    for (const auto state : {State::rfotm, State::rfpro, State::rfnop, State::sreset}) {
        for (const bool occupied : {false, true}) {
            Discovery discovery;
            discovery.state.pstat.state = state;
            discovery.docOccupied = occupied;
            const auto reply = discovery.get({"rt=oic.r.doxm"});
            const auto* eps = reply.body->array()->front().find("eps")->array();
            EXPECT_EQ(eps->size(), state == State::rfotm && !occupied ? 2U : 1U);
            EXPECT_EQ(eps->back().find("ep")->text(), "coaps://192.0.2.10:5684");
        }
    }
}

} // namespace ocfsecd::ocf
