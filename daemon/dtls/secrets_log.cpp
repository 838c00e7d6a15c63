#include "dtls/secrets_log.h"

#ifdef OCFSECD_DTLS_SECRETS_LOG

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace ocfsecd::dtls {

void logSecrets(ByteView clientRandom, ByteView masterSecret, std::initializer_list<LoggedSecret> comments) {
    const char* path = std::getenv("OCFSECD_SECRETS_LOG");
    if (path == nullptr || *path == '\0')
        return;
    std::string text = "CLIENT_RANDOM " + toHex(clientRandom) + ' ' + toHex(masterSecret) + '\n';
    for (const auto& comment : comments)
        text += '#' + std::string{comment.name} + ' ' + toHex(comment.value) + '\n';
    // One write: daemon and tool may append to the same file.
    const int file = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return;
    if (::write(file, text.data(), text.size()) < 0)
        std::perror(path);
    ::close(file);
}

} // namespace ocfsecd::dtls

#endif
