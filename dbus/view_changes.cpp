#include "dbus/view_changes.h"

#include <array>

namespace ocfsecd::dbus {

namespace {

template <class View>
struct Row {
    std::string_view property;
    bool (*differs)(const View&, const View&);
};

#define ROW(View, property, member)                                                                                    \
    Row<View> {                                                                                                        \
        property, [](const View& a, const View& b) { return a.member != b.member; }                                    \
    }

constexpr std::array kDevice{
    ROW(DeviceView, "DeviceId", deviceId),
    ROW(DeviceView, "Name", name),
    ROW(DeviceView, "OnboardingState", onboardingState),
    ROW(DeviceView, "Phase", phase),
    ROW(DeviceView, "Pending", pending),
    ROW(DeviceView, "Owned", owned),
    ROW(DeviceView, "OwnerId", ownerId),
    ROW(DeviceView, "OwnerCredential", ownerCredential),
    ROW(DeviceView, "Operational", operational),
    ROW(DeviceView, "SupportedMethods", supportedMethods),
    ROW(DeviceView, "SelectedMethod", selectedMethod),
    ROW(DeviceView, "Endpoints", endpoints),
    ROW(DeviceView, "Sessions", sessions),
};

// Version and Features are constant.
constexpr std::array kManager{
    ROW(ManagerView, "TpmState", tpmState),   ROW(ManagerView, "TpmFailure", tpmFailureText),
    ROW(ManagerView, "TpmRemedy", tpmRemedy), ROW(ManagerView, "TpmManufacturer", tpmManufacturer),
    ROW(ManagerView, "TpmPolicy", tpmPolicy), ROW(ManagerView, "SealedObjects", sealedObjects),
};

#undef ROW

template <class View, std::size_t n>
std::vector<std::string_view> compare(const std::array<Row<View>, n>& rows, const View& before, const View& after) {
    std::vector<std::string_view> changed;
    for (const auto& row : rows)
        if (row.differs(before, after))
            changed.push_back(row.property);
    return changed;
}

} // namespace

std::vector<std::string_view> changes(const DeviceView& before, const DeviceView& after) {
    return compare(kDevice, before, after);
}

std::vector<std::string_view> changes(const ManagerView& before, const ManagerView& after) {
    return compare(kManager, before, after);
}

} // namespace ocfsecd::dbus
