#pragma once
// /org/ocfsecd1/device/N: the interfaces that answer what the device knows: org.ocfsecd1.Credentials, .AccessControl
// and .Events.

#include "dbus/face.h"
#include "dbus/records.h"

#include "accesscontrol-adaptor.h"
#include "credentials-adaptor.h"
#include "events-adaptor.h"

namespace ocfsecd::dbus {

class CredentialsObject final : public Face<org::ocfsecd1::Credentials_adaptor> {
public:
    using Face::Face;

private:
    void List(sdbus::Result<std::vector<Dictionary>>&& result) override;
};

class AccessControlObject final : public Face<org::ocfsecd1::AccessControl_adaptor> {
public:
    using Face::Face;

private:
    void CheckAccess(sdbus::Result<bool, std::string>&& result, std::string subject, std::string href,
                     std::string operation) override;
};

class EventsObject final : public Face<org::ocfsecd1::Events_adaptor> {
public:
    using Face::Face;

    void signal(const EventView& event);

private:
    void List(sdbus::Result<std::vector<Dictionary>>&& result) override;
};

} // namespace ocfsecd::dbus
