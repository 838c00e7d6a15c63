#include "tools/obt/rotate.h"

namespace ocfsecd::obt {

Result<void> keepProven(Subjects& subjects, Subject& subject) {
    subject.credentials.front().proven = true;
    subject.credentials.resize(1);
    return subjects.save(subject);
}

Result<void> rotateKey(Tool& tool, Reached reached) {
    auto subjects = tool.subjects();
    const auto home = tool.home();
    if (!subjects || !home)
        return subjects ? home.failure() : subjects.failure();
    auto& subject = reached.subject;
    const auto key = makeKey(tool.random());
    subject.credentials.insert(subject.credentials.begin(), {Origin::own, false, key});
    if (auto saved = subjects->save(subject); !saved)
        return saved;
    tool.begin("replacing the key");
    const auto identity = (*home)->identity().uuid;
    if (auto done = provisionKey(*reached.session, identity, key); !done)
        return done;
    tool.begin("proving the new key");
    auto session = reached.peer->openWithKey(identity, [&](ByteView) { return key; });
    if (!session)
        return session.failure();
    return keepProven(*subjects, subject);
}

} // namespace ocfsecd::obt
