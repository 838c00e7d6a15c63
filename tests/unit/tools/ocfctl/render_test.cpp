#include "tools/ocfctl/render.h"

#include "tools/ocfctl/exit_code.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ocfsecd::ctl {
namespace {

Snapshot ownedGateway() {
    Snapshot out;
    out.manager.version = "0.1.0";
    out.manager.features = {"just-works"};
    out.manager.tpmManufacturer = "IFX";
    out.manager.tpmPolicy = "epoch";
    out.manager.sealedObjects = 2;
    dbus::DeviceView device;
    device.deviceId = *Uuid::parse("6a5f7b1e-33b1-4a0e-9d52-0c4b6f6d7a11");
    device.name = "Gateway";
    device.onboardingState = "rfnop";
    device.phase = "owned";
    device.owned = device.operational = true;
    device.ownerId = Uuid::parse("11111111-2222-4333-8444-555555555555");
    device.ownerCredential = dbus::OwnerCredentialView{7, "derived", true};
    device.supportedMethods = {"just-works"};
    device.selectedMethod = "just-works";
    device.endpoints = {"coap://192.0.2.1:5683", "coaps://192.0.2.1:5684"};
    device.sessions = 3;
    out.devices.emplace(4, device);
    return out;
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(Render, TextNamesStateOwnerCredentialAndEveryEndpoint) {
    const auto text = textOf(ownedGateway());
    for (const auto* part : {"ocfsecd 0.1.0", "Device 4: Gateway", "6a5f7b1e-33b1-4a0e-9d52-0c4b6f6d7a11",
                             "rfnop (owned, in normal operation)", "11111111-2222-4333-8444-555555555555",
                             "credid 7, derived, sealed in the TPM", "2 sealed, bound to: epoch", "IFX",
                             "coap://192.0.2.1:5683", "coaps://192.0.2.1:5684"})
        EXPECT_TRUE(says(text, part)) << part << "\n" << text;
    EXPECT_FALSE(says(text, "remedy"));
    EXPECT_FALSE(says(text, "temporary"));
}

TEST(Render, TextOfAnUnownedDeviceSaysSo) {
    auto snapshot = ownedGateway();
    auto& device = snapshot.devices.at(4);
    device.owned = false;
    device.onboardingState = "rfotm";
    device.pending = true;
    device.ownerId.reset();
    device.ownerCredential.reset();
    device.endpoints.clear();
    const auto text = textOf(snapshot);
    for (const auto* part : {"(temporary)", "unowned", "a change is pending", "Interfaces="})
        EXPECT_TRUE(says(text, part)) << part << "\n" << text;
}

TEST(Render, TextOfANamedFailureTellsTheRemedy) {
    auto snapshot = ownedGateway();
    snapshot.manager.tpmState = "rolled-back";
    snapshot.manager.tpmFailureText = "the state is an older copy";
    snapshot.manager.tpmRemedy = "restore the latest state";
    const auto text = textOf(snapshot);
    for (const auto* part : {"rolled-back", "the state is an older copy", "restore the latest state"})
        EXPECT_TRUE(says(text, part)) << part << "\n" << text;
}

TEST(Render, JsonHasEveryMember) {
    const auto json = jsonOf(ownedGateway());
    EXPECT_EQ(json["version"], "0.1.0");
    EXPECT_EQ(json["tpm"]["state"], "ok");
    EXPECT_TRUE(json["tpm"]["failure"].is_null());
    EXPECT_EQ(json["tpm"]["sealedObjects"], 2);
    const auto& device = json["devices"][0];
    EXPECT_EQ(device["index"], 4);
    EXPECT_EQ(device["ownerCredential"], (nlohmann::json{{"credid", 7}, {"origin", "derived"}, {"sealed", true}}));
    EXPECT_EQ(device["endpoints"].size(), 2U);
    EXPECT_EQ(device["owned"], true);
    EXPECT_EQ(device["sessions"], 3);
}

TEST(Render, JsonHasNullForWhatThereIsNot) {
    auto snapshot = ownedGateway();
    auto& device = snapshot.devices.at(4);
    device.ownerId.reset();
    device.ownerCredential.reset();
    device.selectedMethod.clear();
    const auto json = jsonOf(snapshot)["devices"][0];
    for (const auto* member : {"ownerId", "ownerCredential", "selectedMethod"})
        EXPECT_TRUE(json.at(member).is_null()) << member;
}

TEST(Render, NothingSomebodyElseChoseSteersTheTerminal) {
    auto snapshot = ownedGateway();
    snapshot.devices.at(4).name = "\x1b]0;owned\x07\u202e";
    snapshot.devices.at(4).endpoints = {"\x1b[31m"};
    EXPECT_FALSE(says(textOf(snapshot), "\x1b"));
    EXPECT_TRUE(says(textOf(snapshot), "\\x1b]0;owned\\x07"));
    EXPECT_FALSE(says(textOf(snapshot), "\u202e")) << "what follows would be read backwards";
}

TEST(ExitCode, EveryReasonHasOneAndHelpNamesAll) {
    EXPECT_EQ(exitFor(Reason::unavailable), Exit::unreachable);
    EXPECT_EQ(exitFor(Reason::notAuthorised), Exit::refused);
    EXPECT_EQ(exitFor(Reason::precondition), Exit::refused);
    EXPECT_EQ(exitFor(Reason::notFound), Exit::choice);
    EXPECT_EQ(exitFor(Reason::internal), Exit::failed);
    for (int code = 0; code <= static_cast<int>(Exit::failed); ++code)
        EXPECT_TRUE(says(exitCodeHelp(), "\n  " + std::to_string(code) + "  ")) << code;
}

} // namespace
} // namespace ocfsecd::ctl
