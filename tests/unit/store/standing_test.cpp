#include "store/standing.h"

#include <gtest/gtest.h>

namespace ocfsecd::store {
namespace {

struct Row {
    Mark mark;
    std::uint64_t epoch, counter; // of the snapshot
    Standing standing;
};

void check(const tpm::Counters& now, std::initializer_list<Row> rows) {
    for (const auto& row : rows) {
        const Header header{.mark = row.mark, .epoch = row.epoch, .counter = row.counter};
        EXPECT_EQ(standingOf(header, now), row.standing)
            << "snapshot " << row.epoch << "/" << row.counter << " mark " << static_cast<int>(row.mark) << ", TPM "
            << now.epoch << "/" << now.counter;
    }
}

TEST(Standing, OfAnOwnedDevice) {
    check({.epoch = 7, .counter = 20}, {
                                           {Mark::owned, 7, 20, Standing::current},
                                           {Mark::resetting, 7, 20, Standing::current},
                                           {Mark::owned, 7, 21, Standing::transitionToDo},
                                           {Mark::owned, 7, 22, Standing::ahead},
                                           {Mark::owned, 7, 19, Standing::older},
                                           {Mark::resetting, 7, 19, Standing::current},
                                           {Mark::resetting, 7, 21, Standing::current},
                                           {Mark::owned, 5, 20, Standing::older},
                                           {Mark::resetting, 5, 20, Standing::older},
                                           {Mark::owned, 9, 20, Standing::ahead},
                                           {Mark::owned, 8, 20, Standing::ahead},
                                       });
}

TEST(Standing, OfAnUnownedDevice) {
    check({.epoch = 8, .counter = 20}, {
                                           {Mark::owned, 9, 20, Standing::ownershipToDo},
                                           {Mark::owned, 9, 19, Standing::older},
                                           {Mark::owned, 9, 21, Standing::ahead},
                                           {Mark::resetting, 9, 20, Standing::ownershipToDo},
                                           {Mark::resetting, 9, 19, Standing::older},
                                           {Mark::owned, 7, 20, Standing::older},
                                           {Mark::resetting, 7, 20, Standing::resetDone},
                                           {Mark::resetting, 5, 20, Standing::older},
                                           {Mark::owned, 8, 20, Standing::ahead},
                                           {Mark::owned, 11, 20, Standing::ahead},
                                       });
}

} // namespace
} // namespace ocfsecd::store
