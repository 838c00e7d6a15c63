#include "dtls/ocf_suite/record_layer.h"

namespace ocfsecd::dtls::ocf_suite {

bool ReplayWindow::isNew(std::uint64_t sequence) const {
    if (sequence >= next_)
        return true;
    const auto age = next_ - 1 - sequence;
    return age < kWidth && (seen_ >> age & 1) == 0;
}

void ReplayWindow::accept(std::uint64_t sequence) {
    if (sequence >= next_) {
        const auto ahead = sequence + 1 - next_;
        seen_ = ahead < kWidth ? seen_ << ahead : 0;
        next_ = sequence + 1;
    }
    seen_ |= std::uint64_t{1} << (next_ - 1 - sequence);
}

Bytes RecordLayer::write(ContentType type, std::uint16_t epoch, ByteView content) {
    if (left(epoch) == 0 || (epoch != 0 && !protection_))
        return {};
    const auto sequence = sequences_[epoch]++;
    if (epoch != 0)
        return protection_->seal({type, epoch, sequence}, content, random_);
    return Writer{}
        .u8(static_cast<std::uint8_t>(type))
        .u16(kVersion)
        .u16(epoch)
        .u48(sequence)
        .u16(content.size())
        .bytes(content)
        .take();
}

RecordLayer::Opened RecordLayer::open(const Record& record, Bytes& content) {
    if (!protection_)
        return Opened::bad;
    if (!window_.isNew(record.sequence))
        return Opened::replayed;
    auto opened = protection_->open(record);
    if (!opened)
        return Opened::bad;
    window_.accept(record.sequence);
    content = std::move(*opened);
    return Opened::good;
}

} // namespace ocfsecd::dtls::ocf_suite
