"""UTF-8: what is text and what is not, whole, in fragments and octet by octet, and that what is not
is refused before the message is whole. [RFC 6455 5.6, 8.1; RFC 3629]"""

from octets import BINARY, CONTINUATION, PING, PONG, TEXT

VALID = [
    ("nothing", b""),
    ("one to four octets", "aß€𝄞".encode()),
    ("a Greek word", "κόσμε".encode()),
    ("the first of each length", b"\x00\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80"),
    ("the last of each length", b"\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf"),
    ("around the surrogates", b"\xed\x9f\xbf\xee\x80\x80"),
    ("the replacement character", b"\xef\xbf\xbd"),
    ("a byte order mark", b"\xef\xbb\xbfx"),
    ("no characters, but code points", b"\xef\xbf\xbe\xef\xbf\xbf\xf0\x9f\xbf\xbe\xf4\x8f\xbf\xbe"),
    ("a zero within", b"a\0b"),
]
# What is wrong, and how many octets it takes until that is certain.
INVALID = [
    ("a lone continuation", b"\x80", 1),
    ("a lone last continuation", b"\xbf", 1),
    ("many continuations", b"\x80\xbf\x80\xbf\x80", 1),
    ("a lead of two, then a letter", b"\xc3(", 2),
    ("a lead of three, then a letter", b"\xe2(\xa1", 2),
    ("a lead of three, one continuation, then a letter", b"\xe2\x82(", 3),
    ("a lead of four, then a letter", b"\xf0(\x8c\xbc", 2),
    ("a lead of four, two continuations, then a letter", b"\xf0\x90\x8c(", 4),
    ("two leads", b"\xc3\xc3", 2),
    ("overlong slash in two", b"\xc0\xaf", 1),
    ("overlong slash in three", b"\xe0\x80\xaf", 2),
    ("overlong slash in four", b"\xf0\x80\x80\xaf", 2),
    ("overlong zero in two", b"\xc0\x80", 1),
    ("overlong last of two", b"\xc1\xbf", 1),
    ("overlong last of three", b"\xe0\x9f\xbf", 2),
    ("overlong last of four", b"\xf0\x8f\xbf\xbf", 2),
    ("the first surrogate", b"\xed\xa0\x80", 2),
    ("the last surrogate", b"\xed\xbf\xbf", 2),
    ("a pair of surrogates", b"\xed\xa0\x80\xed\xb0\x80", 2),
    ("beyond U+10FFFF", b"\xf4\x90\x80\x80", 2),
    ("far beyond U+10FFFF", b"\xf7\xbf\xbf\xbf", 1),
    ("five octets", b"\xf8\x88\x80\x80\x80", 1),
    ("six octets", b"\xfc\x84\x80\x80\x80\x80", 1),
    ("FE", b"\xfe", 1),
    ("FF", b"\xff", 1),
    ("a Greek word and a surrogate", "κόσμε".encode() + b"\xed\xa0\x80edited", 12),
    ("a Greek word and too much", "κόσμε".encode() + b"\xf4\x90\x80\x80edited", 12),
]
# Right so far, but a message must not end there.
UNFINISHED = [  # and what makes it a text
    ("a lead of two", b"\xc3", b"\xbc"),
    ("a lead of three", b"\xe2", b"\x82\xac"),
    ("two of three", b"\xe2\x82", b"\xac"),
    ("a lead of four", b"\xf0", b"\x9f\x91\x8b"),
    ("two of four", b"\xf0\x9f", b"\x91\x8b"),
    ("three of four", b"\xf0\x9f\x91", b"\x8b"),
    ("a Greek word and a rest", "κόσμε".encode() + b"\xf0\x9f", b"\x91\x8b"),
]


def fragments(t, payload, size):
    parts = [payload[at:at + size] for at in range(0, len(payload), size)] or [b""]
    return b"".join(t.frame(CONTINUATION if i else TEXT, part, fin=i == len(parts) - 1)
                    for i, part in enumerate(parts))


