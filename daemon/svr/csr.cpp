#include "svr/csr.h"

namespace ocfsecd::svr {

Reply handleCsr() {
    auto reply = content(cbor::Map{{"encoding", nameOf(Encoding::pem)}});
    reply.csrRequested = true;
    return reply;
}

void completeCsr(cbor::Value& body, std::string_view pem) {
    if (auto* map = body.map())
        map->emplace_back("csr", pem);
}

} // namespace ocfsecd::svr
