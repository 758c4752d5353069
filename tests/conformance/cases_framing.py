"""Framing, pings and pongs, reserved bits, opcodes, fragmentation. [RFC 6455 5.2, 5.4, 5.5]"""

from octets import BINARY, CONTINUATION, PING, PONG, TEXT
from octets import close_payload

TYPES = {"text": TEXT, "binary": BINARY}


def content(opcode, size):
    """A text with characters of one to four octets; octets of any value."""
    pattern = "aä€👋".encode() if opcode == TEXT else bytes(range(255, -1, -1))
    whole = pattern * (size // len(pattern))
    return whole + b"e" * (size - len(whole))


def framing():
    for name, opcode in TYPES.items():
        for size in (0, 1, 2, 124, 125, 126, 127, 128, 129, 65535, 65536, 65537):
            for chop in (None, 1, 997):
                if chop == 1 and size > 200:
                    continue
                def play(t, opcode=opcode, size=size, chop=chop):
                    payload = content(opcode, size)
                    t.send(t.frame(opcode, payload), chop=chop)
                    t.echoes(opcode, payload)
                    t.closes()
                yield f"{name} of {size}, writes of {chop or 'all'}", play

        def head_by_head(t, opcode=opcode):
            payload = content(opcode, 65536)
            whole = t.frame(opcode, payload)
            for octet in whole[:14]:
                t.send(bytes([octet]))
            t.send(whole[14:])
            t.echoes(opcode, payload)
            t.closes()
        yield f"{name} of 65536, the head octet by octet", head_by_head

    for length, form in ((0, 16), (125, 16), (0, 64), (125, 64), (126, 64), (65535, 64)):
        def longer_form(t, length=length, form=form):
            t.send(t.frame(BINARY, b"x" * length, form=form))
            t.fails(1002)
        yield f"length {length} in {form} bits", longer_form
    for length in (1 << 63, (1 << 63) + 1, (1 << 64) - 1):
        def top_bit(t, length=length):
            t.send(t.frame(BINARY, b"x", declared=length, form=64))
            t.fails(1002)
        yield f"length {length}", top_bit

    def wrong_mask(t):
        t.send(t.frame(TEXT, b"hello", mask=not t.masks))
        t.fails(1002)
    yield "masked by the wrong role", wrong_mask

    def keys(t):
        for key in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\1\2\3"):
            t.send(t.frame(TEXT, b"hello", **({"key": key} if t.masks else {})))
            t.echoes(TEXT, b"hello")
        t.closes()
    yield "odd keys", keys


def control():
    for size in (0, 1, 5, 124, 125):
        for chop in (None, 1):
            def ping(t, size=size, chop=chop):
                payload = bytes((i * 7 + 200) & 255 for i in range(size))
                t.send(t.frame(PING, payload), chop=chop)
                t.expects(PONG, payload)
                t.closes()
            yield f"ping of {size}, writes of {chop or 'all'}", ping

    for opcode, name in ((PING, "ping"), (PONG, "pong")):
        for size in (126, 127, 65535, 65536):
            def too_long(t, opcode=opcode, size=size):
                t.send(t.frame(opcode, b"p" * size))
                t.fails(1002)
            yield f"{name} of {size}", too_long

    for payload in (b"", b"unasked"):
        def pong(t, payload=payload):
            t.send(t.frame(PONG, payload), t.frame(PING, b"asked"))
            t.expects(PONG, b"asked")
            t.closes()
        yield f"a pong {payload!r} that nobody asked for, then a ping", pong

    def ten(t, chop=None):
        pings = [t.frame(PING, b"payload-%d" % i) for i in range(10)]
        t.send(*pings, chop=chop)
        for i in range(10):
            t.expects(PONG, b"payload-%d" % i)
        t.closes()
    yield "ten pings in one segment", ten
    yield "ten pings octet by octet", lambda t: ten(t, 1)

    def thousand(t):
        t.send_meanwhile(b"".join(t.frame(PING, b"%d" % i) for i in range(1000)))
        for i in range(1000):
            t.expects(PONG, b"%d" % i)
        t.closes()
    yield "a thousand pings in one segment", thousand

    def among(t):
        t.send(t.frame(PING, b"1"), t.frame(TEXT, b"a"), t.frame(PING, b"2"), t.frame(TEXT, b"b"))
        t.expects(PONG, b"1")
        t.echoes(TEXT, b"a")
        t.expects(PONG, b"2")
        t.echoes(TEXT, b"b")
        t.closes()
    yield "pings among texts, answered in order", among


def reserved():
    for rsv in range(1, 8):
        def first(t, rsv=rsv):
            t.send(t.frame(TEXT, b"hello", rsv=rsv))
            t.fails(1002)
        yield f"rsv {rsv}", first

        def behind(t, rsv=rsv, chop=None):
            t.send(t.frame(TEXT, b"good"), t.frame(TEXT, b"bad", rsv=rsv), t.frame(PING, b"late"),
                   chop=chop)
            t.echoes(TEXT, b"good")
            t.fails(1002)
        yield f"rsv {rsv} behind a whole text, in one segment", behind
        yield f"rsv {rsv} behind a whole text, octet by octet", lambda t, b=behind: b(t, chop=1)

        for opcode, name in ((PING, "ping"), (PONG, "pong"), (8, "Close"), (BINARY, "binary")):
            def other(t, rsv=rsv, opcode=opcode):
                payload = close_payload(1000) if opcode == 8 else b"x"
                t.send(t.frame(opcode, payload, rsv=rsv))
                t.fails(1002)
            yield f"rsv {rsv} in a {name}", other

        def later(t, rsv=rsv):
            t.send(t.frame(TEXT, b"a", fin=False), t.frame(CONTINUATION, b"b", rsv=rsv))
            t.fails(1002)
        yield f"rsv {rsv} in a continuation", later


def opcodes():
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for payload in (b"", b"payload"):
            def alone(t, opcode=opcode, payload=payload):
                t.send(t.frame(opcode, payload))
                t.fails(1002)
            yield f"opcode {opcode} with {len(payload)} octets", alone

            def behind(t, opcode=opcode, payload=payload, chop=None):
                t.send(t.frame(TEXT, b"good"), t.frame(opcode, payload), t.frame(PING, b""),
                       chop=chop)
                t.echoes(TEXT, b"good")
                t.fails(1002)
            yield f"opcode {opcode} with {len(payload)} octets behind a whole text", behind
            yield (f"opcode {opcode} with {len(payload)} octets, octet by octet",
                   lambda t, b=behind: b(t, chop=1))

        def within(t, opcode=opcode):
            t.send(t.frame(TEXT, b"a", fin=False), t.frame(opcode, b""))
            t.fails(1002)
        yield f"opcode {opcode} within a message", within


def fragmentation():
    for opcode, name in ((PING, "ping"), (PONG, "pong"), (8, "Close")):
        def fragmented(t, opcode=opcode):
            t.send(t.frame(opcode, close_payload(1000), fin=False), t.frame(CONTINUATION, b"rest"))
            t.fails(1002)
        yield f"a {name} in fragments", fragmented

    for chop in (None, 1):
        how = f", writes of {chop or 'all'}"

        def two(t, chop=chop):
            t.send(t.frame(TEXT, b"frag", fin=False), t.frame(CONTINUATION, b"ment"), chop=chop)
            t.echoes(TEXT, b"fragment")
            t.closes()
        yield "two fragments" + how, two

        def ping_between(t, chop=chop):
            t.send(t.frame(TEXT, b"frag", fin=False), t.frame(PING, b"now"),
                   t.frame(CONTINUATION, b"ment"), chop=chop)
            t.expects(PONG, b"now")
            t.echoes(TEXT, b"fragment")
            t.closes()
        yield "a ping between two fragments" + how, ping_between

        def five(t, chop=chop):
            t.send(t.frame(TEXT, b"1", fin=False), t.frame(CONTINUATION, b"2", fin=False),
                   t.frame(PING, b"a"), t.frame(CONTINUATION, b"3", fin=False),
                   t.frame(CONTINUATION, b"4", fin=False), t.frame(PING, b"b"),
                   t.frame(CONTINUATION, b"5"), chop=chop)
            t.expects(PONG, b"a")
            t.expects(PONG, b"b")
            t.echoes(TEXT, b"12345")
            t.closes()
        yield "five fragments, pings between" + how, five

        def as_it_comes(t, chop=chop):
            t.send(t.frame(TEXT, b"1", fin=False), t.frame(PING, b"a"), chop=chop)
            t.expects(PONG, b"a")  # before the message is whole
            t.send(t.frame(CONTINUATION, b"2"), chop=chop)
            t.echoes(TEXT, b"12")
            t.closes()
        yield "a ping between is answered before the rest comes" + how, as_it_comes

        for fin in (True, False):
            def no_message(t, chop=chop, fin=fin):
                t.send(t.frame(CONTINUATION, b"no message", fin=fin), t.frame(TEXT, b"late"),
                       chop=chop)
                t.fails(1002)
            yield f"a continuation without a message, fin {fin}" + how, no_message

            def behind_whole(t, chop=chop, fin=fin):
                t.send(t.frame(TEXT, b"whole"), t.frame(CONTINUATION, b"x", fin=fin), chop=chop)
                t.echoes(TEXT, b"whole")
                t.fails(1002)
            yield f"a continuation behind a whole message, fin {fin}" + how, behind_whole

            def behind_fragments(t, chop=chop, fin=fin):
                t.send(t.frame(TEXT, b"a", fin=False), t.frame(CONTINUATION, b"b"),
                       t.frame(CONTINUATION, b"x", fin=fin), chop=chop)
                t.echoes(TEXT, b"ab")
                t.fails(1002)
            yield f"a continuation behind a fragmented message, fin {fin}" + how, behind_fragments

            for opcode in (TEXT, BINARY):
                def inside(t, chop=chop, fin=fin, opcode=opcode):
                    t.send(t.frame(TEXT, b"a", fin=False), t.frame(opcode, b"b", fin=fin),
                           t.frame(CONTINUATION, b"c"), chop=chop)
                    t.fails(1002)
                yield f"opcode {opcode} inside a message, fin {fin}" + how, inside

    for count in (1, 2, 3, 1000):
        def empty(t, count=count):
            t.send(t.frame(BINARY, b"", fin=False),
                   t.frame(CONTINUATION, b"", fin=False) * (count - 1),
                   t.frame(CONTINUATION, b"end"))
            t.echoes(BINARY, b"end")
            t.closes()
        yield f"{count} empty fragments first", empty

    def very_many(t, between=b""):
        t.send_meanwhile(t.frame(TEXT, b"f", fin=False) +
                         (t.frame(CONTINUATION, b"f", fin=False) + between) * 65534 +
                         t.frame(CONTINUATION, b"f"))
        t.echoes(TEXT, b"f" * 65536)
        t.closes()
    yield "65,536 fragments", very_many
    yield ("65,536 fragments with 1,023 pings between", lambda t: pings_between(t, 64))

    def pings_between(t, every):
        parts = [t.frame(TEXT, b"f", fin=False)]
        for i in range(1, 65535):
            parts.append(t.frame(CONTINUATION, b"f", fin=False))
            if i % every == 0:
                parts.append(t.frame(PING, b"%d" % i))
        t.send_meanwhile(b"".join(parts) + t.frame(CONTINUATION, b"f"))
        for i in range(every, 65535, every):
            t.expects(PONG, b"%d" % i)
        t.echoes(TEXT, b"f" * 65536)
        t.closes()


SECTIONS = {"framing": framing, "control": control, "reserved": reserved, "opcodes": opcodes,
            "fragmentation": fragmentation}
