#pragma once
// The PIN that a device shows, from its user: typed on the terminal without echo, or read from a file or pipe. Never
// from the command line, which every process on the machine can read.

#include "base/result.h"
#include "base/secret_bytes.h"

#include <string>
#include <string_view>

namespace ocfsecd::obt {

/// Devices in the field use digits and letters (facts 4.4).
inline constexpr std::size_t kMinPin = 4, kMaxPin = 32;

/// The PIN in a line: without the space around it. Reason::usage for what no device shows; the text is not repeated.
Result<SharedSecret> parsePin(ByteView line);
/// The first line of a file; "-" is standard input. May wait for a pipe's other end. Reason::usage.
Result<SharedSecret> readPinFile(const std::string& file);
/// Asks on the terminal `fd` with echo off, and again after a slip of the finger: the device allows one attempt only. A
/// signal that ends the program finds the echo on again. Reason::limitReached when nothing was typed.
Result<SharedSecret> askPinOnTerminal(int fd, std::string_view prompt);

} // namespace ocfsecd::obt
