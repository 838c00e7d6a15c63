#include "tools/obt/certify.h"

#include "certifiable_device.h"
#include "svr/trust.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

/// A device in operation that takes what it is sent.
struct Certifying : CertifiableDevice {
    Certifying() : CertifiableDevice{state::rfnop} {
        keep();
        peer.rule = [this](const Recorded& r) { return answerTo(r); };
        plan.self = kSelf;
        plan.device = kDevice;
        plan.root = *svr::readCertificate(root.der);
        plan.issue = [this](const EndEntity& subject) -> Result<svr::Certificate> {
            asked = subject;
            return svr::readCertificate(leaf.der);
        };
        plan.open = [this](Peer& to) {
            return to.openWithCertificate({}, [this](const std::vector<Bytes>&) -> Result<void> { return verdict; });
        };
    }
    void keep() {
        auto list = cbor::Array{};
        for (const auto& [credid, entry] : entries)
            list.push_back(entry);
        show(std::move(list), rowner);
    }
    std::optional<Result<coap::Response>> answerTo(const Recorded& r) {
        if (r.line == refuseLine)
            return Result<coap::Response>{answer(refuseWith)};
        if (const auto* dos = r.line == "POST /oic/sec/pstat" ? r.body.find("dos") : nullptr)
            peer.bodies["/oic/sec/pstat"] = cbor::Map{{"dos", *dos}};
        if (r.line == "POST /oic/sec/cred")
            for (const auto& entry : *r.body.find("creds")->array()) {
                auto stored = *entry.map();
                stored.emplace_back("credid", next);
                entries.emplace(next++, cbor::Value{std::move(stored)});
            }
        if (constexpr std::string_view prefix = "DELETE /oic/sec/cred?credid="; r.line.starts_with(prefix))
            entries.erase(std::stoll(r.line.substr(prefix.size())));
        keep();
        return std::nullopt;
    }
    Result<Certified> run() {
        const auto session = peer.open("key");
        return certify(peer, *session, plan, [](std::string_view) {});
    }
    /// Refused with this reason, and the device has what it had.
    std::string refused(Reason reason) {
        const auto before = entries.size();
        const auto done = run();
        EXPECT_FALSE(done);
        EXPECT_EQ(entries.size(), before) << "nothing is left behind";
        EXPECT_EQ(peer.bodies["/oic/sec/pstat"].find("dos")->find("s")->integer(), state::rfnop) << "back in operation";
        EXPECT_EQ(peer.openSessions, 0);
        if (done)
            return {};
        EXPECT_EQ(done.failure().reason, reason) << done.failure().what;
        return done.failure().what + "; " + done.failure().next;
    }
    std::size_t posts() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(peer.log, [](const Recorded& r) { return r.line.starts_with("POST"); }));
    }

    CertifyPlan plan;
    test::Issued leaf = test::issue(test::endEntity(kDevice), &root, key);
    EndEntity asked;
    Result<void> verdict;
    Uuid rowner = kSelf;
    std::map<std::int64_t, cbor::Value> entries;
    std::int64_t next = 100;
    std::string refuseLine;
    std::uint8_t refuseWith = coap::code::unauthorized;
};

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_F(Certifying, WritesRootAndCertificateInOneGoAndProvesThem) {
    const auto done = run();
    ASSERT_TRUE(done) << done.failure().what;
    EXPECT_EQ(asked.key, key.publicKey());
    EXPECT_EQ(peer.lines(), (std::vector<std::string>{
                                "key GET /oic/sec/doxm", "key GET /oic/sec/cred", "key GET /oic/sec/csr",
                                "key GET /oic/sec/pstat", "key POST /oic/sec/pstat", "key POST /oic/sec/cred",
                                "key POST /oic/sec/pstat", "key GET /oic/sec/cred", "mutual GET /oic/sec/cred"}));
    const auto& sent = *peer.log[5].body.find("creds")->array();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].find("credusage")->text(), svr::credusage::trustca);
    EXPECT_EQ(sent[0].find("subjectuuid")->text(), "*");
    EXPECT_EQ(sent[0].find("publicdata")->find("data")->text(), svr::toPem(root.der));
    EXPECT_EQ(sent[1].find("credusage")->text(), svr::credusage::cert);
    EXPECT_EQ(sent[1].find("subjectuuid")->text(), kDevice.text());
    EXPECT_EQ(sent[1].find("publicdata")->find("data")->text(), svr::toPem(leaf.der));
    EXPECT_EQ(sent[1].find("privatedata"), nullptr);
}

TEST_F(Certifying, ARenewalWritesNoSecondRootAndRemovesOnlyOlderOnesOfThisRoot) {
    const auto stranger = test::issue(test::authority("CN=Other root"));
    const auto others = test::issue(test::endEntity(kDevice), &stranger, key);
    entries.emplace(1, entryOf(1, svr::credusage::trustca, root.der));
    auto spec = test::endEntity(kDevice);
    spec.serial = {9};
    entries.emplace(2, entryOf(2, svr::credusage::cert, test::issue(spec, &root, key).der));
    entries.emplace(3, entryOf(3, svr::credusage::cert, others.der));
    entries.emplace(4, entryOf(4, svr::credusage::mfgcert, others.der));
    keep();
    const auto done = run();
    ASSERT_TRUE(done) << done.failure().what;
    EXPECT_EQ(done->replaced, 1U);
    EXPECT_FALSE(entries.contains(2));
    for (const auto credid : {1, 3, 4, 100})
        EXPECT_TRUE(entries.contains(credid)) << credid;
    EXPECT_EQ(entries.size(), 4U);
}

