#pragma once
// The state directory: files that are replaced whole or not at all, and a lock against a second daemon.

#include "base/bytes.h"
#include "base/result.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ocfsecd::store {

class Directory {
public:
    /// `step` is called before each durable step with its name.
    Directory(std::filesystem::path path, std::function<void(std::string_view)> step);
    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    /// Reason::busy when somebody else has the directory, inputOutput when it cannot be opened.
    Result<void> ready() const;
    std::string pathOf(const std::string& name) const { return (path_ / name).string(); }

    /// Nothing when there is no such file. Reason::stateCorrupt for more than `max` octets and for what is no plain
    /// file.
    Result<std::optional<Bytes>> read(const std::string& name, std::size_t max) const;
    /// New content, mode 0600, durable when it returns. After a failure the old content is there.
    Result<void> replace(const std::string& name, ByteView content) const;
    /// Durable; fine when there is no such file.
    Result<void> remove(const std::string& name) const;
    /// Renames to `aside` or, when that exists, to `aside` with a number. Durable; fine when there is no such file.
    Result<bool> moveAside(const std::string& name, const std::string& aside) const;
    /// What an interrupted replace() left.
    void removeLeftover(const std::string& name) const;

private:
    Result<void> writeTemporary(const std::string& temporary, ByteView content) const;
    Result<void> sync() const;

    std::filesystem::path path_;
    std::function<void(std::string_view)> step_;
    int fd_ = -1;
    Result<void> ready_;
};

} // namespace ocfsecd::store
