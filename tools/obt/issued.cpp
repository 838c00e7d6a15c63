#include "tools/obt/issued.h"

#include "tools/obt/private_file.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

Result<std::optional<svr::Certificate>> IssuedCertificates::of(const Uuid& device) const {
    const auto file = fileOf(device);
    const auto content = readPrivateFile(file);
    if (!content && content.failure().reason == Reason::stateMissing)
        return std::optional<svr::Certificate>{};
    if (!content)
        return content.failure();
    const auto ders = svr::readPem(textOf(content->view()));
    const auto read = ders ? svr::readCertificate(ders->front()) : ders.failure();
    if (!read || ders->size() != 1 || svr::uuidIn(*read) != device)
        return Failure{Reason::stateCorrupt,
                       fmt::format("{} is damaged: {}; it was left as it is", file.string(),
                                   read ? "it is not one certificate of that device" : read.failure().what),
                       "remove it, then: ocf-obt certify " + device.text()};
    return std::optional{*read};
}

Result<void> IssuedCertificates::keep(const Uuid& device, const svr::Certificate& certificate) {
    const auto lock = lockDirectory(directory_); // the subject's own writer sweeps unfinished files away
    if (!lock)
        return lock.failure();
    return writePrivateFile(fileOf(device), viewOf(svr::toPem(certificate.der)));
}

Result<void> IssuedCertificates::checkKey(const svr::PublicKey& key, const Uuid& device) const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{directory_, error}) {
        const auto other = Uuid::parse(entry.path().filename().string());
        if (!other || *other == device)
            continue;
        const auto certificate = of(*other);
        if (!certificate)
            return certificate.failure();
        if (*certificate && (*certificate)->key == key)
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
