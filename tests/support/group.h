#pragma once
// One of a group that commands by multicast (credential types 128 and 256): a sender made of the OSCORE codec alone,
// which is checked against the RFC's vectors.

#include "coap/oscore/protection.h"
#include "messages.h"
#include "onboarding.h"

namespace ocfsecd::test {

inline const Bytes kGroupId{0x66, 2, 3, 4, 5, 6, 7}, kGroupSecret(16, 0x6e);

/// What the device gets of it: type 256, of these who send.
inline cbor::Map groupCredential(const Uuid& subject, ByteView id = kGroupId, ByteView secret = kGroupSecret) {
    return {{"credtype", 256},
            {"subjectuuid", subject.text()},
            {"privatedata", cbor::Map{{"data", copyOf(secret)}, {"encoding", "oic.sec.encoding.raw"}}},
            {"oscore", cbor::Map{{"recipientid", toHex(id)}, {"desc", "lights"}}}};
}

/// Numbers, message ids and tokens go on from one to the next.
class GroupSender {
public:
    /// Not the port of a host's own CoAP client.
    static constexpr std::uint16_t kPort = 42000;

    explicit GroupSender(SimPeer& peer, ByteView id = kGroupId, ByteView secret = kGroupSecret)
        : peer_{peer}, context_{*coap::oscore::derive({shareSecret(secret), {}, std::nullopt, copyOf(id), {}})} {}

    coap::Message compose(std::uint8_t code, std::string_view path, const cbor::Value& body) {
        auto out = message(code, path, cbor::encode(body), ++id_);
        out.type = coap::Type::nonConfirmable;
        out.addNumber(coap::option::contentFormat, coap::kFormatOcfCbor);
        return out;
    }
    void send(const coap::Message& inner, const Address& to = kGroup4) {
        sent = coap::encode(coap::oscore::protectRequest(context_, inner, sequence++));
        sendAgain(to);
    }
    void sendAgain(const Address& to = kGroup4) { peer_.sendRaw(to, sent, kPort); }
    void post(std::string_view path, const cbor::Value& body, const Address& to = kGroup4) {
        send(compose(coap::code::post, path, body), to);
    }

    std::uint64_t sequence = 0;
    Bytes sent;

private:
    SimPeer& peer_;
    coap::oscore::Context context_;
    std::uint16_t id_ = 0x200;
};

} // namespace ocfsecd::test
