"""What `adieu serve` does with a client that keeps the rules of closing, and with one that breaks
them: every row of docs/closing.md, section 7, as bytes on the wire and as the close event."""

import struct

from raw_client import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, close_payload, frame,
                        length_bytes)
from serve_process import check_event

CASES = []


def case(name):
    def add(run):
        CASES.append((name, run))
        return run
    return add


def tagged(name):
    return "/echo?case=" + "".join(c if c.isalnum() else "-" for c in name)


# --- Closes that are answered

VALID = [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999]


def answered(code, reason):
    def run(serve):
        path = tagged(f"valid-{code}-{len(reason)}")
        with serve.connect(path) as c:
            c.send(close(code, reason))
            c.expect_close(code, b"")
            c.expect_end()
        check_event(serve.event(path), was_clean=True, code=1005 if code is None else code,
                    reason=reason, initiator="remote", cause="completed", phase="ending",
                    sent=(code, ""), received=(code, reason), error=None, unsent_messages=0)
    return run


CASES += [(f"a Close with {code} is answered with it", answered(code, "")) for code in VALID]
CASES += [("an empty Close is answered with an empty one", answered(None, "")),
          ("a reason is told, not echoed", answered(1000, "so long")),
          ("a reason of 123 bytes is taken", answered(4000, "é" * 61 + "x"))]


# --- Closes and frames that break the rules

def violation(data, code, cause):
    """`data` alone makes the server send Close with that code and end its side first."""
    def run(serve):
        path = tagged(f"violation-{run.number}")
        with serve.connect(path) as c:
            c.send(data() if callable(data) else data)
            c.expect_close(code)
            c.expect_end()
            # Nothing is parsed any more, an answer included.
            c.send(close(code))
        event = serve.event(path)
        check_event(event, was_clean=False, code=1006, reason="", initiator="local", cause=cause,
                    phase="open", received=None)
        assert event["sent"]["code"] == code, event
    run.number = len(CASES)
    return run


def broken(name, data, code=1002, cause="protocol_violation"):
    CASES.append((name, violation(data, code, cause)))


INVALID = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535]
for bad in INVALID:
    broken(f"a Close with {bad} is answered with 1002", close(bad))
broken("a Close of one byte", frame(CLOSE, b"\x03"))
broken("a reason that is not UTF-8", close(1000, b"\xc3\x28"), 1007, "invalid_text")
broken("a reason that ends inside a character", close(1000, b"caf\xc3"), 1007, "invalid_text")
broken("a Close of 126 bytes", frame(CLOSE, close_payload(1000, b"r" * 124)))
broken("a Close that is fragmented", frame(CLOSE, close_payload(1000), fin=False))

for bit in (1, 2, 4):
    broken(f"reserved bit {bit}", frame(TEXT, "x", rsv=bit))
broken("a reserved bit on a ping", frame(PING, "x", rsv=4))
for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
    broken(f"opcode {opcode}", frame(opcode, "x"))
broken("a text that is not masked", frame(TEXT, "x", mask=False))
broken("a Close that is not masked", frame(CLOSE, close_payload(1000), mask=False))
broken("a ping of 126 bytes", frame(PING, b"p" * 126))
broken("a pong of 126 bytes", frame(PONG, b"p" * 126))
broken("a ping that is fragmented", frame(PING, "x", fin=False))
broken("a continuation without a message", frame(CONTINUATION, "x"))
broken("a continuation behind a whole message",
       lambda: frame(PONG) + frame(CONTINUATION, "x", fin=False))
broken("a message inside a message", frame(TEXT, "a", fin=False) + frame(TEXT, "b"))
broken("a length of 125 in 16 bits", frame(TEXT, b"x" * 125, form=16))
broken("a length of 5 in 64 bits", frame(TEXT, b"x" * 5, form=64))
broken("a length of 65535 in 64 bits", frame(BINARY, b"x" * 65535, form=64))
broken("a 64-bit length with the top bit",
       bytes([0x82]) + length_bytes(1 << 63, 0x80, 64) + b"\0\0\0\0")

broken("a text that is not UTF-8", frame(TEXT, b"\xc3\x28"), 1007, "invalid_text")
broken("a text that ends inside a character", frame(TEXT, b"caf\xc3"), 1007, "invalid_text")
broken("a surrogate in a text", frame(TEXT, b"\xed\xa0\x80"), 1007, "invalid_text")
broken("bad UTF-8 in a frame that is not finished", frame(TEXT, b"ab\xff", declared=1000), 1007,
       "invalid_text")
