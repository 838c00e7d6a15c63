#include "dbus/device_object.h"

#include <fmt/format.h>

namespace ocfsecd::dbus {

namespace {

/// Calls of one device that wait for their authorisation or their answer. An administrator needs one.
constexpr std::size_t kMaxCalls = 16;

sdbus::Error errorOf(const Failure& failure) {
    const auto text = failure.next.empty() ? failure.what : fmt::format("{}; {}", failure.what, failure.next);
    return compat::makeError(std::string{faceOf(failure.reason).dbusError}, text);
}

} // namespace

std::string devicePath(unsigned device) {
    return fmt::format("{}/device/{}", kManagerPath, device);
}

DeviceObject::DeviceObject(sdbus::IConnection& connection, unsigned device, const DeviceView& view, BusLink& link,
                           const Actions& actions)
    : AdaptorInterfaces{connection, compat::ObjectPath{devicePath(device)}}, device_{device}, view_{view}, link_{link},
      actions_{actions} {
    registerAdaptor();
}

DeviceObject::~DeviceObject() {
    unregisterAdaptor();
}

void DeviceObject::announce() {
    getObject().emitInterfacesAddedSignal();
}

void DeviceObject::retire() {
    const Failure gone{Reason::unavailable, "the device is gone", ""};
    while (!calls_.empty())
        answer(calls_.begin()->first, gone);
    getObject().emitInterfacesRemovedSignal();
}

void DeviceObject::signal(const std::vector<std::string_view>& changed) {
    getObject().emitPropertiesChangedSignal(INTERFACE_NAME, compat::propertyNames(changed));
}

void DeviceObject::Reset(sdbus::Result<>&& result) {
    authoriseAndRun(std::move(result), actions_.reset);
}

void DeviceObject::SoftReset(sdbus::Result<>&& result) {
    authoriseAndRun(std::move(result), actions_.softReset);
}

void DeviceObject::authoriseAndRun(sdbus::Result<>&& result, const Action& action) {
    const auto call = ++lastCall_;
    const bool full = calls_.size() >= kMaxCalls;
    calls_.emplace(call, std::move(result));
    if (full)
        return answer(call, Failure{Reason::busy, "too many calls wait for an answer", "try again"});
    // The sender is read now: there is no current message when the answer comes.
    link_.askUser(compat::senderOf(getObject()),
                  [this, call, &action, alive = std::weak_ptr{alive_}](std::optional<uid_t> user) {
                      if (alive.expired())
                          return;
                      if (user == uid_t{0})
                          run(call, action);
                      else
                          answer(call, Failure{Reason::notAuthorised, "only root may do this", "use sudo"});
                  });
}

void DeviceObject::run(CallId call, const Action& action) {
    if (!action)
        return answer(call, Failure{Reason::unavailable, "the agent cannot do this now", ""});
    action(device_, [this, call, alive = std::weak_ptr{alive_}](const ocfsecd::Result<void>& outcome) {
        if (!alive.expired())
            answer(call, outcome);
    });
}

void DeviceObject::answer(CallId call, const ocfsecd::Result<void>& outcome) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) // answered already
        return;
    const auto result = std::move(found->second);
    calls_.erase(found);
    try {
        if (outcome)
            result.returnResults();
        else
            result.returnError(errorOf(outcome.failure()));
    } catch (const sdbus::Error& error) { // the bus went away meanwhile: the caller knows
        link_.lost(error.getMessage());
    }
}

std::string DeviceObject::DeviceId() {
    return view_.deviceId.text();
}

std::string DeviceObject::Name() {
    return view_.name;
}

std::string DeviceObject::OnboardingState() {
    return view_.onboardingState;
}

std::string DeviceObject::Phase() {
    return view_.phase;
}

bool DeviceObject::Pending() {
    return view_.pending;
}

bool DeviceObject::Owned() {
    return view_.owned;
}

std::string DeviceObject::OwnerId() {
    return view_.ownerId ? view_.ownerId->text() : std::string{};
}

std::map<std::string, sdbus::Variant> DeviceObject::OwnerCredential() {
    if (!view_.ownerCredential)
        return {};
    return {{"credid", sdbus::Variant{view_.ownerCredential->credid}},
            {"origin", sdbus::Variant{view_.ownerCredential->origin}},
            {"sealed", sdbus::Variant{view_.ownerCredential->sealed}}};
}

bool DeviceObject::Operational() {
    return view_.operational;
}

std::vector<std::string> DeviceObject::SupportedMethods() {
    return view_.supportedMethods;
}

std::string DeviceObject::SelectedMethod() {
    return view_.selectedMethod;
}

std::vector<std::string> DeviceObject::Endpoints() {
    return view_.endpoints;
}

std::uint32_t DeviceObject::Sessions() {
    return view_.sessions;
}

} // namespace ocfsecd::dbus
