#include "ocf/discovery.h"

#include "ocf/resources.h"
#include "svr/query.h"

#include <algorithm>

namespace ocfsecd::ocf {

namespace {

using svr::ResourceDescription;

cbor::Array typesOf(const ResourceDescription& row, const std::string& deviceType) {
    cbor::Array types{row.rt};
    if (row.href == kDeviceHref)
        types.emplace_back(deviceType);
    return types;
}

/// Facts 2.0 and 4.1 D4: doxm and pstat have a clear endpoint in RFOTM before the onboarding connection, other SVRs
/// never.
bool reachableInClear(const ResourceDescription& row, const DiscoveryContext& context) {
    if (row.secureOnly)
        return false;
    return !svr::isSvr(row.href) || (context.state.pstat.state == svr::OnboardingState::rfotm && !context.docOccupied);
}

cbor::Map linkTo(const ResourceDescription& row, const DiscoveryContext& context) {
    cbor::Array endpoints;
    for (const auto& url : context.endpoints.reachableBy(context.peer, context.arrival, reachableInClear(row, context)))
        endpoints.emplace_back(cbor::Map{{"ep", url}});
    cbor::Map link{{"anchor", "ocf://" + context.state.doxm.deviceuuid.text()},
                   {"href", row.href},
                   {"rt", typesOf(row, context.deviceType)},
                   {"if", cbor::Array(row.interfaces.begin(), row.interfaces.end())},
                   {"p", cbor::Map{{"bm", row.bm}}},
                   {"eps", std::move(endpoints)}};
    if (row.href == kDiscoveryHref)
        link.emplace_back("rel", cbor::Array{"self"});
    return link;
}

/// Every value of `rt`: a link that has one of these types is asked for.
std::vector<std::string_view> wantedTypes(const std::vector<std::string>& query) {
    std::vector<std::string_view> out;
    for (const std::string_view item : query)
        if (item.size() > 3 && svr::sameIgnoringCase(item.substr(0, 3), "rt="))
            out.push_back(item.substr(3));
    return out;
}

void addLinks(cbor::Array& links, std::span<const ResourceDescription> rows, const DiscoveryContext& context,
              const std::vector<std::string_view>& wanted) {
    for (const auto& row : rows) {
        if ((row.bm & 1) == 0)
            continue;
        const auto types = typesOf(row, context.deviceType);
        const auto matches = [&](const cbor::Value& type) {
            return std::ranges::find(wanted, *type.text()) != wanted.end();
        };
        if (wanted.empty() || std::ranges::any_of(types, matches))
            links.emplace_back(linkTo(row, context));
    }
}

/// Facts 2.9: who asks for another security domain, or for one that is private, gets no answer at all.
bool isOfDomain(const svr::Sdi& sdi, const std::vector<std::string>& query) {
    const auto wanted = svr::queryValue(query, "sduuid");
    return !wanted || (!sdi.priv && Uuid::parse(*wanted) == sdi.uuid);
}

} // namespace

svr::Reply getResources(const DiscoveryContext& context, const svr::Call& call) {
    const auto& self = *findRow(kDiscoveryHref);
    const auto interface = svr::selectInterface(call.query, self.interfaces);
    if (!interface)
        return svr::refused(interface.failure(), call.multicast);
    if (!isOfDomain(context.state.sdi, call.query)) {
        svr::Reply reply;
        reply.silent = true;
        return reply;
    }
    const auto wanted = wantedTypes(call.query);
    cbor::Array links;
    addLinks(links, kCoreResources, context, wanted);
    addLinks(links, svr::kResources, context, wanted);
    if (links.empty())
        return svr::refused({Reason::malformed, "no resource has the type asked for", "leave the rt query out"},
                            call.multicast);
    if (*interface != svr::kBaseline)
        return svr::content(std::move(links));
    auto object = svr::baselineProperties(self.rt, self.interfaces);
    if (const auto& sdi = context.state.sdi; !sdi.priv) {
        object.emplace_back("sduuid", sdi.uuid.text());
        object.emplace_back("sdname", sdi.name);
    }
    object.emplace_back("links", std::move(links));
    return svr::content(cbor::Array{std::move(object)});
}

} // namespace ocfsecd::ocf