broken("bad UTF-8 in a first fragment", frame(TEXT, b"\xf8", fin=False), 1007, "invalid_text")
broken("a character broken by a fragment that cannot go on it",
       frame(TEXT, b"\xe2\x82", fin=False) + frame(CONTINUATION, b"x"), 1007, "invalid_text")

broken("a message over the limit, known by its head", frame(BINARY, declared=(16 << 20) + 1), 1009,
       "message_too_big")
broken("a message of 2^62 bytes, known by its head", frame(BINARY, declared=1 << 62), 1009,
       "message_too_big")
broken("fragments over the limit together, known by the second's head",
       lambda: frame(BINARY, b"x" * 1000, fin=False)
       + frame(CONTINUATION, declared=(16 << 20) - 999), 1009, "message_too_big")


# --- Around the Close

@case("a second Close is ignored")
def second_close(serve):
    path = tagged("second-close")
    with serve.connect(path) as c:
        c.send(close(4000, "first") + close(4001, "second"))
        c.expect_close(4000)
        c.expect_end()
    check_event(serve.event(path), was_clean=True, code=4000, reason="first")


@case("what comes behind a Close is discarded")
def behind_close(serve):
    path = tagged("behind-close")
    with serve.connect(path) as c:
        c.send(close(1000) + frame(TEXT, "late") + b"\xff" * 100)
        c.expect_close(1000)
        c.expect_end()
    check_event(serve.event(path), was_clean=True, code=1000)


@case("a Close inside a fragmented message is legal")
def close_inside_message(serve):
    path = tagged("close-inside")
    with serve.connect(path) as c:
        c.send(frame(TEXT, "half", fin=False) + close(1000))
        c.expect_close(1000)
        c.expect_end()
    check_event(serve.event(path), was_clean=True, code=1000)


@case("what was echoed before a violation leaves before its Close")
def echo_before_violation(serve):
    path = tagged("echo-before")
    with serve.connect(path) as c:
        c.send(frame(TEXT, "good") + frame(3, "bad"))
        c.expect(TEXT, "good")
        c.expect_close(1002)
        c.expect_end()
    check_event(serve.event(path), was_clean=False, code=1006, cause="protocol_violation")


@case("a client that ends TCP without Close has vanished")
def vanished(serve):
    path = tagged("vanished")
    serve.connect(path).__exit__()
    check_event(serve.event(path), was_clean=False, code=1006, initiator="none",
                cause="peer_vanished", phase="open", sent=None, received=None)


@case("a client that resets")
def reset(serve):
    path = tagged("reset")
    serve.connect(path).reset()
    event = serve.event(path)
    check_event(event, was_clean=False, code=1006, initiator="none", cause="reset", phase="open")
    assert event["error"], event


@case("a client that half-closes behind its Close still gets the answer")
def half_close(serve):
    import socket
    path = tagged("half-close")
    with serve.connect(path) as c:
        c.send(close(4321))
        c.socket.shutdown(socket.SHUT_WR)
        c.expect_close(4321)
        c.expect_end()
    check_event(serve.event(path), was_clean=True, code=4321, initiator="remote")


@case("pings are answered one for one, in order")
def pings(serve):
    path = tagged("pings")
    with serve.connect(path) as c:
        c.send(b"".join(frame(PING, struct.pack(">H", i)) for i in range(10)))
        for i in range(10):
            c.expect(PONG, struct.pack(">H", i))
        c.send(frame(PING, b"x" * 125) + frame(PONG, "unasked") + frame(PING))
        c.expect(PONG, b"x" * 125)
        c.expect(PONG, b"")
        c.send(close(1000))
        c.expect_close(1000)
    check_event(serve.event(path), was_clean=True)


@case("10,000 pings in a second are answered, one more is a flood")
def flood(serve):
    path = tagged("ping-flood")
    with serve.connect(path) as c:
        c.send(frame(PING) * 10_001)
        seen = c.frame()
        while seen.opcode == PONG:
            seen = c.frame()
        assert seen.opcode == CLOSE and seen.payload[:2] == struct.pack(">H", 1008), seen
        c.expect_end()
    event = serve.event(path)
    check_event(event, was_clean=False, code=1006, initiator="local", cause="flooded",
                phase="open", received=None)
    assert event["sent"]["code"] == 1008, event
