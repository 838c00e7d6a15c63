#pragma once
// When an unowned device lets itself be owned by Just Works (design section 7).

#include <cstdint>

namespace ocfsecd::ocf {

enum class JustWorks : std::uint8_t {
    window, ///< a while after an unowned start
    always,
    never,
};

} // namespace ocfsecd::ocf
