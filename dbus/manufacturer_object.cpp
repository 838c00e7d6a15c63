#include "dbus/manufacturer_object.h"

#include "dbus/records.h"
#include "dbus/secret_file.h"

namespace ocfsecd::dbus {

namespace {

constexpr std::size_t kMaxChainText = 16'384; ///< more than any chain the rules allow (facts 6.4)
constexpr std::size_t kMaxKeyText = 8192;     ///< a P-256 key in PEM needs a few hundred

ocfsecd::Result<void> checkLength(const std::string& chain) {
    if (chain.size() > kMaxChainText)
        return Failure{Reason::tooLarge, "the chain is longer than any valid one",
                       "give the leaf and its intermediates, in PEM"};
    return {};
}

} // namespace

ManufacturerObject::ManufacturerObject(sdbus::IConnection& connection, unsigned device, const DeviceView& view,
                                       Calls& calls, const Actions& actions)
    : Face{connection, device, calls, actions}, view_{view} {}

void ManufacturerObject::signal() {
    getObject().emitPropertiesChangedSignal(INTERFACE_NAME, compat::propertyNames({"Certificate"}));
}

void ManufacturerObject::Import(sdbus::Result<>&& result, std::string chain, sdbus::UnixFd key) {
    if (const auto fits = checkLength(chain); !fits)
        return calls_.refuse(result, fits.failure());
    // Callbacks are copied: the descriptor is shared.
    const auto file = std::make_shared<const sdbus::UnixFd>(std::move(key));
    calls_.take<>(getObject(), right::root, std::move(result),
                  [this, chain = std::move(chain), file](const std::string&, const Calls::Reply<>& reply) {
                      if (!actions_.importManufacturer)
                          return reply(kCannot);
                      auto secret = readSecretFile(file->get(), kMaxKeyText);
                      if (!secret)
                          return reply(secret.failure());
                      actions_.importManufacturer(device_, chain, *std::move(secret), reply);
                  });
}

void ManufacturerObject::CreateKey(sdbus::Result<std::string>&& result) {
    calls_.take<std::string>(getObject(), right::root, std::move(result),
                             [this](const std::string&, const Calls::Reply<std::string>& reply) {
                                 if (!actions_.createManufacturerKey)
                                     return reply(kCannot);
                                 actions_.createManufacturerKey(device_,
                                                                [reply](const ocfsecd::Result<std::string>& made) {
                                                                    if (made)
                                                                        reply(std::tuple{*made});
                                                                    else
                                                                        reply(made.failure());
                                                                });
                             });
}

void ManufacturerObject::SetChain(sdbus::Result<>&& result, std::string chain) {
    if (const auto fits = checkLength(chain); !fits)
        return calls_.refuse(result, fits.failure());
    calls_.take<>(getObject(), right::root, std::move(result),
                  [this, chain = std::move(chain)](const std::string&, const Calls::Reply<>& reply) {
                      if (!actions_.setManufacturerChain)
                          return reply(kCannot);
                      actions_.setManufacturerChain(device_, chain, reply);
                  });
}

std::map<std::string, sdbus::Variant> ManufacturerObject::Certificate() {
    if (!view_.manufacturerCertificate)
        return {};
    return dictionaryOf(*view_.manufacturerCertificate);
}

} // namespace ocfsecd::dbus
