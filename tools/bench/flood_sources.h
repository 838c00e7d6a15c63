#pragma once
// Two attackers: ClientHellos that never bring a cookie, and handshakes that stop behind the cookie.

#include "base/clock.h"
#include "dtls/session.h"
#include "systemd/fd.h"
#include "tools/bench/key.h"

#include <deque>
#include <vector>

namespace ocfsecd::bench {

/// A rate kept over time, however seldom it is asked.
class Rate {
public:
    explicit Rate(double perSecond) : perSecond_{perSecond} {}
    /// How many are due since it was asked last.
    std::size_t due(TimePoint now);

private:
    double perSecond_;
    double owed_ = 0;
    TimePoint last_{};
};

class HelloFlood {
public:
    HelloFlood(const Target& target, double perSecond, unsigned hosts, TimePoint now);
    Result<void> open(); ///< its sockets
    void step(TimePoint now);
    std::size_t sent() const { return sent_; }

private:
    Target target_;
    unsigned hosts_;
    Rate rate_;
    Bytes hello_;
    std::vector<systemd::Fd> sockets_;
    std::size_t sent_ = 0;
};

class HalfOpenFlood {
public:
    HalfOpenFlood(const Target& target, double perSecond, unsigned hosts)
        : target_{target}, hosts_{hosts}, rate_{perSecond} {}
    Result<void> step(TimePoint now);
    std::size_t left() const { return left_; } ///< handshakes left half-open at the server

private:
    struct Pending {
        systemd::Fd socket;
        std::unique_ptr<dtls::Session> session;
        TimePoint since;
    };
    Target target_;
    unsigned hosts_;
    Rate rate_;
    std::deque<Pending> pending_; ///< waiting for the cookie
    unsigned next_ = 0;
    std::size_t left_ = 0;
};

} // namespace ocfsecd::bench
