#pragma once
// An owned device that has a certificate request for whoever asks.

#include "fake_peer.h"
#include "support/certificates.h"
#include "tools/obt/requests.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

inline const Uuid kSelf = *Uuid::parse("33333333-3333-4333-8333-333333333333");
inline const Uuid kDevice = *Uuid::parse("11111111-1111-4111-8111-111111111111");

/// An entry of /oic/sec/cred as the device shows it.
inline cbor::Value entryOf(std::int64_t credid, std::string_view usage, const Bytes& der) {
    return cbor::Map{{"credid", credid},
                     {"credtype", 8},
                     {"subjectuuid", "*"},
                     {"credusage", usage},
                     {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", svr::toPem(der)}}}};
}

class CertifiableDevice : public ::testing::Test {
protected:
    explicit CertifiableDevice(std::int64_t onboardingState) {
        peer.bodies["/oic/sec/pstat"] = cbor::Map{{"dos", cbor::Map{{"s", onboardingState}}}};
        peer.bodies["/oic/sec/doxm"] = cbor::Map{{"deviceuuid", kDevice.text()}, {"owned", true}, {"sct", 9}};
        peer.bodies["/oic/sec/csr"] =
            cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"csr", test::requestFor(kDevice, key)}};
    }
    void show(cbor::Array entries, const Uuid& rowner) {
        peer.bodies["/oic/sec/cred"] = cbor::Map{{"creds", std::move(entries)}, {"rowneruuid", rowner.text()}};
    }

    FakePeer peer;
    test::TestKey key;
    test::Issued root = test::issue(test::authority("CN=Home root"));
};

} // namespace ocfsecd::obt
