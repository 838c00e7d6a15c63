// The ids of the code and the entries of the catalog are the same set, and journald's own tool reads the catalog.

#include "systemd/message_ids.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>

namespace ocfsecd::journal {
namespace {

struct CatalogEntry {
    std::map<std::string, std::string> headers;
    std::vector<std::string> paragraphs;
};

std::map<std::string, CatalogEntry> readCatalog() {
    std::ifstream file{OCFSECD_CATALOG};
    std::map<std::string, CatalogEntry> entries;
    std::string line;
    CatalogEntry* entry = nullptr;
    bool inHeaders = false;
    bool fresh = true;
    while (std::getline(file, line)) {
        if (line.starts_with("#"))
            continue;
        if (line.starts_with("-- ")) {
            const auto id = line.substr(3);
            EXPECT_EQ(entries.count(id), 0u) << "twice: " << id;
            entry = &entries[id];
            inHeaders = true;
        } else if (line.empty()) {
            inHeaders = false;
            fresh = true;
        } else if (entry && inHeaders) {
            entry->headers[line.substr(0, line.find(": "))] = line.substr(line.find(": ") + 2);
        } else if (entry) {
            if (fresh)
                entry->paragraphs.emplace_back();
            entry->paragraphs.back() += line;
            fresh = false;
        }
    }
    return entries;
}

TEST(Catalog, HasAnEntryForEachIdAndNoOther) {
    std::set<std::string> inCode;
    for (const auto& id : kMessageIds)
        EXPECT_TRUE(inCode.insert(id.text()).second) << "twice: " << id.text();
    std::set<std::string> inCatalog;
    for (const auto& [id, entry] : readCatalog())
        inCatalog.insert(id);
    EXPECT_EQ(inCode, inCatalog);
}

TEST(Catalog, EachEntryTellsWhatHappenedWhyAndWhatToDo) {
    for (const auto& [id, entry] : readCatalog()) {
        EXPECT_NE(entry.headers.count("Subject"), 0u) << id;
        EXPECT_NE(entry.headers.count("Documentation"), 0u) << id;
        EXPECT_EQ(entry.headers.at("Defined-By"), "ocfsecd") << id;
        EXPECT_EQ(entry.paragraphs.size(), 3u) << id;
    }
}

TEST(Catalog, EveryNamedFailureHasItsOwnEntry) {
    std::set<std::string> used;
    for (const auto reason :
         {Reason::tpmUnavailable, Reason::ownerAuthRequired, Reason::policyMismatch, Reason::foreignState,
          Reason::rolledBack, Reason::stateMissing, Reason::stateCorrupt, Reason::tpmLockout, Reason::configuration}) {
        const auto id = idOf(reason);
        ASSERT_TRUE(id) << nameOf(reason);
        EXPECT_TRUE(used.insert(id->text()).second) << nameOf(reason);
    }
    EXPECT_FALSE(idOf(Reason::malformed));
}

TEST(Catalog, IsReadByJournalctl) {
    namespace fs = std::filesystem;
    std::string pattern = fs::temp_directory_path() / "ocfsecd-catalog-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    const fs::path root{pattern};
    fs::create_directories(root / "usr/lib/systemd/catalog");
    fs::create_directories(root / "var/lib/systemd/catalog");
    fs::copy_file(OCFSECD_CATALOG, root / "usr/lib/systemd/catalog/ocfsecd.catalog");
    const auto run = [&](const std::string& command) {
        return std::system(("journalctl --root=" + root.string() + " " + command).c_str());
    };
    const bool present = run("--version >" + (root / "version").string() + " 2>&1") == 0;
    const int compiled = present ? run("--update-catalog") : 0;
    const int listed = present ? run("--list-catalog >" + (root / "list").string()) : 0;
    std::ifstream list{root / "list"};
    std::size_t lines = 0;
    for (std::string line; std::getline(list, line);)
        ++lines;
    list.close();
    fs::remove_all(root);
    if (!present)
        GTEST_SKIP() << "needs journalctl";
    EXPECT_EQ(compiled, 0);
    EXPECT_EQ(listed, 0);
    EXPECT_EQ(lines, kMessageIds.size());
}

} // namespace
} // namespace ocfsecd::journal
