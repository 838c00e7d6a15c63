#pragma once
// One device as the pure rules see it: requests go through the access decision and the resource, as in the daemon.

#include "svr/access.h"
#include "svr/resource.h"
#include "svr/state_machine.h"

#include <gtest/gtest.h>

namespace ocfsecd::svr {

/// Reproducible; different every call.
class TestRandom final : public Random {
public:
    void fill(MutableByteView out) override {
        for (auto& octet : out) {
            state_ ^= state_ << 13;
            state_ ^= state_ >> 7;
            state_ ^= state_ << 17;
            octet = static_cast<std::uint8_t>(state_ >> 24);
        }
    }

private:
    std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

inline Uuid uuidOf(std::string_view text) {
    return Uuid::parse(text).value();
}

inline const Uuid kOwner = uuidOf("00bcb47c-1eb9-4b89-4132-c2d2181ca984");
inline const Uuid kCms = uuidOf("c0000000-0000-4000-8000-000000000001");
inline const Uuid kAms = uuidOf("a0000000-0000-4000-8000-000000000002");
inline const Uuid kPstatOwner = uuidOf("b0000000-0000-4000-8000-000000000003");
inline const Uuid kStranger = uuidOf("5000000f-0000-4000-8000-000000000004");
inline const Uuid kDevice = uuidOf("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1");

constexpr std::string_view kDoxmHref = "/oic/sec/doxm", kPstatHref = "/oic/sec/pstat", kCredHref = "/oic/sec/cred",
                           kAcl2Href = "/oic/sec/acl2";

inline Caller inClear() {
    return {};
}
inline Caller overDoc() {
    Caller caller;
    caller.secure = caller.doc = caller.docOpen = true;
    return caller;
}
inline Caller as(const Uuid& peer) {
    Caller caller;
    caller.secure = true;
    caller.peer = peer;
    return caller;
}

inline const Bytes kTestKey = copyOf(viewOf("0123456789abcdef"));

inline Credential pskFor(const Uuid& subject, std::uint32_t id) {
    Credential out;
    out.id = CredId{id};
    out.subject = subject;
    out.privateEncoding = Encoding::raw;
    out.key.clear = shareSecret(kTestKey);
    return out;
}

class World {
public:
    World() : state{manufacturerDefault(random, capabilities)} {}
    explicit World(OnboardingState in, bool separateServices = false) : World{} {
        prepare(separateServices);
        if (in != OnboardingState::rfotm)
            state = enter(std::move(state), in);
    }

    /// Everything RFPRO asks for, still in RFOTM.
    void prepare(bool separateServices = false) {
        state.doxm = {oxm::justWorks, true, kDevice, kOwner, kOwner};
        state.pstat.rowneruuid = kOwner;
        state.cred.rowneruuid = separateServices ? kCms : kOwner;
        state.acl2.rowneruuid = separateServices ? kAms : kOwner;
        state.cred.creds = {pskFor(kOwner, 1)};
        if (separateServices) {
            state.cred.creds.push_back(pskFor(kCms, 2));
            state.cred.creds.push_back(pskFor(kAms, 3));
        }
    }

    Reply request(const Caller& caller, coap::Method method, std::string_view href, const cbor::Value* body = nullptr,
                  std::vector<std::string> query = {}, bool multicast = false) {
        const auto decision = decide(state, caller, targetOf(href), method);
        if (!decision.allowed)
            return refused(decision.failure(), multicast);
        Call call{method, std::move(query), body, caller, multicast, {}, wallTime};
        if (caller.doc && !keyBlock.empty())
            call.docKeyBlock = [this]() -> Result<SecretBytes> { return SecretBytes{keyBlock}; };
        auto reply = handle(state, href, call, random, capabilities);
        if (reply.next)
            state = *reply.next;
        return reply;
    }
    Reply get(const Caller& caller, std::string_view href, std::vector<std::string> query = {}) {
        return request(caller, coap::Method::get, href, nullptr, std::move(query));
    }
    Reply post(const Caller& caller, std::string_view href, const cbor::Value& body,
               std::vector<std::string> query = {}) {
        return request(caller, coap::Method::post, href, &body, std::move(query));
    }
    /// A payload as it was on the wire.
    Reply postHex(const Caller& caller, std::string_view href, std::string_view hex) {
        const auto body = cbor::decode(fromHex(hex).value());
        EXPECT_TRUE(body);
        return post(caller, href, *body);
    }
    Reply del(const Caller& caller, std::string_view href, std::vector<std::string> query = {}) {
        return request(caller, coap::Method::del, href, nullptr, std::move(query));
    }
    Reply setState(const Caller& caller, int s) {
        return post(caller, kPstatHref, cbor::Map{{"dos", cbor::Map{{"s", s}}}});
    }
    /// What the device does two seconds after an accepted RESET.
    void finishReset() { state = manufacturerDefault(random, capabilities); }

    Capabilities capabilities;
    TestRandom random;
    Bytes keyBlock;
    WallTime wallTime = std::chrono::sys_days{std::chrono::year{2027} / 1 / 1};
    DeviceState state;
};

inline std::string codeOf(const Reply& reply) {
    return coap::codeText(reply.code);
}
inline const cbor::Value& at(const Reply& reply, std::string_view key) {
    static const cbor::Value absent;
    const auto* found = reply.body ? reply.body->find(key) : nullptr;
    return found != nullptr ? *found : absent;
}
inline std::string diagnosticOf(const Reply& reply) {
    return reply.body ? cbor::diagnostic(*reply.body) : "-";
}

/// A state and what a request did to it; braces evaluate in this order.
struct Attempt {
    DeviceState before;
    Reply reply;
};
inline void expectRefused(const World& world, std::string_view code, const Attempt& attempt, const char* file,
                          int line) {
    const testing::ScopedTrace trace{file, line, "expected to be refused"};
    const auto& failure = attempt.reply.failure;
    EXPECT_EQ(codeOf(attempt.reply), code);
    EXPECT_TRUE(failure && !failure->what.empty() && !failure->next.empty()) << "a refusal says why and what next";
    EXPECT_FALSE(attempt.reply.next);
    EXPECT_TRUE(world.state == attempt.before) << "nothing may change";
}
/// The request was refused with this code, says why and what next, and nothing changed.
#define EXPECT_REFUSED(world, expectedCode, ...)                                                                       \
    expectRefused((world), expectedCode, Attempt{(world).state, __VA_ARGS__}, __FILE__, __LINE__)

inline constexpr OnboardingState kOwnedStates[] = {OnboardingState::rfpro, OnboardingState::rfnop,
                                                   OnboardingState::sreset};

} // namespace ocfsecd::svr
