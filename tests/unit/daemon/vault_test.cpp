// The end of an ownership while the TPM is gone (design section 4, "RESET of an owned device").

#include "vault.h"

#include "support/swtpm.h"
#include "svr/persist.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <poll.h>

namespace ocfsecd::test {
namespace {

class Bench {
public:
    Bench() { start(); }

    void start() {
        worker_ = std::make_unique<tpm::Worker>();
        vault_ = std::make_unique<Vault>(*worker_, tpm::Options{.tcti = swtpm.tcti()}, directory.path());
    }
    void restart() {
        vault_.reset();
        worker_.reset();
        start();
    }

    /// Posts a request and waits for its outcome.
    template <class T, class Ask>
    Result<T> await(Ask ask) {
        std::optional<Result<T>> outcome;
        ask(*vault_, [&](Result<T>&& got) { outcome.emplace(std::move(got)); });
        while (!outcome) {
            pollfd readable{worker_->eventFd(), POLLIN, 0};
            ::poll(&readable, 1, -1);
            worker_->deliver();
        }
        return *std::move(outcome);
    }

    Result<svr::DeviceState> commit(svr::DeviceState state, bool transition) {
        return await<svr::DeviceState>(
            [&](Vault& vault, auto done) { vault.commit(0, std::move(state), transition, done); });
    }
    Result<void> mark() {
        return await<void>([](Vault& vault, auto done) { vault.markResetting(0, done); });
    }
    Result<void> finish() {
        return await<void>([](Vault& vault, auto done) { vault.finishReset(0, done); });
    }
    Result<SecretBytes> unseal(const svr::SealedBlob& blob) {
        return await<SecretBytes>([&](Vault& vault, auto done) { vault.unseal(0, blob, done); });
    }
    std::string found() {
        const auto loaded = await<store::Loaded>([](Vault& vault, auto done) { vault.load(0, done); });
        if (!loaded)
            return std::string{nameOf(loaded.failure().reason)};
        constexpr std::string_view names[] = {"unowned", "owned", "resetting"};
        return std::string{names[static_cast<std::size_t>(loaded->kind)]};
    }
    std::string open() {
        const auto status = await<VaultStatus>([](Vault& vault, auto done) { vault.open(done); });
        return status ? "ok" : std::string{nameOf(status.failure().reason)};
    }
    std::string onDisk() const {
        std::ifstream in{directory.path() / "device-0.snapshot", std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

    Swtpm swtpm;
    TempDir directory;

private:
    std::unique_ptr<tpm::Worker> worker_;
    std::unique_ptr<Vault> vault_;
};

svr::DeviceState owned() {
    svr::DeviceState state;
    state.pstat.state = svr::OnboardingState::rfpro;
    state.doxm.owned = true;
    svr::Credential credential;
    credential.id = svr::CredId{1};
    credential.subject = *Uuid::parse("b0b00000-1111-2222-3333-444444444444");
    credential.privateEncoding = svr::Encoding::raw;
    credential.key.clear = shareSecret(Bytes(16, 0x5a));
    state.cred.creds.push_back(std::move(credential));
    return state;
}

TEST(Vault, MarksAResetWhileTheTpmIsGone) {
    Bench on;
    const auto committed = on.commit(owned(), true);
    ASSERT_TRUE(committed) << committed.failure().what;
    const auto before = on.onDisk().size();
    on.swtpm.kill();
    EXPECT_TRUE(on.mark());
    EXPECT_LT(on.onDisk().size(), before) << "the sealed keys are gone";
    EXPECT_EQ(on.finish().failure().reason, Reason::tpmUnavailable);
    on.swtpm.start();
    EXPECT_TRUE(on.finish());
    EXPECT_EQ(on.found(), "unowned");
    EXPECT_FALSE(on.unseal(*committed->cred.creds.front().key.sealed)) << "every old copy is worthless";
}

TEST(Vault, MarksAResetLongAfterTheLossWasNoticed) {
    Bench on;
    const auto committed = on.commit(owned(), true);
    ASSERT_TRUE(committed);
    on.swtpm.kill();
    EXPECT_FALSE(on.unseal(*committed->cred.creds.front().key.sealed));
    EXPECT_EQ(on.open(), "tpm-unavailable");
    EXPECT_FALSE(on.commit(*committed, true)); // what was known of the disk is no longer certain
    EXPECT_EQ(on.open(), "tpm-unavailable");
    EXPECT_TRUE(on.mark());
    EXPECT_TRUE(on.mark()) << "again";
    EXPECT_FALSE(on.commit(*committed, false)) << "nothing comes behind the mark";
    on.restart();
    EXPECT_EQ(on.found(), "tpm-unavailable");
    on.swtpm.start();
    EXPECT_EQ(on.found(), "resetting");
    EXPECT_TRUE(on.finish());
    EXPECT_EQ(on.found(), "unowned");
    EXPECT_TRUE(on.commit(owned(), true)) << "and the next owner comes";
}

TEST(Vault, SaysThatItCannotMarkWhatItNeverRead) {
    Bench on;
    ASSERT_TRUE(on.commit(owned(), true));
    const auto before = on.onDisk();
    on.swtpm.kill();
    on.restart();
    EXPECT_EQ(on.mark().failure().reason, Reason::tpmUnavailable);
    EXPECT_EQ(on.onDisk(), before);
}

} // namespace
} // namespace ocfsecd::test
