#pragma once
// Bodies that travel in blocks (RFC 7959): half-received requests and half-fetched responses, bounded and forgotten in
// time.

#include "coap/block.h"
#include "coap/exchange.h"

#include <list>

namespace ocfsecd::coap {

enum class Direction : std::uint8_t { upload, download };

/// What makes blocks belong together: the peer, the method and the whole target.
struct TransferKey {
    Channel channel;
    Direction direction = Direction::upload;
    Method method = Method::get;
    std::string target; ///< path and query
    bool operator==(const TransferKey&) const = default;

    static TransferKey of(const Channel& channel, Direction direction, const Request& request);
};

struct TransferLimits {
    Duration timeout;
    std::size_t perPeer;
    std::size_t total;
};

class Transfers {
public:
    explicit Transfers(TransferLimits limits) : limits_{limits} {}

    /// The body so far, whose time-out starts anew; null pointer when there is none.
    Response* find(const TransferKey& key, TimePoint now);
    /// Starts (again) with `held`. A peer's own oldest transfer makes room, then the oldest one in clear, but a secure
    /// one never for one in clear: null pointer.
    Response* start(TransferKey key, Response held, TimePoint now);
    void drop(const TransferKey& key);
    void dropSession(std::uint64_t session);
    void dropDownloads();
    void expire(TimePoint now);
    std::optional<TimePoint> next() const;
    std::size_t size() const { return kept_.size(); }

private:
    struct Kept {
        TransferKey key;
        Response held;
        TimePoint expires;
    };
    using Place = std::list<Kept>::iterator;
    Place place(const TransferKey& key);
    bool makeRoom(const Channel& channel);
    Response* touch(Place at, TimePoint now);

    TransferLimits limits_;
    std::list<Kept> kept_; ///< the one used last is last: with one time-out for all, also the order of expiry
};

/// What became of one block of a request body.
struct UploadStep {
    std::uint8_t code = code::continues; ///< 2.31: send the next; 4.00, 4.08, 4.13, 5.03: refused
    std::optional<Bytes> body{};         ///< there when the last block completed it
};
/// Takes one Block1 block in. `announced` is the Size1 option.
UploadStep takeBlock(Transfers& transfers, const TransferKey& key, const Block& block, Bytes payload,
                     std::optional<std::uint32_t> announced, std::size_t maxBody, TimePoint now);

} // namespace ocfsecd::coap
