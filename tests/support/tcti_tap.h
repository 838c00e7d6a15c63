#pragma once
// A TCTI in front of the real one: records what travels, and lets a test answer, change or delay it (L6.16).

#include "base/bytes.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tss2/tss2_tcti.h>

namespace ocfsecd::test {

class TctiTap {
public:
    explicit TctiTap(const std::string& tcti);
    ~TctiTap();
    TctiTap(const TctiTap&) = delete;
    TctiTap& operator=(const TctiTap&) = delete;

    TSS2_TCTI_CONTEXT* context();
    /// Sends a command beside the library and gives the response back.
    Bytes send(ByteView command);

    std::function<void(std::uint32_t code, ByteView command)> beforeCommand;
    /// An answer in the TPM's place; the command is not sent then.
    std::function<std::optional<Bytes>(std::uint32_t code)> answer;
    std::function<void(std::uint32_t code, Bytes& response)> onResponse;

    const Bytes& recorded() const { return recorded_; } ///< commands and responses as they travelled
    void forget() { recorded_.clear(); }
    bool saw(ByteView octets) const;               ///< somewhere in recorded()
    std::size_t countOf(std::uint32_t code) const; ///< commands with this code since the start

private:
    struct Context;
    TSS2_RC transmit(ByteView command);
    TSS2_RC receive(std::size_t* size, std::uint8_t* response, std::int32_t timeout);

    TSS2_TCTI_CONTEXT* real_ = nullptr;
    std::unique_ptr<Context> context_;
    std::uint32_t code_ = 0;
    std::optional<Bytes> pending_;
    Bytes recorded_;
    std::vector<std::uint32_t> codes_;
};

/// A response of ten octets: no more than this code.
Bytes responseOf(std::uint32_t rc);

} // namespace ocfsecd::test
