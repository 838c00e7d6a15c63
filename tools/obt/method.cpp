#include "tools/obt/method.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::string_view kShowPin = "let the device show a PIN (on an ocfsecd gateway: ocfctl pin --wait)";
constexpr std::string_view kOpenWindow = "open its onboarding window";

// The vendor's method is that of the maker's certificate with one more question, which the device asks its user (facts
// 2.1); where both are offered the published one goes first.
constexpr std::array kMethods{
    Method{2, "manufacturer-certificate", "oic.sec.doxm.mfgcert", Needs::makerRoots, ""},
    Method{0xff02, "confirmed-manufacturer-certificate", "x.org.iotivity.conmfgcert", Needs::makerRoots, ""},
    Method{1, "random-pin", "oic.sec.doxm.rdp", Needs::pin, kShowPin},
    Method{0, "just-works", "oic.sec.doxm.jw", Needs::nothing, kOpenWindow},
};

constexpr std::int64_t kFirstVendorMethod = 0xff00;

bool contains(const std::vector<std::int64_t>& offered, const Method& method) {
    return std::ranges::find(offered, method.number) != offered.end();
}

bool canServe(const Method& method, const Means& means) {
    return method.needs == Needs::nothing || (method.needs == Needs::pin ? means.pin : means.makerRoots);
}

std::string_view optionFor(const Method& method) {
    return method.needs == Needs::pin ? "--pin-file FILE, or a terminal to ask for the PIN" : "--trust FILE";
}

Failure unserved(const Method& method) {
    return {Reason::usage, fmt::format("the method {} needs {}", method.name, optionFor(method)), "ocf-obt own --help"};
}

Failure notOffered(const Method& wanted, const std::vector<std::int64_t>& offered) {
    return {Reason::precondition,
            fmt::format("the device does not offer {}; it offers: {}", wanted.name, methodTexts(offered)),
            wanted.unlock.empty() ? "choose one of these with --method"
                                  : fmt::format("{}, then try again; or choose another --method", wanted.unlock)};
}

} // namespace

std::span<const Method> methods() {
    return kMethods;
}

const Method* methodNamed(std::string_view name) {
    const auto found = std::ranges::find(kMethods, name, &Method::name);
    return found == kMethods.end() ? nullptr : &*found;
}

std::string methodText(std::int64_t number) {
    const auto found = std::ranges::find(kMethods, number, &Method::number);
    if (found != kMethods.end())
        return std::string{found->name};
    return number >= kFirstVendorMethod ? fmt::format("{:#x}", number) : fmt::format("{}", number);
}

std::string methodTexts(const std::vector<std::int64_t>& numbers) {
    std::string out;
    for (const auto number : numbers)
        out += (out.empty() ? "" : ", ") + methodText(number);
    return out.empty() ? "none" : out;
}

Result<const Method*> chooseMethod(const std::vector<std::int64_t>& offered, const Method* wanted, const Means& means) {
    if (wanted != nullptr) {
        if (!contains(offered, *wanted))
            return notOffered(*wanted, offered);
        return canServe(*wanted, means) ? Result<const Method*>{wanted} : Result<const Method*>{unserved(*wanted)};
    }
    std::string missing;
    for (const auto& method : kMethods) {
        if (!contains(offered, method))
            continue;
        if (method.needs == Needs::nothing && means.meant)
            return Failure{Reason::precondition,
                           fmt::format("the device offers nothing that would authenticate it by what was given; it "
                                       "offers: {}",
                                       methodTexts(offered)),
                           fmt::format("--method {} takes it all the same", method.name)};
        if (canServe(method, means))
            return &method;
        missing += fmt::format("; {} needs {}", method.name, optionFor(method));
    }
    if (!missing.empty())
        return Failure{Reason::usage, "the device can be owned, but not with what was given" + missing,
                       "ocf-obt own --help"};
    return Failure{Reason::precondition,
                   fmt::format("the device offers no method that this tool knows (oxms: {})", methodTexts(offered)),
                   fmt::format("{}, then: ocf-obt discover", kOpenWindow)};
}

std::string strongerThan(const Method& chosen, const std::vector<std::int64_t>& offered) {
    for (const auto& method : kMethods) {
        if (method.number == chosen.number)
            break;
        if (contains(offered, method))
            return fmt::format("the device also offers {}, which is stronger and needs {}", method.name,
                               optionFor(method));
    }
    return "";
}

} // namespace ocfsecd::obt
