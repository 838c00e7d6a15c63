// `ocfctl mfg`: the key and certificate of the gateway's maker.

#include "tools/common/json_text.h"
#include "tools/common/shown.h"
#include "tools/ocfctl/commands/act.h"
#include "tools/ocfctl/render.h"

#include "systemd/fd.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace ocfsecd::ctl {

namespace {

constexpr std::size_t kMaxChainText = 16'384; ///< more than the daemon takes is not read either

struct Wanted {
    std::string device, chain, key;
};

Failure cannotRead(const std::string& file) {
    return {Reason::usage, fmt::format("cannot read {}: {}", file, std::strerror(errno)), "check name and permissions"};
}

Result<std::string> readChain(const std::string& file) {
    const systemd::Fd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        return cannotRead(file);
    std::string text(kMaxChainText + 1, '\0');
    std::size_t size = 0;
    for (ssize_t count = 1; count != 0 && size < text.size(); size += static_cast<std::size_t>(count))
        if (count = ::read(fd.get(), text.data() + size, text.size() - size); count < 0)
            return cannotRead(file);
    if (size > kMaxChainText)
        return Failure{Reason::usage, fmt::format("{} is longer than any chain", file), "give the leaf first, in PEM"};
    text.resize(size);
    return text;
}

Result<Exit> import(const Tool& tool, const Wanted& wanted) {
    const auto chain = readChain(wanted.chain);
    if (!chain)
        return chain.failure();
    // The daemon reads the key: it is in no memory of this program and in no message.
    const systemd::Fd key{::open(wanted.key.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (!key)
        return cannotRead(wanted.key);
    auto reached = reach(tool, wanted.device);
    if (!reached)
        return reached.failure();
    if (const auto done = reached->daemon.importManufacturer(reached->index, *chain, key.get()); !done)
        return done.failure();
    tellDone(tool, *reached, "Key and certificate of {} are installed; delete your copy of the key.");
    return Exit::done;
}

Result<Exit> create(const Tool& tool, const Wanted& wanted) {
    auto reached = reach(tool, wanted.device);
    if (!reached)
        return reached.failure();
    const auto request = reached->daemon.createManufacturerKey(reached->index);
    if (!request)
        return request.failure();
    if (tool.json)
        fmt::print("{}\n", cli::jsonText(nlohmann::json{{"device", reached->index}, {"request", *request}}));
    else
        fmt::print("{}", *request); // for a file, or straight to the CA
    return Exit::done;
}

Result<Exit> chain(const Tool& tool, const Wanted& wanted) {
    const auto text = readChain(wanted.chain);
    if (!text)
        return text.failure();
    auto reached = reach(tool, wanted.device);
    if (!reached)
        return reached.failure();
    if (const auto done = reached->daemon.setManufacturerChain(reached->index, *text); !done)
        return done.failure();
    tellDone(tool, *reached, "The certificate of {} is installed.");
    return Exit::done;
}

std::string dateOf(std::int64_t seconds) {
    return fmt::format("{:%F %T} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

Result<Exit> show(const Tool& tool, const Wanted& wanted) {
    const auto reached = reach(tool, wanted.device);
    if (!reached)
        return reached.failure();
    const auto& certificate = reached->device.manufacturerCertificate;
    if (tool.json) {
        fmt::print("{}\n",
                   cli::jsonText(nlohmann::json{{"device", reached->index}, {"certificate", jsonOf(certificate)}}));
    } else if (certificate) {
        fmt::print("{}\n  subject     {}\n  not before  {}\n  not after   {}\n{}", reached->name,
                   cli::shown(certificate->subject), dateOf(certificate->notBefore), dateOf(certificate->notAfter),
                   certificate->chain);
    } else {
        fmt::print("{} has no manufacturer certificate.\n", reached->name);
    }
    return Exit::done;
}

} // namespace

void addManufacturer(CLI::App& app, Tool& tool) {
    auto wanted = std::make_shared<Wanted>();
    auto* group = app.add_subcommand("mfg", "The manufacturer's key and certificate of a device (root)");
    group->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, Result<Exit> (*run)(const Tool&, const Wanted&)) {
        auto* command = group->add_subcommand(name, help);
        command->add_option("--device", wanted->device, "number or UUID; may be left out when there is one");
        command->callback([&tool, wanted, run] { tool.action = [&tool, wanted, run] { return run(tool, *wanted); }; });
        return command;
    };
    auto* taken = add("import", "Install a key made outside, with its chain", import);
    taken->add_option("CHAIN", wanted->chain, "file with the certificates in PEM, leaf first")->required();
    taken->add_option("KEY", wanted->key, "file with the P-256 private key in PEM, without a password")->required();
    add("create", "Make a key in the TPM; print the request for the maker's CA", create);
    add("chain", "Install what the CA made of the request", chain)
        ->add_option("FILE", wanted->chain, "file with the certificates in PEM, leaf first")
        ->required();
    add("show", "Show what is installed; anyone may", show);
}

} // namespace ocfsecd::ctl
