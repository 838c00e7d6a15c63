// Where the fuzzers of certificates, payloads, protected messages and files begin: right ones, which random octets
// would not become in a lifetime. Writes one directory for each target below the given one.

#include "coap/oscore/protection.h"
#include "store/event_file.h"
#include "store/snapshot.h"
#include "support/certificates.h"
#include "svr/audit_log.h"
#include "svr/persist.h"
#include "svr/state_machine.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>

using namespace ocfsecd;
using namespace ocfsecd::test;

namespace {

std::filesystem::path place;

void write(std::string_view target, std::uint8_t what, ByteView octets) {
    static int number = 0;
    const auto directory = place / target;
    std::filesystem::create_directories(directory);
    std::ofstream out{directory / fmt::format("seed-{}", number++), std::ios::binary};
    out.put(static_cast<char>(what)) << textOf(octets);
}

const Uuid kPeer = *Uuid::parse("5000000f-0000-4000-8000-000000000004");

struct Family {
    Issued root = issue(authority("CN=Root"));
    Issued middle = issue(authority("CN=Middle", 0), &root);
    Issued leaf = issue(endEntity(kPeer), &middle);
    Issued role = issue(roleHolder(kPeer, {{"cook", "kitchen"}, {"oic.role.owner", std::nullopt}}), &middle);
    Bytes list = revocationList(root, {Bytes{5}, Bytes{1, 2}});
};

void certificates(const Family& family) {
    for (const auto* one : {&family.root, &family.middle, &family.leaf, &family.role}) {
        write("svr-certificate", 0, one->der);
        write("svr-certificate", 4, one->der);
    }
    for (const auto* one : {&family.leaf, &family.role})
        for (const bool withRoot : {false, true})
            write("svr-certificate", 1, viewOf(one->pem(withRoot)));
    write("svr-certificate", 2, family.list);
    write("svr-certificate", 3, viewOf(toBase64(family.list)));
    write("svr-certificate", 4, directoryName({"cook", "kitchen"}));
    write("svr-certificate", 4, subjectAltName({directoryName({"cook", std::nullopt})}));
}

/// As the target reads it: resource, method, caller, query, payload.
void request(std::uint8_t state, std::uint8_t resource, std::uint8_t method, std::uint8_t caller,
             const cbor::Value& body, std::string_view query = "") {
    const auto octets = cbor::encode(body);
    Writer out;
    out.u8(resource).u8(method - 1U).u8(caller).u8(query.size()).bytes(viewOf(query));
    out.u16(octets.size()).bytes(octets);
    write("svr-payload", state, out.view());
}

cbor::Map credential(int type, cbor::Map oscore) {
    return {{"credtype", type},
            {"subjectuuid", kPeer.text()},
            {"privatedata", cbor::Map{{"data", Bytes(16, 7)}, {"encoding", "oic.sec.encoding.raw"}}},
            {"oscore", std::move(oscore)}};
}

void payloads(const Family& family) {
    constexpr std::uint8_t post = 2, del = 4;
    constexpr std::uint8_t doc = 1, owner = 2, cms = 3;
    constexpr std::uint8_t fresh = 0, onboarding = 1, rfpro = 2, rfnop = 3, sreset = 4;
    constexpr std::uint8_t doxm = 0, pstat = 1, cred = 2, acl2 = 3, sp = 4, sdi = 7, ael = 8, crl = 9;
    const auto uuid = kPeer.text();
    request(fresh, doxm, post, 0, cbor::Map{{"oxmsel", 0}});
    request(fresh, doxm, post, doc, cbor::Map{{"devowneruuid", uuid}, {"deviceuuid", uuid}, {"rowneruuid", uuid}});
    request(onboarding, doxm, post, doc, cbor::Map{{"owned", true}});
    request(onboarding, pstat, post, doc, cbor::Map{{"om", 4}, {"tm", 0}, {"dos", cbor::Map{{"s", 2}}}});
    for (const std::uint8_t state : {rfpro, rfnop, sreset})
        for (const int s : {0, 2, 3, 4})
            request(state, pstat, post, owner, cbor::Map{{"dos", cbor::Map{{"s", s}}}});
    const auto id = "11223344556677", other = "778899aabbccdd";
    request(rfpro, cred, post, cms,
            cbor::Map{{"creds", cbor::Array{credential(64, {{"senderid", id}, {"recipientid", other}}),
                                            credential(128, {{"senderid", other}, {"desc", "lights"}}),
                                            credential(256, {{"recipientid", id}, {"desc", "lights"}})}}});
    request(rfpro, cred, post, cms,
            cbor::Map{{"creds",
                       cbor::Array{cbor::Map{{"credid", 9},
                                             {"credtype", 1},
                                             {"subjectuuid", uuid},
                                             {"period", "20260101T080000Z/P365D"},
                                             {"roleid", cbor::Map{{"role", "cook"}, {"authority", "kitchen"}}},
                                             {"crms", cbor::Array{"oic.sec.crm.pro"}},
                                             {"tag", "x"},
                                             {"privatedata", cbor::Map{{"data", "MDEyMzQ1Njc4OWFiY2RlZg=="},
                                                                       {"encoding", "oic.sec.encoding.base64"}}}}}}});
    const auto certificate = [&](const char* usage, const std::string& pem) {
        return cbor::Map{{"credtype", 8},
                         {"subjectuuid", "*"},
                         {"credusage", usage},
                         {"publicdata", cbor::Map{{"data", pem}, {"encoding", "oic.sec.encoding.pem"}}}};
    };
    request(rfpro, cred, post, cms,
            cbor::Map{{"creds", cbor::Array{certificate("oic.sec.cred.trustca", pemOf({family.root.der})),
                                            certificate("oic.sec.cred.rolecert", family.role.pem())}}});
    request(
        onboarding, cred, post, doc,
        cbor::Map{{"creds", cbor::Array{cbor::Map{
                                {"credtype", 1},
                                {"subjectuuid", "00bcb47c-1eb9-4b89-4132-c2d2181ca984"},
                                {"privatedata", cbor::Map{{"data", Bytes{}}, {"encoding", "oic.sec.encoding.raw"}}}}}},
                  {"rowneruuid", "00bcb47c-1eb9-4b89-4132-c2d2181ca984"}});
    request(rfpro, cred, del, cms, cbor::Map{}, "credid=1");
    const auto entry = [](cbor::Map subject, cbor::Map more) {
        cbor::Map out{{"subject", std::move(subject)},
                      {"permission", 6},
                      {"resources", cbor::Array{cbor::Map{{"href", "/a"}}, cbor::Map{{"wc", "+"}}}}};
        for (auto& member : more)
            out.push_back(std::move(member));
        return out;
    };
    const char* rules[] = {"FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=SU",
                           "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20280101T000000Z",
                           "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29,-1"};
    cbor::Array recurrence;
    for (const auto* rule : rules)
        recurrence.emplace_back(rule);
    request(rfpro, acl2, post, owner,
            cbor::Map{
                {"aclist2", cbor::Array{entry({{"uuid", uuid}}, {{"aceid", 3}}),
                                        entry({{"role", "cook"}, {"authority", "kitchen"}},
                                              {{"validity", cbor::Array{cbor::Map{{"period", "20260101T080000Z/PT10H"},
                                                                                  {"recurrence", recurrence}}}}}),
                                        entry({{"conntype", "auth-crypt"}}, {{"tag", "x"}})}}});
    request(rfpro, acl2, del, owner, cbor::Map{}, "aceid=1");
    request(onboarding, sp, post, doc,
            cbor::Map{{"supportedprofiles", cbor::Array{"1.3.6.1.4.1.51414.0.0.1.0"}},
                      {"currentprofile", "1.3.6.1.4.1.51414.0.0.1.0"}});
    request(onboarding, sdi, post, doc, cbor::Map{{"uuid", uuid}, {"name", "home"}, {"priv", false}});
    request(onboarding, ael, post, doc, cbor::Map{{"categoryfilter", 15}, {"priorityfilter", 2}});
    request(onboarding, crl, post, doc,
            cbor::Map{{"crlid", 1}, {"thisupdate", "2027-01-01T00:00:00Z"}, {"crldata", toBase64(family.list)}});
}

void protectedMessages() {
    // RFC 8613 C.4 to C.8.
    for (const auto* message :
         {"44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e",
          "440271c30000b932396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0",
          "44022f8eef9bbf7a396c6f63616c686f73746b19140837cbf3210017a2d3ff72cd7273fd331ac45cffbe55c3",
          "64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106",
          "64445d1f00003974920100ff4d4c13669384b67354b2b6175ff4b8658c666a6cf88e"})
        write("coap-oscore", 0, *fromHex(message));
    // Code, options, payload.
    for (const auto* inner : {"01b3747631", "0260b161ffa0", "45ff48656c6c6f", "4560ffa1616101"})
        write("coap-oscore", 1, *fromHex(inner));
    for (const auto* option : {"0914", "091400", "19140837cbf3210017a2d3", "0100", ""})
        write("coap-oscore", 2, *fromHex(option));
    write("coap-oscore", 3, *fromHex("00010003000200050001"));
}

void files() {
    class Zero final : public Random {
        void fill(MutableByteView out) override { std::ranges::fill(out, std::uint8_t{1}); }
    } random;
    const SecretBytes key{Bytes(32, 8)}; // not the target's: nobody is to have it
    auto state = svr::manufacturerDefault(random, {});
    svr::Credential group;
    group.id = svr::CredId{4};
    group.type = svr::credtype::oscoreMulticastServer;
    group.subject = kPeer;
    group.privateEncoding = svr::Encoding::raw;
    group.oscore = svr::OscoreContext{{}, Bytes(7, 1), "lights", 0, 9};
    group.key.sealed = svr::SealedBlob{Bytes(8, 1), Bytes(8, 2)};
    state.cred.creds = {group};
    state.oscoreNumbers.heard = {{Bytes(7, 2), 5}};
    state.acl2.aclist2 = {{svr::AceId{1}, kPeer, {{"/a", std::nullopt}}, 31, "tag"}};
    const auto body = svr::encodeState(state);
    store::Header header;
    header.epoch = 1;
    header.parentName = Bytes(34, 1);
    header.stateKey = {Bytes(40, 2), Bytes(40, 3)};
    for (const bool first : {false, true}) {
        if (first)
            header.earlyKey = header.stateKey;
        write("store-files", 0, *store::encodeSnapshot(header, key, body));
    }
    write("store-files", 1, body);
    svr::AuditLog log;
    log.add({255, 4}, {"AC-1", 1, 2, svr::WallTime{}, "Access Denied", {"192.0.2.1:1", "/a"}});
    write("store-files", 2, *store::encodeEvents(0, 1, key, log.encode()));
    write("store-files", 3, log.encode());
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2)
        return 2;
    place = arguments[1];
    const Family family;
    certificates(family);
    payloads(family);
    protectedMessages();
    files();
    return 0;
}
