// What lies on the disk, changed by anybody, or by somebody who has the state key: it is refused, or it comes back the
// same. The first octet says what the others are.

#include "../support.h"
#include "store/event_file.h"
#include "store/standing.h"
#include "svr/audit_log.h"
#include "svr/persist.h"

using namespace ocfsecd;
using namespace ocfsecd::store;

namespace {

const SecretBytes& key() {
    static const SecretBytes out{Bytes(32, 7)};
    return out;
}

void snapshot(ByteView octets) {
    const auto read = decodeSnapshot(octets, "a file");
    if (!read)
        return;
    for (const std::uint64_t epoch : {read->header.epoch - 1, read->header.epoch, read->header.epoch + 1})
        (void)standingOf(read->header, {epoch, read->header.counter});
    require(!openBody(*read, key(), "a file")); // nobody has its key
}

void state(ByteView body) {
    Header header;
    header.epoch = 1;
    header.parentName = Bytes(34, 1);
    header.stateKey = {Bytes(40, 2), Bytes(40, 3)};
    const auto file = encodeSnapshot(header, key(), body);
    require(file.ok());
    const auto read = decodeSnapshot(*file, "a file");
    require(read.ok());
    const auto opened = openBody(*read, key(), "a file");
    require(opened && equal(*opened, body));
    const auto state = svr::decodeState(*opened);
    if (!state)
        return;
    const auto again = svr::decodeState(svr::encodeState(*state));
    require(again && *again == *state);
}

void events(ByteView list) {
    const auto file = encodeEvents(0, 1, key(), list);
    require(file.ok());
    const auto read = decodeEvents(*file, 0, 1, key(), "a file");
    require(read && equal(*read, list));
    require(!decodeEvents(*file, 0, 3, key(), "a file"));
    svr::AuditLog log;
    if (!log.restore(*read)) {
        require(log.entries().empty());
        return;
    }
    require(log.usedspace() <= log.maxspace());
    svr::AuditLog again;
    require(again.restore(log.encode()) && again.entries() == log.entries());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > kMaxEvents)
        return 0;
    const ByteView octets{data + 1, size - 1};
    switch (data[0] % 4) {
    case 0:
        snapshot(octets);
        break;
    case 1:
        state(octets);
        break;
    case 2:
        require(!decodeEvents(octets, 0, 1, key(), "a file"));
        break;
    default:
        events(octets);
    }
    return 0;
}
