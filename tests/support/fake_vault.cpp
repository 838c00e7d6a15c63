#include "fake_vault.h"

#include "svr/persist.h"

namespace ocfsecd::test {

Result<svr::DeviceState> FakeVault::commit(const ocf::CommitRequest& request) {
    if (failing)
        return *failing;
    auto state = request.state;
    for (auto& credential : state.cred.creds) {
        if (!credential.key.clear || credential.key.sealed)
            continue;
        Writer name;
        name.bytes(viewOf("object")).u64(nextObject_++);
        svr::SealedBlob blob{copyOf(viewOf("public")), name.take()};
        objects_[blob.privateArea] = {epoch_, credential.key.clear};
        credential.key.sealed = std::move(blob);
    }
    snapshot_ = svr::encodeState(state);
    if (failingBehindTheWrite)
        return *failingBehindTheWrite;
    ++counts_.commits;
    counts_.transitions += request.transition ? 1 : 0;
    return state;
}

Result<SecretBytes> FakeVault::unseal(const svr::SealedBlob& blob) {
    ++counts_.unseals;
    if (failing)
        return *failing;
    const auto found = objects_.find(blob.privateArea);
    if (found == objects_.end() || found->second.epoch != epoch_)
        return Failure{Reason::policyMismatch, "the object belongs to an earlier ownership", "onboard the device"};
    return SecretBytes{found->second.key->view()};
}

Result<void> FakeVault::writeAuditLog(Bytes octets) {
    if (failing)
        return *failing;
    ++counts_.auditLogs;
    auditLog_ = std::move(octets);
    return {};
}

Result<void> FakeVault::mark() {
    if (failing)
        return *failing;
    ++counts_.marks;
    resetting_ = true;
    return {};
}

Result<void> FakeVault::finish() {
    if (failing)
        return *failing;
    ++counts_.finishes;
    ++epoch_;
    snapshot_.reset();
    auditLog_.reset();
    resetting_ = false;
    return {};
}

} // namespace ocfsecd::test
