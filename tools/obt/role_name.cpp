#include "tools/obt/role_name.h"

#include "svr/der.h"

namespace ocfsecd::obt {

namespace {

constexpr std::uint8_t kUtf8String = 0x0C;
// The last octet of 2.5.4.x.
constexpr std::uint8_t kCommonName = 3, kOrganizationalUnit = 11;

/// Two names of 64 octets and what stands around them take less than 256.
Bytes element(std::uint8_t tag, ByteView content) {
    Writer out;
    out.u8(tag);
    if (content.size() >= 0x80)
        out.u8(0x81);
    out.u8(content.size()).bytes(content);
    return out.take();
}

Bytes attribute(std::uint8_t type, std::string_view text) {
    Writer pair;
    pair.bytes(element(svr::der::objectIdentifier, Bytes{0x55, 0x04, type})).bytes(element(kUtf8String, viewOf(text)));
    return element(svr::der::set, element(svr::der::sequence, pair.view()));
}

} // namespace

Bytes subjectAltNameOf(const svr::RoleId& role) {
    Writer name;
    name.bytes(attribute(kCommonName, role.role));
    if (role.authority)
        name.bytes(attribute(kOrganizationalUnit, *role.authority));
    return element(svr::der::sequence, element(svr::der::directoryName, element(svr::der::sequence, name.view())));
}

} // namespace ocfsecd::obt
