#pragma once
// When an unowned device offers an owner transfer method (design section 7, facts 4.4).

#include <cstdint>

namespace ocfsecd::ocf {

enum class JustWorks : std::uint8_t {
    window, ///< for a while
    always,
    never,
};

/// Whether a start without an owner opens the window: who can cut the power must not be able to open it again and
/// again.
enum class WindowAtStart : std::uint8_t {
    yes,
    first, ///< only the first one ever
    no,    ///< an administrator opens it
};

enum class RandomPinOffer : std::uint8_t {
    display, ///< while somebody can show a PIN
    always,  ///< also while nobody does: an administrator asks for it
    never,
};

} // namespace ocfsecd::ocf
