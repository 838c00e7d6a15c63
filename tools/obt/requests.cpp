#include "tools/obt/requests.h"

#include "svr/trust.h"

#include <array>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

// facts 6.1
constexpr int kSymmetricPairwise = 1;
constexpr int kWithCertificate = 8;

coap::Request bare(coap::Method method, std::string_view path, std::vector<std::string> query) {
    coap::Request out;
    out.method = method;
    out.path = std::string{path};
    out.query = std::move(query);
    out.accept = coap::kFormatOcfCbor;
    out.acceptVersion = coap::kOcfVersion;
    return out;
}

cbor::Value roleValue(const svr::RoleId& role) {
    cbor::Map map{{"role", role.role}};
    if (role.authority)
        map.emplace_back("authority", *role.authority);
    return map;
}

cbor::Value keyEntry(const KeyEntry& entry) {
    cbor::Map map;
    if (entry.credid)
        map.emplace_back("credid", *entry.credid);
    map.emplace_back("credtype", kSymmetricPairwise);
    map.emplace_back("subjectuuid", entry.subject.text());
    map.emplace_back("privatedata",
                     cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", cbor::Value{copyOf(entry.key)}}});
    if (entry.role)
        map.emplace_back("roleid", roleValue(*entry.role));
    return map;
}

cbor::Value subjectOf(const AceEntry& entry) {
    if (entry.role)
        return roleValue(*entry.role);
    return entry.uuid.empty() ? cbor::Map{{"conntype", entry.conntype}} : cbor::Map{{"uuid", entry.uuid}};
}

cbor::Value validityValue(const svr::Validity& validity) {
    cbor::Map map{{"period", validity.period}};
    cbor::Array recurrences;
    for (const auto& rule : validity.recurrence)
        recurrences.emplace_back(rule);
    if (!recurrences.empty())
        map.emplace_back("recurrence", std::move(recurrences));
    return cbor::Array{cbor::Value{std::move(map)}};
}

cbor::Value certificateEntry(const CertificateEntry& entry) {
    return cbor::Map{{"credtype", kWithCertificate},
                     {"subjectuuid", entry.subject},
                     {"publicdata", cbor::Map{{"data", entry.pem}, {"encoding", "oic.sec.encoding.pem"}}},
                     {"credusage", entry.usage}};
}

} // namespace

std::string_view stateName(std::int64_t s) {
    constexpr std::array<std::string_view, 5> names{"RESET", "RFOTM", "RFPRO", "RFNOP", "SRESET"};
    return s >= 0 && s < static_cast<std::int64_t>(names.size()) ? names[static_cast<std::size_t>(s)] : "?";
}

coap::Request makeGet(std::string_view path, std::vector<std::string> query) {
    return bare(coap::Method::get, path, std::move(query));
}

coap::Request makePost(std::string_view path, const cbor::Value& body) {
    auto out = bare(coap::Method::post, path, {});
    out.contentFormat = coap::kFormatOcfCbor;
    out.contentVersion = coap::kOcfVersion;
    out.payload = cbor::encode(body);
    return out;
}

coap::Request makeDelete(std::string_view path, std::vector<std::string> query) {
    return bare(coap::Method::del, path, std::move(query));
}

std::string describe(const coap::Request& request) {
    constexpr std::array<std::string_view, 5> names{"?", "GET", "POST", "PUT", "DELETE"};
    return fmt::format("{} {}{}{}", names[static_cast<std::size_t>(request.method)], request.path,
                       request.query.empty() ? "" : "?", fmt::join(request.query, "&"));
}

coap::Request setState(int s) {
    return makePost(href::pstat, cbor::Map{{"dos", cbor::Map{{"s", s}}}});
}

coap::Request setRowner(std::string_view path, const Uuid& owner) {
    return makePost(path, cbor::Map{{"rowneruuid", owner.text()}});
}

coap::Request postKeys(const std::vector<KeyEntry>& entries, const std::optional<Uuid>& rowner) {
    cbor::Array creds;
    for (const auto& entry : entries)
        creds.push_back(keyEntry(entry));
    cbor::Map body{{"creds", std::move(creds)}};
    if (rowner)
        body.emplace_back("rowneruuid", rowner->text());
    return makePost(href::cred, std::move(body));
}

coap::Request postCertificates(const std::vector<CertificateEntry>& entries) {
    cbor::Array creds;
    for (const auto& entry : entries)
        creds.push_back(certificateEntry(entry));
    return makePost(href::cred, cbor::Map{{"creds", std::move(creds)}});
}

coap::Request assertRoles(const std::vector<std::string>& certificates) {
    cbor::Array list;
    for (const auto& pem : certificates)
        list.push_back(certificateEntry({svr::credusage::rolecert, "*", pem}));
    return makePost(href::roles, cbor::Map{{"roles", std::move(list)}});
}

cbor::Value aceValue(const AceEntry& entry) {
    cbor::Array resources;
    for (const auto& path : entry.hrefs)
        resources.emplace_back(cbor::Map{{"href", path}});
    if (!entry.wildcard.empty())
        resources.emplace_back(cbor::Map{{"wc", entry.wildcard}});
    cbor::Map map{{"subject", subjectOf(entry)}, {"resources", std::move(resources)}, {"permission", entry.permission}};
    if (entry.validity)
        map.emplace_back("validity", validityValue(*entry.validity));
    return map;
}

coap::Request postAces(const std::vector<AceEntry>& entries) {
    cbor::Array list;
    for (const auto& entry : entries)
        list.push_back(aceValue(entry));
    return makePost(href::acl2, cbor::Map{{"aclist2", std::move(list)}});
}

std::vector<AceEntry> defaultAces(const Uuid& owner) {
    return {
        {owner.text(), "", {"/oic/sec/sp"}, "", 14},
        {owner.text(), "", {"/oic/sec/csr"}, "", 2},
        {"", "anon-clear", {"/oic/d", "/oic/p", "/oic/res", "/oic/sec/sdi"}, "", 2},
    };
}

} // namespace ocfsecd::obt
