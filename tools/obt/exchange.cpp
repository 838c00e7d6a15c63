#include "tools/obt/exchange.h"

#include "tools/obt/exit_code.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

template <class T>
Result<T> readAs(Session& session, std::string_view path, Result<T> (*parse)(const cbor::Value&)) {
    const auto body = readResource(session, path);
    return body ? parse(*body) : Result<T>{body.failure()};
}

} // namespace

Result<cbor::Value> readResource(Session& session, std::string_view path, std::vector<std::string> query) {
    auto request = makeGet(path, std::move(query));
    const auto what = describe(request);
    const auto response = session.request(std::move(request));
    return response ? bodyOf(*response, what) : Result<cbor::Value>{response.failure()};
}

Result<Doxm> readDoxm(Session& session) {
    return readAs(session, href::doxm, parseDoxm);
}
Result<Pstat> readPstat(Session& session) {
    return readAs(session, href::pstat, parsePstat);
}
Result<Cred> readCred(Session& session) {
    return readAs(session, href::cred, parseCred);
}

Result<void> change(Session& session, coap::Request request) {
    const auto what = describe(request);
    const auto response = session.request(std::move(request));
    if (!response)
        return response.failure();
    if (!succeeded(*response))
        return refusal(*response, what);
    return {};
}

Result<void> whileProvisioning(Session& session, const std::function<Result<void>()>& act) {
    const auto pstat = readPstat(session);
    // Some devices let only pstat's owner see the state (facts 1.3): there the DOTS has to set it.
    if (!pstat && pstat.failure().reason == Reason::notAuthorised) {
        const auto acted = act();
        return acted ? acted
                     : Failure{acted.failure().reason, acted.failure().what, "as DOTS: ocf-obt state TARGET rfpro"};
    }
    if (!pstat)
        return pstat.failure();
    if (pstat->state == state::rfpro)
        return act();
    if (pstat->state != state::rfnop)
        return Failure{Reason::precondition,
                       fmt::format("the device is in {}: this needs RFPRO or RFNOP", stateName(pstat->state)),
                       "ocf-obt state TARGET rfpro"};
    if (auto gone = change(session, setState(state::rfpro)); !gone)
        return gone;
    const auto acted = act();
    const auto back = change(session, setState(state::rfnop));
    if (!acted)
        return acted;
    if (!back)
        return Failure{back.failure().reason, "done, but the device stays in RFPRO: " + back.failure().what,
                       "ocf-obt state TARGET rfnop"};
    return {};
}

Result<void> resetDevice(Session& session, const std::function<Result<void>()>& openAgain) {
    const auto done = change(session, setState(state::reset));
    if (done || done.failure().reason != Reason::unavailable)
        return done;
    const auto again = openAgain();
    if (again)
        return Failure{Reason::unavailable, "the device ended the session without an answer and is still ours",
                       "ocf-obt reset TARGET"};
    if (exitFor(again.failure().reason) == Exit::authentication)
        return {};
    return Failure{again.failure().reason,
                   "whether the device was reset could not be found out, its key is kept: " + again.failure().what,
                   "ocf-obt status TARGET; if it was reset: ocf-obt forget TARGET"};
}

} // namespace ocfsecd::obt
