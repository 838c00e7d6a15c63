#pragma once
// A request to a secure resource and its reply: old state and request in, new state and answer out. Pure.

#include "base/random.h"
#include "cbor/value.h"
#include "coap/exchange.h"
#include "svr/access.h"
#include "svr/certificate_session.h"
#include "svr/state.h"
#include "svr/wall_time.h"

#include <functional>
#include <span>

namespace ocfsecd::svr {

class AuditLog;

struct Call {
    coap::Method method = coap::Method::get;
    std::vector<std::string> query;
    const cbor::Value* body = nullptr; ///< null: no payload
    Caller caller;
    bool multicast = false;
    std::function<Result<SecretBytes>()> docKeyBlock; ///< empty where there is no onboarding connection
    WallTime wallTime{};                              ///< the effective one
    const CertificateSession* session = nullptr;      ///< of a peer with a certificate
    const AuditLog* audit = nullptr;                  ///< the auditable events; null: none
};

struct Reply {
    std::uint8_t code = coap::code::content;
    std::optional<cbor::Value> body;
    bool silent = false;                               ///< send nothing at all
    std::optional<DeviceState> next;                   ///< becomes current when it is durable; nothing: no change
    bool transition = false;                           ///< `dos` differs in next
    bool resetRequested = false;                       ///< next carries the mark of RESET (facts 1.6)
    std::optional<int> selectedMethod;                 ///< `oxmsel` was written
    bool ownerKeyDerived = false;                      ///< an owner credential was derived
    bool csrRequested = false;                         ///< the body is to be completed with a certificate request
    std::optional<std::vector<AssertedRole>> asserted; ///< become the roles of the session
    std::optional<Failure> failure;                    ///< of a refusal
};

Reply refused(Failure failure, bool multicast = false); ///< the failure's code; silent to a multicast request
Reply content(cbor::Value body);                        ///< 2.05
Reply changed(DeviceState next);                        ///< 2.04 and no payload
Reply unchanged();                                      ///< 2.04, nothing to commit

/// GET, POST, DELETE of a secure resource after the access decision allowed it; Reason::notFound for another href.
Reply handle(const DeviceState& state, std::string_view href, const Call& call, Random& random,
             const Capabilities& capabilities);

/// What a representation begins with under oic.if.baseline: rt and if.
cbor::Map baselineProperties(std::string_view rt, std::span<const std::string_view> interfaces);

} // namespace ocfsecd::svr
