#include "dtls/ocf_suite/key_schedule.h"

#include <algorithm>

namespace ocfsecd::dtls::ocf_suite {

void pHash(ByteView secret, std::initializer_list<ByteView> seed, MutableByteView out) {
    const Hmac keyed{secret};
    const auto withSeed = [&](Hmac mac) {
        for (auto part : seed)
            mac.update(part);
        return mac.digest();
    };
    auto a = withSeed(keyed);
    while (!out.empty()) {
        auto block = withSeed(Hmac{keyed}.update(a));
        const auto n = std::min(out.size(), block.size());
        std::copy_n(block.begin(), n, out.begin());
        out = out.subspan(n);
        a = Hmac{keyed}.update(a).digest();
        wipe(block.data(), block.size());
    }
    wipe(a.data(), a.size());
}

SecretBytes pskPremaster(ByteView agreed, ByteView key) {
    SecretBytes out{4 + agreed.size() + key.size()};
    auto at = out.edit().begin();
    for (const auto part : {agreed, key}) {
        *at++ = static_cast<std::uint8_t>(part.size() >> 8);
        *at++ = static_cast<std::uint8_t>(part.size());
        at = std::ranges::copy(part, at).out;
    }
    return out;
}

SecretBytes masterSecret(ByteView premaster, const HelloRandom& client, const HelloRandom& server) {
    SecretBytes out{kMasterSecret};
    pHash(premaster, {viewOf("master secret"), client, server}, out.edit());
    return out;
}

SecretBytes extendedMasterSecret(ByteView premaster, const Digest& sessionHash) {
    SecretBytes out{kMasterSecret};
    pHash(premaster, {viewOf("extended master secret"), sessionHash}, out.edit());
    return out;
}

SecretBytes keyBlock(ByteView master, const HelloRandom& client, const HelloRandom& server) {
    SecretBytes out{kKeyBlock};
    pHash(master, {viewOf("key expansion"), server, client}, out.edit());
    return out;
}

VerifyData verifyData(ByteView master, Role sender, const Digest& transcript) {
    VerifyData out;
    pHash(master, {viewOf(sender == Role::client ? "client finished" : "server finished"), transcript}, out);
    return out;
}

} // namespace ocfsecd::dtls::ocf_suite
