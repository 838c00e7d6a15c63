#include "tools/obt/subjects.h"

#include "tools/obt/private_file.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace ocfsecd::obt {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kVersion = 1;
constexpr std::string_view kSubjectFile = "subject.json";
constexpr std::string_view kKeyPrefix = "key-";
constexpr std::string_view kUnfinished = ".new-"; // writePrivateFile()'s temporary files

struct OriginName {
    Origin origin;
    std::string_view name;
};
constexpr std::array kOrigins{OriginName{Origin::derived, "derived"}, OriginName{Origin::handedOver, "handed-over"},
                              OriginName{Origin::own, "own"}};

Failure corrupt(const fs::path& file, std::string_view why) {
    return {Reason::stateCorrupt, fmt::format("{} is damaged: {}; it was left as it is", file.string(), why),
            "restore it from a backup; without one, reset the device at the device itself and remove the directory"};
}

/// Reads typed members; the first thing that is missing or of another type is remembered.
class Fields {
public:
    Fields(const Json& json, std::string& wrong) : json_{json}, wrong_{wrong} {}
    std::string text(const char* key) const {
        const auto* found = member(key);
        if (found == nullptr || !found->is_string())
            return blame<std::string>(key);
        return found->get<std::string>();
    }
    bool flag(const char* key) const {
        const auto* found = member(key);
        if (found == nullptr || !found->is_boolean())
            return blame<bool>(key);
        return found->get<bool>();
    }
    Uuid uuid(const char* key) const {
        const auto parsed = Uuid::parse(text(key));
        return parsed ? *parsed : blame<Uuid>(key);
    }
    const Json& list(const char* key) const {
        static const Json none = Json::array();
        const auto* found = member(key);
        if (found == nullptr || !found->is_array()) {
            blame<int>(key);
            return none;
        }
        return *found;
    }
    Fields object(const char* key) const {
        static const Json none = Json::object();
        const auto* found = member(key);
        if (found == nullptr || !found->is_object())
            blame<int>(key);
        return {found != nullptr ? *found : none, wrong_};
    }

private:
    const Json* member(const char* key) const {
        if (!json_.is_object())
            return nullptr;
        const auto found = json_.find(key);
        return found == json_.end() ? nullptr : &*found;
    }
    template <class T>
    T blame(const char* key) const {
        if (wrong_.empty())
            wrong_ = fmt::format("no usable \"{}\"", key);
        return T{};
    }
    const Json& json_;
    std::string& wrong_;
};

std::optional<Origin> originCalled(std::string_view name) {
    const auto found = std::ranges::find(kOrigins, name, &OriginName::name);
    return found == kOrigins.end() ? std::nullopt : std::optional{found->origin};
}

bool isKeyFile(std::string_view name) {
    return name.starts_with(kKeyPrefix) && name.size() > kKeyPrefix.size() &&
           name.find_first_not_of("0123456789", kKeyPrefix.size()) == std::string_view::npos;
}

/// Key files and what a crash left of one being written.
std::set<std::string> keyFilesIn(const fs::path& folder) {
    std::set<std::string> out;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error})
        if (const auto name = entry.path().filename().string(); isKeyFile(name) || name.starts_with(kUnfinished))
            out.insert(name);
    return out;
}

std::string freshKeyName(const std::set<std::string>& taken) {
    for (int n = 1;; ++n)
        if (auto name = fmt::format("{}{}", kKeyPrefix, n); !taken.contains(name))
            return name;
}

Json toJson(const Subject& subject, const std::vector<std::string>& keyFiles) {
    Json credentials = Json::array();
    for (std::size_t i = 0; i < subject.credentials.size(); ++i)
        credentials.push_back({{"file", keyFiles[i]},
                               {"origin", nameOf(subject.credentials[i].origin)},
                               {"proven", subject.credentials[i].proven}});
    Json endpoints = Json::array();
    for (const auto& endpoint : subject.endpoints)
        endpoints.push_back(endpoint.text());
    const auto& r = subject.rowners;
    return {{"version", kVersion},
            {"deviceuuid", subject.device.text()},
            {"name", subject.name},
            {"devowneruuid", subject.owner.text()},
            {"rowneruuid",
             {{"doxm", r.doxm.text()}, {"pstat", r.pstat.text()}, {"cred", r.cred.text()}, {"acl2", r.acl2.text()}}},
            {"finished", subject.finished},
            {"endpoints", std::move(endpoints)},
            {"credentials", std::move(credentials)}};
}

Result<Credential> readCredential(const Json& json, const fs::path& folder) {
    const auto file = folder / kSubjectFile;
    std::string wrong;
    const Fields fields{json, wrong};
    const auto name = fields.text("file");
    const auto origin = originCalled(fields.text("origin"));
    const bool proven = fields.flag("proven");
    if (!wrong.empty() || !origin || !isKeyFile(name))
        return corrupt(file, wrong.empty() ? "a credential of unknown kind" : wrong);
    auto key = readPrivateFile(folder / name);
    if (!key && key.failure().reason == Reason::stateMissing)
        return corrupt(file, fmt::format("it names {}, which is missing", name));
    if (!key)
        return key.failure();
    if (key->size() != 16 && key->size() != 32)
        return corrupt(folder / name, "not 16 or 32 octets");
    return Credential{*origin, proven, std::make_shared<const SecretBytes>(std::move(*key))};
}

} // namespace

std::string_view nameOf(Origin origin) {
    return std::ranges::find(kOrigins, origin, &OriginName::origin)->name;
}

