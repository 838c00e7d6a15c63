#include "tools/obt/credentials.h"

#include "tools/obt/exchange.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

SharedSecret makeKey(Random& random) {
    SecretBytes key{kKeySize};
    random.fill(key.edit());
    return std::make_shared<const SecretBytes>(std::move(key));
}

Provisioned provisionKey(Session& session, const Uuid& subject, const SharedSecret& key,
                         const std::optional<svr::RoleId>& role) {
    const auto cred = readCred(session);
    if (!cred)
        return {cred.failure(), false};
    const auto* old = cred->keyOf(subject);
    const auto credid = old != nullptr && old->credid >= 0 ? std::optional{old->credid} : std::nullopt;
    const auto kept = role || old == nullptr ? role : old->role;
    Provisioned out;
    out.done = whileProvisioning(session, [&]() -> Result<void> {
        auto request = postKeys({{credid, subject, key->view(), kept}}, std::nullopt);
        const auto what = describe(request);
        const auto response = session.request(std::move(request));
        out.mayHold = !response || succeeded(*response);
        if (!response)
            return response.failure();
        return succeeded(*response) ? Result<void>{} : Result<void>{refusal(*response, what)};
    });
    return out;
}

Result<void> withdrawKey(Session& session, const Uuid& subject) {
    const auto cred = readCred(session);
    if (!cred)
        return cred.failure();
    const auto* entry = cred->keyOf(subject);
    if (entry == nullptr)
        return {};
    return whileProvisioning(
        session, [&] { return change(session, makeDelete(href::cred, {fmt::format("credid={}", entry->credid)})); });
}

Result<void> provisionPair(Session& first, const Uuid& firstDevice, Session& second, const Uuid& secondDevice,
                           Random& random, const std::optional<svr::RoleId>& role) {
    const auto key = makeKey(random);
    if (auto half = provisionKey(first, secondDevice, key, role); !half.done)
        return half.done;
    const auto done = provisionKey(second, firstDevice, key).done;
    if (done)
        return {};
    if (auto undone = withdrawKey(first, secondDevice); !undone)
        return Failure{done.failure().reason,
                       fmt::format("{}: {}; {} keeps its half: {}", secondDevice.text(), done.failure().what,
                                   firstDevice.text(), undone.failure().what),
                       "ocf-obt provision pairwise again when both answer"};
    return Failure{
        done.failure().reason,
        fmt::format("{}: {}; nothing was left at {}", secondDevice.text(), done.failure().what, firstDevice.text()),
        done.failure().next};
}

} // namespace ocfsecd::obt
