#pragma once
// The onboarding as one table (facts 4.2 c–m): what each step is called, where it goes, what it sends. The same for
// every owner transfer method.

#include "base/secret_bytes.h"
#include "base/uuid.h"
#include "coap/exchange.h"
#include "tools/obt/answers.h"
#include "tools/obt/method.h"

#include <optional>
#include <span>

namespace ocfsecd::obt {

/// Who shall own which resource, and the keys that go with it.
struct OwnPlan {
    const Method* method = nullptr;
    Uuid self;   ///< DOTS: owns doxm and pstat
    Uuid device; ///< the device's new identity
    Uuid cms;    ///< owns cred
    Uuid ams;    ///< owns acl2
    Uuid domain; ///< of the security domain
    std::string domainName = "OBT";
    /// RFPRO needs a credential of every resource owner (facts 1.4). Present for each that is not `self`.
    SharedSecret cmsKey;
    SharedSecret amsKey;
};

enum class Via {
    clear,
    connection, ///< the Device Onboarding Connection, opened before the first of these
};

struct OwnStep {
    std::string_view name;
    Via via;
    coap::Request (*request)(const OwnPlan& plan);
    bool (*needed)(const OwnPlan& plan); ///< null: always
    bool absentIsFine = false;           ///< 4.04 means that the device lacks an optional resource
    bool derives = false;                ///< after it both sides hold the owner credential
};

std::span<const OwnStep> ownSteps();

/// May and can this device be owned, whatever the method? The reason why not, with the next step.
Result<void> checkOwnable(const Doxm& doxm, const Pstat& pstat);

} // namespace ocfsecd::obt
