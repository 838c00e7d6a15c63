#include "tools/obt/rotate.h"

namespace ocfsecd::obt {

Result<void> rotateKey(Tool& tool, Reached reached) {
    auto subjects = tool.subjects();
    const auto home = tool.home();
    if (!subjects || !home)
        return subjects ? home.failure() : subjects.failure();
    const auto device = reached.subject.device;
    const auto key = makeKey(tool.random());
    const auto insert = [&](Subject& subject) {
        subject.credentials.insert(subject.credentials.begin(), {Origin::own, false, key});
    };
    if (auto saved = subjects->update(device, insert); !saved)
        return saved;
    tool.begin("replacing the key");
    const auto identity = (*home)->identity().uuid;
    if (const auto [done, mayHold] = provisionKey(*reached.session, identity, key); !done) {
        if (!mayHold) // else both stay: the next session finds out which one works
            static_cast<void>(subjects->update(device, [&](Subject& subject) {
                std::erase_if(subject.credentials, [&](const Credential& c) { return c.key->equals(key->view()); });
            }));
        return done;
    }
    tool.begin("proving the new key");
    auto session = reached.peer->openWithKey(identity, [&](ByteView) { return key; });
    if (!session)
        return session.failure();
    return subjects->update(device, [&](Subject& subject) { subject.keepProven(*key); });
}

} // namespace ocfsecd::obt
