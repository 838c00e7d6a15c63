#include "coap/oscore/protection.h"

#include "cbor/value.h"

#include <algorithm>
#include <gnutls/crypto.h>
#include <memory>
#include <stdexcept>

namespace ocfsecd::coap::oscore {

namespace {

constexpr std::uint8_t kFetch = 5; // RFC 8132
constexpr int kVersion = 1, kAlgorithm = 10;

/// Section 4.1: what stays readable on the way. Everything else is encrypted, Observe is in both places.
constexpr std::uint16_t kOuterOptions[] = {option::uriHost, option::uriPort, option::proxyUri, option::proxyScheme};

bool isOuter(std::uint16_t number) {
    return std::ranges::find(kOuterOptions, number) != std::end(kOuterOptions);
}

Failure badOption(const char* what) {
    return {Reason::badOption, what, "send an OSCORE message as RFC 8613 describes it"};
}

/// Section 5.4.
Bytes additionalData(const Binding& binding) {
    const auto external = cbor::encode(
        cbor::Array{kVersion, cbor::Array{cbor::Value{kAlgorithm}}, binding.kid, binding.partialIv, Bytes{}});
    return cbor::encode(cbor::Array{"Encrypt0", Bytes{}, external});
}

class Aead {
public:
    explicit Aead(const SecretBytes& key) {
        const gnutls_datum_t datum{const_cast<unsigned char*>(key.view().data()), static_cast<unsigned>(key.size())};
        if (gnutls_aead_cipher_init(&handle_, GNUTLS_CIPHER_AES_128_CCM_8, &datum) < 0)
            throw std::runtime_error{"GnuTLS has no AES-128-CCM-8"};
    }
    ~Aead() { gnutls_aead_cipher_deinit(handle_); }
    Aead(const Aead&) = delete;
    Aead& operator=(const Aead&) = delete;

