#pragma once
// Certificate authorities and end entities of a test's own, made with GnuTLS.

#include "dtls/external_key.h"

#include <ctime>
#include <gnutls/x509.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ocfsecd::dtls::test {

inline void require(int result) {
    if (result < 0)
        throw std::runtime_error{gnutls_strerror(result)};
}

/// A P-256 key in memory.
class TestKey {
public:
    TestKey() {
        gnutls_x509_privkey_t made = nullptr;
        require(gnutls_x509_privkey_init(&made));
        key_ = {made, gnutls_x509_privkey_deinit};
        require(
            gnutls_x509_privkey_generate(made, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    }
    gnutls_x509_privkey_t get() const { return key_.get(); }
    /// For Mbed TLS.
    Bytes der() const {
        gnutls_datum_t out{};
        require(gnutls_x509_privkey_export2(get(), GNUTLS_X509_FMT_DER, &out));
        auto octets = copyOf({out.data, out.size});
        gnutls_free(out.data);
        return octets;
    }
    SignDigest signer() const {
        return [key = key_](ByteView digest) -> Result<Bytes> {
            gnutls_privkey_t abstract = nullptr;
            require(gnutls_privkey_init(&abstract));
            require(gnutls_privkey_import_x509(abstract, key.get(), 0));
            const gnutls_datum_t hash{const_cast<unsigned char*>(digest.data()), static_cast<unsigned>(digest.size())};
            gnutls_datum_t signature{};
            require(gnutls_privkey_sign_hash2(abstract, GNUTLS_SIGN_ECDSA_SHA256, 0, &hash, &signature));
            auto out = copyOf({signature.data, signature.size});
            gnutls_free(signature.data);
            gnutls_privkey_deinit(abstract);
            return out;
        };
    }

private:
    std::shared_ptr<std::remove_pointer_t<gnutls_x509_privkey_t>> key_;
};

struct EndEntity {
    std::vector<Bytes> chain; ///< leaf first, without the root
    TestKey key;
    std::string name;
};

/// Days from now.
struct Span {
    int from = -1;
    int to = 1;
};

class Authority {
public:
    explicit Authority(const std::string& name, const Authority* issuer = nullptr)
        : certificate_{make(name, key_, true, {}, {}, issuer == nullptr ? nullptr : issuer, *this)} {
        if (issuer != nullptr) {
            above_ = issuer->above_;
            above_.insert(above_.begin(), certificate_);
        }
    }
    /// `padding` octets in an extension nobody looks at make it long.
    EndEntity issue(const std::string& name, Span span = {}, std::size_t padding = 0) const {
        EndEntity out;
        out.name = name;
        out.chain.push_back(make(name, out.key, false, span, Bytes(padding, 0x5a), this, *this));
        out.chain.insert(out.chain.end(), above_.begin(), above_.end());
        return out;
    }
    const Bytes& certificate() const { return certificate_; }
    /// DER of the subject's name.
    Bytes subject() const {
        const auto crt = import(certificate_);
        gnutls_datum_t raw{};
        require(gnutls_x509_crt_get_raw_dn(crt.get(), &raw));
        auto out = copyOf({raw.data, raw.size});
        gnutls_free(raw.data);
        return out;
    }
    /// A judge that knows this root alone.
    std::function<Result<void>(const std::vector<Bytes>&)> judge() const {
        return [root = certificate_](const std::vector<Bytes>& chain) -> Result<void> {
            const auto anchor = import(root);
            std::vector<std::shared_ptr<std::remove_pointer_t<gnutls_x509_crt_t>>> held;
            std::vector<gnutls_x509_crt_t> list;
            for (const auto& der : chain) {
                held.push_back(import(der));
                list.push_back(held.back().get());
            }
            auto trusted = anchor.get();
            unsigned status = 0;
            require(gnutls_x509_crt_list_verify(list.data(), static_cast<unsigned>(list.size()), &trusted, 1, nullptr,
                                                0, 0, &status));
            if (status != 0)
                return Failure{Reason::handshakeFailed, "status " + std::to_string(status), "get another certificate"};
            return {};
        };
    }

private:
    static std::shared_ptr<std::remove_pointer_t<gnutls_x509_crt_t>> import(const Bytes& der) {
        gnutls_x509_crt_t crt = nullptr;
        require(gnutls_x509_crt_init(&crt));
        std::shared_ptr<std::remove_pointer_t<gnutls_x509_crt_t>> out{crt, gnutls_x509_crt_deinit};
        const gnutls_datum_t raw{const_cast<unsigned char*>(der.data()), static_cast<unsigned>(der.size())};
        require(gnutls_x509_crt_import(crt, &raw, GNUTLS_X509_FMT_DER));
        return out;
    }
    static Bytes make(const std::string& name, const TestKey& key, bool isAuthority, Span span, const Bytes& padding,
                      const Authority* issuer, const Authority& self) {
        gnutls_x509_crt_t crt = nullptr;
        require(gnutls_x509_crt_init(&crt));
        const std::shared_ptr<std::remove_pointer_t<gnutls_x509_crt_t>> holder{crt, gnutls_x509_crt_deinit};
        constexpr int kDay = 86400;
        static unsigned serial = 1000;
        const auto number = ++serial;
        const unsigned char serialOctets[] = {static_cast<unsigned char>(number >> 8 & 0x7f),
                                              static_cast<unsigned char>(number)};
        require(gnutls_x509_crt_set_version(crt, 3));
        require(gnutls_x509_crt_set_serial(crt, serialOctets, sizeof serialOctets));
        require(gnutls_x509_crt_set_activation_time(crt, std::time(nullptr) + span.from * kDay));
        require(gnutls_x509_crt_set_expiration_time(crt, std::time(nullptr) + span.to * kDay));
        require(gnutls_x509_crt_set_dn(crt, ("CN=" + name).c_str(), nullptr));
        require(gnutls_x509_crt_set_key(crt, key.get()));
        require(gnutls_x509_crt_set_basic_constraints(crt, isAuthority ? 1 : 0, -1));
        require(gnutls_x509_crt_set_key_usage(crt, isAuthority
                                                       ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
                                                       : GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT));
        if (!padding.empty())
            require(
                gnutls_x509_crt_set_extension_by_oid(crt, "1.3.6.1.4.1.51414.1.9", padding.data(), padding.size(), 0));
        if (issuer == nullptr) {
            require(gnutls_x509_crt_sign2(crt, crt, self.key_.get(), GNUTLS_DIG_SHA256, 0));
        } else {
            const auto above = import(issuer->certificate_);
            require(gnutls_x509_crt_sign2(crt, above.get(), issuer->key_.get(), GNUTLS_DIG_SHA256, 0));
        }
        gnutls_datum_t out{};
        require(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &out));
        auto der = copyOf({out.data, out.size});
        gnutls_free(out.data);
        return der;
    }

    TestKey key_;
    Bytes certificate_;
    std::vector<Bytes> above_; ///< up to, and without, the root
};

} // namespace ocfsecd::dtls::test
