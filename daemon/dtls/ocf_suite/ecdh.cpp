#include "dtls/ocf_suite/ecdh.h"

#include <algorithm>
#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>

namespace ocfsecd::dtls::ocf_suite {

namespace {

constexpr std::uint8_t kUncompressed = 4;

const ecc_curve* curve() {
    return nettle_get_secp_256r1();
}

// gmp frees without wiping.
class Number {
public:
    Number() { mpz_init2(value_, kCoordinate * 8); }
    explicit Number(ByteView from) : Number{} { nettle_mpz_set_str_256_u(value_, from.size(), from.data()); }
    ~Number() {
        const auto limbs = static_cast<mp_size_t>(mpz_size(value_));
        if (limbs != 0)
            wipe(mpz_limbs_write(value_, limbs), static_cast<std::size_t>(limbs) * sizeof(mp_limb_t));
        mpz_clear(value_);
    }
    Number(const Number&) = delete;
    Number& operator=(const Number&) = delete;
    mpz_ptr get() { return value_; }
    void write(MutableByteView out) const { nettle_mpz_get_str_256(out.size(), out.data(), value_); }

private:
    mpz_t value_;
};

class Point {
public:
    Point() { ecc_point_init(&value_, curve()); }
    ~Point() {
        wipe(value_.p, static_cast<std::size_t>(ecc_size_a(curve())) * sizeof(mp_limb_t));
        ecc_point_clear(&value_);
    }
    Point(const Point&) = delete;
    Point& operator=(const Point&) = delete;
    ecc_point* get() { return &value_; }

private:
    ecc_point value_;
};

void fillFrom(void* random, std::size_t length, std::uint8_t* out) {
    static_cast<Random*>(random)->fill({out, length});
}

} // namespace

EcdhKey::EcdhKey(Random& random) {
    ecc_scalar_init(&scalar_, curve());
    ecc_scalar_random(&scalar_, &random, fillFrom);
}

EcdhKey::~EcdhKey() {
    wipe(scalar_.p, static_cast<std::size_t>(ecc_size(curve())) * sizeof(mp_limb_t));
    ecc_scalar_clear(&scalar_);
}

Bytes EcdhKey::publicPoint() const {
    Point product;
    ecc_point_mul_g(product.get(), &scalar_);
    Number x;
    Number y;
    ecc_point_get(product.get(), x.get(), y.get());
    Bytes out(kPoint);
    out[0] = kUncompressed;
    x.write(MutableByteView{out}.subspan(1, kCoordinate));
    y.write(MutableByteView{out}.subspan(1 + kCoordinate, kCoordinate));
    return out;
}

std::optional<SecretBytes> EcdhKey::agree(ByteView peerPoint) const {
    if (peerPoint.size() != kPoint || peerPoint[0] != kUncompressed)
        return std::nullopt;
    Number peerX{peerPoint.subspan(1, kCoordinate)};
    Number peerY{peerPoint.subspan(1 + kCoordinate, kCoordinate)};
    Point peer;
    if (ecc_point_set(peer.get(), peerX.get(), peerY.get()) == 0)
        return std::nullopt;
    Point product;
    ecc_point_mul(product.get(), &scalar_, peer.get());
    Number x;
    Number y;
    ecc_point_get(product.get(), x.get(), y.get());
    SecretBytes out{kCoordinate};
    x.write(out.edit());
    return out;
}

} // namespace ocfsecd::dtls::ocf_suite
