// Arbitrary datagrams from few addresses, between the datagrams of honest clients that the input may damage, repeat,
// delay or drop. The listener must keep its limits, stay finite, and never answer without a cookie with more than it
// got.

#include "dtls/listener.h"
#include "../support.h"
#include "dtls/record.h"

#include <map>

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

struct OpenGate final : Gate {
    Admission admit(const Address& peer, TimePoint) override {
        const bool zeroHint = peer.port() % 2 != 0;
        return {.admit = peer.port() % 5 != 4,
                .suites = {Suite::ecdhePskAes128CbcSha256, Suite::ecdhAnonAes128CbcSha256},
                .certificates = nullptr,
                .pskHint = *fromHex(zeroHint ? "00ab1c3055556600777788888888aa00" : "a71c3011555566667777888888888888"),
                .refusal = {}};
    }
};

class Round {
public:
    void play(Reader& input) {
        while (input.left() != 0) {
            const auto what = input.u8();
            const auto peer = Address::v4({192, 0, 2, static_cast<std::uint8_t>(what >> 3 & 3)},
                                          static_cast<std::uint16_t>(1 + (what >> 5)));
            switch (what & 7) {
            case 0:
                feed(peer, input.take(input.u16()));
                break;
            case 1:
                start(peer, input.u8());
                break;
            case 2:
            case 3:
                exchange(peer, input.u8(), input.u16());
                break;
            case 4:
                now_ += Duration{input.u16()};
                listener_.tick(now_);
                tickClients();
                break;
            case 5:
                answer((what >> 3 & 3) != 0);
                break;
            case 6:
                listener_.send(listener_.find(peer), viewOf("message"), now_);
                break;
            default:
                listener_.close(listener_.find(peer), now_);
            }
            collect();
        }
        listener_.closeAll(now_);
        collect();
        require(listener_.sessions() == 0 && listener_.handshakes() == 0 && !listener_.deadline());
    }

private:
    static ListenerSettings settings() {
        ListenerSettings out;
        out.maxSessions = 4;
        out.maxHandshakes = 6;
        out.maxHandshakesPerHost = 3;
        return out;
    }

    void feed(const Address& peer, ByteView octets) {
        const bool known = listener_.find(peer) != 0;
        listener_.feed(peer, octets, now_);
        if (known)
            return;
        std::size_t answered = 0;
        for (auto& datagram : listener_.takeDatagrams()) {
            answered += datagram.octets.size();
            toClient_[datagram.peer].push_back(std::move(datagram.octets));
        }
        require(listener_.find(peer) != 0 || answered <= octets.size() + 64);
    }

    void start(const Address& peer, std::uint8_t kind) {
        Output out;
        ClientParameters parameters;
        parameters.suite = kind % 2 != 0 ? Suite::ecdhePskAes128CbcSha256 : Suite::ecdhAnonAes128CbcSha256;
        const std::uint8_t key = kind & 2;
        parameters.chooseKey = [key](ByteView) {
            return std::optional{ClientKey{Bytes(16, 1), shareSecret(Bytes(16, key))}};
        };
        clients_[peer] = makeClientSession(std::move(parameters), now_, out, (kind & 4) != 0);
        keep(peer, out);
    }

    /// One datagram each way, after what `how` does to it.
    void exchange(const Address& peer, std::uint8_t how, std::uint16_t where) {
        auto& up = toServer_[peer];
        if (!up.empty()) {
            auto octets = up.front();
            if ((how & 1) == 0)
                up.erase(up.begin());
            damage(octets, how, where);
            feed(peer, octets);
        }
        collect();
        auto& down = toClient_[peer];
        const auto client = clients_.find(peer);
        if (down.empty() || client == clients_.end())
            return;
        auto octets = down.front();
        down.erase(down.begin());
        if ((how & 2) != 0)
            damage(octets, how, where);
        Output out;
        client->second->feed(octets, now_, out);
        keep(peer, out);
    }

    static void damage(Bytes& octets, std::uint8_t how, std::uint16_t where) {
        if ((how & 0xf0) == 0 || octets.empty())
            return;
        octets[where % octets.size()] ^= static_cast<std::uint8_t>(how >> 4);
        if ((how & 8) != 0)
            octets.resize(where % octets.size());
    }

    void tickClients() {
        for (auto& [peer, client] : clients_) {
            Output out;
            client->tick(now_, out);
            keep(peer, out);
        }
    }

    void answer(bool known) {
        if (wanted_ != 0)
            listener_.provideKey(std::exchange(wanted_, 0), known ? shareSecret(Bytes(16, 2)) : nullptr, now_);
    }

    void keep(const Address& peer, Output& out) {
        auto& up = toServer_[peer];
        for (auto& octets : out.datagrams)
            if (up.size() < 64)
                up.push_back(std::move(octets));
    }

    void collect() {
        for (auto& datagram : listener_.takeDatagrams())
            if (auto& down = toClient_[datagram.peer]; down.size() < 64)
                down.push_back(std::move(datagram.octets));
        for (auto& event : listener_.takeEvents())
            if (event.kind == ListenerEvent::Kind::keyWanted)
                wanted_ = event.session;
        require(listener_.sessions() <= 4 && listener_.handshakes() <= 6);
    }

    Dice random_;
    OpenGate gate_;
    TimePoint now_{std::chrono::hours{1}};
    Listener listener_{settings(), gate_, random_, now_};
    std::map<Address, std::unique_ptr<Session>> clients_;
    std::map<Address, std::vector<Bytes>> toServer_;
    std::map<Address, std::vector<Bytes>> toClient_;
    SessionId wanted_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Reader input{{data, size}};
    Round{}.play(input);
    return 0;
}
