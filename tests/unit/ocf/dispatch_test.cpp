#include "ocf/dispatch.h"

#include "ocf/resources.h"
#include "support/network.h"

#include <gtest/gtest.h>

namespace ocfsecd::ocf {

namespace {

const Address kPeer = Address::v4({192, 0, 2, 1}, 40000);

struct Gate {
    Gate() { state.pstat.state = svr::OnboardingState::rfnop; }
    svr::Reply ask(coap::Method method, std::string_view path, Bytes payload = {}) {
        coap::Request request;
        request.method = method;
        request.path = path;
        request.payload = std::move(payload);
        return dispatch({state, capabilities, core, access, endpoints, false}, {request, {}, arrival, kPeer, {}},
                        random);
    }
    svr::DeviceState state;
    svr::Capabilities capabilities;
    CoreProperties core;
    svr::AccessPolicy access;
    Endpoints endpoints;
    Arrival arrival;
    test::TestRandom random;
};

coap::Request askedFor(std::string_view di) {
    coap::Request out;
    out.query = {"di=" + std::string{di}};
    return out;
}

} // namespace

TEST(Dispatch, KnowsNoOtherResource) {
    Gate gate;
    for (const auto* path :
         {"/", "/oic", "/oic/sec", "/oic/sec/", "/oic/sec/nothing", "/oic/res/", "/OIC/RES", "/oic/sec/doxm2"})
        EXPECT_EQ(gate.ask(coap::Method::get, path).code, coap::code::notFound) << path;
}

TEST(Dispatch, RefusesMethodsAResourceDoesNotHave) {
    Gate gate;
    for (const auto* path : {"/oic/res", "/oic/d", "/oic/p"})
        for (const auto method : {coap::Method::post, coap::Method::put, coap::Method::del})
            EXPECT_EQ(gate.ask(method, path).code, coap::code::methodNotAllowed) << path;
    EXPECT_EQ(gate.ask(coap::Method::del, "/oc/con").code, coap::code::methodNotAllowed);
    EXPECT_EQ(gate.ask(coap::Method::put, "/oic/sec/cred").code, coap::code::methodNotAllowed);
    EXPECT_EQ(gate.ask(coap::Method::del, "/oic/sec/doxm").code, coap::code::methodNotAllowed);
}

TEST(Dispatch, RefusesPayloadsThatAreNoCbor) {
    Gate gate;
    EXPECT_EQ(gate.ask(coap::Method::post, "/oc/con", Bytes{0xbf}).code, coap::code::badRequest);
    EXPECT_EQ(gate.ask(coap::Method::post, "/oc/con").code, coap::code::badRequest);
    EXPECT_EQ(gate.ask(coap::Method::post, "/oic/sec/acl2", Bytes{0x61}).code, coap::code::badRequest);
}

TEST(Dispatch, ConcernsTheDeviceThatIsNamed) {
    svr::DeviceState state;
    state.doxm.deviceuuid = *Uuid::parse("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1");
    EXPECT_TRUE(concerns(state, {}, true));
    EXPECT_TRUE(concerns(state, askedFor("AB0349BF-2f08-4ed9-5a4b-5d6961cec6a1"), true));
    EXPECT_FALSE(concerns(state, askedFor("00bcb47c-1eb9-4b89-4132-c2d2181ca984"), true));
    EXPECT_FALSE(concerns(state, askedFor(""), true));
    EXPECT_TRUE(concerns(state, askedFor("00bcb47c-1eb9-4b89-4132-c2d2181ca984"), false)) << "who asks us means us";
}

TEST(Dispatch, JudgesAnUnknownResourceLikeAHiddenOne) {
    const auto target = targetOf("/no/such/thing");
    EXPECT_FALSE(target.dcr);
    EXPECT_FALSE(target.discoverable);
    EXPECT_FALSE(target.hasClearEndpoint);
    EXPECT_TRUE(targetOf("/oc/con").discoverable);
    EXPECT_FALSE(targetOf("/oc/con").dcr);
    EXPECT_TRUE(targetOf("/oic/sec/anything").svr);
}

} // namespace ocfsecd::ocf
