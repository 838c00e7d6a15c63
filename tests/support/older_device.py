#!/usr/bin/env python3
"""A device of the older kind, as far as discovery goes (facts Q35): knows application/cbor only and no OCF options, says
nothing to a multicast it does not understand, publishes "p":{"sec","port"} instead of endpoints.

  older_device.py INTERFACE-ADDRESS UUID NAME-IN-HEX
"""
import select
import socket
import struct
import sys

CBOR, ACCEPT, URI_PATH, CONTENT_FORMAT = 60, 17, 11, 12
SECURE_PORT = 49152


def head(major, length):
    return bytes([major << 5 | length]) if length < 24 else bytes([major << 5 | 25]) + struct.pack(">H", length)


def encode(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):  # a text of any octets
        return head(3, len(value)) + value
    if isinstance(value, str):
        return encode(value.encode())
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    return head(5, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())


def options_of(message):
    at, number, found = 4 + (message[0] & 15), 0, []
    while at < len(message) and message[at] != 0xff:
        sizes = [message[at] >> 4, message[at] & 15]
        at += 1
        for n in (0, 1):
            if sizes[n] == 13:
                sizes[n], at = message[at] + 13, at + 1
            elif sizes[n] == 14:
                sizes[n], at = struct.unpack_from(">H", message, at)[0] + 269, at + 2
        number += sizes[0]
        found.append((number, message[at:at + sizes[1]]))
        at += sizes[1]
    return found


def answer(message, multicast, bodies):
    options = options_of(message)
    path = "/" + "/".join(value.decode() for number, value in options if number == URI_PATH)
    accept = next((int.from_bytes(value, "big") for number, value in options if number == ACCEPT), CBOR)
    kind = 2 if message[0] >> 4 & 3 == 0 else 1  # ACK, else NON
    first = bytes([0x40 | kind << 4 | message[0] & 15])
    last = message[2:4] + message[4:4 + (message[0] & 15)]
    if accept != CBOR or any(number in (2049, 2053) for number, _ in options):
        return None if multicast else first + b"\x86" + last  # 4.06
    if path not in bodies:
        return None if multicast else first + b"\x84" + last  # 4.04
    return first + b"\x45" + last + bytes([CONTENT_FORMAT << 4 | 1, CBOR, 0xff]) + encode(bodies[path])


def main(address, uuid, name):
    bodies = {
        "/oic/sec/doxm": {"oxms": [0, 2], "oxmsel": 0, "sct": 9, "owned": False, "deviceuuid": uuid,
                          "devowneruuid": "", "rowneruuid": ""},
        "/oic/res": [{"di": uuid, "links": [{"href": "/oic/sec/doxm", "rt": ["oic.r.doxm"], "if": ["oic.if.baseline"],
                                             "p": {"bm": 1, "sec": True, "port": SECURE_PORT}}]}],
        "/oic/d": {"di": uuid, "n": bytes.fromhex(name)},
    }
    group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    group.bind(("224.0.1.187", 5683))
    group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     socket.inet_aton("224.0.1.187") + socket.inet_aton(address))
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind((address, 5683))
    print("ready", flush=True)
    while True:
        for ready in select.select([group, own], [], [])[0]:
            message, peer = ready.recvfrom(2048)
            reply = answer(message, ready is group, bodies)
            if reply is not None:
                own.sendto(reply, peer)


if __name__ == "__main__":
    main(*sys.argv[1:])
