#include "tpm/policy.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace ocfsecd::tpm {

namespace {

constexpr unsigned kPcrCount = 24; // PC Client Platform TPM Profile: at least 24, in 3 octets
constexpr UINT8 kSelectOctets = 3;

TPML_PCR_SELECTION selectionOf(std::span<const unsigned> pcrs) {
    TPML_PCR_SELECTION out{};
    out.count = 1;
    auto& bank = out.pcrSelections[0];
    bank.hash = TPM2_ALG_SHA256;
    bank.sizeofSelect = kSelectOctets;
    for (const auto pcr : pcrs)
        bank.pcrSelect[pcr / 8] = static_cast<BYTE>(bank.pcrSelect[pcr / 8] | 1U << pcr % 8);
    return out;
}

// Zero after a reset; all ones in the PCRs of a dynamic launch that never happened.
bool isUnmeasured(ByteView value) {
    return value.empty() || std::ranges::all_of(value, [](auto b) { return b == 0; }) ||
           std::ranges::all_of(value, [](auto b) { return b == 0xff; });
}

} // namespace

Policy::Policy(Connection& connection, Sessions& sessions, NvCounters& counters, const std::vector<unsigned>& pcrs)
    : connection_{connection}, sessions_{sessions}, counters_{counters}, pcrs_{pcrs} {}

Result<void> Policy::checkSelection(const std::vector<unsigned>& pcrs) {
    for (const auto pcr : pcrs)
        if (pcr >= kPcrCount)
            return Failure{Reason::configuration, fmt::format("there is no PCR {}", pcr),
                           "PcrSelection= takes 0 to 23"};
    return {};
}

Result<void> Policy::apply(ESYS_TR session, unsigned device, std::uint64_t epoch) {
    const auto index = counters_.handleOf(device, Index::epoch);
    if (!index)
        return index.failure();
    // All in the HMAC session: an interposer that changed the operand would otherwise choose the policy we seal to.
    auto hmac = sessions_.hmac(TPMA_SESSION_DECRYPT);
    if (!hmac)
        return hmac.failure();
    TPM2B_OPERAND operand{};
    const auto wanted = Writer{}.u64(epoch).take();
    operand.size = static_cast<UINT16>(wanted.size());
    std::memcpy(operand.buffer, wanted.data(), wanted.size());
    if (auto done = connection_.check(Esys_PolicyNV(connection_.esys(), *index, *index, session, *hmac, ESYS_TR_NONE,
                                                    ESYS_TR_NONE, &operand, 0, TPM2_EO_EQ),
                                      "checking the ownership epoch");
        !done)
        return done;
    if (pcrs_.empty())
        return {};
    const TPM2B_DIGEST current{}; // empty: the TPM takes the present values
    const auto selection = selectionOf(pcrs_);
    return connection_.check(
        Esys_PolicyPCR(connection_.esys(), session, *hmac, ESYS_TR_NONE, ESYS_TR_NONE, &current, &selection),
        "checking the PCRs");
}

Result<TPM2B_DIGEST> Policy::digest(unsigned device, std::uint64_t epoch) {
    if (auto measured = refuseUnmeasured(); !measured)
        return measured.failure();
    const auto trial = sessions_.trial();
    if (!trial)
        return trial.failure();
    if (auto applied = apply(trial->get(), device, epoch); !applied)
        return applied.failure();
    const auto hmac = sessions_.hmac(TPMA_SESSION_ENCRYPT);
    if (!hmac)
        return hmac.failure();
    TPM2B_DIGEST* raw = nullptr;
    if (auto got = connection_.check(
            Esys_PolicyGetDigest(connection_.esys(), trial->get(), *hmac, ESYS_TR_NONE, ESYS_TR_NONE, &raw),
            "reading the policy's digest");
        !got)
        return got.failure();
    const EsysPtr<TPM2B_DIGEST> digest{raw};
    return *digest;
}

Result<void> Policy::refuseUnmeasured() {
    for (const auto pcr : pcrs_) {
        const auto session = sessions_.hmac(TPMA_SESSION_AUDIT); // nothing to encrypt, but nobody else's answer either
        if (!session)
            return session.failure();
        const std::array one{pcr};
        const auto selection = selectionOf(one);
        TPML_DIGEST* raw = nullptr;
        if (auto read = connection_.check(Esys_PCR_Read(connection_.esys(), *session, ESYS_TR_NONE, ESYS_TR_NONE,
                                                        &selection, nullptr, nullptr, &raw),
                                          "reading a PCR");
            !read)
            return read;
        const EsysPtr<TPML_DIGEST> values{raw};
        const auto value =
            values->count == 1 ? ByteView{values->digests[0].buffer, values->digests[0].size} : ByteView{};
        if (isUnmeasured(value))
            return Failure{Reason::policyMismatch,
                           fmt::format("nothing was ever measured into PCR {} (SHA-256), so it protects nothing", pcr),
                           "take it out of PcrSelection="};
    }
    return {};
}

} // namespace ocfsecd::tpm
