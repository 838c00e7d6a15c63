// `ocf-obt revoke`, `ocf-obt crl`: certificates of this home's CA that nobody shall believe any more.

#include "svr/certificate_profile.h"
#include "tools/obt/commands/certificates.h"
#include "tools/obt/publish.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::size_t kMaxSerial = 20; // octets (RFC 5280 section 4.1.2.2)

struct Arguments {
    std::string target, serial;
};

Failure usage(std::string what) {
    return {Reason::usage, std::move(what), "ocf-obt revoke --help"};
}

/// Hexadecimal with or without colons, as openssl and this tool write it.
Result<Bytes> serialIn(std::string text) {
    std::erase(text, ':');
    const auto octets = fromHex(text);
    const auto serial = octets ? svr::withoutZeros(*octets) : Bytes{};
    if (serial.empty() || serial.size() > kMaxSerial)
        return usage(fmt::format("a serial number has 1 to {} octets in hexadecimal, and is not zero", kMaxSerial));
    return serial;
}

struct Chosen {
    std::string text; ///< for people: what is revoked
    std::vector<Bytes> serials;
};

Result<Chosen> byTarget(Tool& tool, const Authority& authority, const std::string& target, svr::WallTime now) {
    // Whole UUIDs also of those who are no devices, or are forgotten here.
    auto uuid = Uuid::parse(target);
    if (!uuid) {
        const auto subject = Reach{tool}.subject(target);
        if (!subject)
            return subject.failure();
        uuid = subject->device;
    }
    const auto issued = authority.issuedTo(*uuid, now);
    if (!issued)
        return issued.failure();
    if (issued->empty())
        return Failure{Reason::notFound, fmt::format("{} has no valid certificate of this home's CA", uuid->text()),
                       "ocf-obt list; for another one: ocf-obt revoke --serial NUMBER"};
    Chosen out{"the certificates of " + uuid->text(), {}};
    for (const auto& each : *issued)
        out.serials.push_back(svr::withoutZeros(each.serial));
    return out;
}

Result<Chosen> bySerial(const Authority& authority, const std::string& text) {
    auto serial = serialIn(text);
    if (!serial)
        return serial.failure();
    if (*serial == svr::withoutZeros(authority.root().serial))
        return usage("that is the root itself; no list takes it back");
    return Chosen{"the certificate " + toHex(*serial), {*std::move(serial)}};
}

std::string numberText(const KeptList& list) {
    return fmt::format("list number {} of {}, {} entries", list.number(), svr::dateOf(list.list.thisUpdate),
                       list.list.revoked.size());
}

Result<Exit> deliver(Tool& tool, Publisher& publisher, std::string text, Json json) {
    const auto deliveries = publisher.toAll();
    if (!deliveries)
        return deliveries.failure();
    const auto exit = exitFor(*deliveries);
    const auto next = exit == Exit::done ? std::string{} : tool.suggestion("ocf-obt crl publish");
    text += fmt::format("{}\n{}", numberText(publisher.list()), deliveriesText(*deliveries));
    if (!next.empty())
        text += "The others go on believing what is revoked until they have it. next: " + next;
    json["crlid"] = publisher.list().number();
    json["devices"] = deliveriesJson(*deliveries);
    json["next"] = next;
    tool.print(text, json);
    return exit;
}

Result<Exit> revoke(Tool& tool, const Arguments& arguments) {
    if (arguments.target.empty() == arguments.serial.empty())
        return usage("either a device or --serial says what is revoked");
    const auto ca = openCa(tool);
    if (!ca)
        return ca.failure();
    const auto& [home, now, authority] = *ca;
    const auto chosen = arguments.serial.empty() ? byTarget(tool, authority, arguments.target, now)
                                                 : bySerial(authority, arguments.serial);
    if (!chosen)
        return chosen.failure();
    if (auto agreed = tool.confirm(fmt::format("Revoke {}? It cannot be taken back.", chosen->text)); !agreed)
        return agreed.failure();
    std::vector<svr::RevokedCertificate> revoked;
    Json serials = Json::array();
    for (const auto& serial : chosen->serials) {
        revoked.push_back({serial, now});
        serials.push_back(toHex(serial));
    }
    auto list = RevokedCertificates{home.directory()}.add(authority, revoked, now);
    if (!list)
        return list.failure();
    Publisher publisher{tool, authority, *std::move(list)};
    return deliver(tool, publisher, fmt::format("Revoked: {}.\n", chosen->text), Json{{"serials", std::move(serials)}});
}

/// The CA and its list, where there is one.
struct Kept {
    Authority authority;
    KeptList list;
};
Result<Kept> open(Tool& tool) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    auto authority = Authority::open((*home)->directory());
    if (!authority)
        return authority.failure();
    auto list = RevokedCertificates{(*home)->directory()}.list(authority->root());
    if (!list)
        return list.failure();
    if (!*list)
        return Failure{Reason::stateMissing, "this home's CA has revoked nothing", "ocf-obt revoke TARGET"};
    return Kept{*std::move(authority), **std::move(list)};
}

Result<Exit> show(Tool& tool) {
    const auto kept = open(tool);
    if (!kept)
        return kept.failure();
    std::vector<std::vector<std::string>> rows{{"SERIAL NUMBER", "REVOKED"}};
    Json revoked = Json::array();
    for (const auto& each : kept->list.list.revoked) {
        rows.push_back({toHex(each.serial), svr::dateOf(each.when)});
        revoked.push_back({{"serial", toHex(each.serial)}, {"when", svr::dateOf(each.when)}});
    }
    const auto pem = svr::toPem(kept->list.der, "X509 CRL");
    tool.print(fmt::format("{}\n{}{}", numberText(kept->list), table(rows), pem),
               Json{{"crlid", kept->list.number()},
                    {"thisupdate", svr::dateOf(kept->list.list.thisUpdate)},
                    {"revoked", std::move(revoked)},
                    {"crl", pem}});
    return Exit::done;
}

Result<Exit> publish(Tool& tool) {
    auto kept = open(tool);
    if (!kept)
        return kept.failure();
    Publisher publisher{tool, kept->authority, std::move(kept->list)};
    return deliver(tool, publisher, "", Json{});
}

} // namespace

void addRevoke(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("revoke", "as CMS: take certificates of this home's CA back, for good");
    auto arguments = makeArguments<Arguments>();
    command->add_option("TARGET", arguments->target, std::string{kTargetHelp} + "; all its certificates are revoked");
    command->add_option("--serial", arguments->serial, "instead: the one with this serial number, in hexadecimal");
    addSessionOptions(*command, tool);
    command->footer(
        "The serial numbers go on this CA's list of revoked certificates, and the list to every device certified\n"
        "here (/oic/sec/crl): from then on none of them, nor this tool, believes such a certificate. The device\n"
        "itself stays owned by its key. Asks before it acts.");
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return revoke(tool, *arguments); }; });

    auto* list = app.add_subcommand("crl", "this CA's list of revoked certificates");
    list->require_subcommand(1);
    auto* read = list->add_subcommand("show", "what is on it, and the list itself (X.509, PEM)");
    read->callback([&tool] { tool.action = [&tool] { return show(tool); }; });
    auto* write =
        list->add_subcommand("publish", "as CMS: write it to every device certified here that has it not yet");
    addSessionOptions(*write, tool);
    write->callback([&tool] { tool.action = [&tool] { return publish(tool); }; });
}

} // namespace ocfsecd::obt
