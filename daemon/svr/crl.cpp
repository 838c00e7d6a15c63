#include "svr/crl.h"

#include "svr/properties.h"
#include "svr/trust.h"
#include "svr/write_access.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

/// "2027-01-31T12:00:00Z": RFC 3339 in UTC without a fraction.
bool isUtcTime(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
    if (text.size() != form.size())
        return false;
    for (std::size_t at = 0; at < form.size(); ++at)
        if (form[at] == 'd' ? text[at] < '0' || text[at] > '9' : text[at] != form[at])
            return false;
    const auto number = [&](std::size_t at, std::size_t digits) {
        unsigned out = 0;
        for (std::size_t i = at; i < at + digits; ++i)
            out = out * 10 + static_cast<unsigned>(text[i] - '0');
        return out;
    };
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(number(0, 4))},
                                           std::chrono::month{number(5, 2)}, std::chrono::day{number(8, 2)}};
    return date.ok() && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) <= 60; // 60: a leap second
}

Reply get(const DeviceState& state) {
    const auto crl = state.crl.value_or(Crl{});
    return content(cbor::Map{{"crlid", crl.crlid}, {"thisupdate", crl.thisupdate}, {"crldata", crl.crldata}});
}

Result<void> apply(Crl& crl, std::string_view property, const cbor::Value& value) {
    if (property == "crlid") {
        const auto number = readInteger(value, property, 0, std::numeric_limits<std::int64_t>::max());
        if (!number)
            return number.failure();
        crl.crlid = *number;
        return {};
    }
    auto text = readText(value, property, kMaxCrlData);
    if (!text)
        return text.failure();
    if (property == "thisupdate" && !isUtcTime(*text))
        return malformed(property, "a time in UTC like 2027-01-31T12:00:00Z");
    (property == "thisupdate" ? crl.thisupdate : crl.crldata) = *std::move(text);
    return {};
}

/// A list that names an anchor of this device as its issuer must be that anchor's.
Result<void> checkIssuer(const DeviceState& state, const Crl& crl) {
    const auto list = revocationListOf(crl);
    if (!list)
        return list.failure();
    if (!*list)
        return {};
    bool named = false;
    const Trust trust{state};
    for (const auto& anchor : trust.anchors()) {
        if ((*list)->signedBy(anchor.certificate))
            return {};
        named = named || equal((*list)->issuer, anchor.certificate.subject);
    }
    if (named)
        return Failure{Reason::malformed, "crldata is not signed by the trust anchor it names as its issuer",
                       "get the list from its issuer again"};
    return {}; // an intermediate's, or of an anchor that is still to come: it is judged with each chain
}

Reply post(const DeviceState& state, const Call& call) {
    const auto before = state.crl.value_or(Crl{});
    auto crl = before;
    const auto write = [&](std::string_view property, const cbor::Value& value) { return apply(crl, property, value); };
    if (auto written = writeProperties(state, call, kCrlAccess, write); !written)
        return refused(written.failure());
    if (crl == before)
        return unchanged();
    if (auto checked = checkIssuer(state, crl); !checked)
        return refused(checked.failure());
    auto next = state;
    next.crl = std::move(crl);
    return changed(std::move(next));
}

} // namespace

Result<std::optional<RevocationList>> revocationListOf(const Crl& crl) {
    if (crl.crldata.empty())
        return std::optional<RevocationList>{};
    const auto der = fromBase64(crl.crldata);
    if (!der)
        return malformed("crldata", "base64 text in the standard alphabet with padding");
    auto list = readRevocationList(*der);
    if (!list)
        return list.failure();
    return std::optional{*std::move(list)};
}

Reply handleCrl(const DeviceState& state, const Call& call) {
    return call.method == coap::Method::get ? get(state) : post(state, call);
}

} // namespace ocfsecd::svr
