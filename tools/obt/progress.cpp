#include "tools/obt/progress.h"

#include <cstdio>
#include <fmt/format.h>

namespace ocfsecd::obt {

void Progress::begin(std::string_view step, TimePoint now) {
    clear();
    step_ = step;
    since_ = now;
    shown_ = false;
}

void Progress::tick(TimePoint now) {
    if (!enabled_ || step_.empty() || now - since_ < kQuietFor)
        return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - since_).count();
    if (terminal_)
        fmt::print(stderr, "\r\033[K{} … {} s", step_, seconds);
    else if (!shown_)
        fmt::print(stderr, "{} …\n", step_);
    std::fflush(stderr);
    shown_ = true;
}

void Progress::clear() {
    if (shown_ && terminal_)
        fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    step_.clear();
    shown_ = false;
}

} // namespace ocfsecd::obt
