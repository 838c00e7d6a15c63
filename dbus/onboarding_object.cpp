#include "dbus/onboarding_object.h"

#include <fmt/format.h>

namespace ocfsecd::dbus {

namespace {

constexpr std::size_t kMaxPath = 255;            ///< as the D-Bus specification limits names
constexpr std::uint32_t kLongestWindow = 86'400; ///< a window that is never shut is JustWorks=always

} // namespace

OnboardingObject::OnboardingObject(sdbus::IConnection& connection, systemd::Loop& loop, unsigned device, Calls& calls,
                                   const Actions& actions)
    : Face{connection, device, calls, actions}, loop_{loop}, agents_{connection, loop, [this](bool somebody) {
                                                                         if (actions_.setPinDisplay)
                                                                             actions_.setPinDisplay(device_, somebody);
                                                                     }} {}

void OnboardingObject::OpenWindow(sdbus::Result<>&& result, std::uint32_t seconds) {
    calls_.take<>(
        getObject(), right::onboard, std::move(result),
        [this, seconds](const std::string&, const Calls::Reply<>& reply) {
            if (seconds > kLongestWindow)
                return reply(Failure{Reason::malformed, "a window is open for a day at most", "set JustWorks=always"});
            reply(actions_.openWindow ? actions_.openWindow(device_, std::chrono::seconds{seconds}) : kCannot);
        });
}

void OnboardingObject::GetPin(sdbus::Result<std::string, std::uint32_t>&& result) {
    using Reply = Calls::Reply<std::string, std::uint32_t>;
    calls_.take<std::string, std::uint32_t>(
        getObject(), right::onboard, std::move(result), [this](const std::string&, const Reply& reply) {
            const auto pin = actions_.pin ? actions_.pin(device_) : kCannot;
            if (!pin)
                return reply(pin.failure());
            Calls::Outcome<std::string, std::uint32_t> answer{
                std::tuple{std::string{textOf(pin->characters->view())}, PinAgents::secondsLeft(*pin, loop_.now())}};
            reply(answer);
            auto& characters = std::get<0>(*answer);
            wipe(characters.data(), characters.size());
        });
}

void OnboardingObject::RegisterPinAgent(sdbus::Result<>&& result, sdbus::ObjectPath agent) {
    if (agent.size() > kMaxPath)
        return calls_.refuse(result, {Reason::malformed, "the path of the agent is too long",
                                      fmt::format("give it one of {} characters at most", kMaxPath)});
    calls_.take<>(getObject(), right::onboard, std::move(result),
                  [this, path = std::string{agent}](const std::string& caller, const Calls::Reply<>& reply) {
                      if (auto may = actions_.mayShowPins ? actions_.mayShowPins(device_) : kCannot; !may)
                          return reply(may);
                      const auto pin = actions_.pin(device_);
                      reply(agents_.add(caller, path, pin ? std::optional{*pin} : std::nullopt));
                  });
}

void OnboardingObject::UnregisterPinAgent(sdbus::Result<>&& result, sdbus::ObjectPath agent) {
    if (agent.size() > kMaxPath)
        return calls_.refuse(result, {Reason::notFound, "the caller has not registered this object", ""});
    calls_.take<>(getObject(), right::onboard, std::move(result),
                  [this, path = std::string{agent}](const std::string& caller, const Calls::Reply<>& reply) {
                      reply(agents_.remove(caller, path));
                  });
}

} // namespace ocfsecd::dbus
