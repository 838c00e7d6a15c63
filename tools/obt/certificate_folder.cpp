#include "tools/obt/certificate_folder.h"

#include "tools/obt/private_file.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".pem";

} // namespace

Result<void> CertificateFolder::add(const svr::Certificate& certificate) const {
    if (auto made = makePrivateDirectory(directory_); !made)
        return made;
    return createPrivateFile(directory_ / (toHex(certificate.serial) + std::string{kEnding}),
                             viewOf(svr::toPem(certificate.der)));
}

Result<std::vector<svr::Certificate>> CertificateFolder::all() const {
    std::vector<svr::Certificate> out;
    std::error_code error; // no directory: none
    for (const auto& entry : fs::directory_iterator{directory_, error}) {
        if (entry.path().extension() != kEnding)
            continue;
        const auto content = readPrivateFile(entry.path());
        if (!content)
            return content.failure();
        const auto ders = svr::readPem(textOf(content->view()));
        auto read = ders ? svr::readCertificate(ders->front()) : ders.failure();
        if (!read)
            return Failure{
                Reason::stateCorrupt,
                fmt::format("{} is damaged: {}; it was left as it is", entry.path().string(), read.failure().what),
                remedy_};
        out.push_back(*std::move(read));
    }
    return out;
}

} // namespace ocfsecd::obt
