"""Every path of `adieu serve`, as bytes on the wire and as the close event."""

import time

from raw_client import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Ended, TimedOut, close,
                        close_payload, elapsed_since, frame)
from serve_process import check_event

CASES = []


def case(name):
    def add(run):
        CASES.append((name, run))
        return run
    return add


def say_goodbye(c, code=1000):
    c.send(close(code))
    c.expect_close(code)
    c.expect_end()


# --- well-behaved

@case("/ and /echo echo texts and binaries of all sizes")
def echo(serve):
    for path in ("/?case=echo", "/echo?case=echo"):
        with serve.connect(path) as c:
            for opcode, payload in ((TEXT, b""), (TEXT, "é".encode()), (BINARY, b"\0\xff"),
                                    (BINARY, b"x" * 125), (BINARY, b"x" * 126),
                                    (BINARY, b"x" * 65535), (BINARY, b"x" * 65536),
                                    (TEXT, b"y" * 300_000)):
                c.send(frame(opcode, payload))
                c.expect(opcode, payload)
            c.send(frame(TEXT, "in ", fin=False) + frame(PING, "p") +
                   frame(CONTINUATION, "two pieces"))
            c.expect(PONG, "p")
            c.expect(TEXT, "in two pieces")
            say_goodbye(c)
        check_event(serve.event(path), was_clean=True, code=1000, initiator="remote",
                    cause="completed", phase="ending", sent=(1000, ""), received=(1000, ""))


def closes(code, query, reason, may_be_valid):
    path = f"/close/{code}?{query}case=wire"

    def run(serve):
        with serve.connect(path) as c:
            got = c.expect(CLOSE)
            assert got.payload == close_payload(code, reason), got
            c.send(close(code) if may_be_valid else close(1002))
            c.expect_end()
        event = serve.event(path)
        answer = code if may_be_valid else 1002
        check_event(event, was_clean=may_be_valid, code=answer, received=(answer, ""),
                    cause="completed" if may_be_valid else "protocol_violation", phase="ending")
        assert event["sent"]["code"] == code, event
    CASES.append((f"/close/{code}?{query}", run))


for good in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999):
    closes(good, "", b"", True)
for bad in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535):
    closes(bad, "", b"", False)
closes(4001, "reason=bye+now%21%20%C3%A9&", "bye now! é".encode(), True)
closes(4001, "reason=" + "r" * 123 + "&", b"r" * 123, True)
closes(4001, "reason=" + "r" * 200 + "&", b"r" * 200, False)
closes(4001, "reason=%C3%28&", b"\xc3\x28", False)
closes(1005, "reason=none&", b"none", False)


@case("/close does not echo, and closes after N messages")
def close_after_messages(serve):
    for code in (4002, 999):
        path = f"/close/{code}?messages=2&case=messages"
        with serve.connect(path) as c:
            c.send(frame(TEXT, "one") + frame(PING, "p"))
            c.expect(PONG, "p")
            c.send(frame(TEXT, "two"))
            c.expect_close(code)
            c.send(close(1000))
            c.expect_end()
        check_event(serve.event(path), code=1000, initiator="local", was_clean=code == 4002)


@case("/close, /empty, /drop and /reset wait for after=")
def after(serve):
    for path in ("/close/4003?after=300ms", "/close/999?after=300ms", "/empty?after=300ms",
                 "/drop?after=300ms", "/reset?after=300ms"):
        with serve.connect(path) as c:
            start = time.monotonic()
            try:
                c.frame()
            except (Ended, ConnectionResetError):
                pass
            assert 0.25 < elapsed_since(start) < 5, f"{path} after {elapsed_since(start):.3f} s"
        serve.event(path)


@case("/empty sends a Close without a code")
def empty(serve):
    with serve.connect("/empty?case=1") as c:
        assert c.expect(CLOSE).payload == b""
        c.send(close(4000, "still"))
        c.expect_end()
    check_event(serve.event("/empty?case=1"), was_clean=True, code=4000, reason="still",
                initiator="local", sent=(None, ""))


