#pragma once
// The little of DER (X.690) that GnuTLS does not hand out: the elements of a sequence, and what a distinguished name
// says. Views into the octets given; nothing is copied.

#include "base/bytes.h"

#include <optional>
#include <string>
#include <vector>

namespace ocfsecd::svr {

namespace der {
inline constexpr std::uint8_t sequence = 0x30, set = 0x31, bitString = 0x03, objectIdentifier = 0x06,
                              directoryName = 0xA4; ///< GeneralName [4], explicit
}

struct DerElement {
    std::uint8_t tag = 0;
    ByteView content;
    ByteView whole; ///< with tag and length
};

/// One element after the other; tags of one octet, definite minimal lengths below 64 KiB.
class DerReader {
public:
    explicit DerReader(ByteView octets) : rest_{octets} {}
    /// Nothing at the end and for octets that are no DER, which done() tells apart.
    std::optional<DerElement> next();
    /// The next element if it has this tag.
    std::optional<DerElement> next(std::uint8_t tag);
    bool done() const { return ok_ && rest_.empty(); }

private:
    ByteView rest_;
    bool ok_ = true;
};

/// The attributes of a distinguished name that matter here.
struct NameTexts {
    std::vector<std::string> commonNames;
    std::vector<std::string> organizationalUnits;
};
/// Of a DER Name. Nothing when it is none, or when one of those attributes is no text of at most 64 octets.
std::optional<NameTexts> readName(ByteView name);

/// What was signed and the signature of a certificate or revocation list: SEQUENCE { what, algorithm, BIT STRING }.
bool readSigned(ByteView octets, Bytes& signedPart, Bytes& signature);

} // namespace ocfsecd::svr