def valid():
    for name, payload in VALID:
        for chop in (None, 1):
            def whole(t, payload=payload, chop=chop):
                t.send(t.frame(TEXT, payload), chop=chop)
                t.echoes(TEXT, payload)
                t.closes()
            yield f"{name}, writes of {chop or 'all'}", whole
        for size in (1, 2, 3):
            def cut(t, payload=payload, size=size):
                t.send(fragments(t, payload, size))
                t.echoes(TEXT, payload)
                t.closes()
            yield f"{name}, fragments of {size}", cut

    def pings_within(t):
        t.send(t.frame(TEXT, b"\xf0", fin=False), t.frame(PING, b"\xff"),
               t.frame(CONTINUATION, b"\x9f\x91", fin=False), t.frame(CONTINUATION, b"\x8b"))
        t.expects(PONG, b"\xff")
        t.echoes(TEXT, "👋".encode())
        t.closes()
    yield "a ping within a character", pings_within


def invalid():
    for name, payload, _ in INVALID + UNFINISHED:
        for around in (b"", b"some text before"):
            text = around + payload
            for chop in (None, 1):
                def whole(t, text=text, chop=chop):
                    t.send(t.frame(TEXT, text), chop=chop)
                    t.fails(1007)
                yield f"{name}, {len(around)} before, writes of {chop or 'all'}", whole
            def cut(t, text=text):
                t.send(fragments(t, text, 1))
                t.fails(1007)
            yield f"{name}, {len(around)} before, fragments of 1", cut

        def as_binary(t, payload=payload):
            t.send(t.frame(BINARY, payload))
            t.echoes(BINARY, payload)
            t.closes()
        yield f"{name} is fine as binary", as_binary

    def empty_end(t):
        t.send(t.frame(TEXT, b"a\xc3", fin=False), t.frame(CONTINUATION, b""))
        t.fails(1007)
    yield "a rest before an empty last fragment", empty_end

    def not_joined(t):
        t.send(t.frame(TEXT, b"a\xc3"), t.frame(TEXT, b"\xbcb"))
        t.fails(1007)
    yield "a character over two messages", not_joined

    def good_before(t):
        t.send(t.frame(TEXT, b"good"), t.frame(TEXT, b"\xff"), t.frame(TEXT, b"late"))
        t.echoes(TEXT, b"good")
        t.fails(1007)
    yield "behind a whole text, in one segment", good_before


def fail_fast():
    """The rest of the frame or of the message is never sent: what is sent is enough to know."""
    for name, payload, certain in INVALID:
        def in_a_frame(t, payload=payload, certain=certain):
            t.send(t.frame(TEXT, payload[:certain], declared=1000))
            t.fails(1007)
        yield f"{name}, in a frame that is not whole", in_a_frame

        def octet_by_octet(t, payload=payload, certain=certain):
            t.send(t.frame(TEXT, b"text " + payload[:certain], declared=1000), chop=1)
            t.fails(1007)
        yield f"{name}, octet by octet", octet_by_octet

        def in_a_fragment(t, payload=payload, certain=certain):
            t.send(t.frame(TEXT, b"text ", fin=False),
                   t.frame(CONTINUATION, payload[:certain], fin=False))
            t.fails(1007)
        yield f"{name}, in a fragment that is not the last", in_a_fragment

    for name, payload, rest in UNFINISHED:
        def waits(t, payload=payload, rest=rest):
            t.send(t.frame(TEXT, payload, fin=False), t.frame(PING, b"alive?"))
            t.expects(PONG, b"alive?")  # it may still become text
            t.send(t.frame(CONTINUATION, rest))
            t.echoes(TEXT, payload + rest)
            t.closes()
        yield f"{name} is waited for", waits

    def large(t):
        start = b"x" * 200_000
        t.send(t.frame(TEXT, start + b"\xff", declared=16 << 20))
        t.fails(1007)
    yield "in a large frame", large


SECTIONS = {"text": valid, "no-text": invalid, "fail-fast": fail_fast}