void Subject::keepProven(const SecretBytes& key) {
    const auto found =
        std::ranges::find_if(credentials, [&](const Credential& c) { return c.key->equals(key.view()); });
    if (found == credentials.end())
        return; // replaced meanwhile by a newer one
    found->proven = true;
    credentials.erase(std::next(found), credentials.end());
}

std::string Subject::href() const {
    return fmt::format("/oic/svc/dots/subjects/{}/cred", device.text());
}

Result<Subject> Subjects::load(const Uuid& device) const {
    const auto folder = folderOf(device);
    const auto file = folder / kSubjectFile;
    std::error_code error;
    if (const bool there = fs::exists(file, error); !there && !error)
        return Failure{Reason::notFound, fmt::format("device {} is not known here", device.text()), "ocf-obt list"};
    if (auto fine = makePrivateDirectory(folder); !fine)
        return fine.failure();
    const auto content = readPrivateFile(file);
    if (!content)
        return content.failure();
    const auto json = Json::parse(textOf(content->view()), nullptr, false);
    if (!json.is_object())
        return corrupt(file, "no JSON object");
    if (json.value("version", Json{}) != kVersion)
        return corrupt(file, "not version 1");
    std::string wrong;
    const Fields fields{json, wrong};
    Subject out;
    out.device = fields.uuid("deviceuuid");
    out.name = fields.text("name");
    out.owner = fields.uuid("devowneruuid");
    const auto rowners = fields.object("rowneruuid");
    out.rowners = {rowners.uuid("doxm"), rowners.uuid("pstat"), rowners.uuid("cred"), rowners.uuid("acl2")};
    out.finished = fields.flag("finished");
    for (const auto& uri : fields.list("endpoints"))
        if (const auto endpoint = uri.is_string() ? parseEndpoint(uri.get<std::string>()) : std::nullopt)
            out.endpoints.push_back(*endpoint); // an interface that is gone is no damage
    for (const auto& item : fields.list("credentials")) {
        auto credential = readCredential(item, folder);
        if (!credential)
            return credential.failure();
        out.credentials.push_back(std::move(*credential));
    }
    if (wrong.empty() && out.device != device)
        wrong = "it is another device's";
    if (wrong.empty() && out.credentials.empty())
        wrong = "no credential";
    if (!wrong.empty())
        return corrupt(file, wrong);
    return out;
}

Result<std::vector<Subject>> Subjects::all() const {
    std::error_code error;
    std::set<Uuid> devices;
    for (const auto& entry : fs::directory_iterator{directory_, error})
        if (const auto uuid = Uuid::parse(entry.path().filename().string());
            uuid && fs::exists(entry.path() / kSubjectFile))
            devices.insert(*uuid);
    if (error)
        return Failure{Reason::inputOutput, fmt::format("cannot read {}: {}", directory_.string(), error.message()),
                       ""};
    std::vector<Subject> out;
    for (const auto& device : devices) {
        auto subject = load(device);
        if (!subject)
            return subject.failure();
        out.push_back(std::move(*subject));
    }
    return out;
}

Result<void> Subjects::save(const Subject& subject) {
    const auto lock = lockDirectory(directory_);
    return lock ? write(subject) : Result<void>{lock.failure()};
}

Result<void> Subjects::add(Subject subject) {
    const auto lock = lockDirectory(directory_);
    if (!lock)
        return lock.failure();
    const auto known = load(subject.device);
    if (!known && known.failure().reason != Reason::notFound)
        return known.failure();
    if (known)
        for (const auto& old : known->credentials)
            if (std::ranges::none_of(subject.credentials,
                                     [&](const Credential& c) { return c.key->equals(old.key->view()); }))
                subject.credentials.push_back(old);
    return write(subject);
}

Result<void> Subjects::update(const Uuid& device, const std::function<void(Subject&)>& change) {
    const auto lock = lockDirectory(directory_);
    if (!lock)
        return lock.failure();
    auto subject = load(device);
    if (!subject)
        return subject.failure();
    change(*subject);
    return write(*subject);
}

Result<void> Subjects::write(const Subject& subject) {
    const auto folder = folderOf(subject.device);
    if (auto made = makePrivateDirectory(folder); !made)
        return made;
    const auto before = keyFilesIn(folder);
    auto taken = before;
    std::vector<std::string> names;
    for (const auto& credential : subject.credentials) {
        names.push_back(freshKeyName(taken));
        taken.insert(names.back());
        if (auto written = writePrivateFile(folder / names.back(), credential.key->view()); !written)
            return written;
    }
    const auto text = toJson(subject, names).dump(2) + "\n";
    if (auto written = writePrivateFile(folder / kSubjectFile, viewOf(text)); !written)
        return written;
    for (const auto& old : before)
        if (auto removed = removePrivateFile(folder / old); !removed)
            return removed;
    return {};
}

Result<void> Subjects::remove(const Uuid& device) {
    const auto lock = lockDirectory(directory_);
    if (!lock)
        return lock.failure();
    const auto folder = folderOf(device);
    if (auto removed = removePrivateFile(folder / kSubjectFile); !removed)
        return removed;
    for (const auto& name : keyFilesIn(folder))
        if (auto removed = removePrivateFile(folder / name); !removed)
            return removed;
    std::error_code error;
    fs::remove_all(folder, error);
    if (error)
        return Failure{Reason::inputOutput, fmt::format("cannot remove {}: {}", folder.string(), error.message()), ""};
    return {};
}

} // namespace ocfsecd::obt
