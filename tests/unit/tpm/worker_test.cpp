#include "tpm/worker.h"

#include <future>
#include <gtest/gtest.h>
#include <poll.h>
#include <thread>

namespace ocfsecd::tpm {
namespace {

/// Holds the worker in a job until it is opened.
struct Gate {
    std::promise<void> entered;
    std::promise<void> opened;
    std::shared_future<void> open{opened.get_future()};

    Worker::Job job() {
        return [this]() -> Worker::Done {
            entered.set_value();
            open.wait();
            return [] {};
        };
    }
};

void deliverUntil(Worker& worker, const bool& finished) {
    while (!finished) {
        pollfd ready{worker.eventFd(), POLLIN, 0};
        ASSERT_EQ(::poll(&ready, 1, 30000), 1) << "the worker does not answer";
        worker.deliver();
    }
}

bool isReadable(const Worker& worker) {
    pollfd ready{worker.eventFd(), POLLIN, 0};
    return ::poll(&ready, 1, 0) == 1;
}

TEST(Worker, JobsRunElsewhereAndResultsOnTheCallersThread) {
    Worker worker;
    std::thread::id job, result;
    bool finished = false;
    ASSERT_TRUE(worker.post(Priority::unseal, [&]() -> Worker::Done {
        job = std::this_thread::get_id();
        return [&] {
            result = std::this_thread::get_id();
            finished = true;
        };
    }));
    deliverUntil(worker, finished);
    EXPECT_EQ(result, std::this_thread::get_id());
    EXPECT_NE(job, std::this_thread::get_id());
    EXPECT_FALSE(isReadable(worker));
}

TEST(Worker, CommitsGoBeforeUnsealsBeforeSignaturesAndEachInOrder) {
    Worker worker;
    Gate gate;
    ASSERT_TRUE(worker.post(Priority::sign, gate.job()));
    gate.entered.get_future().wait();
    std::vector<std::string> order;
    bool finished = false;
    const auto note = [&](Priority priority, const std::string& name) {
        ASSERT_TRUE(worker.post(priority, [&order, name]() -> Worker::Done {
            order.push_back(name); // only the worker's thread touches it until the last result is here
            return nullptr;
        }));
    };
    note(Priority::sign, "sign 1");
    note(Priority::unseal, "unseal 1");
    note(Priority::commit, "commit 1");
    note(Priority::sign, "sign 2");
    note(Priority::unseal, "unseal 2");
    note(Priority::commit, "commit 2");
    ASSERT_TRUE(worker.post(Priority::sign, [&]() -> Worker::Done { return [&] { finished = true; }; }));
    gate.opened.set_value();
    deliverUntil(worker, finished);
    EXPECT_EQ(order, (std::vector<std::string>{"commit 1", "commit 2", "unseal 1", "unseal 2", "sign 1", "sign 2"}));
}

TEST(Worker, AFullQueueRefuses) {
    Worker worker{3};
    Gate gate;
    ASSERT_TRUE(worker.post(Priority::commit, gate.job()));
    gate.entered.get_future().wait();
    int ran = 0;
    bool finished = false;
    const auto count = [&]() -> Worker::Done { return [&] { finished = ++ran == 3; }; };
    for (const auto priority : {Priority::sign, Priority::unseal, Priority::commit})
        EXPECT_TRUE(worker.post(priority, count));
    EXPECT_EQ(worker.post(Priority::commit, count).failure().reason, Reason::limitReached);
    gate.opened.set_value();
    deliverUntil(worker, finished);
    EXPECT_TRUE(worker.post(Priority::commit, count));
}

TEST(Worker, TellsSinceWhenItIsBusy) {
    Worker worker;
    EXPECT_FALSE(worker.busySince());
    Gate gate;
    const auto before = std::chrono::steady_clock::now();
    ASSERT_TRUE(worker.post(Priority::commit, gate.job()));
    gate.entered.get_future().wait();
    const auto since = worker.busySince();
    ASSERT_TRUE(since);
    EXPECT_GE(*since, before);
    EXPECT_LE(*since, std::chrono::steady_clock::now());
    bool finished = false;
    ASSERT_TRUE(worker.post(Priority::sign, [&]() -> Worker::Done { return [&] { finished = true; }; }));
    gate.opened.set_value();
    deliverUntil(worker, finished);
}

TEST(Worker, AResultMayPostMoreWork) {
    Worker worker;
    bool finished = false;
    ASSERT_TRUE(worker.post(Priority::commit, [&]() -> Worker::Done {
        return [&] {
            ASSERT_TRUE(worker.post(Priority::commit, [&]() -> Worker::Done { return [&] { finished = true; }; }));
        };
    }));
    deliverUntil(worker, finished);
}

TEST(Worker, AResultMayEndTheWorker) {
    auto worker = std::make_unique<Worker>();
    bool finished = false;
    const int fd = worker->eventFd();
    ASSERT_TRUE(worker->post(Priority::commit, [&]() -> Worker::Done {
        return [&] {
            worker.reset();
            finished = true;
        };
    }));
    pollfd ready{fd, POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 30000), 1);
    worker->deliver();
    EXPECT_TRUE(finished);
}

TEST(Worker, EndsAlthoughAJobHangsAndNeverDeliversIt) {
    Gate gate;
    std::promise<void> jobGone;
    struct Tell {
        explicit Tell(std::promise<void>& promise) : gone{promise} {}
        std::promise<void>& gone;
        ~Tell() { gone.set_value(); }
    };
    bool delivered = false;
    {
        Worker worker;
        auto tell = std::make_shared<Tell>(jobGone);
        ASSERT_TRUE(worker.post(Priority::commit, [&, tell]() -> Worker::Done {
            gate.entered.set_value();
            gate.open.wait();
            return [&] { delivered = true; };
        }));
        tell.reset();
        gate.entered.get_future().wait();
        ASSERT_TRUE(worker.post(Priority::commit, [&]() -> Worker::Done { return [&] { delivered = true; }; }));
    }                        // returns: this is the test
    gate.opened.set_value(); // and the abandoned thread may still finish without harm
    jobGone.get_future().wait();
    EXPECT_FALSE(delivered);
}

TEST(Worker, LetsARunningJobFinishAtTheEnd) {
    bool ran = false;
    {
        Worker worker;
        std::promise<void> entered;
        ASSERT_TRUE(worker.post(Priority::commit, [&]() -> Worker::Done {
            entered.set_value();
            std::this_thread::yield();
            ran = true;
            return nullptr;
        }));
        entered.get_future().wait();
    }
    EXPECT_TRUE(ran);
}

} // namespace
} // namespace ocfsecd::tpm
