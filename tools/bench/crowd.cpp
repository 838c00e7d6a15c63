#include "tools/bench/crowd.h"

#include <fmt/format.h>
#include <utility>

namespace ocfsecd::bench {

Result<std::vector<ClientId>> Crowd::gather(std::size_t count, std::size_t concurrent) {
    in_.clear();
    unsigned retries = 0;
    while (in_.size() < count) {
        while (in_.size() + clients_.handshaking() < count && clients_.handshaking() < concurrent)
            if (auto client = clients_.open(); !client)
                return client.failure();
        const auto before = in_.size();
        clients_.run(clients_.now() + kCrowdPatience, [&] { return in_.size() != before || refused_; });
        if (refused_)
            return *refused_;
        if (in_.size() != before)
            continue;
        clients_.giveUp();
        if (++retries > kCrowdRetries)
            return Failure{Reason::timedOut, fmt::format("the server let {} of {} clients in", before, count),
                           "see whether it runs, and its limits of sessions"};
    }
    return std::exchange(in_, {});
}

void Crowd::established(ClientId id) {
    in_.push_back(id);
    established_.insert(id);
}

void Crowd::closed(ClientId id, const dtls::Close& reason) {
    if (established_.erase(id) != 0)
        ++lost_;
    else
        refused_ = reason.failure;
}

} // namespace ocfsecd::bench