TEST_F(Certifying, WhatDoesNotProveItselfIsTakenBack) {
    verdict = Failure{Reason::handshakeFailed, "no anchor", "ask somebody"};
    const auto text = refused(Reason::handshakeFailed);
    EXPECT_TRUE(says(text, "taken back")) << text;
    EXPECT_TRUE(says(text, "no anchor"));
    verdict = {};
    peer.certificateFails = Failure{Reason::timedOut, "nobody answers", ""};
    EXPECT_TRUE(says(refused(Reason::timedOut), "nobody answers"));
}

TEST_F(Certifying, ADeviceThatTakesAnotherForUsByOurCertificateIsNotCertified) {
    const auto inner = peer.rule;
    peer.rule = [&, inner](const Recorded& r) -> std::optional<Result<coap::Response>> {
        if (r.via == "mutual")
            return Result<coap::Response>{answer(coap::code::unauthorized)};
        return inner(r);
    };
    refused(Reason::notAuthorised);
}

TEST_F(Certifying, NothingIsWrittenBeforeEverythingIsChecked) {
    const auto fine = peer.bodies;
    const auto check = [&](std::string_view path, cbor::Value body, Reason reason, std::string_view part) {
        peer.bodies[std::string{path}] = std::move(body);
        const auto text = refused(reason);
        EXPECT_TRUE(says(text, part)) << text;
        EXPECT_EQ(posts(), 0U) << path;
        peer.bodies = fine;
    };
    check("/oic/sec/doxm", cbor::Map{{"deviceuuid", kSelf.text()}, {"owned", true}, {"sct", 9}}, Reason::precondition,
          kSelf.text());
    check("/oic/sec/doxm", cbor::Map{{"deviceuuid", kDevice.text()}, {"owned", true}, {"sct", 1}}, Reason::precondition,
          "no certificates");
    rowner = kDevice;
    check("/oic/sec/pstat", fine.at("/oic/sec/pstat"), Reason::notAuthorised, "credential manager");
    rowner = kSelf;
    check("/oic/sec/csr", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"csr", test::requestFor(kSelf, key)}},
          Reason::malformed, "nothing is issued");
    check("/oic/sec/csr",
          cbor::Map{{"encoding", "oic.sec.encoding.pem"},
                    {"csr", test::requestFor(kDevice, test::TestKey{test::TestKey::Kind::p384})}},
          Reason::malformed, "secp256r1");
    plan.issue = [](const EndEntity&) -> Result<svr::Certificate> {
        return Failure{Reason::precondition, "the key of another", ""};
    };
    EXPECT_TRUE(says(refused(Reason::precondition), "the key of another"));
    EXPECT_EQ(posts(), 0U);
}

TEST_F(Certifying, AFormerRootOfTheSameKeyGoesLast) {
    auto spec = test::authority("CN=Home root");
    spec.serial = {0x21};
    const auto former = test::issue(spec, nullptr, root.key);
    const auto namesake = test::issue(test::authority("CN=Home root"));
    entries.emplace(2, entryOf(2, svr::credusage::trustca, former.der));
    entries.emplace(3, entryOf(3, svr::credusage::cert, test::issue(test::endEntity(kDevice), &former, key).der));
    entries.emplace(4, entryOf(4, svr::credusage::trustca, namesake.der));
    keep();
    const auto done = run();
    ASSERT_TRUE(done) << done.failure().what;
    EXPECT_EQ(done->replaced, 2U);
    std::vector<std::string> deletions;
    for (const auto& line : peer.lines())
        if (line.find("DELETE") != line.npos)
            deletions.push_back(line);
    EXPECT_EQ(deletions, (std::vector<std::string>{"mutual DELETE /oic/sec/cred?credid=3",
                                                   "mutual DELETE /oic/sec/cred?credid=2"}))
        << "after the proof, and not what only has the name";
}

TEST_F(Certifying, AFormerRootStaysWhereTheNewCertificateDoesNotProveItself) {
    auto spec = test::authority("CN=Home root");
    spec.serial = {0x21};
    entries.emplace(2, entryOf(2, svr::credusage::trustca, test::issue(spec, nullptr, root.key).der));
    keep();
    verdict = Failure{Reason::handshakeFailed, "no", ""};
    refused(Reason::handshakeFailed);
    EXPECT_TRUE(entries.contains(2));
}

TEST_F(Certifying, WhoMayNotReadTheRequestIsToldWhichRuleIsMissing) {
    refuseLine = "GET /oic/sec/csr";
    const auto text = refused(Reason::notAuthorised);
    EXPECT_TRUE(says(text, "provision ace TARGET --subject " + kSelf.text() + " --href /oic/sec/csr")) << text;
}

TEST_F(Certifying, ACredentialManagerNeedNotReadDoxm) {
    refuseLine = "GET /oic/sec/doxm";
    EXPECT_TRUE(run());
}

TEST_F(Certifying, ADeviceThatRefusesTheCertificatesStaysAsItWas) {
    refuseLine = "POST /oic/sec/cred";
    refuseWith = coap::code::badRequest;
    refused(Reason::precondition);
}

TEST_F(Certifying, AnOlderOneThatStaysIsTold) {
    auto spec = test::endEntity(kDevice);
    spec.serial = {9};
    entries.emplace(2, entryOf(2, svr::credusage::cert, test::issue(spec, &root, key).der));
    keep();
    refuseLine = "DELETE /oic/sec/cred?credid=2";
    const auto done = run();
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->leftover);
    EXPECT_EQ(done->replaced, 0U);
}

} // namespace ocfsecd::obt
