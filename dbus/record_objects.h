#pragma once
// /org/ocfsecd1/device/N: the interfaces that answer what the device knows: org.ocfsecd1.Credentials, .AccessControl
// and .Events.

#include "dbus/calls.h"
#include "dbus/records.h"

#include "accesscontrol-adaptor.h"
#include "credentials-adaptor.h"
#include "events-adaptor.h"

namespace ocfsecd::dbus {

class CredentialsObject final : public sdbus::AdaptorInterfaces<org::ocfsecd1::Credentials_adaptor> {
public:
    /// `calls` and `actions` outlive it.
    CredentialsObject(sdbus::IConnection& connection, unsigned device, Calls& calls, const Actions& actions);
    ~CredentialsObject();
    CredentialsObject(const CredentialsObject&) = delete;
    CredentialsObject& operator=(const CredentialsObject&) = delete;

private:
    void List(sdbus::Result<std::vector<Dictionary>>&& result) override;

    unsigned device_;
    Calls& calls_;
    const Actions& actions_;
};

class AccessControlObject final : public sdbus::AdaptorInterfaces<org::ocfsecd1::AccessControl_adaptor> {
public:
    /// `calls` and `actions` outlive it.
    AccessControlObject(sdbus::IConnection& connection, unsigned device, Calls& calls, const Actions& actions);
    ~AccessControlObject();
    AccessControlObject(const AccessControlObject&) = delete;
    AccessControlObject& operator=(const AccessControlObject&) = delete;

private:
    void CheckAccess(sdbus::Result<bool, std::string>&& result, std::string subject, std::string href,
                     std::string operation) override;

    unsigned device_;
    Calls& calls_;
    const Actions& actions_;
};

class EventsObject final : public sdbus::AdaptorInterfaces<org::ocfsecd1::Events_adaptor> {
public:
    /// `calls` and `actions` outlive it.
    EventsObject(sdbus::IConnection& connection, unsigned device, Calls& calls, const Actions& actions);
    ~EventsObject();
    EventsObject(const EventsObject&) = delete;
    EventsObject& operator=(const EventsObject&) = delete;

    void signal(const EventView& event);

private:
    void List(sdbus::Result<std::vector<Dictionary>>&& result) override;

    unsigned device_;
    Calls& calls_;
    const Actions& actions_;
};

} // namespace ocfsecd::dbus
