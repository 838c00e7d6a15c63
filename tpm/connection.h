#pragma once
// One ESYS context over one TCTI, and the small owners of what ESYS hands out.

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tss2/tss2_esys.h>
#include <utility>

namespace ocfsecd::tpm {

struct EsysDeleter {
    void operator()(void* memory) const { Esys_Free(memory); }
};
/// Memory ESYS allocated. Not for secrets: it is not wiped.
template <class T>
using EsysPtr = std::unique_ptr<T, EsysDeleter>;

class Connection {
public:
    /// `tcti` is a tctildr name. Leftovers of a dead predecessor are flushed (L6.12).
    static Result<std::unique_ptr<Connection>> open(const std::string& tcti);
    static Result<std::unique_ptr<Connection>> openOn(TSS2_TCTI_CONTEXT* tcti);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    ESYS_CONTEXT* esys() const { return esys_; }
    bool usable() const { return usable_; }
    /// Every command's response code passes here: it becomes a Failure and, when it is that bad, ends the connection.
    Result<void> check(TSS2_RC rc, std::string_view act);
    /// Grows with every failed command: sessions and cached handles from before it are not trusted any more.
    std::uint64_t failures() const { return failures_; }
    /// The response code of the last failed command.
    TSS2_RC lastCode() const { return lastCode_; }
    /// For a refusal the caller explains itself.
    void countFailure() { ++failures_; }

private:
    Connection() = default;
    Result<void> start(TSS2_TCTI_CONTEXT* tcti);
    Result<void> flushLeftovers(TPM2_HANDLE first);

    TSS2_TCTI_CONTEXT* ownTcti_ = nullptr;
    ESYS_CONTEXT* esys_ = nullptr;
    bool usable_ = true;
    std::uint64_t failures_ = 0;
    TSS2_RC lastCode_ = TSS2_RC_SUCCESS;
};

/// A transient object or session: flushed when it goes.
class Transient {
public:
    Transient() = default;
    Transient(Connection& connection, ESYS_TR handle) : connection_{&connection}, handle_{handle} {}
    Transient(Transient&& other) noexcept
        : connection_{other.connection_}, handle_{std::exchange(other.handle_, ESYS_TR_NONE)} {}
    Transient& operator=(Transient&& other) noexcept {
        std::swap(connection_, other.connection_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Transient();

    explicit operator bool() const { return handle_ != ESYS_TR_NONE; }
    ESYS_TR get() const { return handle_; }

private:
    Connection* connection_ = nullptr;
    ESYS_TR handle_ = ESYS_TR_NONE;
};

} // namespace ocfsecd::tpm
