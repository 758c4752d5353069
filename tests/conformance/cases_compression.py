"""permessage-deflate on an open connection: every form of compressed message, sizes by fragments
with sets of parameters, and what breaks it. [RFC 7692 6, 7.2]"""

import json
import random
import zlib

from cases_framing import content
from deflate import Extension, written
from octets import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload
from tester import check

BAD_DATA = (1002, 1007)  # the RFC has no code for data that cannot be inflated


def compressed(t, opcode, message, size=None, **how):
    return in_fragments(t, opcode, t.deflate.deflate(message, **how), size)


def in_fragments(t, opcode, data, size=None):
    """A compressed message: only its first frame has RSV1. [6.1]"""
    if not size:
        return t.frame(opcode, data, rsv=4)
    parts = [data[at:at + size] for at in range(0, len(data), size)]
    return b"".join(t.frame(CONTINUATION if i else opcode, part, fin=i == len(parts) - 1,
                            rsv=0 if i else 4) for i, part in enumerate(parts))


def bodies():
    chance = random.Random(7692)
    yield "JSON", TEXT, lambda n: (json.dumps(
        [{"id": i, "name": f"n{i * 7919 % 1000}", "on": i % 3 == 0} for i in range(n // 30 + 1)]
    ).encode() + b" " * n)[:n]
    yield "text", TEXT, lambda n: content(TEXT, n)
    yield "chance", BINARY, lambda n: chance.randbytes(n)
    yield "zeros", BINARY, lambda n: bytes(n)
    yield "octets", BINARY, lambda n: content(BINARY, n)


# (size, fragment), as long as a fragment is less than the whole
PAIRS = [(size, None) for size in (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072)]
PAIRS += [(size, part) for size in (8192, 16384, 32768, 65536, 131072)
          for part in (64, 256, 1024, 4096, 32768) if part < size]


def stream(t, opcode, make, size, part, count):
    messages = [make(size) for _ in range(count)]
    t.send_meanwhile(b"".join(compressed(t, opcode, m, part) for m in messages))
    for message in messages:
        t.echoes(opcode, message)
    t.closes()


def messages():
    for name, opcode, make in bodies():
        for size, part in PAIRS:
            def play(t, opcode=opcode, make=make, size=size, part=part):
                stream(t, opcode, make, size, part, 20 if size > 10000 else 100)
            yield f"{name} of {size} in fragments of {part or 'all'}", play, Extension()


SETS = [({}, {}), ({"server_no_context_takeover": None}, {"client_no_context_takeover": None}),
        ({"client_no_context_takeover": None}, {"server_no_context_takeover": None}),
        ({"server_no_context_takeover": None, "client_no_context_takeover": None},
         {"server_no_context_takeover": None, "client_no_context_takeover": None}),
        ({"server_max_window_bits": "9", "client_max_window_bits": "9"},
         {"server_max_window_bits": "9", "client_max_window_bits": "9"}),
        ({"server_max_window_bits": "12", "client_max_window_bits": None},
         {"server_max_window_bits": "12", "client_max_window_bits": "12"}),
        ({"server_max_window_bits": "15", "client_max_window_bits": "15"},
         {"server_max_window_bits": "15", "client_max_window_bits": "15"}),
        ({"server_no_context_takeover": None, "server_max_window_bits": "9"},
         {"client_no_context_takeover": None, "client_max_window_bits": "9"})]


def parameters():
    _, opcode, make = next(bodies())
    for asked_for, answer in SETS:
        for size, part in PAIRS:
            def play(t, size=size, part=part):
                stream(t, opcode, make, size, part, 10)
            yield (f"{written(asked_for)}: {size} in fragments of {part or 'all'}", play,
                   Extension(written(asked_for), answer))


def forms():
    agreed = Extension()
    hello = [("the RFC's Hello", b"\xf2\x48\xcd\xc9\xc9\x07\x00"),
             ("a stored block", b"\x00\x05\x00\xfa\xffHello\x00"),
             ("a last block", b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"),
             ("two blocks", b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
             ("a last block, then nothing", b"\xf3\x48\xcd\xc9\xc9\x07\x00")]
    for name, data in hello:
        def whole(t, data=data):
            t.send(in_fragments(t, TEXT, data))
            t.echoes(TEXT, b"Hello")
            t.closes()
        if name != "a last block, then nothing":
            yield name, whole, agreed
        for size in (1, 2, 3):
            def cut(t, data=data, size=size):
                t.send(in_fragments(t, TEXT, data, size), in_fragments(t, TEXT, data, size))
                t.echoes(TEXT, b"Hello")
                t.echoes(TEXT, b"Hello")
                t.closes()
            if name != "a last block, then nothing":
                yield f"{name}, twice, in fragments of {size}", cut, agreed

        def octet_by_octet(t, data=data):
            t.send(in_fragments(t, TEXT, data), chop=1)
            t.echoes(TEXT, b"Hello")
            t.closes()
        if name != "a last block, then nothing":
            yield f"{name}, octet by octet", octet_by_octet, agreed

    for level, strategy, name in (
            (0, zlib.Z_DEFAULT_STRATEGY, "stored"), (9, zlib.Z_FIXED, "fixed codes"),
            (9, zlib.Z_HUFFMAN_ONLY, "no references"), (1, zlib.Z_RLE, "runs"),
            (9, zlib.Z_DEFAULT_STRATEGY, "level 9")):
        for size in (1, 100, 70_000, 1_000_000):
            def play(t, level=level, strategy=strategy, size=size):
                message = content(TEXT, size)
                t.send_meanwhile(compressed(t, TEXT, message, level=level, strategy=strategy))
                t.echoes(TEXT, message)
                t.closes()
            yield f"{name} of {size}", play, agreed

    def empty(t):
        for data in (b"\0", b"\x02\0", b"\x01\0\0\xff\xff\0"):
            t.send(in_fragments(t, TEXT, data))
            t.echoes(TEXT, b"")
        t.closes()
    yield "empty messages in three forms", empty, agreed

    def mixed(t):
        for i in range(20):
            message = content(BINARY, 50 * i * i)
            t.send(compressed(t, BINARY, message) if i % 3 else t.frame(BINARY, message))
            t.echoes(BINARY, message)
        t.closes()
    yield "compressed and plain messages in turns", mixed, agreed

    def pings_between(t):
        data = t.deflate.deflate(content(TEXT, 5000), level=0)
        t.send(t.frame(TEXT, data[:100], fin=False, rsv=4), t.frame(PING, b"now"),
               t.frame(CONTINUATION, b"", fin=False), t.frame(CONTINUATION, data[100:]))
        t.expects(PONG, b"now")
        t.echoes(TEXT, content(TEXT, 5000))
        t.closes()
    yield "a ping between compressed fragments, one of them empty", pings_between, agreed

    def compresses(t):
        for _ in range(3):
            message = b"the same words " * 1000
            t.send(t.frame(TEXT, message))
            t.echoes(TEXT, message)
        check(t.deflate.inflated == 3, "what can be compressed well is sent plain")
        t.closes()
    yield "it compresses what it sends itself", compresses, agreed

    def flushed_often(t):
        d = zlib.compressobj(6, zlib.DEFLATED, -max(t.deflate.our_bits, 9))
        data = b"".join(d.compress(b"%d " % i) + d.flush(zlib.Z_SYNC_FLUSH) for i in range(1000))
        t.send_meanwhile(in_fragments(t, TEXT, data[:-4], 7))
        t.echoes(TEXT, b"".join(b"%d " % i for i in range(1000)))
        t.closes()
    yield "a thousand flushes in one message, in fragments of 7", flushed_often, agreed

    def sixteen_mib(t):
        message = content(TEXT, 16 << 20)
        t.send_meanwhile(compressed(t, TEXT, message))
        t.echoes(TEXT, message)
        t.closes()
    yield "16 MiB", sixteen_mib, agreed


def misuse():
    agreed = Extension()
    for opcode, name in ((PING, "ping"), (PONG, "pong"), (CLOSE, "Close")):
        def control(t, opcode=opcode):
            t.send(t.frame(opcode, close_payload(1000) if opcode == CLOSE else b"x", rsv=4))
            t.fails(1002)
        yield f"RSV1 in a {name}", control, agreed

    for first in (0, 4):
        def later(t, first=first):
            t.send(t.frame(TEXT, b"\0" if first else b"a", fin=False, rsv=first),
                   t.frame(CONTINUATION, b"\0", rsv=4))
            t.fails(1002)
        yield f"RSV1 in a continuation behind RSV {first}", later, agreed

    for rsv in (1, 2, 3, 5, 6, 7):
        def other_bits(t, rsv=rsv):
            t.send(t.frame(TEXT, b"\0", rsv=rsv))
            t.fails(1002)
        yield f"RSV {rsv}", other_bits, agreed

    for name, data in (("a reserved block type", b"\x07"), ("no deflate at all", b"\xff" * 50),
                       ("a stored block with a wrong length", b"\x00\x05\x00\x00\x00Hello\x00"),
                       ("a reference before the beginning", b"\x02\x08\x80\x00"),
                       ("a block that is cut off", zlib.compress(bytes(range(256)) * 9)[2:30])):
        for size in (None, 1):
            def bad(t, data=data, size=size):
                t.send(t.frame(TEXT, b"good"), in_fragments(t, TEXT, data, size),
                       t.frame(TEXT, b"late"))
                t.echoes(TEXT, b"good")
                t.fails(BAD_DATA)
            yield f"{name}, in fragments of {size or 'all'}", bad, agreed

    for text in (b"\xff", b"a" * 1000 + b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                 b"ok\xc0\x80ok"):
        def no_text(t, text=text):
            t.send(compressed(t, TEXT, text))
            t.fails(1007)
        yield f"inflated to {text[-8:]!r}, which is no text", no_text, agreed

        def as_binary(t, text=text):
            t.send(compressed(t, BINARY, text))
            t.echoes(BINARY, text)
            t.closes()
        yield f"inflated to {text[-8:]!r}, binary", as_binary, agreed

    def looks_like_no_text(t):
        # What lies on the wire need not be text. [6]
        message = b"the quick brown fox jumps over the lazy dog " * 20
        t.send(compressed(t, TEXT, message))
        t.echoes(TEXT, message)
        t.closes()
    yield "compressed octets are not asked whether they are text", looks_like_no_text, agreed

    def bomb(t, size, part=None):
        d = zlib.compressobj(9, zlib.DEFLATED, -15)
        zeros = bytes(1 << 20)
        data = b"".join(d.compress(zeros) for _ in range(size >> 20))
        data += d.compress(bytes(size & 0xFFFFF)) + d.flush(zlib.Z_SYNC_FLUSH)
        t.send_meanwhile(in_fragments(t, BINARY, data[:-4], part))
    for size, name in (((16 << 20) + 1, "16 MiB and one octet"), (1 << 30, "1 GiB")):
        def too_big(t, size=size):
            bomb(t, size)
            t.fails(1009)
        yield f"{name} of zeros", too_big, agreed

        def in_pieces(t, size=size):
            bomb(t, size, part=1000)
            t.fails(1009)
        yield f"{name} of zeros in fragments", in_pieces, agreed

    def just_fits(t):
        bomb(t, 16 << 20)
        t.echoes(BINARY, bytes(16 << 20))
        t.closes()
    yield "16 MiB of zeros", just_fits, agreed


SECTIONS = {"deflate-messages": messages, "deflate-sets": parameters, "deflate-forms": forms,
            "deflate-misuse": misuse}
