#pragma once
// A device in memory: records every request in order and answers by rules the test sets.

#include "cbor/value.h"
#include "tools/obt/peer.h"
#include "tools/obt/requests.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ocfsecd::obt {

struct Recorded {
    std::string via;  ///< "clear", "anonymous", "pin", "certificate", "key", "mutual"
    std::string line; ///< "POST /oic/sec/doxm"
    cbor::Value body;
    coap::Request request;
};

class FakePeer : public Peer {
public:
    std::vector<Recorded> log;
    /// Line → answer; everything else is 2.04 for POST, 2.02 for DELETE, and `bodies` for GET.
    std::function<std::optional<Result<coap::Response>>(const Recorded&)> rule;
    std::map<std::string, cbor::Value> bodies; ///< path → what GET returns; others 4.04
    Bytes keyBlock;
    std::optional<Failure> anonymousFails, keyFails, certificateFails;
    SharedSecret keyOffered; ///< of the last openWithKey()
    std::string pinOffered;  ///< of the last openWithPin()
    Uuid pinOf;
    std::vector<Bytes> chain; ///< what the device shows
    std::vector<Bytes> shown; ///< what the tool showed in openWithCertificate()
    int openSessions = 0;

    Result<coap::Response> clear(coap::Request request) override { return take("clear", std::move(request)); }
    Result<std::unique_ptr<Session>> openAnonymous() override {
        if (anonymousFails)
            return *anonymousFails;
        return open("anonymous");
    }
    Result<std::unique_ptr<Session>> openWithPin(const SecretBytes& pin, const Uuid& device) override {
        pinOffered = std::string{textOf(pin.view())};
        pinOf = device;
        if (anonymousFails)
            return *anonymousFails;
        return open("pin");
    }
    Result<std::unique_ptr<Session>> openToCertificate(JudgeChain judge) override {
        if (auto fine = judge(chain); !fine)
            return fine.failure();
        return open("certificate");
    }
    Result<std::unique_ptr<Session>> openWithKey(const Uuid&, ChooseKey choose) override {
        keyOffered = choose({});
        if (keyFails)
            return *keyFails;
        return open("key");
    }
    Result<std::unique_ptr<Session>> openWithCertificate(OwnIdentity own, JudgeChain judge) override {
        shown = std::move(own.chain);
        if (certificateFails)
            return *certificateFails;
        if (auto fine = judge(chain); !fine)
            return fine.failure();
        return open("mutual");
    }
    std::unique_ptr<Session> open(std::string via) {
        ++openSessions;
        return std::make_unique<FakeSession>(*this, std::move(via));
    }
    std::vector<std::string> lines() const {
        std::vector<std::string> out;
        for (const auto& entry : log)
            out.push_back(entry.via + " " + entry.line);
        return out;
    }

private:
    class FakeSession final : public Session {
    public:
        FakeSession(FakePeer& peer, std::string via) : peer_{peer}, via_{std::move(via)} {}
        ~FakeSession() override { --peer_.openSessions; }
        FakeSession(const FakeSession&) = delete;
        FakeSession& operator=(const FakeSession&) = delete;
        Result<coap::Response> request(coap::Request request) override { return peer_.take(via_, std::move(request)); }
        Result<SecretBytes> keyBlock() const override { return SecretBytes{peer_.keyBlock}; }
        Bytes hint() const override { return {}; }

    private:
        FakePeer& peer_;
        std::string via_;
    };

    Result<coap::Response> take(const std::string& via, coap::Request request) {
        Recorded entry{via, describe(request), {}, request};
        if (!request.payload.empty())
            entry.body = *cbor::decode(request.payload);
        log.push_back(entry);
        if (rule)
            if (auto answer = rule(entry))
                return *answer;
        return answerTo(request);
    }
    coap::Response answerTo(const coap::Request& request) const {
        coap::Response out;
        if (request.method == coap::Method::post)
            out.code = coap::code::changed;
        else if (request.method == coap::Method::del)
            out.code = coap::code::deleted;
        else if (const auto found = bodies.find(request.path); found != bodies.end())
            out.payload = cbor::encode(found->second);
        else
            out.code = coap::code::notFound;
        return out;
    }
};

inline coap::Response answer(std::uint8_t code) {
    coap::Response out;
    out.code = code;
    return out;
}

} // namespace ocfsecd::obt
