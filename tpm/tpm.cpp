#include "tpm/tpm.h"

#include "tpm/connection.h"
#include "tpm/counters.h"
#include "tpm/description.h"
#include "tpm/parent.h"
#include "tpm/policy.h"
#include "tpm/response.h"
#include "tpm/sealing.h"
#include "tpm/session.h"
#include "tpm/signing.h"

namespace ocfsecd::tpm {

namespace {

/// The parts on one connection; each refuses once that has ended.
class EsysTpm final : public Tpm {
public:
    EsysTpm(std::unique_ptr<Connection> connection, Parent parent, Description description, const Options& options)
        : connection_{std::move(connection)}, parent_{std::move(parent)}, description_{std::move(description)},
          sessions_{*connection_, parent_}, counters_{*connection_, sessions_, options.nvBase},
          policy_{*connection_, sessions_, counters_, options.pcrSelection},
          sealing_{*connection_, parent_, sessions_, counters_, policy_}, signing_{*connection_, parent_, sessions_} {}

    const Description& description() const override { return description_; }
    ByteView parentName() const override { return parent_.name(); }
    bool usable() const override { return connection_->usable(); }
    std::uint64_t nvWrites() const override { return counters_.writes(); }

    Result<std::optional<Counters>> readCounters(unsigned device) override {
        if (!usable())
            return connectionLost();
        return counters_.read(device);
    }

    Result<Counters> defineCounters(unsigned device) override {
        if (!usable())
            return connectionLost();
        return counters_.define(device);
    }

    Result<std::uint64_t> advanceEpoch(unsigned device) override { return advance(device, Index::epoch); }
    Result<std::uint64_t> advanceCounter(unsigned device) override { return advance(device, Index::counter); }

    Result<SealedObject> seal(unsigned device, const SecretBytes& secret) override {
        if (!usable())
            return connectionLost();
        const auto epoch = counters_.epoch(device, true);
        if (!epoch)
            return epoch.failure();
        return sealing_.seal(device, *epoch, secret);
    }

    Result<SealedObject> sealAt(unsigned device, std::uint64_t epoch, const SecretBytes& secret) override {
        if (!usable())
            return connectionLost();
        return sealing_.seal(device, epoch, secret);
    }

    Result<SecretBytes> unseal(unsigned device, const SealedObject& object) override {
        if (!usable())
            return connectionLost();
        return sealing_.unseal(device, object);
    }

    Result<SigningKey> createSigningKey(const SecretBytes& auth) override {
        if (!usable())
            return connectionLost();
        return signing_.create(auth);
    }

    Result<SigningKey> importSigningKey(const SecretBytes& scalar, const PublicPoint& point) override {
        if (!usable())
            return connectionLost();
        return signing_.import(scalar, point);
    }

    Result<Bytes> sign(const SigningKey& key, const SecretBytes& auth, ByteView digest) override {
        if (!usable())
            return connectionLost();
        return signing_.sign(key, auth, digest);
    }

private:
    Result<std::uint64_t> advance(unsigned device, Index which) {
        if (!usable())
            return connectionLost();
        return counters_.advance(device, which);
    }

    std::unique_ptr<Connection> connection_;
    Parent parent_;
    Description description_;
    Sessions sessions_;
    NvCounters counters_;
    Policy policy_;
    Sealing sealing_;
    Signing signing_;
};

Result<std::unique_ptr<Tpm>> ready(Result<std::unique_ptr<Connection>> connection, const Options& options) {
    if (!connection)
        return connection.failure();
    auto parent = Parent::make(**connection);
    if (!parent)
        return parent.failure();
    auto description = describe(**connection);
    if (!description)
        return description.failure();
    return std::unique_ptr<Tpm>{
        std::make_unique<EsysTpm>(*std::move(connection), *std::move(parent), *std::move(description), options)};
}

} // namespace

Result<std::unique_ptr<Tpm>> Tpm::open(const Options& options) {
    if (auto valid = Policy::checkSelection(options.pcrSelection); !valid)
        return valid.failure();
    return ready(Connection::open(options.tcti), options);
}

Result<std::unique_ptr<Tpm>> Tpm::openOn(TSS2_TCTI_OPAQUE_CONTEXT_BLOB* tcti, const Options& options) {
    if (auto valid = Policy::checkSelection(options.pcrSelection); !valid)
        return valid.failure();
    return ready(Connection::openOn(tcti), options);
}

} // namespace ocfsecd::tpm