@case("/last-words answers a Close with N texts, then Close")
def last_words(serve):
    path = "/last-words?n=5&case=1"
    with serve.connect(path) as c:
        c.send(frame(TEXT, "no echo") + close(4000, "I go"))
        words = [c.expect(TEXT).payload for _ in range(5)]
        assert len(set(words)) == 5, words
        c.expect_close(4000)
        c.expect_end()
    check_event(serve.event(path), was_clean=True, code=4000, reason="I go", initiator="remote")


@case("/talk sends all its messages, then closes with 1000")
def talk(serve):
    for n, size in ((0, 0), (50, 0), (20_000, 1), (2000, 10_000), (3, 5_000_000)):
        path = f"/talk?n={n}&bytes={size}"
        with serve.connect(path) as c:
            for _ in range(n):
                assert len(c.expect(BINARY).payload) == size
            c.expect_close(1000)
            c.send(close(1000))
            c.expect_end()
        check_event(serve.event(path), was_clean=True, code=1000, initiator="local",
                    unsent_messages=0)


@case("/talk to a client that does not read waits, and loses nothing")
def talk_slowly(serve):
    path = "/talk?n=300&bytes=100000"
    with serve.connect(path) as c:
        time.sleep(0.2)  # nobody reads for a while: that is the case
        for _ in range(300):
            assert len(c.expect(BINARY).payload) == 100_000
        c.expect_close(1000)
        c.send(close(1000))
        c.expect_end()
    check_event(serve.event(path), was_clean=True, unsent_bytes=0)


# --- ending TCP

@case("/drop ends TCP without Close")
def drop(serve):
    with serve.connect("/drop?case=1") as c:
        c.expect_end()
    check_event(serve.event("/drop?case=1"), was_clean=False, code=1006, initiator="local",
                cause="terminated", phase="open", sent=None, received=None)


@case("/reset ends TCP with RST")
def reset(serve):
    with serve.connect("/reset?case=1&after=50ms") as c:
        try:
            c.more()
            raise AssertionError("bytes came")
        except ConnectionResetError:
            pass
    check_event(serve.event("/reset?case=1&after=50ms"), was_clean=False, code=1006,
                cause="terminated")


@case("/flaky echoes, then drops after a random time around uptime")
def flaky(serve):
    times = []
    for _ in range(5):
        path = "/flaky?uptime=200ms"
        with serve.connect(path) as c:
            start = time.monotonic()
            c.send(frame(TEXT, "up"))
            c.expect(TEXT, "up")
            c.expect_end()
            times.append(elapsed_since(start))
        check_event(serve.event(path), was_clean=False, cause="terminated")
    assert all(0.08 < t < 2 for t in times), times
    assert max(times) - min(times) > 0.002, times


# --- holding on

@case("/mute echoes, never answers Close, never ends TCP")
def mute(serve):
    with serve.connect("/mute?case=1") as c:
        c.send(frame(TEXT, "hello"))
        c.expect(TEXT, "hello")
        c.send(close(1000, "hello?"))
        c.expect_silence(1.0)  # the server's --close-timeout is 300 ms
    check_event(serve.event("/mute?case=1"), was_clean=False, code=1000, reason="hello?",
                initiator="remote", cause="peer_vanished", phase="flushing", sent=None,
                received=(1000, "hello?"))


@case("/linger echoes, answers Close, never ends TCP")
def linger(serve):
    with serve.connect("/linger?case=1") as c:
        c.send(frame(TEXT, "hello"))
        c.expect(TEXT, "hello")
        c.send(close(4000, "bye"))
        c.expect_close(4000, b"")
        c.expect_silence(2.5)  # beyond the ending deadline
    check_event(serve.event("/linger?case=1"), was_clean=True, code=4000, reason="bye",
                initiator="remote", cause="completed", phase="ending")


