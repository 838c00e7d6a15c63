// A server and a client under a hostile script: what they remember stays within the limits, what they send is
// well-formed, no clear unicast answer is larger than its budget, and after all time-outs nothing is left.

#include "coap/server.h"
#include "../support.h"
#include "coap/answer.h"
#include "coap/client.h"

using namespace ocfsecd;

namespace {

constexpr coap::ServerSettings kSettings{
    .maxBody = 512, .maxExchanges = 8, .maxExchangesPerPeer = 4, .maxTransfersPerPeer = 2, .maxTransfers = 3};

coap::Channel channelOf(std::uint8_t selector) {
    return {.peer = Address::v4({192, 0, 2, static_cast<std::uint8_t>(selector & 3)}, 5683),
            .session = (selector & 4) != 0 ? (selector & 3) + 1U : 0U,
            .socket = 1};
}

/// One step: what to do, to whom, and up to 255 octets of material.
class Script {
public:
    explicit Script(ByteView octets) : in_{octets} {}
    bool hasMore() const { return in_.left() > 3; }
    std::uint8_t number() { return in_.u8(); }
    ByteView octets() { return in_.take(std::min<std::size_t>(in_.u8(), in_.left())); }

private:
    Reader in_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Counting random;
    coap::Server server{kSettings, random};
    coap::Client client{{.maxBody = 512, .blockExponent = 2}, random};
    auto now = TimePoint{} + 1h;
    std::uint64_t lastRequest = 0;
    Script script{{data, size}};
    while (script.hasMore()) {
        const auto action = script.number();
        const auto channel = channelOf(script.number());
        std::size_t budget = SIZE_MAX;
        switch (action % 6) {
        case 0:
        case 1: {
            const auto datagram = script.octets();
            const bool multicast = (action & 0x80) != 0;
            const auto incoming = server.receive(channel, multicast, datagram, now);
            if (incoming && *incoming) {
                lastRequest = (*incoming)->id;
                if ((*incoming)->continues)
                    server.resume(lastRequest, now);
                if ((action & 0x40) != 0)
                    server.respond(lastRequest, {.payload = Bytes(action * 2U, 0xA5)}, now, Duration{action});
            }
            if (!multicast && !channel.secure())
                budget = coap::answerBudget(datagram.size(), kSettings.clearAmplification);
            break;
        }
        case 2:
            now += Duration{script.number() * 100};
            server.tick(now);
            (void)client.tick(now);
            break;
        case 3:
            server.respond(lastRequest, {.payload = copyOf(script.octets())}, now);
            break;
        case 4:
            (void)client.receive(channel, script.octets(), now);
            break;
        default:
            if ((action & 0x80) != 0)
                (void)client.callMulticast(channel, {.path = "/a"}, now);
            else if ((action & 0x40) != 0)
                server.dropSession(channel.session), (void)client.dropSession(channel.session);
            else
                (void)client.call(channel, {.method = coap::Method::post, .path = "/a", .payload = Bytes(action)}, now);
        }
        for (const auto& outgoing : server.takeOutgoing()) {
            require(coap::decode(outgoing.datagram).ok());
            require(outgoing.datagram.size() <= budget);
        }
        for (const auto& outgoing : client.takeOutgoing())
            require(coap::decode(outgoing.datagram).ok());
        const auto usage = server.usage();
        require(usage.exchanges <= kSettings.maxExchanges && usage.timers <= kSettings.maxExchanges &&
                usage.transfers <= kSettings.maxTransfers);
    }
    for (int i = 0; i < 2000 && (server.deadline() || client.deadline()); ++i) {
        now = *earlier(server.deadline(), client.deadline());
        server.tick(now);
        (void)client.tick(now);
    }
    require(!server.deadline() && !client.deadline() && server.usage().exchanges == 0);
    return 0;
}
