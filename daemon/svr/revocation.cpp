#include "svr/revocation.h"

#include "svr/der.h"
#include "svr/x509.h"

#include <algorithm>

namespace ocfsecd::svr {

namespace {

Failure unreadable(std::string what) {
    return {Reason::malformed, "crldata cannot be read: " + std::move(what),
            "send the base64 text of one DER certificate revocation list"};
}

bool readEntries(gnutls_x509_crl_t crl, std::vector<RevokedCertificate>& out) {
    gnutls_x509_crl_iter_t iterator = nullptr;
    bool complete = false;
    while (out.size() <= kMaxRevoked) {
        unsigned char serial[64];
        std::size_t size = sizeof serial;
        std::time_t when = 0;
        const auto got = gnutls_x509_crl_iter_crt_serial(crl, &iterator, serial, &size, &when);
        complete = got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
        if (got < 0)
            break;
        out.push_back({withoutZeros({serial, size}), WallTime{std::chrono::seconds{when}}});
    }
    gnutls_x509_crl_iter_deinit(iterator);
    return complete && out.size() <= kMaxRevoked;
}

std::optional<std::int64_t> readNumber(gnutls_x509_crl_t crl) {
    std::array<std::uint8_t, 32> octets{};
    auto size = octets.size();
    unsigned critical = 0;
    if (gnutls_x509_crl_get_number(crl, octets.data(), &size, &critical) < 0)
        return std::nullopt;
    const auto number = withoutZeros(ByteView{octets}.first(size));
    if (number.size() > 8 || (number.size() == 8 && number.front() >= 0x80))
        return std::nullopt;
    std::int64_t out = 0;
    for (const auto octet : number)
        out = (out << 8) | octet;
    return out;
}

} // namespace

Bytes withoutZeros(ByteView serial) {
    while (!serial.empty() && serial.front() == 0)
        serial = serial.subspan(1);
    return copyOf(serial);
}

Result<RevocationList> readRevocationList(ByteView der) {
    const x509::RevocationListHandle crl;
    const auto raw = x509::datumOf(der);
    if (der.empty() || gnutls_x509_crl_import(crl.get(), &raw, GNUTLS_X509_FMT_DER) < 0)
        return unreadable("it is no DER list");
    RevocationList out;
    char algorithm[64];
    std::size_t size = sizeof algorithm;
    if (gnutls_x509_crl_get_signature_oid(crl.get(), algorithm, &size) >= 0)
        out.signatureAlgorithm = algorithm;
    if (out.signatureAlgorithm != oid::ecdsaWithSha256)
        return unreadable("it is not signed with ecdsa-with-SHA256");
    x509::Datum issuer;
    if (gnutls_x509_crl_get_raw_issuer_dn(crl.get(), issuer.fill()) < 0)
        return unreadable("its issuer");
    out.issuer = copyOf(issuer.view());
    if (!readEntries(crl.get(), out.revoked))
        return unreadable("its entries, of which at most 512 are taken");
    std::ranges::sort(out.revoked, {}, &RevokedCertificate::serial);
    out.number = readNumber(crl.get());
    out.thisUpdate = WallTime{std::chrono::seconds{gnutls_x509_crl_get_this_update(crl.get())}};
    if (!readSigned(der, out.signedPart, out.signature))
        return unreadable("its signature");
    return out;
}

bool RevocationList::lists(ByteView serial) const {
    return std::ranges::binary_search(revoked, withoutZeros(serial), {}, &RevokedCertificate::serial);
}

bool RevocationList::signedBy(const Certificate& by) const {
    return equal(issuer, by.subject) && by.key && verifies(*by.key, signedPart, signature);
}

bool RevocationList::revokes(const Certificate& certificate, const Certificate& by) const {
    return lists(certificate.serial) && signedBy(by);
}

} // namespace ocfsecd::svr
