#include "tpm/worker.h"

#include <array>
#include <condition_variable>
#include <deque>
#include <fmt/format.h>
#include <mutex>
#include <stdexcept>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace ocfsecd::tpm {

namespace {

constexpr std::size_t kPriorities = 3;
// A commit on a slow chip takes about a second; who waits longer waits for a TPM that hangs.
constexpr Duration kJoinPatience = 2s;

} // namespace

/// Shared with the thread, which may outlive the Worker when its job hangs.
struct Worker::State {
    explicit State(std::size_t max) : maxQueued{max}, eventFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
        if (eventFd < 0)
            throw std::system_error{errno, std::generic_category(), "eventfd"};
    }
    ~State() { ::close(eventFd); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    const std::size_t maxQueued;
    const int eventFd;
    std::mutex mutex;
    std::condition_variable changed;
    std::array<std::deque<Job>, kPriorities> queues;
    std::size_t queued = 0;
    std::vector<Done> results;
    std::optional<TimePoint> busySince;
    bool stopping = false;
    bool ended = false;
    std::thread thread;

    /// Called with the mutex held and something queued.
    Job next() {
        for (auto& queue : queues) {
            if (queue.empty())
                continue;
            Job job = std::move(queue.front());
            queue.pop_front();
            --queued;
            return job;
        }
        throw std::logic_error{"the worker's queues are empty"};
    }

    void run() {
        std::unique_lock lock{mutex};
        for (;;) {
            changed.wait(lock, [this] { return stopping || queued != 0; });
            if (stopping)
                break;
            Job job = next();
            busySince = std::chrono::steady_clock::now();
            lock.unlock();
            Done done = job();
            job = nullptr; // what it holds goes on this thread, not under the lock
            lock.lock();
            busySince.reset();
            changed.notify_all();
            if (stopping)
                break; // nobody is left to take the result
            if (done) {
                results.push_back(std::move(done));
                const std::uint64_t one = 1;
                (void)!::write(eventFd, &one, sizeof one); // fails only when it already is readable
            }
        }
        ended = true;
        changed.notify_all();
    }
};

Worker::Worker(std::size_t maxQueued) : state_{std::make_shared<State>(maxQueued)} {
    state_->thread = std::thread{[state = state_] { state->run(); }};
}

Worker::~Worker() {
    std::unique_lock lock{state_->mutex};
    state_->stopping = true;
    state_->changed.notify_all();
    const bool ended = state_->changed.wait_for(lock, kJoinPatience, [this] { return state_->ended; });
    const auto dropped = std::exchange(state_->queues, {});
    auto thread = std::move(state_->thread);
    lock.unlock();
    if (ended)
        thread.join();
    else
        thread.detach(); // hung in the TPM or the disk: joining would hang the exit too (L6.13)
}

Result<void> Worker::post(Priority priority, Job job) {
    const std::lock_guard lock{state_->mutex};
    if (state_->queued >= state_->maxQueued)
        return Failure{Reason::limitReached, fmt::format("{} jobs already wait for the TPM", state_->queued),
                       "try again later"};
    state_->queues.at(static_cast<std::size_t>(priority)).push_back(std::move(job));
    ++state_->queued;
    state_->changed.notify_all();
    return {};
}

bool Worker::finish(Duration patience) {
    std::unique_lock lock{state_->mutex};
    return state_->changed.wait_for(lock, patience,
                                    [this] { return state_->queued == 0 && !state_->busySince.has_value(); });
}

int Worker::eventFd() const {
    return state_->eventFd;
}

void Worker::deliver() {
    const auto state = state_; // a result may be the one that destroys the worker
    std::vector<Done> results;
    {
        const std::lock_guard lock{state->mutex};
        std::uint64_t count = 0;
        (void)!::read(state->eventFd, &count, sizeof count);
        results.swap(state->results);
    }
    for (auto& done : results)
        done();
}

std::optional<TimePoint> Worker::busySince() const {
    const std::lock_guard lock{state_->mutex};
    return state_->busySince;
}

} // namespace ocfsecd::tpm
