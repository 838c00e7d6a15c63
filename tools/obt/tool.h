#pragma once
// What every command works with: the options all share, the home, the network, and how results and failures are told.

#include "tools/obt/discovery.h"
#include "tools/obt/exit_code.h"
#include "tools/obt/home.h"
#include "tools/obt/json.h"
#include "tools/obt/subjects.h"
#include "tools/obt/target.h"

#include <functional>
#include <memory>

namespace ocfsecd::obt {

struct Options {
    std::string home;
    std::vector<std::string> interfaces;
    Scope scope = Scope::link;
    double timeout = 10; ///< seconds for one answer
    double wait = 3;     ///< seconds for answers to a multicast: devices delay them up to 2 s (facts 2.1)
    unsigned pace = 100; ///< milliseconds between requests to one device, after a burst of 8 (Q36)
    bool json = false;
    bool yes = false;
    bool quiet = false;
    bool certificate = false;       ///< sessions are opened by certificate, not by key
    std::vector<std::string> roles; ///< asserted in each of them; any makes it one by certificate
};

class Tool {
public:
    Tool();
    ~Tool();
    Tool(const Tool&) = delete;
    Tool& operator=(const Tool&) = delete;

    Options options;
    /// Set by the command that was chosen.
    std::function<Result<Exit>()> action;
    /// As written on the command line: completes "the next command to try".
    std::string target;

    Result<const Home*> home(); ///< opened at first use
    Result<Subjects> subjects();
    Random& random() { return random_; }
    Wire& wire();
    Discovery discovery();
    Progress& progress() { return progress_; }
    void begin(std::string_view step);
    std::unique_ptr<Peer> peer(std::optional<Address> clear, std::optional<Address> secure);

    /// Human text, or the JSON with --json. The one result of a command.
    void print(const std::string& text, const Json& json);
    /// Tells what went wrong and returns the exit code.
    Exit report(const Failure& failure);
    /// Somebody is at the terminal to answer.
    bool interactive() const;
    /// A question on the terminal; --yes answers it. Reason::limitReached (Exit::choice) when nobody can answer or the
    /// answer is no.
    Result<void> confirm(const std::string& question);

    /// The command line to suggest: names this home and this target.
    std::string suggestion(std::string_view next) const;

private:
    SystemRandom random_;
    Progress progress_;
    std::unique_ptr<Home> home_;
    std::unique_ptr<Wire> wire_;
};

/// A table for people; the first row is the header.
std::string table(const std::vector<std::vector<std::string>>& rows);

} // namespace ocfsecd::obt
