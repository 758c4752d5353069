"""Closing: codes, lengths, reasons, what stands before and behind a Close, what TCP does then.
[RFC 6455 5.5.1, 7, 7.4]"""

import struct

from octets import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999,
         4000, 4001, 4999]
INVALID = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 5001, 65535]


def codes():
    for code in VALID:
        for reason in (b"", b"a reason"):
            yield f"code {code} {reason!r}", lambda t, c=code, r=reason: t.closes(c, r)
    for code in INVALID:
        for reason in (b"", b"a reason"):
            def refused(t, code=code, reason=reason):
                t.send(t.close_frame(code, reason))
                t.fails(1002)
            yield f"code {code} {reason!r}", refused


def lengths():
    def empty(t):
        t.send(t.close_frame())
        t.answers_close(None)
    yield "an empty Close", empty

    def one(t):
        t.send(t.frame(CLOSE, b"\x03"))
        t.fails(1002)
    yield "a Close of one octet", one

    for size in (1, 2, 62, 122, 123):
        yield f"a reason of {size}", lambda t, n=size: t.closes(1000, b"r" * n)
    for size in (124, 125, 200, 70000):
        def too_long(t, size=size):
            t.send(t.close_frame(1000, b"r" * size))
            t.fails(1002)
        yield f"a reason of {size}", too_long

    def octet_by_octet(t):
        t.send(t.close_frame(4321, "zu Ende: ü€👋".encode()), chop=1)
        t.answers_close(4321)
    yield "a Close octet by octet", octet_by_octet


def reasons():
    for reason in ("ü", "€", "👋", "\ufffe", "a\0b"):
        yield f"reason {reason!r}", lambda t, r=reason: t.closes(1000, r.encode())
    for reason in (b"\xff", b"\x80", b"a\xc3", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80",
                   b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"r" * 122 + b"\xc3"):
        def refused(t, reason=reason):
            t.send(t.close_frame(1000, reason))
            t.fails(1007)
        yield f"reason {reason[-6:]!r}", refused


def order():
    def text_first(t, chop=None):
        t.send(t.frame(TEXT, b"last"), t.close_frame(1000), chop=chop)
        t.echoes(TEXT, b"last")
        t.answers_close(1000)
    yield "a text and a Close in one segment", text_first
    yield "a text and a Close octet by octet", lambda t: text_first(t, 1)

    def ping_first(t):
        t.send(t.frame(PING, b"last"), t.close_frame(1000))
        t.expects(PONG, b"last")
        t.answers_close(1000)
    yield "a ping and a Close in one segment", ping_first

    def twice(t):
        t.send(t.close_frame(1000), t.close_frame(1001))
        t.answers_close(1000)
    yield "two Closes: one answer", twice

    for name, behind in (("ping", (PING, b"late")), ("text", (TEXT, b"late")),
                         ("binary", (BINARY, b"late")), ("unknown opcode", (3, b""))):
        def late(t, behind=behind):
            t.send(t.close_frame(1000), t.frame(*behind))
            t.answers_close(1000)
        yield f"a {name} behind a Close is not answered", late

    def within(t):
        t.send(t.frame(TEXT, b"half", fin=False), t.close_frame(1000),
               t.frame(CONTINUATION, b"late"))
        t.answers_close(1000)
    yield "a Close within a message", within

    def large_behind(t):
        t.send(t.close_frame(1000))
        t.expects_close(1000)
        t.clean = True
        try:
            t.send(b"x" * 300_000)
        except OSError as why:
            raise AssertionError(f"TCP was reset while we wrote behind our Close: {why}") from None
        t.ends_tcp()
    yield "300 KB behind the Close do not make a reset", large_behind

    def large_before(t):
        payload = b"y" * (256 << 10)
        t.send_meanwhile(t.frame(BINARY, payload) + t.close_frame(1000, b"done"))
        t.echoes(BINARY, payload)
        t.answers_close(1000)
    yield "256 KiB and a Close: the echo is whole before the answer", large_before


def endings():
    def wrong_behind_good(t, wrong):
        t.send(t.frame(TEXT, b"one"), t.frame(PING, b"two"), wrong, t.frame(TEXT, b"late"))
        t.echoes(TEXT, b"one")
        t.expects(PONG, b"two")
        t.fails(1002)
    for name, wrong_of in (("opcode 3", lambda t: t.frame(3, b"")),
                           ("rsv 7", lambda t: t.frame(TEXT, b"", rsv=7)),
                           ("a long ping", lambda t: t.frame(PING, b"p" * 126)),
                           ("the wrong mask", lambda t: t.frame(TEXT, b"x", mask=not t.masks)),
                           ("a Close with 1005", lambda t: t.close_frame(1005))):
        yield (f"what came whole before {name} is answered",
               lambda t, w=wrong_of: wrong_behind_good(t, w(t)))

    def goes_on_sending(t):
        t.send(t.frame(3, b""))
        t.expects_close(1002)
        try:
            for _ in range(3):
                t.send(t.frame(TEXT, b"x" * 65536))
        except OSError as why:
            raise AssertionError(f"TCP was reset while we wrote: {why}") from None
        t.ends_tcp()
    yield "one that goes on sending after its violation is not reset", goes_on_sending

    def reset(t):
        t.send(t.close_frame(1000))
        t.expects_close(1000)
        t.clean = True
        t.reset()
    yield "a reset behind both Closes", reset

    def fin_with_close(t):
        """Our Close and the end of our side in one: the answer still comes."""
        t.send(t.frame(TEXT, b"last"), t.close_frame(1000))
        t.stream.shutdown(1)
        t.echoes(TEXT, b"last")
        t.expects_close(1000)
        t.clean = True
        if t.tests == "server":
            t.ends_tcp()
    yield "a Close and the end of our side", fin_with_close


def client_waits(t):
    """[7.1.1] After both Closes the client leaves ending TCP to us."""
    if t.tests == "server":
        return t.closes()
    t.send(t.close_frame(1000))
    t.expects_close(1000)
    t.clean = True
    t.expects_nothing_for(0.3)
    return t.ends_tcp()


def all_codes():
    """Of the codes that the table of the machine has in full, a sample over real sockets."""
    for code in range(997, 5010, 61):
        valid = 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999

        def play(t, code=code, valid=valid):
            t.send(t.frame(CLOSE, struct.pack(">H", code)))
            if valid:
                t.answers_close(code)
            else:
                t.fails(1002)
        yield f"code {code}", play
    yield "the client waits for our end of TCP", client_waits


SECTIONS = {"close-codes": codes, "close-lengths": lengths, "close-reasons": reasons,
            "close-order": order, "endings": endings, "close-samples": all_codes}
