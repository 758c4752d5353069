"""Frames and opening heads as octets, for either end. Knows no socket and no rule: it writes wrong
ones as readily as right ones. [RFC 6455 4, 5.2]"""

import base64
import hashlib
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def masked(payload, key=KEY):
    if not payload:
        return b""
    repeated = (key * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(
        len(payload), "big")


def length_octets(length, mask_bit, form=None):
    """`form`: 7, 16 or 64 bits; None: the shortest."""
    form = form or (7 if length < 126 else 16 if length < 65536 else 64)
    if form == 7:
        return bytes([mask_bit | length])
    if form == 16:
        return bytes([mask_bit | 126]) + struct.pack(">H", length)
    return bytes([mask_bit | 127]) + struct.pack(">Q", length)


def frame(opcode, payload=b"", fin=True, rsv=0, mask=False, form=None, declared=None, key=KEY):
    """`declared`: the length that the head tells, if not the payload's."""
    length = len(payload) if declared is None else declared
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    head += length_octets(length, 0x80 if mask else 0, form)
    return head + key + masked(payload, key) if mask else head + payload


def close_payload(code=None, reason=b""):
    return reason if code is None else struct.pack(">H", code) + reason


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


class Head:
    """A request or an answer, taken apart."""

    def __init__(self, octets):
        lines = octets.decode("latin-1").split("\r\n")
        self.first = lines[0]
        self.fields = [(name.strip().lower(), value.strip())
                       for name, _, value in (line.partition(":") for line in lines[1:] if line)]

    def all(self, name):
        return [value for n, value in self.fields if n == name]

    def one(self, name):
        values = self.all(name)
        assert len(values) == 1, f"{len(values)} fields {name}"
        return values[0]
