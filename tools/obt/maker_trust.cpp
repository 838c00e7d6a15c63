#include "tools/obt/maker_trust.h"

#include "tools/obt/public_file.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::size_t kMaxFile = 1024 * 1024;
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

Failure usage(std::string what) {
    return {Reason::usage, std::move(what), "--trust wants the PEM file of a maker's root certificate"};
}

} // namespace

Result<std::vector<svr::TrustAnchor>> parseMakerRoots(std::string_view pem, std::string_view file) {
    std::vector<svr::TrustAnchor> out;
    while (pem.find("-----BEGIN ") != pem.npos) {
        const auto end = pem.find(kEnd);
        const auto block = pem.substr(0, end == pem.npos ? pem.size() : end + kEnd.size());
        pem.remove_prefix(block.size());
        const auto der = svr::readPem(block);
        if (!der)
            return usage(fmt::format("{}: {}", file, der.failure().what));
        auto certificate = svr::readCertificate(der->front());
        if (!certificate)
            return usage(fmt::format("{}: {}", file, certificate.failure().what));
        if (!certificate->selfIssued())
            return usage(fmt::format("{}: the certificate {} is no root, it has another issuer", file,
                                     svr::nameOf(*certificate)));
        if (out.size() == kMaxMakerRoots)
            return usage(fmt::format("{}: more than {} certificates", file, kMaxMakerRoots));
        out.push_back({*std::move(certificate), std::nullopt});
    }
    if (out.empty())
        return usage(fmt::format("{} holds no certificate", file));
    return out;
}

Result<std::vector<svr::TrustAnchor>> readMakerRoots(const std::vector<std::string>& files) {
    std::vector<svr::TrustAnchor> out;
    for (const auto& file : files) {
        const auto pem = readPublicFile(file, kMaxFile);
        if (!pem)
            return usage(pem.failure().what);
        auto roots = parseMakerRoots(*pem, file);
        if (!roots)
            return roots;
        std::ranges::move(*roots, std::back_inserter(out));
        if (out.size() > kMaxMakerRoots)
            return usage(fmt::format("more than {} certificates", kMaxMakerRoots));
    }
    return out;
}

Result<svr::Certificate> judgeMaker(const std::vector<Bytes>& chain, const std::vector<svr::TrustAnchor>& roots,
                                    svr::WallTime now) {
    auto leaf = svr::checkChain(chain, {svr::ChainUse::manufacturer, now, roots, nullptr});
    if (leaf)
        return leaf;
    return Failure{Reason::handshakeFailed, "its maker's certificate does not hold: " + leaf.failure().what,
                   "check that this is the right device and that --trust names its maker's root"};
}

} // namespace ocfsecd::obt
