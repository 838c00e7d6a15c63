#pragma once
// The journal's message ids. Each has an entry in ocfsecd.catalog (a test compares them); an id is never reused.

#include "base/failure.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ocfsecd::journal {

/// A 128-bit message id as `systemd-id128 new` makes them.
class MessageId {
public:
    constexpr MessageId() = default; ///< none
    explicit constexpr MessageId(std::string_view hex) {
        if (hex.size() != 32)
            throw "32 digits"; // a compile error: ids are constants
        for (std::size_t i = 0; i < 16; ++i)
            octets_[i] = static_cast<std::uint8_t>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
    constexpr bool none() const { return octets_ == std::array<std::uint8_t, 16>{}; }
    std::string text() const; ///< 32 lower-case digits
    constexpr bool operator==(const MessageId&) const = default;

private:
    static constexpr unsigned digit(char c) {
        if (c >= '0' && c <= '9')
            return static_cast<unsigned>(c - '0');
        if (c >= 'a' && c <= 'f')
            return static_cast<unsigned>(c - 'a' + 10);
        throw "not a lower-case digit";
    }
    std::array<std::uint8_t, 16> octets_{};
};

namespace id {
inline constexpr MessageId started{"d58baa19458545328c3e18e3f8d9bfe3"};
inline constexpr MessageId stopping{"56e35c6c5f134ff081c8f9f4eade5502"};
inline constexpr MessageId stateChanged{"63b98ca4ed074131824a1b2c3b229f3f"};
inline constexpr MessageId deviceOwned{"ec97fd19d9e04a7eb446faf7faf1973d"};
inline constexpr MessageId ownerCredentialEstablished{"be1947e99a724653a02a5b9e1e6e1a2f"};
inline constexpr MessageId reset{"b323416b171a4d46b423fbe5ccb69d2b"};
inline constexpr MessageId accessDenied{"ef8045b30acf4b949d54d45113580485"};
inline constexpr MessageId handshakeFailed{"0a254108ba3c4555909b44af36a527cf"};
inline constexpr MessageId garbageReceived{"35a8806887dd485e84ba5b322f971560"};
inline constexpr MessageId tpmUnavailable{"429d7987564e41d9a4760637728b7fdb"};
inline constexpr MessageId ownerAuthRequired{"7490de1146a8487fb51055bfbe2e1ed0"};
inline constexpr MessageId tpmLockout{"bc638d0bcce04b6b89abe8e6214e9fa9"};
inline constexpr MessageId policyMismatch{"0d18bff50e4542b299064e334d21a248"};
inline constexpr MessageId foreignState{"14e03024349b4ff2816665c65d014868"};
inline constexpr MessageId rolledBack{"2afc0b735fc640fca3b2183b55b1ce7c"};
inline constexpr MessageId stateMissing{"6408f21add7b43879dc3abe0a6ed2b77"};
inline constexpr MessageId stateCorrupt{"265283d696e64287a42e532d96d8bde6"};
inline constexpr MessageId configurationError{"3a7e23a2841640d7a063e9905f4ff2cf"};
inline constexpr MessageId busLost{"fe1b415c54be47a980f98886d7f64589"};
inline constexpr MessageId busRegained{"1d258f4e6a29464c92891838a20d199e"};
} // namespace id

inline constexpr std::array kMessageIds{id::started,
                                        id::stopping,
                                        id::stateChanged,
                                        id::deviceOwned,
                                        id::ownerCredentialEstablished,
                                        id::reset,
                                        id::accessDenied,
                                        id::handshakeFailed,
                                        id::garbageReceived,
                                        id::tpmUnavailable,
                                        id::ownerAuthRequired,
                                        id::tpmLockout,
                                        id::policyMismatch,
                                        id::foreignState,
                                        id::rolledBack,
                                        id::stateMissing,
                                        id::stateCorrupt,
                                        id::configurationError,
                                        id::busLost,
                                        id::busRegained};

/// The id under which a named failure of TPM, state or configuration is reported; nothing for other reasons.
std::optional<MessageId> idOf(Reason reason);

} // namespace ocfsecd::journal
