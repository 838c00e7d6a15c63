#include "tools/obt/publish_list.h"

#include "certifiable_device.h"
#include "svr/crl.h"

namespace ocfsecd::obt {

namespace {

KeptList listOf(const test::Issued& root, std::int64_t number, const Bytes& serial = {0x07}) {
    KeptList out;
    out.der = test::revocationList(root, {serial});
    out.list = *svr::readRevocationList(out.der);
    out.list.number = number;
    return out;
}

struct Publishing : CertifiableDevice {
    Publishing() : CertifiableDevice{state::rfnop} {
        has("");
        publication = {*svr::readCertificate(root.der), listOf(root, 5), {kSelf, kDevice}, false};
        peer.rule = [this](const Recorded& r) -> std::optional<Result<coap::Response>> {
            if (r.line == "POST /oic/sec/acl2")
                granted = true;
            if (needsRule && !granted && r.line.ends_with("/oic/sec/crl"))
                return Result<coap::Response>{answer(coap::code::unauthorized)};
            if (const auto* dos = r.line == "POST /oic/sec/pstat" ? r.body.find("dos") : nullptr)
                peer.bodies["/oic/sec/pstat"] = cbor::Map{{"dos", *dos}};
            return std::nullopt;
        };
    }
    void has(const std::string& data) {
        peer.bodies["/oic/sec/crl"] = cbor::Map{{"crlid", 0}, {"thisupdate", ""}, {"crldata", data}};
    }
    Result<Published> run() {
        const auto session = peer.open("key");
        return publishList(*session, publication);
    }
    const Recorded* written() const {
        const auto found = std::ranges::find(peer.log, "POST /oic/sec/crl", &Recorded::line);
        return found == peer.log.end() ? nullptr : &*found;
    }

    Publication publication;
    bool needsRule = false, granted = false;
};

} // namespace

TEST_F(Publishing, WritesAllPropertiesInRfpro) {
    const auto done = run();
    ASSERT_TRUE(done) << done.failure().what;
    EXPECT_TRUE(done->written);
    EXPECT_EQ(peer.lines(),
              (std::vector<std::string>{"key GET /oic/sec/crl", "key GET /oic/sec/pstat", "key POST /oic/sec/pstat",
                                        "key POST /oic/sec/crl", "key POST /oic/sec/pstat"}));
    const auto& body = written()->body;
    EXPECT_EQ(body.find("crlid")->integer(), 5);
    EXPECT_EQ(body.find("thisupdate")->text(), "2026-06-01T00:00:00Z");
    EXPECT_EQ(body.find("crldata")->text(), toBase64(publication.list.der));
}

TEST_F(Publishing, WhatIsThereAlreadyIsNotWrittenAgain) {
    has(toBase64(publication.list.der));
    const auto done = run();
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->written);
    EXPECT_EQ(written(), nullptr);
}

TEST_F(Publishing, AnOlderListIsReplaced) {
    has(toBase64(test::revocationList(root, {}))); // number 1
    EXPECT_TRUE(run()->written);
}

TEST_F(Publishing, ANewerListOfTheSameCaIsHandedBackAndStays) {
    publication.list.list.number = 1;
    for (const auto& serial : {Bytes{0x55}, Bytes{0x66}}) {
        has(toBase64(test::revocationList(root, {serial}))); // number 1 as well, but not this one
        const auto done = run();
        ASSERT_TRUE(done && done->newer);
        EXPECT_TRUE(done->newer->lists(serial));
        EXPECT_EQ(written(), nullptr);
    }
}

TEST_F(Publishing, TheListOfAnotherCaAndOneThatCannotBeReadStay) {
    const auto stranger = test::issue(test::authority("CN=Home root"));
    for (const auto& data : {toBase64(test::revocationList(stranger, {})), std::string{"AAAA"}, std::string{"?"}}) {
        has(data);
        const auto done = run();
        ASSERT_FALSE(done) << data;
        EXPECT_EQ(done.failure().reason, Reason::precondition);
        EXPECT_FALSE(done.failure().next.empty());
        EXPECT_EQ(written(), nullptr);
    }
}

TEST_F(Publishing, WhoManagesAccessGivesItselfTheRuleOnce) {
    needsRule = publication.managesAccess = true;
    ASSERT_TRUE(run());
    EXPECT_NE(written(), nullptr);
    const auto rule = std::ranges::find(peer.log, "POST /oic/sec/acl2", &Recorded::line);
    ASSERT_NE(rule, peer.log.end());
    const auto& ace = (*rule->body.find("aclist2")->array())[0];
    EXPECT_EQ(ace.find("subject")->find("uuid")->text(), kSelf.text());
    EXPECT_EQ(ace.find("permission")->integer(), 6);
    EXPECT_EQ(std::ranges::count(peer.log, "POST /oic/sec/acl2", &Recorded::line), 1);
    EXPECT_EQ(peer.bodies["/oic/sec/pstat"].find("dos")->find("s")->integer(), state::rfnop) << "back in operation";
}

TEST_F(Publishing, WhoDoesNotIsToldWhichRuleIsMissing) {
    needsRule = true;
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().reason, Reason::notAuthorised);
    EXPECT_NE(done.failure().next.find("--subject " + kSelf.text() + " --href /oic/sec/crl --permission RU"),
              std::string::npos);
    EXPECT_FALSE(granted);
}

} // namespace ocfsecd::obt
