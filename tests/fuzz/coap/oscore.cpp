// Protected messages: from anybody, and from somebody who has the key. The first octet says what the others are.

#include "../support.h"
#include "coap/oscore/protection.h"
#include "coap/oscore/replay_window.h"

#include "cbor/value.h"

#include <gnutls/crypto.h>

using namespace ocfsecd;
using namespace ocfsecd::coap;
using namespace ocfsecd::coap::oscore;

namespace {

const Bytes kClient{1, 2, 3, 4, 5, 6, 7}, kServer{2, 2, 3, 4, 5, 6, 7};

/// RFC 8613 sections 5.3 and 5.4, for a plaintext that no codec would write.
Message sealed(const Context& context, ByteView plain, const Binding& binding, bool response) {
    const auto external =
        cbor::encode(cbor::Array{1, cbor::Array{cbor::Value{10}}, binding.kid, binding.partialIv, Bytes{}});
    const auto data = cbor::encode(cbor::Array{"Encrypt0", Bytes{}, external});
    const auto nonce = nonceOf(context, context.senderId, binding.partialIv);
    const gnutls_datum_t key{const_cast<unsigned char*>(context.senderKey.view().data()), kKeySize};
    gnutls_aead_cipher_hd_t cipher = nullptr;
    require(gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_CCM_8, &key) == 0);
    Message out;
    out.code = response ? code::changed : code::post;
    out.id = 7;
    out.payload.resize(plain.size() + kTagSize);
    auto size = out.payload.size();
    require(gnutls_aead_cipher_encrypt(cipher, nonce.data(), nonce.size(), data.data(), data.size(), kTagSize,
                                       plain.data(), plain.size(), out.payload.data(), &size) == 0);
    gnutls_aead_cipher_deinit(cipher);
    OptionValue value{binding.partialIv, std::nullopt, std::nullopt};
    if (!response)
        value.kid = context.senderId;
    out.add(option::oscore, writeOption(value));
    return out;
}

void fromAnybody(const Context& client, const Context& server, ByteView octets) {
    const auto message = decode(octets);
    if (!message)
        return;
    const auto value = optionOf(*message);
    if (value && *value) {
        const auto again = readOption(writeOption(**value));
        require(again && *again == **value);
    }
    // Nobody finds eight octets of tag.
    require(!openRequest(server, *message) && !openResponse(client, *message, bindingOf(client, 5)));
}

void fromWhoHasTheKey(const Context& client, const Context& server, ByteView plain) {
    const auto request = openRequest(server, sealed(client, plain, bindingOf(client, 5), false));
    if (request) {
        require(request->message.isRequest() && request->sequence == 5 && request->binding.kid == kClient);
        // What has no place inside is gone after one time; then nothing changes any more.
        const auto once = openRequest(server, protectRequest(client, request->message, 6));
        require(once.ok());
        const auto twice = openRequest(server, protectRequest(client, once->message, 7));
        require(twice && encode(twice->message) == encode(once->message));
    }
    // The nonce of a response with a number of its own is its sender's; the binding is the request's.
    const auto response = openResponse(client, sealed(server, plain, bindingOf(server, 9), true), bindingOf(server, 9));
    if (response)
        require(response->isResponse());
}

void numbers(ByteView octets) {
    ReplayWindow window;
    Reader in{octets};
    while (in.left() >= 2) {
        const auto sequence = in.u16();
        if (!window.isFresh(sequence))
            continue;
        window.take(sequence);
        require(!window.isFresh(sequence));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto client = *derive({shareSecret(Bytes(16, 9)), {}, std::nullopt, kClient, kServer});
    static const auto server = *derive({shareSecret(Bytes(16, 9)), {}, std::nullopt, kServer, kClient});
    if (size == 0)
        return 0;
    const ByteView octets{data + 1, size - 1};
    switch (data[0] % 4) {
    case 0:
        fromAnybody(client, server, octets);
        break;
    case 1:
        fromWhoHasTheKey(client, server, octets);
        break;
    case 2:
        if (const auto value = readOption(octets))
            require(readOption(writeOption(*value)) == value);
        break;
    default:
        numbers(octets);
    }
    return 0;
}
