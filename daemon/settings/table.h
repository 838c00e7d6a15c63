#pragma once
// Every setting: where it stands in the files, what it may be, and which member of Config it sets.

#include "config.h"

#include <span>
#include <variant>

namespace ocfsecd::settings {

struct Span {
    Duration& (*at)(Config&);
    Duration least, most;
};
/// A whole number of whatever integral type the member has.
struct Whole {
    void (*set)(Config&, std::uint64_t);
    std::uint64_t (*get)(Config&);
    std::uint64_t least, most;
    bool hexadecimal = false;
};
struct Factor {
    double& (*at)(Config&);
    double least, most;
};
struct Flag {
    bool& (*at)(Config&);
};
struct Text {
    std::string& (*at)(Config&);
    std::size_t most;
};
/// Repeated assignments add up, as systemd's lists do.
struct Words {
    std::vector<std::string>& (*at)(Config&);
};
struct Pcrs {
    std::vector<unsigned>& (*at)(Config&);
};
struct Path {
    std::filesystem::path& (*at)(Config&);
};
/// One of the names of an enumeration.
template <class Enumeration>
struct Choice {
    Enumeration& (*at)(Config&);
};
/// Security profiles by their names, kept as dotted OIDs.
struct Profiles {
    std::vector<std::string>& (*at)(Config&);
};
/// CoAP's block size, 16 to 1024 octets, kept as RFC 7959's exponent.
struct BlockSize {
    unsigned& (*at)(Config&);
};

using Kind = std::variant<Span, Whole, Factor, Flag, Text, Words, Pcrs, Path, Choice<JustWorks>, Choice<WindowAtStart>,
                          Choice<RandomPinOffer>, Profiles, BlockSize>;

struct Setting {
    std::string_view section;
    std::string_view key;
    Kind kind;
};

std::span<const Setting> all();
const Setting* find(std::string_view section, std::string_view key);
bool isSection(std::string_view section);

/// An empty value puts the default back. The failure says what a right value looks like; nothing is changed then.
Result<void> assign(Config& config, const Setting& setting, std::string_view value, const Config& defaults);
std::string write(Config& config, const Setting& setting);

} // namespace ocfsecd::settings
