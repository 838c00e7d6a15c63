"""As much CoAP and CBOR as a client needs that is neither the project's own nor the reference tool."""
import os
import struct

GET, POST, DELETE = 1, 2, 4
CBOR = (10000).to_bytes(2, "big")
URI_PATH, CONTENT_FORMAT, URI_QUERY, ACCEPT, BLOCK2 = 11, 12, 15, 17, 23


def _extended(number):
    if number < 13:
        return number, b""
    return (13, bytes([number - 13])) if number < 269 else (14, struct.pack(">H", number - 269))


def request(method, href, payload=b"", block=None):
    """A confirmable request as octets. href may have a query; block is the Block2 value asked for, after the first."""
    path, _, query = href.partition("?")
    options = [(URI_PATH, part.encode()) for part in path.strip("/").split("/")]
    options += [(CONTENT_FORMAT, CBOR)] if payload else []
    options += [(URI_QUERY, part.encode()) for part in query.split("&") if part] + [(ACCEPT, CBOR)]
    options += [(BLOCK2, block.to_bytes(3, "big"))] if block else []
    octets, last = b"\x48" + bytes([method]) + os.urandom(10), 0
    for number, value in options:
        delta, delta_more = _extended(number - last)
        length, length_more = _extended(len(value))
        octets += bytes([delta << 4 | length]) + delta_more + length_more + value
        last = number
    return octets + (b"\xff" + payload if payload else b"")


class Response:
    """Code as "2.05", payload, and the Block2 value of what follows, if anything does."""

    def __init__(self, octets):
        self.code = f"{octets[1] >> 5}.{octets[1] & 31:02}"
        self.token = octets[4:4 + (octets[0] & 15)]
        self.next, self.payload = None, b""
        at, number = 4 + len(self.token), 0
        while at < len(octets):
            if octets[at] == 0xFF:
                self.payload = octets[at + 1:]
                break
            parts, at = [octets[at] >> 4, octets[at] & 15], at + 1
            for n, part in enumerate(parts):
                extra = {13: 1, 14: 2}.get(part, 0)
                parts[n] = int.from_bytes(octets[at:at + extra], "big") + {13: 13, 14: 269}[part] if extra else part
                at += extra
            number += parts[0]
            value, at = int.from_bytes(octets[at:at + parts[1]], "big"), at + parts[1]
            if number == BLOCK2 and value & 8:
                self.next = (value & ~8) + 16


def cbor(value):
    """The encoding of numbers, text, lists and maps."""
    def head(kind, number):
        for limit, mark, form in ((24, None, None), (1 << 8, 24, ">B"), (1 << 16, 25, ">H"), (1 << 32, 26, ">I")):
            if number < limit:
                return bytes([kind << 5 | (number if mark is None else mark)]) + (struct.pack(form, number) if form else b"")
        raise ValueError(number)
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(part) for key, part in value.items())


def whole(ask, *request_parts):
    """The answer of `ask`, which answers one request's octets, with the payloads of all its blocks."""
    answer = ask(request(*request_parts))
    while answer.next is not None and answer.code == "2.05":
        more = ask(request(*request_parts, block=answer.next))
        more.payload = answer.payload + more.payload
        answer = more
    return answer
