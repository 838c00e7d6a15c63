#include "support/tcti_tap.h"

#include <algorithm>
#include <stdexcept>
#include <tss2/tss2_tctildr.h>
#include <tss2/tss2_tpm2_types.h>

namespace ocfsecd::test {

namespace {

constexpr std::size_t kMaxResponse = 4096;
constexpr std::uint64_t kMagic = 0x6f63667365637461;

} // namespace

struct TctiTap::Context {
    TSS2_TCTI_CONTEXT_COMMON_V2 common{};
    TctiTap* tap = nullptr;

    static TctiTap& of(TSS2_TCTI_CONTEXT* raw) { return *reinterpret_cast<Context*>(raw)->tap; }
};

TctiTap::TctiTap(const std::string& tcti) : context_{std::make_unique<Context>()} {
    if (Tss2_TctiLdr_Initialize(tcti.c_str(), &real_) != TSS2_RC_SUCCESS)
        throw std::runtime_error{"no TPM at " + tcti};
    context_->tap = this;
    auto& v1 = context_->common.v1;
    v1.magic = kMagic;
    v1.version = 2;
    v1.transmit = [](TSS2_TCTI_CONTEXT* raw, std::size_t size, const std::uint8_t* command) {
        return Context::of(raw).transmit({command, size});
    };
    v1.receive = [](TSS2_TCTI_CONTEXT* raw, std::size_t* size, std::uint8_t* response, std::int32_t timeout) {
        return Context::of(raw).receive(size, response, timeout);
    };
    v1.finalize = [](TSS2_TCTI_CONTEXT*) {};
    v1.cancel = [](TSS2_TCTI_CONTEXT*) -> TSS2_RC { return TSS2_TCTI_RC_NOT_IMPLEMENTED; };
    v1.getPollHandles = [](TSS2_TCTI_CONTEXT*, TSS2_TCTI_POLL_HANDLE*, std::size_t*) -> TSS2_RC {
        return TSS2_TCTI_RC_NOT_IMPLEMENTED;
    };
    v1.setLocality = [](TSS2_TCTI_CONTEXT*, std::uint8_t) -> TSS2_RC { return TSS2_TCTI_RC_NOT_IMPLEMENTED; };
    context_->common.makeSticky = [](TSS2_TCTI_CONTEXT*, TPM2_HANDLE*, std::uint8_t) -> TSS2_RC {
        return TSS2_TCTI_RC_NOT_IMPLEMENTED;
    };
}

TctiTap::~TctiTap() {
    Tss2_TctiLdr_Finalize(&real_);
}

TSS2_TCTI_CONTEXT* TctiTap::context() {
    return reinterpret_cast<TSS2_TCTI_CONTEXT*>(context_.get());
}

Bytes TctiTap::send(ByteView command) {
    Bytes response(kMaxResponse);
    std::size_t size = response.size();
    if (Tss2_Tcti_Transmit(real_, command.size(), command.data()) != TSS2_RC_SUCCESS ||
        Tss2_Tcti_Receive(real_, &size, response.data(), TSS2_TCTI_TIMEOUT_BLOCK) != TSS2_RC_SUCCESS)
        throw std::runtime_error{"the TPM is gone"};
    response.resize(size);
    return response;
}

TSS2_RC TctiTap::transmit(ByteView command) {
    Reader reader{command};
    reader.take(6);
    code_ = reader.u32();
    codes_.push_back(code_);
    pending_.reset();
    if (beforeCommand)
        beforeCommand(code_, command);
    recorded_.insert(recorded_.end(), command.begin(), command.end());
    if (answer)
        pending_ = answer(code_);
    return pending_ ? TSS2_RC_SUCCESS : Tss2_Tcti_Transmit(real_, command.size(), command.data());
}

TSS2_RC TctiTap::receive(std::size_t* size, std::uint8_t* response, std::int32_t timeout) {
    if (!pending_) {
        Bytes got(kMaxResponse);
        std::size_t length = got.size();
        if (const auto rc = Tss2_Tcti_Receive(real_, &length, got.data(), timeout); rc != TSS2_RC_SUCCESS)
            return rc;
        got.resize(length);
        if (onResponse)
            onResponse(code_, got);
        pending_ = std::move(got);
    }
    if (response == nullptr) {
        *size = pending_->size();
        return TSS2_RC_SUCCESS;
    }
    if (*size < pending_->size())
        return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
    recorded_.insert(recorded_.end(), pending_->begin(), pending_->end());
    std::ranges::copy(*pending_, response);
    *size = pending_->size();
    pending_.reset();
    return TSS2_RC_SUCCESS;
}

bool TctiTap::saw(ByteView octets) const {
    return std::search(recorded_.begin(), recorded_.end(), octets.begin(), octets.end()) != recorded_.end();
}

std::size_t TctiTap::countOf(std::uint32_t code) const {
    return static_cast<std::size_t>(std::ranges::count(codes_, code));
}

Bytes responseOf(std::uint32_t rc) {
    return Writer{}.u16(TPM2_ST_NO_SESSIONS).u32(10).u32(rc).take();
}

} // namespace ocfsecd::test
