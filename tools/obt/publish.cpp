#include "tools/obt/publish.h"

#include "tools/obt/issued.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

Result<Published> Publisher::to(Session& session, const Subject& subject) {
    const auto home = tool_.home();
    if (!home)
        return home.failure();
    const auto self = (*home)->identity().uuid;
    const auto publish = [&] {
        return publishList(session, {authority_.root(), list_, {self, subject.device}, subject.rowners.acl2 == self});
    };
    auto done = publish();
    if (!done || !done->newer)
        return done;
    auto grown = RevokedCertificates{(*home)->directory()}.add(
        authority_, done->newer->revoked, svr::SystemWallClock{}.now(), done->newer->number.value_or(0));
    if (!grown)
        return grown.failure();
    list_ = *std::move(grown);
    done = publish();
    if (done && done->newer)
        return Failure{Reason::busy, "somebody else writes this CA's list at the same time", "ocf-obt crl publish"};
    return done;
}

std::vector<Delivery> Publisher::round(const std::vector<Subject>& devices) {
    std::vector<Delivery> out;
    for (const auto& device : devices) {
        auto reached = Reach{tool_}.session(device.device.text());
        tool_.begin(fmt::format("writing the list of revoked certificates to {}", device.device.text()));
        auto done = reached ? to(*reached->session, reached->subject) : Result<Published>{reached.failure()};
        if (!done)
            done = Failure{done.failure().reason, done.failure().what, tool_.suggestion(done.failure().next)};
        out.push_back({device.device, std::move(done)});
    }
    tool_.target.clear(); // what is suggested from here on is about all of them
    return out;
}

Result<std::vector<Delivery>> Publisher::toAll() {
    const auto home = tool_.home();
    if (!home)
        return home.failure();
    auto devices = tool_.subjects()->all();
    if (!devices)
        return devices.failure();
    const IssuedCertificates issued{(*home)->subjectsDirectory()};
    std::vector<Subject> certified;
    for (auto& device : *devices) {
        const auto certificate = issued.of(device.device);
        if (!certificate)
            return certificate.failure();
        if (*certificate && device.rowners.cred == (*home)->identity().uuid)
            certified.push_back(std::move(device));
    }
    const auto before = list_.number();
    auto out = round(certified);
    if (list_.number() != before) // a device knew more than this home: those before it got a list that is too short
        out = round(certified);
    return out;
}

Json deliveriesJson(const std::vector<Delivery>& deliveries) {
    Json out = Json::array();
    for (const auto& each : deliveries)
        out.push_back({{"deviceuuid", each.device.text()},
                       {"told", each.done.ok()},
                       {"written", each.done && each.done->written},
                       {"what", each.done ? "" : each.done.failure().what},
                       {"next", each.done ? "" : each.done.failure().next}});
    return out;
}

std::string deliveriesText(const std::vector<Delivery>& deliveries) {
    if (deliveries.empty())
        return "No device is certified here.\n";
    std::vector<std::vector<std::string>> rows{{"DEVICE", "LIST", "WHY"}};
    for (const auto& each : deliveries)
        rows.push_back({each.device.text(),
                        !each.done           ? "NOT WRITTEN"
                        : each.done->written ? "written"
                                             : "there already",
                        each.done ? "-" : each.done.failure().what});
    return table(rows);
}

Exit exitFor(const std::vector<Delivery>& deliveries) {
    const auto failed = std::ranges::find_if(deliveries, [](const Delivery& each) { return !each.done; });
    return failed == deliveries.end() ? Exit::done : exitFor(failed->done.failure().reason);
}

} // namespace ocfsecd::obt
