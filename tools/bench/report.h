#pragma once
// The figures of one run, in the order they were taken: a table for people, JSON for scripts.

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace ocfsecd::bench {

using Json = nlohmann::ordered_json;

class Report {
public:
    explicit Report(std::string command) { json_["command"] = std::move(command); }
    /// `name` is the JSON key and, with spaces for "_", the label: its end names the unit ("cpu_us_per_get").
    void add(const std::string& name, double value);
    void add(const std::string& name, std::uint64_t value) { json_[name] = value; }
    void add(const std::string& name, const std::string& text) { json_[name] = text; }
    void add(const std::string& name, Json value) { json_[name] = std::move(value); }
    void print(bool asJson) const;

private:
    Json json_;
};

/// The value below which this share (0 … 1) of the samples lies; 0 without samples. Sorts them.
double quantile(std::vector<double>& samples, double share);

} // namespace ocfsecd::bench
