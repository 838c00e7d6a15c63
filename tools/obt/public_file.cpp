#include "tools/obt/public_file.h"

#include <fmt/format.h>
#include <fstream>
#include <iostream>

namespace ocfsecd::obt {

Result<std::string> readPublicFile(const std::string& file, std::size_t limit) {
    std::ifstream opened;
    if (file != "-")
        opened.open(file, std::ios::binary);
    std::istream& in = file == "-" ? std::cin : opened;
    std::string out(limit + 1, '\0');
    in.read(out.data(), static_cast<std::streamsize>(out.size()));
    if (in.gcount() == 0 && (!in.eof() || in.bad()))
        return Failure{Reason::usage, fmt::format("cannot read {}", file), ""};
    out.resize(static_cast<std::size_t>(in.gcount()));
    if (out.size() > limit)
        return Failure{Reason::usage, fmt::format("{} is too large", file), ""};
    return out;
}

} // namespace ocfsecd::obt
