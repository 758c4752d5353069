"""Sizes and numbers: up to 16 MiB in one frame, in fragments, in writes of few octets; many
messages. [RFC 6455 5.4, 10.4]"""

from cases_framing import TYPES, content
from octets import BINARY, CONTINUATION, TEXT

KIB, MIB = 1 << 10, 1 << 20


def sizes():
    for name, opcode in TYPES.items():
        for size in (64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB):
            def play(t, opcode=opcode, size=size):
                payload = content(opcode, size)
                t.send_meanwhile(t.frame(opcode, payload))
                t.echoes(opcode, payload)
                t.closes()
            yield f"{name} of {size >> 10} KiB", play

    def too_large(t):
        t.send(t.frame(BINARY, b"begins", declared=(16 << 20) + 1))
        t.fails(1009)
    yield "16 MiB and one octet, refused at the head", too_large

    def too_large_in_all(t):
        t.send_meanwhile(t.frame(BINARY, b"x" * (16 * MIB), fin=False) +
                         t.frame(CONTINUATION, b"y"))
        t.fails(1009)
    yield "16 MiB and one octet in a second fragment", too_large_in_all

    def enormous(t):
        t.send(t.frame(TEXT, b"begins", declared=1 << 60))
        t.fails(1009)
    yield "2^60 octets, refused at the head", enormous


def fragments_of():
    for name, opcode in TYPES.items():
        for size in (64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB):
            def play(t, opcode=opcode, size=size, total=4 * MIB):
                # One character of one octet, so that all fragments are the same octets.
                part = b"*" * size
                count = total // size
                middle = t.frame(CONTINUATION, part, fin=False)
                t.send_meanwhile(t.frame(opcode, part, fin=count == 1) + middle * (count - 2) +
                                 (t.frame(CONTINUATION, part) if count > 1 else b""))
                t.echoes(opcode, part * count)
                t.closes()
            yield f"{name} of 4 MiB in fragments of {size}", play
            if size in (64, 64 * KIB):
                yield (f"{name} of 16 MiB in fragments of {size}",
                       lambda t, p=play: p(t, total=16 * MIB))


def chopped():
    for name, opcode in TYPES.items():
        for size in (64, 128, 256, 512, KIB, 2 * KIB):
            def play(t, opcode=opcode, size=size, total=MIB):
                payload = content(opcode, total)
                t.send_meanwhile(t.frame(opcode, payload), chop=size)
                t.echoes(opcode, payload)
                t.closes()
            yield f"{name} of 1 MiB in writes of {size}", play
        yield (f"{name} of 16 MiB in writes of 2048",
               lambda t, p=play: p(t, size=2 * KIB, total=16 * MIB))


def many():
    for name, opcode in TYPES.items():
        for size in (0, 16, 64, 256, KIB, 4 * KIB):
            def stream(t, opcode=opcode, size=size):
                payload = content(opcode, size)
                t.send_meanwhile(t.frame(opcode, payload) * 1000)
                for _ in range(1000):
                    t.echoes(opcode, payload)
                t.closes()
            yield f"1000 × {name} of {size}, without waiting", stream

            def turns(t, opcode=opcode, size=size):
                payload = content(opcode, size)
                sent = t.frame(opcode, payload)
                for _ in range(200):
                    t.send(sent)
                    t.echoes(opcode, payload)
                t.closes()
            yield f"200 × {name} of {size}, each after the echo of the one before", turns

        def in_fragments(t, opcode=opcode):
            payload = content(opcode, 65536)
            parts = [payload[at:at + 1000] for at in range(0, len(payload), 1000)]
            t.send_meanwhile(b"".join(
                t.frame(CONTINUATION if i else opcode, part, fin=i == len(parts) - 1)
                for i, part in enumerate(parts)) * 10)
            for _ in range(10):
                t.echoes(opcode, payload)
            t.closes()
        yield f"{name} of 65,536 in fragments of 1000, ten times", in_fragments


SECTIONS = {"sizes": sizes, "fragment-sizes": fragments_of, "writes": chopped, "many": many}
