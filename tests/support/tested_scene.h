#pragma once
// Scenes whose device may be the daemon.

#include "certified_scene.h"
#include "tested_device.h"

namespace ocfsecd::test::conformance {

using Scene = SceneOf<TestedDevice>;
using CertifiedScene = CertifiedSceneOf<TestedDevice>;

/// All that an owner, or an onboarding connection, reads of the four resources that make the ownership.
inline std::string readable(SimSession& session) {
    std::string out;
    for (const auto resource : {kDoxm, kPstat, kCred, kAcl2})
        out += cbor::diagnostic(session->get(resource).body);
    return out;
}

/// So many secure sessions are open, or soon are: the bus tells of them at most once a second.
inline bool hasSessions(Scene& scene, std::size_t count) {
    return scene.network.until([&] { return scene.device.sessions() == count; }, 2s);
}

} // namespace ocfsecd::test::conformance
