#include "dtls/cookie_jar.h"

#include "dtls/record.h"

namespace ocfsecd::dtls {

namespace {

constexpr Duration kPeriod = 1h; // a key guesses nothing within it, and no handshake takes longer
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kSequenceLowOctet = 10; // of the 48-bit record sequence number

SecretBytes makeKey(Random& random) {
    SecretBytes key{kKeySize};
    random.fill(key.edit());
    return key;
}

// GnuTLS's prototypes lack const; it only reads.
gnutls_datum_t datumOf(const SecretBytes& key) {
    return {const_cast<unsigned char*>(key.view().data()), static_cast<unsigned>(key.size())};
}

ssize_t append(gnutls_transport_ptr_t out, const void* data, std::size_t size) {
    *static_cast<Bytes*>(out) = copyOf({static_cast<const std::uint8_t*>(data), size});
    return static_cast<ssize_t>(size);
}

} // namespace

CookieJar::CookieJar(Random& random, TimePoint now)
    : random_{random}, current_{makeKey(random)}, previous_{makeKey(random)}, rotateAt_{now + kPeriod} {}

void CookieJar::rotate(TimePoint now) {
    if (now < rotateAt_)
        return;
    const bool bothTooOld = now - rotateAt_ >= kPeriod;
    previous_ = bothTooOld ? makeKey(random_) : std::move(current_);
    current_ = makeKey(random_);
    rotateAt_ = now + kPeriod;
}

CookieJar::Verdict CookieJar::verify(const Address& peer, ByteView clientHello, TimePoint now,
                                     gnutls_dtls_prestate_st& prestate) {
    rotate(now);
    auto name = peer.key();
    int result = GNUTLS_E_BAD_COOKIE;
    for (const auto* secret : {&current_, &previous_}) {
        auto key = datumOf(*secret);
        result =
            gnutls_dtls_cookie_verify(&key, name.data(), name.size(), const_cast<std::uint8_t*>(clientHello.data()),
                                      clientHello.size(), &prestate);
        if (result != GNUTLS_E_BAD_COOKIE)
            break;
    }
    if (result == GNUTLS_E_SUCCESS)
        return Verdict::valid;
    return result == GNUTLS_E_BAD_COOKIE ? Verdict::wanting : Verdict::malformed;
}

Bytes CookieJar::request(const Address& peer, ByteView clientHello, TimePoint now) {
    rotate(now);
    auto name = peer.key();
    auto key = datumOf(current_);
    gnutls_dtls_prestate_st prestate{};
    if (clientHello.size() > kSequenceLowOctet)
        prestate.record_seq = clientHello[kSequenceLowOctet]; // the answer bears the hello's own number
    Bytes out;
    gnutls_dtls_cookie_send(&key, name.data(), name.size(), &prestate, &out, append);
    return out;
}

} // namespace ocfsecd::dtls
