// Arbitrary datagrams into both sides of the own engine, between the datagrams of an honest handshake that the input
// lets through, damages, repeats or drops. Neither side may crash; if both are established they must have the same
// keys, whatever happened on the way.

#include "dtls/ocf_suite/engine.h"

#include <cstdlib>
#include <deque>

using namespace ocfsecd;
using namespace ocfsecd::dtls;

namespace {

class Dice final : public Random {
public:
    void fill(MutableByteView out) override {
        for (auto& octet : out) {
            state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
            octet = static_cast<std::uint8_t>(state_ >> 56);
        }
    }

private:
    std::uint64_t state_ = 1;
};

const Bytes kHint = *fromHex("00ab1c3055556600777788888888aa00");
const Bytes kIdentity = *fromHex("b0b00000111122223333444444444444");
const Bytes kKey = *fromHex("000102030405060708090a0b0c0d0e0f");

class Run {
public:
    explicit Run(std::uint8_t choice) {
        const auto suite = (choice & 1) != 0 ? Suite::ecdhAnonAes128CbcSha256 : Suite::ecdhePskAes128CbcSha256;
        ocf_suite::EngineOptions options;
        options.maxDatagram = (choice & 2) != 0 ? 80 : 1232;
        options.offerExtendedMasterSecret = (choice & 4) == 0;
        ocf_suite::ServerParameters parameters;
        parameters.suites = {suite};
        parameters.pskHint = kHint;
        parameters.prestate = {0, 0, 0};
        server_ = ocf_suite::makeServer(std::move(parameters), dice_, now_, options);
        ClientParameters client;
        client.suite = suite;
        client.chooseKey = [](ByteView) { return std::optional{ClientKey{kIdentity, shareSecret(kKey)}}; };
        Output out;
        client_ = ocf_suite::makeClient(std::move(client), dice_, now_, out, options);
        queue(true, out);
    }

    /// One step: the two lowest bits of the first octet say what, the third to which side.
    void step(Reader& input) {
        const auto what = input.u8();
        const bool toServer = (what & 4) != 0;
        const auto octets = input.take(std::min<std::size_t>(input.u8(), input.left()));
        switch (what & 3) {
        case 0:
            return deliver(toServer, octets);
        case 1:
            return next(octets, (what & 8) != 0);
        case 2:
            if (!queue_.empty())
                queue_.pop_front();
            return;
        default:
            return wait(Duration{100} * (1 + (what >> 3)));
        }
    }

    void finish() {
        for (int i = 0; i < 200 && !queue_.empty(); ++i)
            next({}, false);
        if (server_->phase() != Phase::established || client_->phase() != Phase::established)
            return;
        const auto one = server_->keyBlock(), other = client_->keyBlock();
        if (!one || !other || !one->equals(other->view()))
            std::abort();
    }

private:
    void next(ByteView damage, bool keep) {
        if (queue_.empty())
            return;
        auto [toServer, octets] = queue_.front();
        if (!keep)
            queue_.pop_front();
        for (std::size_t i = 0; i + 2 < damage.size(); i += 3)
            octets[(damage[i] * 256U + damage[i + 1]) % octets.size()] ^= damage[i + 2];
        deliver(toServer, octets);
    }

    void deliver(bool toServer, ByteView octets) {
        Output out;
        auto& side = toServer ? *server_ : *client_;
        side.feed(octets, now_, out);
        if (side.phase() == Phase::waitingForKey)
            side.provideKey(shareSecret(kKey), now_, out);
        queue(!toServer, out);
    }

    void wait(Duration by) {
        now_ += by;
        Output fromServer, fromClient;
        server_->tick(now_, fromServer);
        client_->tick(now_, fromClient);
        queue(false, fromServer);
        queue(true, fromClient);
    }

    void queue(bool toServer, Output& out) {
        for (auto& octets : out.datagrams)
            if (queue_.size() < 64 && !octets.empty())
                queue_.emplace_back(toServer, std::move(octets));
    }

    Dice dice_;
    TimePoint now_{std::chrono::hours{1}};
    std::unique_ptr<Session> server_, client_;
    std::deque<std::pair<bool, Bytes>> queue_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Reader input{{data, size}};
    Run run{input.u8()};
    for (int i = 0; i < 100 && input.ok() && input.left() != 0; ++i)
        run.step(input);
    run.finish();
    return 0;
}
