#include "svr/certificate.h"

#include "svr/der.h"
#include "svr/x509.h"

#include <algorithm>
#include <fmt/format.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

namespace ocfsecd::svr {

namespace {

constexpr std::size_t kMaxOids = 16; // purposes, policies, extensions of one certificate
constexpr std::string_view kSubjectAltName = "2.5.29.17";
/// Extensions this device reads, or whose purpose does not restrict (key identifiers, CRL distribution points).
constexpr std::string_view kKnownExtensions[] = {"2.5.29.14", "2.5.29.15", kSubjectAltName, "2.5.29.19",
                                                 "2.5.29.31", "2.5.29.32", "2.5.29.35",     "2.5.29.37"};

Failure unreadable(std::string_view what) {
    return {Reason::malformed, fmt::format("a certificate cannot be read: {}", what),
            "send X.509 version 3 certificates as PEM, the leaf first"};
}

std::optional<PublicKey> readKey(gnutls_x509_crt_t crt) {
    const x509::PublicKeyHandle key;
    return gnutls_pubkey_import_x509(key.get(), crt, 0) < 0 ? std::nullopt : x509::pointOf(key.get());
}

/// Texts that `read(index, buffer, size)` gives until it says there are no more.
template <class Read>
bool readOids(std::vector<std::string>& out, Read read) {
    for (unsigned index = 0; index <= kMaxOids; ++index) {
        char text[128];
        std::size_t size = sizeof text;
        const auto result = read(index, text, &size);
        if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return true;
        if (result < 0)
            return false;
        out.emplace_back(text);
    }
    return false;
}

bool readPolicies(gnutls_x509_crt_t crt, std::vector<std::string>& out) {
    for (unsigned index = 0; index <= kMaxOids; ++index) {
        gnutls_x509_policy_st policy{};
        unsigned critical = 0;
        const auto result = gnutls_x509_crt_get_policy(crt, index, &policy, &critical);
        if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return true;
        if (result < 0)
            return false;
        out.emplace_back(policy.oid != nullptr ? policy.oid : "");
        gnutls_x509_policy_release(&policy);
    }
    return false;
}

bool readExtensions(gnutls_x509_crt_t crt, Certificate& out) {
    unsigned critical = 0, ca = 0, bits = 0;
    int pathLength = -1;
    if (const auto got = gnutls_x509_crt_get_key_usage(crt, &bits, &critical); got >= 0)
        out.keyUsage = {bits, critical != 0};
    else if (got != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return false;
    if (const auto got = gnutls_x509_crt_get_basic_constraints(crt, &critical, &ca, &pathLength); got >= 0)
        out.basicConstraints = {ca != 0,
                                pathLength < 0 ? std::nullopt : std::optional{static_cast<unsigned>(pathLength)}};
    else if (got != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return false;
    const auto purpose = [&](unsigned index, char* text, std::size_t* size) {
        return gnutls_x509_crt_get_key_purpose_oid(crt, index, text, size, &critical);
    };
    std::vector<std::string> extensions;
    const auto extension = [&](unsigned index, char* text, std::size_t* size) {
        const auto got = gnutls_x509_crt_get_extension_info(crt, index, text, size, &critical);
        if (got >= 0 && critical != 0 && std::ranges::find(kKnownExtensions, text) == std::end(kKnownExtensions))
            out.unknownCritical = true;
        return got;
    };
    return readOids(out.purposes, purpose) && readPolicies(crt, out.policies) && readOids(extensions, extension);
}

/// The directory names of subjectAltName, where roles are written (facts 6.5). GnuTLS gives them as text only.
bool readDirectoryNames(gnutls_x509_crt_t crt, Certificate& out) {
    x509::Datum data;
    unsigned critical = 0;
    const auto got = gnutls_x509_crt_get_extension_by_oid2(crt, kSubjectAltName.data(), 0, data.fill(), &critical);
    if (got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return true;
    DerReader outer{data.view()};
    const auto names = got >= 0 ? outer.next(der::sequence) : std::nullopt;
    if (!names || !outer.done())
        return false;
    DerReader reader{names->content};
    while (const auto name = reader.next())
        if (name->tag == der::directoryName)
            out.directoryNames.push_back(copyOf(name->content));
    return reader.done();
}

std::string commonNameIn(ByteView name) {
    const auto texts = readName(name);
    return texts && !texts->commonNames.empty() ? fmt::format("\"{}\"", texts->commonNames.front()) : "without a name";
}

} // namespace

Result<Certificate> readCertificate(ByteView der) {
    if (der.empty() || der.size() > kMaxCertificate)
        return unreadable(fmt::format("it has {} octets, at most {} are taken", der.size(), kMaxCertificate));
    const x509::CertificateHandle crt;
    const auto raw = x509::datumOf(der);
    if (gnutls_x509_crt_import(crt.get(), &raw, GNUTLS_X509_FMT_DER) < 0)
        return unreadable("it is no DER certificate");
    Certificate out;
    out.der = copyOf(der);
    out.version = gnutls_x509_crt_get_version(crt.get());
    char algorithm[64];
    std::size_t size = sizeof algorithm;
    if (gnutls_x509_crt_get_signature_oid(crt.get(), algorithm, &size) >= 0)
        out.signatureAlgorithm = algorithm;
    out.key = readKey(crt.get());
    out.serial.resize(64); // what does not fit fails below
    size = out.serial.size();
    if (gnutls_x509_crt_get_serial(crt.get(), out.serial.data(), &size) < 0)
        return unreadable("serialNumber");
    out.serial.resize(size);
    const auto from = gnutls_x509_crt_get_activation_time(crt.get());
    const auto until = gnutls_x509_crt_get_expiration_time(crt.get());
    if (from == static_cast<std::time_t>(-1) || until == static_cast<std::time_t>(-1))
        return unreadable("validity");
    out.notBefore = WallTime{std::chrono::seconds{from}};
    out.notAfter = WallTime{std::chrono::seconds{until}};
    x509::Datum subject, issuer;
    if (gnutls_x509_crt_get_raw_dn(crt.get(), subject.fill()) < 0 ||
        gnutls_x509_crt_get_raw_issuer_dn(crt.get(), issuer.fill()) < 0)
        return unreadable("its names");
    out.subject = copyOf(subject.view());
    out.issuer = copyOf(issuer.view());
    if (!readExtensions(crt.get(), out) || !readDirectoryNames(crt.get(), out))
        return unreadable("its extensions");
    if (!readSigned(der, out.signedPart, out.signature))
        return unreadable("its signature");
    return out;
}

Result<std::vector<Bytes>> readPem(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN ", own = "CERTIFICATE-----", end = "-----END CERTIFICATE-----";
    std::vector<Bytes> out;
    for (auto at = pem.find(begin); at != pem.npos; at = pem.find(begin)) {
        pem.remove_prefix(at + begin.size());
        if (!pem.starts_with(own))
            return Failure{Reason::malformed, "the PEM text holds something that is no certificate",
                           "send certificates only; a private key never leaves where it was made"};
        pem.remove_prefix(own.size());
        const auto stop = pem.find(end);
        if (stop == pem.npos)
            return unreadable("a PEM block without its END line");
        std::string base64{pem.substr(0, stop)};
        std::erase_if(base64, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
        auto der = fromBase64(base64);
        if (!der || der->empty())
            return unreadable("a PEM block is no base64");
        if (out.size() == kMaxChain)
            return unreadable(fmt::format("at most {} come together", kMaxChain));
        out.push_back(*std::move(der));
        pem.remove_prefix(stop + end.size());
    }
    if (out.empty())
        return unreadable("the PEM text holds none");
    return out;
}

std::string toPem(ByteView der, std::string_view label) {
    const auto base64 = toBase64(der);
    auto out = fmt::format("-----BEGIN {}-----\n", label);
    constexpr std::size_t kLine = 64; // RFC 7468
    for (std::size_t at = 0; at < base64.size(); at += kLine)
        out += base64.substr(at, kLine) + '\n';
    return out + fmt::format("-----END {}-----\n", label);
}

Result<std::vector<Certificate>> readCertificates(const std::vector<Bytes>& ders) {
    if (ders.empty() || ders.size() > kMaxChain)
        return unreadable(fmt::format("{} certificates came, one to {} are taken", ders.size(), kMaxChain));
    std::vector<Certificate> out;
    for (const auto& der : ders) {
        auto certificate = readCertificate(der);
        if (!certificate)
            return certificate.failure();
        out.push_back(*std::move(certificate));
    }
    return out;
}

std::optional<Uuid> uuidIn(const Certificate& certificate) {
    constexpr std::string_view prefix = "uuid:";
    constexpr std::size_t length = 36;
    const auto texts = readName(certificate.subject);
    if (!texts || texts->commonNames.size() != 1)
        return std::nullopt;
    const std::string_view name = texts->commonNames.front();
    const auto at = name.find(prefix);
    if (at == name.npos)
        return std::nullopt;
    const auto uuid = Uuid::parse(name.substr(at + prefix.size(), length));
    return uuid && !uuid->isNil() ? uuid : std::nullopt;
}

std::string nameOf(const Certificate& certificate) {
    return commonNameIn(certificate.subject);
}

std::string issuerNameOf(const Certificate& certificate) {
    return commonNameIn(certificate.issuer);
}

bool verifies(const PublicKey& key, ByteView message, ByteView signature) {
    const x509::PublicKeyHandle handle;
    const ByteView point{key};
    const auto x = x509::datumOf(point.first(32)), y = x509::datumOf(point.last(32));
    const auto data = x509::datumOf(message), value = x509::datumOf(signature);
    return gnutls_pubkey_import_ecc_raw(handle.get(), GNUTLS_ECC_CURVE_SECP256R1, &x, &y) >= 0 &&
           gnutls_pubkey_verify_data2(handle.get(), GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &value) >= 0;
}

} // namespace ocfsecd::svr
