#include "tools/obt/publish_list.h"

#include "svr/crl.h"
#include "tools/obt/exchange.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr int kReadUpdate = 6; // facts 3.1

/// crl has no resource owner: whoever shall read or write it needs a rule (facts 3.6).
Result<void> grantAccess(Session& session, const Uuid& self) {
    return whileProvisioning(session, [&] {
        return change(session, postAces({{self.text(), "", {std::string{href::crl}}, "", kReadUpdate}}));
    });
}

template <class T>
Result<T> withAccess(Session& session, const Publication& publication, const std::function<Result<T>()>& act) {
    auto acted = act();
    if (acted || acted.failure().reason != Reason::notAuthorised)
        return acted;
    const auto& self = publication.managed.self;
    if (!publication.managesAccess)
        return Failure{Reason::notAuthorised, acted.failure().what,
                       fmt::format("as AMS: ocf-obt provision ace TARGET --subject {} --href {} --permission RU",
                                   self.text(), href::crl)};
    if (auto granted = grantAccess(session, self); !granted)
        return granted.failure();
    return act();
}

std::string textAt(const cbor::Value& body, std::string_view key) {
    const auto* value = body.find(key);
    return value != nullptr && value->text() ? std::string{*value->text()} : std::string{};
}

/// RFC 3339 in UTC (facts 2.11).
std::string utcText(svr::WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time.time_since_epoch().count())));
}

coap::Request writeList(const KeptList& list) {
    return makePost(href::crl, cbor::Map{{"crlid", list.number()},
                                         {"thisupdate", utcText(list.list.thisUpdate)},
                                         {"crldata", toBase64(list.der)}});
}

} // namespace

Result<Published> publishList(Session& session, const Publication& publication) {
    const auto& list = publication.list;
    const auto& device = publication.managed.device;
    const auto body = withAccess<cbor::Value>(session, publication, [&] { return readResource(session, href::crl); });
    if (!body)
        return body.failure();
    const auto data = textAt(*body, "crldata");
    if (data == toBase64(list.der))
        return Published{};
    auto there = svr::revocationListOf(svr::Crl{0, "", data});
    if (!there)
        return Failure{Reason::precondition,
                       fmt::format("{} has a list that {}", device.text(), "cannot be read: " + there.failure().what),
                       "ocf-obt get TARGET /oic/sec/crl"};
    if (*there && !(*there)->signedBy(publication.root))
        return Failure{Reason::precondition,
                       fmt::format("{} has the list of another CA, and room for one only", device.text()),
                       "if it is of no use any more: ocf-obt post TARGET /oic/sec/crl '{\"crldata\": \"\"}' in RFPRO"};
    if (*there && (*there)->number.value_or(0) >= list.number())
        return Published{false, **std::move(there)};
    const auto written = withAccess<bool>(session, publication, [&]() -> Result<bool> {
        const auto done = whileProvisioning(session, [&] { return change(session, writeList(list)); });
        return done ? Result<bool>{true} : Result<bool>{done.failure()};
    });
    return written ? Result<Published>{Published{true, std::nullopt}} : Result<Published>{written.failure()};
}

} // namespace ocfsecd::obt
