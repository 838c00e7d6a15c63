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

Result<ocf::MadeCsr> FakeVault::makeCsr(const ocf::CsrRequest& request) {
    if (failing)
        return *failing;
    ++counts_.csrs;
    auto identity = request.identityKey;
    if (!identity) {
        TestKey key;
        identity = svr::IdentityKey{{key.publicArea(), copyOf(viewOf("private"))}, shareSecret(viewOf("auth"))};
        identityKeys_.emplace(identity->blob.publicArea, std::move(key));
    }
    const auto found = identityKeys_.find(identity->blob.publicArea);
    if (found == identityKeys_.end())
        return Failure{Reason::stateCorrupt, "the identity key is not here", "reset the device"};
    return ocf::MadeCsr{*identity, requestFor(request.deviceuuid, found->second)};
}

dtls::SignDigest FakeVault::signerFor(const ocf::StepRequest& request) {
    return [this, request](ByteView digest) -> Result<Bytes> {
        if (failing)
            return *failing;
        ++counts_.signatures;
        if (request.key == ocf::SigningKey::manufacturer && manufacturerKey)
            return manufacturerKey->signer()(digest);
        if (request.key == ocf::SigningKey::identity && request.identityKey)
            if (const auto found = identityKeys_.find(request.identityKey->blob.publicArea);
                found != identityKeys_.end())
                return found->second.signer()(digest);
        return Failure{Reason::stateCorrupt, "the signing key is not here", "reset the device"};
    };
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
