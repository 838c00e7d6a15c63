#pragma once
// A hand-over file: how one manager gives another the credential it made for it on a device. RFPRO needs a credential
// of every resource owner (facts 1.4), and only the DOTS over the Device Onboarding Connection, later the CMS, may
// write credentials. So whoever writes it knows the key for a moment: it keeps no copy, and the receiver replaces the
// key as soon as it can (accept.h). The file is CBOR, mode 0600, and is removed when taken in.

#include "base/result.h"
#include "base/secret_bytes.h"
#include "tools/obt/subjects.h"

#include <filesystem>

namespace ocfsecd::obt {

struct Handover {
    Uuid recipient; ///< whose credential it is
    Uuid device;
    std::string name;
    Uuid owner;
    Rowners rowners;
    std::vector<Endpoint> endpoints;
    SharedSecret key;
};

Bytes encodeHandover(const Handover& handover);
/// Reason::stateCorrupt for anything encodeHandover() does not make.
Result<Handover> decodeHandover(ByteView octets);

/// The subject a recipient keeps of it.
Subject subjectFrom(const Handover& handover);

} // namespace ocfsecd::obt
