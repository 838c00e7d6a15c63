#include "bench.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ocfsecd::test {

void Bench::up() {
    auto tpm = tpm::Tpm::open({.tcti = tcti()});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    tpm_ = *std::move(tpm);
    store_ = std::make_unique<store::Store>(dir_.path(), *tpm_);
}

void Bench::down() {
    store_.reset();
    tpm_.reset();
}

void Bench::replaceTpm() {
    down();
    swtpm_ = std::make_unique<Swtpm>();
    up();
}

std::filesystem::path Bench::file(unsigned device) const {
    return dir_.path() / ("device-" + std::to_string(device) + ".snapshot");
}

std::vector<std::string> Bench::files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator{dir_.path()})
        out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
}

std::string Bench::content(unsigned device) const {
    std::ifstream in{file(device), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void Bench::setContent(std::string_view octets, unsigned device) const {
    std::ofstream out{file(device), std::ios::binary | std::ios::trunc};
    out.write(octets.data(), static_cast<std::streamsize>(octets.size()));
}

std::string Bench::found(unsigned device) {
    const auto loaded = store().load(device);
    if (!loaded)
        return std::string{nameOf(loaded.failure().reason)};
    switch (loaded->kind) {
    case store::Loaded::Kind::unowned:
        return "unowned";
    case store::Loaded::Kind::owned:
        return "owned " + std::string{textOf(loaded->body)};
    case store::Loaded::Kind::resetting:
        return "resetting";
    }
    return "?";
}

void must(const Result<void>& outcome) {
    if (!outcome)
        throw std::runtime_error{outcome.failure().what};
}

std::string outcomeOf(const Result<void>& outcome) {
    return outcome ? "ok" : std::string{nameOf(outcome.failure().reason)};
}

} // namespace ocfsecd::test
