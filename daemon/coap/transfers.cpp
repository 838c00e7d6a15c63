#include "coap/transfers.h"

#include <algorithm>

namespace ocfsecd::coap {

TransferKey TransferKey::of(const Channel& channel, Direction direction, const Request& request) {
    TransferKey out{.channel = channel, .direction = direction, .method = request.method, .target = request.path};
    for (const auto& item : request.query) {
        out.target += '\0'; // cannot be confused with "?" or "&" inside an item
        out.target += item;
    }
    return out;
}

// Linear searches: there are at most TransferLimits::total entries, and only block-wise messages come here.
Transfers::Place Transfers::place(const TransferKey& key) {
    return std::ranges::find(kept_, key, &Kept::key);
}

Response* Transfers::touch(Place at, TimePoint now) {
    at->expires = now + limits_.timeout;
    kept_.splice(kept_.end(), kept_, at);
    return &at->held;
}

Response* Transfers::find(const TransferKey& key, TimePoint now) {
    expire(now);
    const auto at = place(key);
    return at == kept_.end() ? nullptr : touch(at, now);
}

bool Transfers::makeRoom(const Channel& channel) {
    const auto ofPeer = [&](const Kept& kept) { return kept.key.channel == channel; };
    const auto inClear = [](const Kept& kept) { return !kept.key.channel.secure(); };
    auto victim = kept_.end();
    if (static_cast<std::size_t>(std::ranges::count_if(kept_, ofPeer)) >= limits_.perPeer) {
        victim = std::ranges::find_if(kept_, ofPeer);
    } else if (kept_.size() >= limits_.total) {
        victim = std::ranges::find_if(kept_, inClear);
        if (victim == kept_.end() && channel.secure())
            victim = kept_.begin();
    } else {
        return true;
    }
    if (victim == kept_.end())
        return false;
    kept_.erase(victim);
    return true;
}

Response* Transfers::start(TransferKey key, Response held, TimePoint now) {
    expire(now);
    drop(key);
    if (limits_.perPeer == 0 || limits_.total == 0 || !makeRoom(key.channel))
        return nullptr;
    kept_.push_back({std::move(key), std::move(held), now + limits_.timeout});
    return &kept_.back().held;
}

void Transfers::drop(const TransferKey& key) {
    const auto at = place(key);
    if (at != kept_.end())
        kept_.erase(at);
}

void Transfers::dropSession(std::uint64_t session) {
    kept_.remove_if([&](const Kept& kept) { return kept.key.channel.session == session; });
}

void Transfers::dropDownloads() {
    kept_.remove_if([](const Kept& kept) { return kept.key.direction == Direction::download; });
}

void Transfers::expire(TimePoint now) {
    while (!kept_.empty() && kept_.front().expires <= now)
        kept_.pop_front();
}

std::optional<TimePoint> Transfers::next() const {
    return kept_.empty() ? std::nullopt : std::optional{kept_.front().expires};
}

UploadStep takeBlock(Transfers& transfers, const TransferKey& key, const Block& block, Bytes payload,
                     std::optional<std::uint32_t> announced, std::size_t maxBody, TimePoint now) {
    const auto refuse = [&](std::uint8_t code) {
        transfers.drop(key);
        return UploadStep{.code = code};
    };
    if (block.more ? payload.size() != block.size() : payload.size() > block.size())
        return refuse(code::badRequest); // RFC 7959 2.2
    if (announced.value_or(0) > maxBody || block.offset() + payload.size() > maxBody)
        return refuse(code::tooLarge);
    if (block.number == 0 && !block.more)
        return transfers.drop(key), UploadStep{.code = code::continues, .body = std::move(payload)};
    if (block.number == 0)
        return {.code =
                    transfers.start(key, {.payload = std::move(payload)}, now) ? code::continues : code::unavailable};

    Response* held = transfers.find(key, now);
    if (!held || held->payload.size() != block.offset())
        return refuse(code::incomplete); // RFC 7959 2.9.2
    held->payload.insert(held->payload.end(), payload.begin(), payload.end());
    if (block.more)
        return {};
    Bytes body = std::move(held->payload);
    transfers.drop(key);
    return {.code = code::continues, .body = std::move(body)};
}

} // namespace ocfsecd::coap
