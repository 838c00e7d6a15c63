#pragma once
// When an unowned device offers an owner transfer method (design section 7, facts 4.4).

#include <cstdint>

namespace ocfsecd::ocf {

enum class JustWorks : std::uint8_t {
    window, ///< a while after an unowned start
    always,
    never,
};

enum class RandomPinOffer : std::uint8_t {
    display, ///< while somebody can show a PIN
    always,  ///< also while nobody does: an administrator asks for it
    never,
};

} // namespace ocfsecd::ocf
