#include "store/standing.h"

namespace ocfsecd::store {

namespace {

Standing byCounter(std::uint64_t counter, std::uint64_t now, Standing same) {
    if (counter == now)
        return same;
    if (counter < now)
        return Standing::older;
    return counter == now + 1 && same == Standing::current ? Standing::transitionToDo : Standing::ahead;
}

} // namespace

Standing standingOf(const Header& header, const tpm::Counters& now) {
    // After the mark of a reset this ownership has nothing but its end: no snapshot of it is newer. The mark may have
    // been made while nobody could say how far the TPM had got.
    if (isOwned(now) && header.epoch == now.epoch && header.mark == Mark::resetting)
        return Standing::current;
    if (isOwned(now) && header.epoch == now.epoch)
        return byCounter(header.counter, now.counter, Standing::current);
    if (!isOwned(now) && header.epoch == now.epoch + 1)
        return byCounter(header.counter, now.counter, Standing::ownershipToDo);
    if (!isOwned(now) && header.epoch + 1 == now.epoch && header.mark == Mark::resetting)
        return Standing::resetDone;
    return header.epoch < now.epoch ? Standing::older : Standing::ahead;
}

} // namespace ocfsecd::store