@case("/slow reads slowly, so that a sender is held back, and answers Close in the end")
def slow(serve):
    path = "/slow?rate=50000&case=1"
    with serve.connect(path) as c:
        start = time.monotonic()
        for _ in range(50):
            c.send(frame(BINARY, b"s" * 1000))
        c.send(close(4000, "at last"))
        for _ in range(50):
            c.expect(BINARY, b"s" * 1000)
        c.expect_close(4000)
        c.expect_end()
        assert 0.6 < elapsed_since(start) < 8, elapsed_since(start)
    check_event(serve.event(path), was_clean=True, code=4000, reason="at last")


@case("/slow takes no more than some buffers can hold")
def slow_pressure(serve):
    path = "/slow?rate=1000&case=2"
    with serve.connect(path) as c:
        c.socket.setblocking(False)
        sent, data = 0, frame(BINARY, b"s" * 60000)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and sent < 50_000_000:
            try:
                sent += c.socket.send(data)
            except BlockingIOError:
                break
        assert sent < 8_000_000, sent
        c.reset()
    check_event(serve.event(path), was_clean=False, code=1006)


# --- breaking rules

def breaks(path, check):
    asked = f"/{path}?case=1"

    def run(serve):
        with serve.connect(asked) as c:
            check(c)
            c.send(close(1002))
            while True:  # an answer may come; the end has to
                try:
                    c.more()
                except Ended:
                    break
        check_event(serve.event(asked), was_clean=False, code=1002)
    CASES.append((f"/{path}", run))


def is_garbage(c):
    first = c.take(64)[0]
    assert first & 0x70 or first & 15 in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15), first


def is_bad_utf8(c):
    got = c.expect(TEXT)
    try:
        got.payload.decode()
    except UnicodeDecodeError:
        return
    raise AssertionError(f"{got.payload} is UTF-8")


def is_masked(c):
    got = c.frame()
    assert got.masked and got.opcode == TEXT and got.fin, got


def is_oversize(c):
    head = c.take(10)
    assert head[0] == 0x82 and head[1] == 127, head
    assert int.from_bytes(head[2:], "big") == 1 << 40, head


def is_fragmented_close(c):
    first, second = c.frame(), c.frame()
    assert first.opcode == CLOSE and not first.fin, first
    assert second.opcode == CONTINUATION and second.fin, second


breaks("garbage", is_garbage)
breaks("badutf8", is_bad_utf8)
breaks("masked", is_masked)
breaks("oversize", is_oversize)
breaks("fragmented-close", is_fragmented_close)


@case("/flood goes on after the client's Close, and hurts nobody else")
def flood(serve):
    with serve.connect("/flood?case=1") as c, serve.connect("/echo?case=beside") as other:
        for _ in range(50):
            assert c.expect(BINARY).payload
        c.send(close(1000))
        for i in range(200):
            assert c.expect(BINARY).payload
            if i % 20 == 0:
                other.send(frame(TEXT, "fast?"))
                other.expect(TEXT, "fast?")
        say_goodbye(other)
    check_event(serve.event("/flood?case=1"), was_clean=False, code=1000, initiator="remote",
                sent=None)
    serve.event("/echo?case=beside")


@case("a connection that misbehaves ends when its client vanishes or resets")
def all_end(serve):
    for path in ("/mute", "/linger", "/flood", "/slow?rate=10", "/garbage", "/flaky?uptime=1h",
                 "/close/999?after=1h", "/close/4000?after=1h"):
        serve.connect(path).__exit__()
        check_event(serve.event(path), was_clean=False)
        c = serve.connect(path)
        c.send(frame(BINARY, b"x" * 20_000))
        c.reset()
        check_event(serve.event(path), was_clean=False)


@case("no descriptor is left behind")
def descriptors(serve):
    before = serve.descriptors()
    for path in ("/mute", "/flood", "/slow", "/drop", "/echo", "/masked"):
        c = serve.connect(path + "?case=fd")
        try:
            c.more(0.05)
        except (Ended, TimedOut):
            pass
        c.__exit__()
        serve.event(path + "?case=fd")
    assert serve.descriptors() == before, f"{before} before, {serve.descriptors()} after"
