#include "tools/obt/subjects.h"

#include "temporary_directory.h"
#include "tools/obt/private_file.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <thread>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

const Uuid kDevice = *Uuid::parse("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1");
const Uuid kOwner = *Uuid::parse("00bcb47c-1eb9-4b89-4132-c2d2181ca984");
constexpr std::string_view kKeyHex = "75c639eaa63cae811a86c95c6d49da56";

SharedSecret keyOf(std::string_view hex) {
    return shareSecret(*fromHex(hex));
}

Subject makeSubject() {
    Subject out;
    out.device = kDevice;
    out.name = "gateway";
    out.owner = kOwner;
    out.rowners = {kOwner, kOwner, kOwner, kDevice};
    out.endpoints = {*parseEndpoint("coap://192.0.2.1:5683"), *parseEndpoint("coaps://[2001:db8::1]:5684")};
    out.credentials = {{Origin::derived, true, keyOf(kKeyHex)}};
    return out;
}

std::string contentOf(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST(Subjects, WhatIsSavedIsLoaded) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    const auto loaded = subjects.load(kDevice);
    ASSERT_TRUE(loaded) << loaded.failure().what;
    EXPECT_EQ(loaded->name, "gateway");
    EXPECT_EQ(loaded->owner, kOwner);
    EXPECT_EQ(loaded->rowners, makeSubject().rowners);
    EXPECT_EQ(loaded->endpoints, makeSubject().endpoints);
    ASSERT_EQ(loaded->credentials.size(), 1U);
    EXPECT_TRUE(loaded->credentials[0].proven);
    EXPECT_EQ(loaded->credentials[0].origin, Origin::derived);
    EXPECT_TRUE(loaded->credentials[0].key->equals(*fromHex(kKeyHex)));
    EXPECT_EQ(loaded->href(), "/oic/svc/dots/subjects/ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1/cred");
}

TEST(Subjects, ACredentialThatIsAddedComesBeforeThoseAtHand) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.add(makeSubject())) << "nothing at hand";
    auto fresh = makeSubject();
    fresh.credentials = {{Origin::handedOver, false, keyOf("00112233445566778899aabbccddeeff")}};
    ASSERT_TRUE(subjects.add(fresh));
    ASSERT_TRUE(subjects.add(fresh)) << "once more: the same file was handed over twice";
    const auto loaded = subjects.load(kDevice);
    ASSERT_TRUE(loaded);
    ASSERT_EQ(loaded->credentials.size(), 2U);
    EXPECT_EQ(loaded->credentials[0].origin, Origin::handedOver);
    EXPECT_TRUE(loaded->credentials[1].key->equals(*fromHex(kKeyHex)));
}

TEST(Subjects, ADamagedOneIsNotOverwrittenByAnAddition) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    const auto folder = base.path() / kDevice.text();
    ASSERT_TRUE(writePrivateFile(folder / "subject.json", viewOf("{")));
    const auto added = subjects.add(makeSubject());
    ASSERT_FALSE(added);
    EXPECT_EQ(added.failure().reason, Reason::stateCorrupt);
    EXPECT_EQ(contentOf(folder / "subject.json"), "{");
    EXPECT_TRUE(fs::exists(folder / "key-1")) << "the key is worth more than the description";
}

TEST(Subjects, DirectoriesAre0700AndFiles0600) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator{base.path()}) {
        const auto wanted =
            entry.is_directory() ? fs::perms::owner_all : fs::perms::owner_read | fs::perms::owner_write;
        EXPECT_EQ(entry.status().permissions(), wanted) << entry.path();
        files += entry.is_regular_file() ? 1 : 0;
    }
    EXPECT_EQ(files, 2);
}

TEST(Subjects, TheDescriptionNeverHoldsAKeyInAnyForm) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    const auto text = contentOf(base.path() / kDevice.text() / "subject.json");
    const auto raw = *fromHex(kKeyHex);
    EXPECT_EQ(text.find(textOf(raw)), std::string::npos);
    EXPECT_EQ(text.find(kKeyHex), std::string::npos);
    EXPECT_EQ(text.find(toBase64(raw)), std::string::npos);
}

TEST(Subjects, ReplacedKeysAreGoneFromDisk) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    auto changed = makeSubject();
    changed.credentials = {{Origin::own, true, keyOf("000102030405060708090a0b0c0d0e0f")}};
    ASSERT_TRUE(subjects.save(changed));
    for (const auto& entry : fs::directory_iterator{base.path() / kDevice.text()})
        EXPECT_EQ(contentOf(entry.path()).find(textOf(*fromHex(kKeyHex))), std::string::npos) << entry.path();
    EXPECT_EQ(subjects.load(kDevice)->credentials[0].origin, Origin::own);
}

TEST(Subjects, AKeyWrittenBeforeACrashDoesNotDisturbTheOldState) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    // As a crash between writing a new key and naming it leaves the directory.
    ASSERT_TRUE(writePrivateFile(base.path() / kDevice.text() / "key-77", Bytes(16, 0x55)));
    ASSERT_TRUE(writePrivateFile(base.path() / kDevice.text() / ".new-abcdef", Bytes(16, 0x55)));
    const auto loaded = subjects.load(kDevice);
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded->credentials[0].key->equals(*fromHex(kKeyHex)));
    ASSERT_TRUE(subjects.save(*loaded));
    EXPECT_EQ(std::distance(fs::directory_iterator{base.path() / kDevice.text()}, {}), 2) << "leftovers are cleaned up";
}

