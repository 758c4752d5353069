"""Openings: those that `adieu serve` refuses, with which status, and those that come in odd pieces."""

from raw_client import TEXT, close, frame, opening
from serve_process import check_event

CASES = []


def case(name):
    def add(run):
        CASES.append((name, run))
        return run
    return add


def refused(name, head, status, **fields):
    """Answered with that status, then the server ends its side first."""
    def run(serve):
        with serve.tcp() as c:
            c.send(head() if callable(head) else head)
            answer = c.answer()
            assert answer.status == status, f"{status} wanted, got {answer.status}"
            for field, value in fields.items():
                seen = answer.fields.get(field.replace("_", "-").lower())
                assert seen == value, f"{field} is {seen!r}, not {value!r}"
            if "HEAD" not in name:
                c.body(answer)
            c.expect_end()
            assert "date" in answer.fields and "close" in answer.fields["connection"]
    CASES.append((name, run))


def asked(path="/", method="GET", **changes):
    head, _ = opening(path, **changes)
    return head.replace(b"GET ", method.encode() + b" ", 1)


refused("version 12 is told that 13 is spoken", asked(Sec_WebSocket_Version="12"), 426,
        Sec_WebSocket_Version="13")
refused("version 8", asked(Sec_WebSocket_Version="8"), 426, Sec_WebSocket_Version="13")
refused("no Upgrade", asked(Upgrade=None), 426)
refused("an ordinary GET of /", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 426,
        Connection="Upgrade, close", Upgrade="websocket")
refused("an ordinary HEAD of /", b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 426)
refused("a HEAD that would open by GET", asked(method="HEAD"), 405, Allow="GET",
        Content_Length=None)
refused("a HEAD that breaks a rule", b"HEAD / HTTP/1.1\r\n\r\n", 400)
refused("an absolute target", asked("ws://b.example:1/status/418"), 418)
refused("another Upgrade", asked(Upgrade="h2c"), 426)
refused("no key", asked(Sec_WebSocket_Key=None), 400)
refused("a key of 15 bytes", asked(Sec_WebSocket_Key="MTIzNDU2Nzg5MDEyMzQ1"), 400)
refused("a key that is not base64", asked(Sec_WebSocket_Key="!!!!!!!!!!!!!!!!!!!!!!=="), 400)
refused("POST", asked(method="POST"), 405, Allow="GET")
refused("a head over 16 KiB", asked(X_Long="x" * (17 << 10)), 431)
refused("a head without an end", lambda: b"GET / HTTP/1.1\r\nX: " + b"x" * (20 << 10), 431)
refused("over 128 fields",
        lambda: asked().replace(b"\r\n\r\n", b"\r\n" + b"A: b\r\n" * 130 + b"\r\n"), 431)
refused("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64, 400)
refused("HTTP that is none", b"HELLO\r\n\r\n", 400)
refused("a path that is not there", asked("/nope"), 404)
refused("a path that goes on", asked("/echo/more"), 404)
refused("a code that is none", asked("/close/65536"), 400)
refused("a code that is no number", asked("/close/bye"), 400)
refused("a duration that is none", asked("/close/1000?after=soon"), 400)
refused("a number that is none", asked("/talk?n=-1"), 400)
refused("a status that no server may give", asked("/status/101"), 400)
for code in (204, 301, 403, 404, 500, 503, 599):
    refused(f"/status/{code}", asked(f"/status/{code}"), code)
refused("/status with Retry-After", asked("/status/503?retry_after=7"), 503, Retry_After="7")


@case("frames glued to the head")
def glued(serve):
    path = "/echo?case=glued"
    with serve.connect(path, frame(TEXT, "early") + close(4000)) as c:
        c.expect(TEXT, "early")
        c.expect_close(4000)
        c.expect_end()
    check_event(serve.event(path), was_clean=True, code=4000)


@case("frames glued to the head of a connection that misbehaves")
def glued_raw(serve):
    path = "/linger?case=glued"
    with serve.connect(path, frame(TEXT, "early") + close(4000)) as c:
        c.expect(TEXT, "early")
        c.expect_close(4000)
    check_event(serve.event(path), was_clean=True, code=4000)


@case("everything one byte at a time")
def byte_by_byte(serve):
    path = "/echo?case=bytes"
    head, _ = opening(path)
    with serve.tcp() as c:
        c.send_byte_by_byte(head)
        assert c.answer().status == 101
        c.send_byte_by_byte(frame(TEXT, "käse " * 40) + close(4001, "slowly"))
        c.expect(TEXT, "käse " * 40)
        c.expect_close(4001)
        c.expect_end()
    check_event(serve.event(path), was_clean=True, code=4001, reason="slowly")


@case("a head in two pieces that are cut at every place")
def every_cut(serve):
    for cut in range(1, 200, 7):
        head, _ = opening("/empty?case=cut")
        with serve.tcp() as c:
            c.send(head[:cut])
            c.send(head[cut:])
            assert c.answer().status == 101
            c.expect_close(None)
            c.send(close())
            c.expect_end()
        check_event(serve.event("/empty?case=cut"), was_clean=True, code=1005)
