#pragma once
// DEBUG ONLY: writes what decrypts a capture. Compiled to nothing unless the build option dtls_secrets_log is set;
// then the environment variable OCFSECD_SECRETS_LOG names the file, in NSS key log format with comment lines.

#include "base/bytes.h"

#include <initializer_list>

namespace ocfsecd::dtls {

struct LoggedSecret {
    const char* name; ///< "SERVER_RANDOM", "PREMASTER", "SERVERECDHE", "CLIENTECDHE", "KEYBLOCK"
    ByteView value;
};

#ifdef OCFSECD_DTLS_SECRETS_LOG
void logSecrets(ByteView clientRandom, ByteView masterSecret, std::initializer_list<LoggedSecret> comments);
#else
inline void logSecrets(ByteView, ByteView, std::initializer_list<LoggedSecret>) {}
#endif

} // namespace ocfsecd::dtls