TEST(Subjects, AFirstSaveThatNeverFinishedIsNoSubject) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(makePrivateDirectory(base.path() / kDevice.text()));
    ASSERT_TRUE(writePrivateFile(base.path() / kDevice.text() / "key-1", Bytes(16, 0x55)));
    EXPECT_EQ(subjects.load(kDevice).failure().reason, Reason::notFound);
    EXPECT_TRUE(subjects.all()->empty());
}

TEST(Subjects, DamageIsRefusedByNameAndLeftAsItIs) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    const auto file = base.path() / kDevice.text() / "subject.json";
    const auto good = contentOf(file);
    auto otherDevice = good, otherVersion = good, otherKey = good, wrongType = good;
    otherDevice.replace(otherDevice.find("ab0349bf"), 8, "cd0349bf");
    otherVersion.replace(otherVersion.find("\"version\": 1"), 12, "\"version\": 9");
    otherKey.replace(otherKey.find("key-1"), 5, "key-9");
    wrongType.replace(wrongType.find("\"gateway\""), 9, "[1, 2, 3]");
    const auto climbing = [&] {
        auto text = good;
        return text.replace(text.find("key-1"), 5, "../../identity.json");
    }();
    for (const auto& damage : {std::string{}, good.substr(0, good.size() / 2), std::string{"[]"}, otherDevice,
                               otherVersion, otherKey, wrongType, climbing}) {
        ASSERT_TRUE(writePrivateFile(file, viewOf(damage)));
        const auto loaded = subjects.load(kDevice);
        ASSERT_FALSE(loaded) << damage;
        EXPECT_EQ(loaded.failure().reason, Reason::stateCorrupt);
        EXPECT_NE(loaded.failure().what.find("subject.json"), std::string::npos);
        EXPECT_FALSE(subjects.all());
        EXPECT_EQ(contentOf(file), damage);
    }
}

TEST(Subjects, AKeyOfWrongLengthIsRefused) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    ASSERT_TRUE(writePrivateFile(base.path() / kDevice.text() / "key-1", Bytes(15, 0x55)));
    EXPECT_EQ(subjects.load(kDevice).failure().reason, Reason::stateCorrupt);
}

TEST(Subjects, LooserKeyFilesAreRefused) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    fs::permissions(base.path() / kDevice.text() / "key-1", fs::perms::group_read, fs::perm_options::add);
    EXPECT_EQ(subjects.load(kDevice).failure().reason, Reason::configuration);
}

TEST(Subjects, RemovedSubjectsLeaveNothing) {
    const TemporaryDirectory base;
    Subjects subjects{base.path()};
    ASSERT_TRUE(subjects.save(makeSubject()));
    ASSERT_TRUE(subjects.remove(kDevice));
    EXPECT_TRUE(fs::is_empty(base.path()));
    EXPECT_EQ(subjects.load(kDevice).failure().reason, Reason::notFound);
}

TEST(Subjects, AnUpdateStartsFromWhatIsOnDiskNow) {
    const TemporaryDirectory base;
    Subjects mine{base.path()}, others{base.path()};
    ASSERT_TRUE(mine.save(makeSubject()));
    const auto newer = keyOf("000102030405060708090a0b0c0d0e0f");
    ASSERT_TRUE(others.update(kDevice, [&](Subject& s) { s.credentials = {{Origin::own, true, newer}}; }));
    ASSERT_TRUE(mine.update(kDevice, [](Subject& s) { s.name = "other name"; }));
    const auto loaded = mine.load(kDevice);
    EXPECT_EQ(loaded->name, "other name");
    EXPECT_TRUE(loaded->credentials[0].key->equals(newer->view())) << "the other run's key stays";
    EXPECT_EQ(mine.update(kOwner, [](Subject&) {}).failure().reason, Reason::notFound);
}

TEST(Subjects, ManyRunsAtOnceLeaveAReadableSubject) {
    const TemporaryDirectory base;
    ASSERT_TRUE(Subjects{base.path()}.save(makeSubject()));
    std::vector<std::thread> runs;
    for (int i = 0; i < 4; ++i)
        runs.emplace_back([&base, i] {
            Subjects subjects{base.path()};
            for (int n = 0; n < 10; ++n)
                EXPECT_TRUE(subjects.update(kDevice, [&](Subject& s) { s.name = std::to_string(i * 10 + n); }));
        });
    for (auto& run : runs)
        run.join();
    const auto loaded = Subjects{base.path()}.load(kDevice);
    ASSERT_TRUE(loaded) << loaded.failure().what;
    EXPECT_TRUE(loaded->credentials[0].key->equals(*fromHex(kKeyHex)));
    EXPECT_EQ(std::distance(fs::directory_iterator{base.path() / kDevice.text()}, {}), 2);
}

TEST(Subjects, AProvenKeyEndsOlderOnesButNotNewer) {
    auto subject = makeSubject();
    const auto middle = keyOf("11111111111111111111111111111111");
    const auto newest = keyOf("22222222222222222222222222222222");
    subject.credentials.insert(subject.credentials.begin(), {Origin::own, false, middle});
    subject.credentials.insert(subject.credentials.begin(), {Origin::own, false, newest});
    subject.keepProven(*middle);
    ASSERT_EQ(subject.credentials.size(), 2U);
    EXPECT_FALSE(subject.credentials[0].proven);
    EXPECT_TRUE(subject.credentials[1].proven);
    subject.keepProven(*keyOf("33333333333333333333333333333333"));
    EXPECT_EQ(subject.credentials.size(), 2U) << "an unknown key ends nothing";
}

} // namespace ocfsecd::obt
