#include "tools/bench/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>

namespace ocfsecd::bench {

void Report::add(const std::string& name, double value) {
    json_[name] = std::round(value * 1000) / 1000;
}

void Report::print(bool asJson) const {
    if (asJson) {
        fmt::print("{}\n", json_.dump());
        return;
    }
    std::size_t width = 0;
    for (const auto& [name, value] : json_.items())
        width = std::max(width, name.size());
    for (const auto& [name, value] : json_.items()) {
        auto label = name;
        std::ranges::replace(label, '_', ' ');
        fmt::print("{:<{}}  {}\n", label, width, value.is_string() ? value.get<std::string>() : value.dump());
    }
}

double quantile(std::vector<double>& samples, double share) {
    if (samples.empty())
        return 0;
    std::ranges::sort(samples);
    const auto last = static_cast<double>(samples.size() - 1);
    return samples[static_cast<std::size_t>(std::lround(share * last))];
}

} // namespace ocfsecd::bench
