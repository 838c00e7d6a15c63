#pragma once
// The PIN of the Random PIN owner transfer method (facts 4.4): made when the method is selected, good for one handshake
// and a short while, gone after that. Pure.

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/uuid.h"

#include <deque>
#include <optional>

namespace ocfsecd::ocf {

inline constexpr unsigned kMinPinDigits = 4, kMaxPinDigits = 32; ///< facts 4.4

struct RandomPinSettings {
    unsigned digits = 8;        ///< decimal; reference tools make 8
    Duration lifetime = 5min;   ///< from the selection
    unsigned maxSelections = 5; ///< within selectionPeriod: who selects makes somebody read a PIN aloud
    Duration selectionPeriod = 1min;
};

/// A PIN as whoever shows it gets it.
struct ShownPin {
    SharedSecret characters; ///< ASCII
    TimePoint until;
};

class RandomPin {
public:
    explicit RandomPin(RandomPinSettings settings) : settings_{settings} {}

    /// Makes a new PIN in place of the old one. Reason::busy when the method is selected too often.
    Result<void> select(Random& random, TimePoint now);
    /// The one attempt: the pre-shared key for the device's present UUID. Null when there is no PIN, it is too old or
    /// was tried before.
    SharedSecret attempt(const Uuid& device, TimePoint now);
    void erase();

    bool selected() const { return pin_.has_value(); }
    /// There is a PIN that nobody has tried.
    bool usable(TimePoint now) const { return pin_ && !tried_ && now < pin_->until; }
    const std::optional<ShownPin>& shown() const { return pin_; }
    std::optional<TimePoint> deadline() const { return pin_ ? std::optional{pin_->until} : std::nullopt; }

private:
    RandomPinSettings settings_;
    std::optional<ShownPin> pin_;
    bool tried_ = false;
    std::deque<TimePoint> selections_; ///< of the last period; a RESET does not forget them
};

} // namespace ocfsecd::ocf
