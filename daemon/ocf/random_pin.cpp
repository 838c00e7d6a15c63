#include "ocf/random_pin.h"

#include "svr/pin_key.h"

namespace ocfsecd::ocf {

Result<void> RandomPin::select(Random& random, TimePoint now) {
    while (!selections_.empty() && selections_.front() + settings_.selectionPeriod <= now)
        selections_.pop_front();
    if (selections_.size() >= settings_.maxSelections)
        return Failure{Reason::busy, "the Random PIN method was selected too often",
                       "wait a minute and select it again"};
    selections_.push_back(now);
    SecretBytes characters{settings_.digits};
    for (auto& character : characters.edit())
        character = static_cast<std::uint8_t>('0' + random.below(10));
    pin_ = ShownPin{std::make_shared<const SecretBytes>(std::move(characters)), now + settings_.lifetime};
    tried_ = false;
    return {};
}

SharedSecret RandomPin::attempt(const Uuid& device, TimePoint now) {
    if (!usable(now))
        return nullptr;
    tried_ = true;
    return std::make_shared<const SecretBytes>(svr::derivePinKey(textOf(pin_->characters->view()), device));
}

void RandomPin::erase() {
    pin_.reset();
    tried_ = false;
}

} // namespace ocfsecd::ocf
