#include "tpm/counters.h"

#include "tpm/response.h"

#include <fmt/format.h>

namespace ocfsecd::tpm {

namespace {

constexpr UINT16 kCounterSize = 8; // TPM 2.0 part 2, 13.4: counters are 8 octets

// noDA: a dictionary attack on something else must not stop us. No OWNERREAD/OWNERWRITE: the owner has no use for them,
// and the owner's authorisation is not ours. No POLICY_DELETE: only the platform could define that (part 3, 31.3).
constexpr TPMA_NV kAttributes =
    TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA;

TPM2B_NV_PUBLIC publicOf(TPM2_HANDLE number) {
    TPM2B_NV_PUBLIC out{};
    out.nvPublic.nvIndex = number;
    out.nvPublic.nameAlg = TPM2_ALG_SHA256;
    out.nvPublic.attributes = kAttributes;
    out.nvPublic.dataSize = kCounterSize;
    return out;
}

bool isOurs(const TPMS_NV_PUBLIC& area, TPM2_HANDLE number) {
    return area.nvIndex == number && area.nameAlg == TPM2_ALG_SHA256 && area.dataSize == kCounterSize &&
           area.authPolicy.size == 0 && (area.attributes & ~TPMA_NV_WRITTEN) == kAttributes;
}

Failure strangersIndex(TPM2_HANDLE number) {
    return {Reason::foreignState,
            fmt::format("the TPM's NV index 0x{:08x} exists but is not a counter of ocfsecd", number),
            "choose another NvBase=, or remove the index with tpm2_nvundefine"};
}

bool isUnowned(std::uint64_t epoch) {
    return epoch % 2 == 0;
}

} // namespace

Result<std::optional<Counters>> NvCounters::read(unsigned device) {
    Counters out;
    for (const auto which : {Index::epoch, Index::counter}) {
        const auto at = number(device, which);
        if (!at)
            return at.failure();
        const auto value = valueAt(*at);
        if (!value)
            return value.failure();
        if (!*value)
            return std::optional<Counters>{};
        (which == Index::epoch ? out.epoch : out.counter) = **value;
    }
    lastEpoch_[device] = out.epoch;
    return std::optional<Counters>{out};
}

Result<Counters> NvCounters::define(unsigned device) {
    const auto existing = read(device);
    if (!existing)
        return existing.failure();
    if (*existing)
        return **existing;
    // The counter has no value yet, so nothing ever was owned and an odd epoch only means that this was interrupted.
    const auto epoch = begin(device, Index::epoch, isUnowned);
    if (!epoch)
        return epoch.failure();
    const auto counter = begin(device, Index::counter, [](std::uint64_t) { return true; });
    if (!counter)
        return counter.failure();
    return Counters{*epoch, *counter};
}

Result<std::uint64_t> NvCounters::begin(unsigned device, Index which, bool (*isStart)(std::uint64_t)) {
    const auto at = number(device, which);
    if (!at)
        return at.failure();
    if (const auto made = make(*at); !made)
        return made.failure();
    auto value = valueAt(*at);
    while (value && (!*value || !isStart(**value))) {
        if (const auto advanced = advance(device, which); !advanced)
            return advanced.failure();
        value = valueAt(*at);
    }
    if (!value)
        return value.failure();
    return **value;
}

Result<std::uint64_t> NvCounters::advance(unsigned device, Index which) {
    const auto at = number(device, which);
    if (!at)
        return at.failure();
    const auto index = find(*at);
    if (!index)
        return index.failure();
    if (!*index)
        return Failure{Reason::stateMissing, fmt::format("the TPM has no NV index 0x{:08x}", *at),
                       "reset the device locally"};
    if (auto done = increment(*at, **index); !done)
        return done.failure();
    const auto value = valueOf(*at, **index);
    if (value && which == Index::epoch)
        lastEpoch_[device] = *value;
    return value;
}

Result<ESYS_TR> NvCounters::handleOf(unsigned device, Index which) {
    const auto at = number(device, which);
    if (!at)
        return at.failure();
    const auto index = find(*at);
    if (!index)
        return index.failure();
    if (!*index || !(*index)->written)
        return Failure{Reason::stateMissing, fmt::format("the TPM has no counter at NV index 0x{:08x}", *at),
                       "reset the device locally"};
    return (*index)->handle;
}

Result<std::uint64_t> NvCounters::epoch(unsigned device, bool fresh) {
    if (!fresh)
        if (const auto known = lastEpoch_.find(device); known != lastEpoch_.end())
            return known->second;
    const auto at = number(device, Index::epoch);
    if (!at)
        return at.failure();
    const auto value = valueAt(*at);
    if (!value)
        return value.failure();
    if (!*value)
        return Failure{Reason::stateMissing, fmt::format("the TPM has no counter at NV index 0x{:08x}", *at),
                       "reset the device locally"};
    lastEpoch_[device] = **value;
    return **value;
}

Result<TPM2_HANDLE> NvCounters::number(unsigned device, Index which) const {
    const std::uint64_t epoch = std::uint64_t{base_} + 2 * std::uint64_t{device};
    const std::uint64_t counter = epoch + 1;
    if (epoch < TPM2_NV_INDEX_FIRST || counter > TPM2_NV_INDEX_LAST)
        return Failure{Reason::configuration,
                       fmt::format("0x{:x} and 0x{:x} for device {} are no NV indices", epoch, counter, device),
                       "NvBase= and what follows it lie between 0x01000000 and 0x01ffffff"};
    return static_cast<TPM2_HANDLE>(which == Index::epoch ? epoch : counter);
}

Result<std::optional<NvCounters::Found>> NvCounters::find(TPM2_HANDLE number) {
    forgetSpoiled();
    if (const auto known = known_.find(number); known != known_.end())
        return std::optional<Found>{known->second};
    ESYS_TR handle = ESYS_TR_NONE;
    const auto rc =
        Esys_TR_FromTPMPublic(connection_.esys(), number, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle);
    if (bare(rc) == TPM2_RC_HANDLE)
        return std::optional<Found>{};
    if (auto found = connection_.check(rc, "looking for an NV counter"); !found)
        return found.failure();
    return judge(number, handle);
}

Result<std::optional<NvCounters::Found>> NvCounters::judge(TPM2_HANDLE number, ESYS_TR handle) {
    TPM2B_NV_PUBLIC* raw = nullptr;
    const auto rc =
        Esys_NV_ReadPublic(connection_.esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw, nullptr);
    if (auto read = connection_.check(rc, "reading an NV counter's attributes"); !read)
        return read.failure();
    const EsysPtr<TPM2B_NV_PUBLIC> area{raw};
    if (!isOurs(area->nvPublic, number)) {
        Esys_TR_Close(connection_.esys(), &handle);
        return strangersIndex(number);
    }
    const Found found{handle, (area->nvPublic.attributes & TPMA_NV_WRITTEN) != 0};
    known_[number] = found;
    return std::optional<Found>{found};
}

Result<NvCounters::Found> NvCounters::make(TPM2_HANDLE number) {
    const auto existing = find(number);
    if (!existing)
        return existing.failure();
    if (*existing)
        return **existing;
    const TPM2B_AUTH empty{};
    const auto area = publicOf(number);
    Found made;
    const auto rc = Esys_NV_DefineSpace(connection_.esys(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                        ESYS_TR_NONE, &empty, &area, &made.handle);
    if (auto defined = connection_.check(rc, "defining an NV counter"); !defined)
        return defined.failure();
    ++writes_;
    known_[number] = made;
    return made;
}

Result<std::optional<std::uint64_t>> NvCounters::valueAt(TPM2_HANDLE number) {
    const auto index = find(number);
    if (!index)
        return index.failure();
    if (!*index || !(*index)->written)
        return std::optional<std::uint64_t>{};
    const auto value = valueOf(number, **index);
    if (!value)
        return value.failure();
    return std::optional<std::uint64_t>{*value};
}

Result<std::uint64_t> NvCounters::valueOf(TPM2_HANDLE number, const Found& index) {
    // In the session, or an interposer could present an old epoch as the current one.
    const auto session = sessions_.hmac(TPMA_SESSION_ENCRYPT);
    if (!session)
        return session.failure();
    TPM2B_MAX_NV_BUFFER* raw = nullptr;
    const auto rc = Esys_NV_Read(connection_.esys(), index.handle, index.handle, *session, ESYS_TR_NONE, ESYS_TR_NONE,
                                 kCounterSize, 0, &raw);
    if (bare(rc) == TPM2_RC_BAD_AUTH || bare(rc) == TPM2_RC_AUTH_FAIL) {
        connection_.countFailure();
        return strangersIndex(number); // ours have an empty authorisation value
    }
    if (auto read = connection_.check(rc, "reading an NV counter"); !read)
        return read.failure();
    const EsysPtr<TPM2B_MAX_NV_BUFFER> data{raw};
    return Reader{ByteView{data->buffer, data->size}}.u64();
}

Result<void> NvCounters::increment(TPM2_HANDLE number, const Found& index) {
    const auto session = sessions_.hmac(0); // no parameter that could be encrypted
    if (!session)
        return session.failure();
    const auto rc =
        Esys_NV_Increment(connection_.esys(), index.handle, index.handle, *session, ESYS_TR_NONE, ESYS_TR_NONE);
    if (bare(rc) == TPM2_RC_BAD_AUTH || bare(rc) == TPM2_RC_AUTH_FAIL) {
        connection_.countFailure();
        return strangersIndex(number);
    }
    if (auto done = connection_.check(rc, "advancing an NV counter"); !done)
        return done;
    ++writes_;
    known_[number].written = true; // ESYS follows the change of the Name itself
    return {};
}

void NvCounters::forgetSpoiled() {
    if (failuresSeen_ == connection_.failures())
        return;
    for (auto& [number, found] : known_)
        Esys_TR_Close(connection_.esys(), &found.handle);
    known_.clear();
    lastEpoch_.clear();
    failuresSeen_ = connection_.failures();
}

} // namespace ocfsecd::tpm
