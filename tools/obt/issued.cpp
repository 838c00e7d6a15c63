#include "tools/obt/issued.h"

#include "tools/obt/private_file.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

/// Two certificates, the first issued by the second.
Result<IssuedCertificate> read(std::string_view pem) {
    const auto ders = svr::readPem(pem);
    auto chain = ders ? svr::readCertificates(*ders) : ders.failure();
    if (!chain)
        return chain.failure();
    if (chain->size() != 2 || !equal((*chain)[0].issuer, (*chain)[1].subject) || !(*chain)[1].key ||
        !svr::verifies(*(*chain)[1].key, (*chain)[0].signedPart, (*chain)[0].signature))
        return Failure{Reason::malformed, "it is not a certificate and its root", ""};
    return IssuedCertificate{std::move((*chain)[0]), std::move((*chain)[1])};
}

} // namespace

Result<std::optional<IssuedCertificate>> IssuedCertificates::of(const Uuid& device) const {
    const auto file = fileOf(device);
    const auto content = readPrivateFile(file);
    if (!content && content.failure().reason == Reason::stateMissing)
        return std::optional<IssuedCertificate>{};
    if (!content)
        return content.failure();
    const auto issued = read(textOf(content->view()));
    if (!issued || svr::uuidIn(issued->certificate) != device)
        return Failure{Reason::stateCorrupt,
                       fmt::format("{} is damaged: {}; it was left as it is", file.string(),
                                   issued ? "it is not that device's" : issued.failure().what),
                       "remove it, then: ocf-obt certify " + device.text()};
    return std::optional{*issued};
}

Result<void> IssuedCertificates::keep(const Uuid& device, const IssuedCertificate& issued) {
    const auto lock = lockDirectory(directory_); // the subject's own writer sweeps unfinished files away
    if (!lock)
        return lock.failure();
    return writePrivateFile(fileOf(device), viewOf(svr::toPem(issued.certificate.der) + svr::toPem(issued.root.der)));
}

Result<void> IssuedCertificates::checkKey(const svr::PublicKey& key, const Uuid& device) const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{directory_, error}) {
        const auto other = Uuid::parse(entry.path().filename().string());
        if (!other || *other == device)
            continue;
        const auto issued = of(*other);
        if (!issued)
            return issued.failure();
        if (*issued && (*issued)->certificate.key == key)
            return Failure{
                Reason::precondition,
                fmt::format("{} asks with the key of {}; nothing is issued for it", device.text(), other->text()),
                "one of them is a copy: reset it, so that it makes a key of its own; if the other is gone: "
                "ocf-obt forget " +
                    other->text()};
    }
    if (error)
        return Failure{Reason::inputOutput, fmt::format("cannot read {}: {}", directory_.string(), error.message()),
                       ""};
    return {};
}

} // namespace ocfsecd::obt
