#include "dbus/pin_agents.h"

#include "systemd/journal.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::dbus {

namespace {

constexpr const char* kInterface = "org.ocfsecd1.PinAgent";
/// Of one device: a display, a speaker, a console, and some to spare (org.ocfsecd1.Onboarding.xml).
constexpr std::size_t kMaxAgents = 8;
/// A program that does not answer for so long shows nothing either.
constexpr auto kPatience = std::chrono::seconds{25};

} // namespace

struct PinAgents::Agent {
    std::string caller, path;
    std::unique_ptr<sdbus::IProxy> proxy;
    bool gone = false;
};

PinAgents::PinAgents(sdbus::IConnection& connection, systemd::Loop& loop, std::function<void(bool)> changed)
    : connection_{connection}, loop_{loop}, changed_{std::move(changed)}, sweeper_{loop, [this] { sweep(); }} {}

PinAgents::~PinAgents() = default;

ocfsecd::Result<void> PinAgents::add(const std::string& caller, const std::string& path,
                                     const std::optional<PinView>& pin) {
    const auto same = [&](const auto& agent) { return !agent->gone && agent->caller == caller && agent->path == path; };
    if (std::ranges::any_of(agents_, same))
        return {};
    if (agents_.size() >= kMaxAgents)
        return Failure{Reason::limitReached, fmt::format("the device has {} agents already", kMaxAgents),
                       "end one of the programs that show its PINs"};
    auto agent = std::make_unique<Agent>();
    agent->caller = caller;
    agent->path = path;
    agent->proxy = sdbus::createProxy(connection_, compat::ServiceName{caller}, compat::ObjectPath{path});
    compat::makeReady(*agent->proxy);
    agents_.push_back(std::move(agent));
    if (pin)
        show(*agents_.back(), *pin);
    if (agents_.size() == 1)
        changed_(true);
    return {};
}

ocfsecd::Result<void> PinAgents::remove(const std::string& caller, const std::string& path) {
    for (auto& agent : agents_)
        if (!agent->gone && agent->caller == caller && agent->path == path) {
            agent->gone = true;
            sweep();
            return {};
        }
    return Failure{Reason::notFound, "the caller has not registered this object", ""};
}

void PinAgents::left(const std::string& caller) {
    for (auto& agent : agents_)
        agent->gone = agent->gone || agent->caller == caller;
    sweep();
}

void PinAgents::display(const PinView& pin) {
    for (auto& agent : agents_)
        show(*agent, pin);
}

std::uint32_t PinAgents::secondsLeft(const PinView& pin, TimePoint now) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(pin.until - now).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, UINT32_MAX));
}

void PinAgents::show(Agent& agent, const PinView& pin) {
    std::string text{textOf(pin.characters->view())};
    agent.proxy->callMethodAsync("Display")
        .onInterface(kInterface)
        .withTimeout(kPatience)
        .withArguments(text, secondsLeft(pin, loop_.now()))
        .uponReplyInvoke([this, &agent](compat::CallError error) {
            loop_.guard([&] {
                if (!error || agent.gone)
                    return;
                agent.gone = true;
                // Not the message, which might repeat the PIN.
                journal::log({journal::Priority::warning,
                              {},
                              fmt::format("the PIN agent {} {} does not show the PIN: {}", agent.caller, agent.path,
                                          std::string{error->getName()}),
                              {}});
                sweeper_.trigger();
            });
        });
    wipe(text.data(), text.size());
}

void PinAgents::cancel(const std::string& reason) {
    for (auto& agent : agents_)
        if (!agent->gone)
            agent->proxy->callMethod("Cancel").onInterface(kInterface).withArguments(reason).dontExpectReply();
}

void PinAgents::release() {
    for (auto& agent : agents_)
        if (!agent->gone)
            agent->proxy->callMethod("Release").onInterface(kInterface).dontExpectReply();
    agents_.clear();
}

void PinAgents::sweep() {
    if (std::erase_if(agents_, [](const auto& agent) { return agent->gone; }) != 0 && agents_.empty())
        changed_(false);
}

} // namespace ocfsecd::dbus
