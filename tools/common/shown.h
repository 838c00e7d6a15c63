#pragma once
// Text that somebody else chose, made fit to be shown: it steers no terminal, hides nothing and pretends nothing.

#include <string>
#include <string_view>

namespace ocfsecd::cli {

/// Control characters (C0, DEL, C1), characters that turn the writing direction or end a line, and what is no UTF-8
/// become visible escapes: \n, \x1b, \u{202e}. With `lines` the line feed stays: text of our own with values in it.
std::string shown(std::string_view text, bool lines = false);

} // namespace ocfsecd::cli
