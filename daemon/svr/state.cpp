#include "svr/state.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ocfsecd::svr {

namespace {

constexpr std::array<std::string_view, kOnboardingStates> kStateNames{"reset", "rfotm", "rfpro", "rfnop", "sreset"};
constexpr std::array<std::string_view, 3> kEncodingNames{"oic.sec.encoding.raw", "oic.sec.encoding.base64",
                                                         "oic.sec.encoding.pem"};

bool sameSecret(const SharedSecret& a, const SharedSecret& b) {
    if (!a || !b)
        return !a && !b;
    return a->equals(b->view());
}

template <class Accept>
const Credential* youngestPsk(const DeviceState& state, Accept accept) {
    const auto& creds = state.cred.creds;
    const auto found = std::find_if(creds.rbegin(), creds.rend(), [&](const Credential& credential) {
        return credential.type == credtype::symmetricPairWise && credential.subject && accept(credential);
    });
    return found == creds.rend() ? nullptr : &*found;
}

} // namespace

std::string_view nameOf(OnboardingState state) {
    return kStateNames.at(static_cast<std::size_t>(state));
}

std::optional<OnboardingState> onboardingState(std::int64_t number) {
    if (number < 0 || number >= static_cast<std::int64_t>(kOnboardingStates))
        return std::nullopt;
    return static_cast<OnboardingState>(number);
}

std::string_view oxm::nameOf(int method) {
    switch (method) {
    case justWorks:
        return "oic.sec.doxm.jw";
    case randomPin:
        return "oic.sec.doxm.rdp";
    case manufacturerCertificate:
        return "oic.sec.doxm.mfgcert";
    default:
        return {};
    }
}

bool Key::operator==(const Key& other) const {
    return sealed == other.sealed && sameSecret(clear, other.clear);
}

std::string_view nameOf(Encoding encoding) {
    return kEncodingNames.at(static_cast<std::size_t>(encoding));
}

std::optional<Encoding> encodingNamed(std::string_view name) {
    const auto found = std::ranges::find(kEncodingNames, name);
    if (found == kEncodingNames.end())
        return std::nullopt;
    return static_cast<Encoding>(found - kEncodingNames.begin());
}

std::string_view nameOf(ConnType type) {
    return type == ConnType::authCrypt ? "auth-crypt" : "anon-clear";
}

bool isOwner(const DeviceState& state, const Uuid& uuid) {
    return !uuid.isNil() &&
           (uuid == state.cred.rowneruuid || uuid == state.doxm.devowneruuid || uuid == state.doxm.rowneruuid);
}

const Credential* findPsk(const DeviceState& state, const Uuid& subject) {
    return findPsk(state, subject, [](const Credential&) { return true; });
}

const Credential* findPsk(const DeviceState& state, const Uuid& subject,
                          const std::function<bool(const Credential&)>& usable) {
    if (subject.isNil())
        return nullptr;
    return youngestPsk(
        state, [&](const Credential& credential) { return credential.subject == subject && usable(credential); });
}

const Credential* ownerCredential(const DeviceState& state) {
    if (!state.doxm.rowneruuid.isNil())
        return findPsk(state, state.doxm.rowneruuid);
    return youngestPsk(state, [&](const Credential& credential) { return isOwner(state, *credential.subject); });
}

const Credential* findCredential(const DeviceState& state, CredId id) {
    const auto found = std::ranges::find(state.cred.creds, id, &Credential::id);
    return found == state.cred.creds.end() ? nullptr : &*found;
}

} // namespace ocfsecd::svr
