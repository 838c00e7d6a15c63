#include "svr/known_time.h"

namespace ocfsecd::svr {

using std::chrono::duration_cast;
using std::chrono::seconds;

seconds KnownTime::apart(WallTime clock, TimePoint now) {
    return clock.time_since_epoch() - duration_cast<seconds>(now.time_since_epoch());
}

void KnownTime::begin(WallTime stored, WallTime clock, TimePoint now) {
    sure_ = std::max(stored, kReleased);
    at_ = since_ = now;
    apart_ = apart(clock, now);
}

void KnownTime::observe(WallTime clock, TimePoint now) {
    const auto seen = apart(clock, now);
    if (seen > apart_ + kPace || seen < apart_ - kPace) {
        apart_ = seen;
        since_ = now;
    }
}

WallTime KnownTime::sure(WallTime clock, TimePoint now) {
    observe(clock, now);
    const auto passed = duration_cast<seconds>(now - at_);
    sure_ += passed;
    at_ += passed;
    if (now - since_ >= kBelievedAfter)
        sure_ = std::max(sure_, clock);
    return sure_;
}

} // namespace ocfsecd::svr
