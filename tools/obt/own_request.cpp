#include "tools/obt/own_request.h"

#include "tools/obt/certificate_request.h"
#include "tools/obt/private_file.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

std::filesystem::path fileIn(const Home& home) {
    return home.directory() / "request.pem";
}

/// Nothing where there is no such file.
Result<std::optional<SigningKey>> requestedKey(const Home& home) {
    const auto content = readPrivateFile(fileIn(home));
    if (!content && content.failure().reason == Reason::stateMissing)
        return std::optional<SigningKey>{};
    if (!content)
        return content.failure();
    auto key = SigningKey::decode(content->view());
    if (!key)
        return Failure{
            Reason::stateCorrupt,
            fmt::format("{} is damaged: {}; it was left as it is", fileIn(home).string(), key.failure().what),
            "remove it, then: ocf-obt request"};
    return std::optional{*std::move(key)};
}

Result<std::optional<SigningKey>> keyInForce(const Home& home) {
    auto kept = readKeyedCertificate(OwnCertificate::fileIn(home));
    if (!kept && kept.failure().reason == Reason::stateMissing)
        return std::optional<SigningKey>{};
    return kept ? std::optional{std::move(kept->key)} : Result<std::optional<SigningKey>>{kept.failure()};
}

Failure noCertificate(std::string_view why) {
    return {Reason::usage, fmt::format("the file is not a certificate and its root: {}", why),
            "ask for a new one: ocf-obt certify --request"};
}

} // namespace

Result<std::string> requestCertificate(const Home& home, RequestKey which) {
    const auto self = home.identity().uuid;
    if (const auto authority = Authority::open(home.directory());
        authority || authority.failure().reason != Reason::stateMissing)
        return authority ? Failure{Reason::configuration, "this home has a CA, which issues its identity's certificate",
                                   "ocf-obt certify TARGET, then --certificate"}
                         : authority.failure();
    if (which == RequestKey::same) {
        const auto waiting = requestedKey(home);
        if (!waiting)
            return waiting.failure();
        const auto current = *waiting ? waiting : keyInForce(home);
        if (!current)
            return current.failure();
        if (*current)
            return makeCertificateRequest(self, **current);
    }
    const auto key = SigningKey::make();
    if (auto written = writePrivateFile(fileIn(home), key.encode().view()); !written)
        return written.failure();
    return makeCertificateRequest(self, key);
}

Result<svr::Certificate> acceptCertificate(const Home& home, std::string_view pem, svr::WallTime now) {
    const auto self = home.identity().uuid;
    const auto ders = svr::readPem(pem);
    auto chain = ders ? svr::readCertificates(*ders) : ders.failure();
    if (!chain)
        return noCertificate(chain.failure().what);
    if (chain->size() != 2)
        return noCertificate(fmt::format("it has {} certificates", chain->size()));
    const auto leaf = chain->front();
    if (const auto uuid = svr::uuidIn(leaf); uuid && *uuid != self)
        return Failure{Reason::foreignState,
                       fmt::format("the certificate is for {}, this is {}", uuid->text(), self.text()),
                       "use the recipient's --home"};
    const std::vector anchors{anchorFor(chain->back(), self)};
    if (auto fine = svr::checkChain({leaf.der}, {svr::ChainUse::identity, now, anchors, nullptr}); !fine)
        return Failure{Reason::precondition, "the certificate does not hold: " + fine.failure().what,
                       "ask for a new one: ocf-obt certify --request"};
    if (Authority::open(home.directory()))
        return Failure{Reason::configuration, "this home has a CA, which issues its identity's certificate", ""};
    for (const auto find : {requestedKey, keyInForce}) {
        auto key = find(home);
        if (!key)
            return key.failure();
        if (!*key || (*key)->publicKey() != leaf.key)
            continue;
        const KeyedCertificate made{**std::move(key), *std::move(chain)};
        if (auto written = writePrivateFile(OwnCertificate::fileIn(home), encode(made).view()); !written)
            return written.failure();
        if (auto removed = removePrivateFile(fileIn(home)); !removed)
            return removed.failure();
        return leaf;
    }
    return Failure{Reason::precondition,
                   "the certificate is for a key that is not, or no longer, that of this identity",
                   "ask anew: ocf-obt request"};
}

} // namespace ocfsecd::obt