    Bytes seal(const Nonce& nonce, ByteView data, ByteView plain) const {
        Bytes out(plain.size() + kTagSize);
        auto size = out.size();
        if (gnutls_aead_cipher_encrypt(handle_, nonce.data(), nonce.size(), data.data(), data.size(), kTagSize,
                                       plain.data(), plain.size(), out.data(), &size) < 0)
            throw std::runtime_error{"GnuTLS does not encrypt with a nonce of 13 octets"};
        return out;
    }
    std::optional<Bytes> open(const Nonce& nonce, ByteView data, ByteView sealed) const {
        if (sealed.size() <= kTagSize) // at least the code is inside
            return std::nullopt;
        Bytes out(sealed.size() - kTagSize);
        auto size = out.size();
        if (gnutls_aead_cipher_decrypt(handle_, nonce.data(), nonce.size(), data.data(), data.size(), kTagSize,
                                       sealed.data(), sealed.size(), out.data(), &size) < 0)
            return std::nullopt;
        return out;
    }

private:
    gnutls_aead_cipher_hd_t handle_ = nullptr;
};

/// Code, options and payload as section 5.3 has them: a CoAP message without its first header octets.
Bytes plaintextOf(const Message& message) {
    Message inner;
    inner.payload = message.payload;
    // Section 4.1.3.5.2: the number of a notification stays outside, where the order of datagrams is judged.
    const bool notification = message.isResponse();
    for (const auto& option : message.options) {
        if (isOuter(option.number) || option.number == option::oscore)
            continue;
        if (notification && option.number == option::observe)
            inner.add(option::observe, {});
        else
            inner.options.push_back(option);
    }
    inner.code = message.code;
    const auto whole = encode(inner); // version, code and id: 4 octets
    Writer out;
    out.u8(message.code).bytes(ByteView{whole}.subspan(4));
    return out.take();
}

/// The inner message with what only the outer one says.
std::optional<Message> merged(const Message& outer, ByteView plain) {
    const std::uint8_t code = plain.front();
    Writer whole; // any type that may carry the code will do
    whole.u8(0x50).u8(code).u16(0).bytes(plain.subspan(1));
    auto inner = decode(whole.view());
    if (!inner || (outer.isRequest() ? !inner->isRequest() : !inner->isResponse()))
        return std::nullopt;
    inner->type = outer.type;
    inner->id = outer.id;
    inner->token = outer.token;
    for (const auto& option : outer.options)
        if (isOuter(option.number))
            inner->options.push_back(option);
    if (inner->isResponse())
        if (auto* observe = const_cast<Option*>(inner->find(option::observe)))
            if (const auto* number = outer.find(option::observe))
                observe->value = number->value;
    std::ranges::stable_sort(inner->options, {}, &Option::number);
    return *std::move(inner);
}

Message outerOf(const Message& inner, std::uint8_t code, const OptionValue& value, Bytes sealed) {
    Message out;
    out.type = inner.type;
    out.id = inner.id;
    out.token = inner.token;
    out.code = code;
    for (const auto& option : inner.options)
        if (isOuter(option.number) || option.number == option::observe)
            out.options.push_back(option);
    out.add(option::oscore, writeOption(value));
    out.payload = std::move(sealed);
    return out;
}

} // namespace

Result<std::optional<OptionValue>> optionOf(const Message& message) {
    const auto* option = message.find(option::oscore);
    if (option == nullptr)
        return std::optional<OptionValue>{};
    if (std::ranges::count(message.options, option::oscore, &Option::number) != 1)
        return badOption("the OSCORE option comes twice");
    auto value = readOption(option->value);
    if (!value || message.payload.empty())
        return badOption("an OSCORE message is malformed");
    return std::optional{*std::move(value)};
}

Message protectRequest(const Context& context, const Message& request, std::uint64_t sequence) {
    const auto binding = bindingOf(context, sequence);
    const auto nonce = nonceOf(context, context.senderId, binding.partialIv);
    auto sealed = Aead{context.senderKey}.seal(nonce, additionalData(binding), plaintextOf(request));
    // Section 4.2: a registration is a FETCH outside, everything else a POST.
    const bool observes = request.find(option::observe) != nullptr;
    return outerOf(request, observes ? kFetch : code::post, {binding.partialIv, context.idContext, context.senderId},
                   std::move(sealed));
}

Binding bindingOf(const Context& context, std::uint64_t sequence) {
    return {context.senderId, partialIvOf(sequence)};
}

Result<OpenedRequest> openRequest(const Context& context, const Message& message) {
    const auto value = optionOf(message);
    if (!value)
        return value.failure();
    if (!*value || !(*value)->kid || (*value)->partialIv.empty())
        return badOption("an OSCORE request has no kid or no Partial IV");
    OpenedRequest out;
    out.binding = {*(*value)->kid, (*value)->partialIv};
    out.sequence = *sequenceOf(out.binding.partialIv); // readOption() lets no longer one through
    const auto nonce = nonceOf(context, context.recipientId, out.binding.partialIv);
    const auto plain = Aead{context.recipientKey}.open(nonce, additionalData(out.binding), message.payload);
    if (!plain)
        return Failure{Reason::malformed, "an OSCORE request is not authentic", "check the credential of both ends"};
    auto inner = merged(message, *plain);
    if (!inner)
        return badOption("an OSCORE request holds no CoAP request");
    out.message = *std::move(inner);
    return out;
}

Message protectResponse(const Context& context, const Message& response, const Binding& binding,
                        std::optional<std::uint64_t> sequence) {
    OptionValue value;
    Nonce nonce{};
    if (sequence) {
        value.partialIv = partialIvOf(*sequence);
        nonce = nonceOf(context, context.senderId, value.partialIv);
    } else {
        nonce = nonceOf(context, context.recipientId, binding.partialIv); // the request's own
    }
    auto sealed = Aead{context.senderKey}.seal(nonce, additionalData(binding), plaintextOf(response));
    const bool notification = response.find(option::observe) != nullptr;
    return outerOf(response, notification ? code::content : code::changed, value, std::move(sealed));
}

Result<Message> openResponse(const Context& context, const Message& message, const Binding& binding) {
    const auto value = optionOf(message);
    if (!value)
        return value.failure();
    if (!*value)
        return badOption("a response to an OSCORE request is not protected");
    const bool own = !(*value)->partialIv.empty();
    const auto nonce = own ? nonceOf(context, context.recipientId, (*value)->partialIv)
                           : nonceOf(context, context.senderId, binding.partialIv);
    const auto plain = Aead{context.recipientKey}.open(nonce, additionalData(binding), message.payload);
    if (!plain)
        return Failure{Reason::malformed, "an OSCORE response is not authentic", "check the credential of both ends"};
    auto inner = merged(message, *plain);
    if (!inner)
        return badOption("an OSCORE response holds no CoAP response");
    return *std::move(inner);
}

} // namespace ocfsecd::coap::oscore
