#include "tools/obt/certificate_request.h"

#include "support/certificates.h"
#include "svr/x509.h"

#include <functional>
#include <gnutls/x509.h>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

const Uuid kDevice = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const Uuid kOther = *Uuid::parse("22222222-2222-4222-8222-222222222222");
using Request = svr::x509::Owned<gnutls_x509_crq_t, gnutls_x509_crq_init, gnutls_x509_crq_deinit>;

std::string pemOf(ByteView der) {
    return "-----BEGIN CERTIFICATE REQUEST-----\n" + toBase64(der) + "\n-----END CERTIFICATE REQUEST-----\n";
}

Bytes derOf(const std::string& pem) {
    const auto begin = pem.find('\n') + 1;
    auto base64 = pem.substr(begin, pem.find("\n-----END") - begin);
    std::erase(base64, '\n');
    return *fromBase64(base64);
}

/// A request that says what `fill` makes it say.
std::string requestWith(const test::TestKey& key, const std::function<void(gnutls_x509_crq_t)>& fill,
                        gnutls_digest_algorithm_t digest = GNUTLS_DIG_SHA256) {
    const Request request;
    EXPECT_GE(gnutls_x509_crq_set_version(request.get(), 1), 0);
    fill(request.get());
    EXPECT_GE(gnutls_x509_crq_set_key(request.get(), key.get()), 0);
    EXPECT_GE(gnutls_x509_crq_sign2(request.get(), key.get(), digest, 0), 0);
    svr::x509::Datum out;
    EXPECT_GE(gnutls_x509_crq_export2(request.get(), GNUTLS_X509_FMT_DER, out.fill()), 0);
    return pemOf(out.view());
}

std::function<void(gnutls_x509_crq_t)> named(std::vector<std::string> names) {
    return [names = std::move(names)](gnutls_x509_crq_t request) {
        for (const auto& name : names)
            gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, name.data(),
                                          static_cast<unsigned>(name.size()));
    };
}

std::string right(const test::TestKey& key) {
    return test::requestFor(kDevice, key);
}

/// One bit of the signature is wrong.
std::string brokenSignature(const test::TestKey& key) {
    auto der = derOf(right(key));
    der.back() ^= 1;
    return pemOf(der);
}

/// What somebody signed with his own key for another's.
std::string foreignKey(const test::TestKey& key) {
    const test::TestKey signer;
    const Request request;
    gnutls_x509_crq_set_version(request.get(), 1);
    named({"uuid:" + kDevice.text()})(request.get());
    gnutls_x509_crq_set_key(request.get(), key.get());
    EXPECT_GE(gnutls_x509_crq_sign2(request.get(), signer.get(), GNUTLS_DIG_SHA256, 0), 0);
    svr::x509::Datum out;
    EXPECT_GE(gnutls_x509_crq_export2(request.get(), GNUTLS_X509_FMT_DER, out.fill()), 0);
    return pemOf(out.view());
}

struct BadRequest {
    std::string_view name;
    std::function<std::string()> make;
    std::string_view says;
};

const std::vector<BadRequest>& badRequests() {
    static const test::TestKey key, p384{test::TestKey::Kind::p384}, rsa{test::TestKey::Kind::rsa};
    static const std::string ours = "uuid:" + kDevice.text();
    static const std::vector<BadRequest> all{
        {"empty", [] { return std::string{}; }, "octets"},
        {"too long", [] { return right(key) + std::string(kMaxRequestText, '\n'); }, "octets"},
        {"no PEM", [] { return std::string{"hello"}; }, "PKCS#10"},
        {"cut off", [] { return right(key).substr(0, 120); }, "PKCS#10"},
        {"cut inside",
         [] {
             auto der = derOf(right(key));
             der.resize(der.size() / 2);
             return pemOf(der);
         },
         "PKCS#10"},
        {"a certificate", [] { return svr::toPem(test::issue(test::endEntity(kDevice)).der); }, "PKCS#10"},
        {"P-384", [] { return right(p384); }, "secp256r1"},
        {"RSA", [] { return right(rsa); }, "secp256r1"},
        {"SHA-384", [] { return requestWith(key, named({ours}), GNUTLS_DIG_SHA384); }, "ecdsa-with-SHA256"},
        {"broken signature", [] { return brokenSignature(key); }, "not signed by the key"},
        {"somebody else's key", [] { return foreignKey(key); }, "not signed by the key"},
        {"somebody else's UUID", [] { return test::requestFor(kOther, key); }, "is for"},
        {"no name", [] { return requestWith(key, named({})); }, "common name"},
        {"two names",
         [] {
             return requestWith(key, named({ours, ours}));
         },
         "several"},
        {"more in the name", [] { return requestWith(key, named({ours + "0"})); }, "is for"},
        {"less in the name", [] { return requestWith(key, named({kDevice.text()})); }, "is for"},
        {"a zero octet", [] { return requestWith(key, named({ours + std::string(1, '\0') + "x"})); }, "is for"},
    };
    return all;
}

} // namespace

TEST(CertificateRequest, OfTheDeviceItselfIsTaken) {
    const test::TestKey key;
    const auto read = readCertificateRequest(right(key), kDevice);
    ASSERT_TRUE(read) << read.failure().what;
    EXPECT_EQ(read->uuid, kDevice);
    EXPECT_EQ(read->key, key.publicKey());
}

TEST(CertificateRequest, EachBadOneIsRefusedWithItsReason) {
    for (const auto& bad : badRequests()) {
        const auto read = readCertificateRequest(bad.make(), kDevice);
        ASSERT_FALSE(read) << bad.name;
        EXPECT_EQ(read.failure().reason, Reason::malformed) << bad.name;
        EXPECT_NE(read.failure().what.find(bad.says), std::string::npos) << bad.name << ": " << read.failure().what;
        EXPECT_NE(read.failure().what.find("nothing is issued"), std::string::npos);
    }
}

TEST(CertificateRequest, WithoutADeviceItIsForWhomItNames) {
    const test::TestKey key;
    const auto read = readCertificateRequest(right(key));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->uuid, kDevice);
    for (const auto& name : {"uuid:" + Uuid{}.text(), std::string{"uuid:hello"}, kDevice.text()})
        EXPECT_FALSE(readCertificateRequest(requestWith(key, named({name})))) << name;
}

TEST(CertificateRequest, ABodyOfAnotherShapeIsRefused) {
    const test::TestKey key;
    const auto body = [](std::string_view encoding, cbor::Value csr) {
        return cbor::Value{cbor::Map{{"encoding", encoding}, {"csr", std::move(csr)}}};
    };
    EXPECT_TRUE(certificateRequestIn(body("oic.sec.encoding.pem", right(key)), kDevice));
    EXPECT_FALSE(certificateRequestIn(body("oic.sec.encoding.der", right(key)), kDevice));
    EXPECT_FALSE(certificateRequestIn(body("oic.sec.encoding.pem", 7), kDevice));
    EXPECT_FALSE(certificateRequestIn(cbor::Map{{"encoding", "oic.sec.encoding.pem"}}, kDevice));
    EXPECT_FALSE(certificateRequestIn(cbor::Map{{"csr", right(key)}}, kDevice));
    EXPECT_FALSE(certificateRequestIn(cbor::Array{}, kDevice));
}

} // namespace ocfsecd::obt
