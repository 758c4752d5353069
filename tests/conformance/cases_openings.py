"""Openings over real sockets: requests that a server has to refuse, answers that a client has to.
These cases begin before the opening. The machine's tables have many more. [RFC 6455 4.1, 4.2]"""

import base64

import octets
from octets import TEXT
from tester import check

REQUEST = [("Host", "127.0.0.1"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
           ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13")]


def head(first, fields):
    lines = [first, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def request(line="GET /echo HTTP/1.1", without=(), **values):
    values = {name.replace("_", "-"): value for name, value in values.items()}
    fields = [(n, values.pop(n, v)) for n, v in REQUEST if n not in without]
    return head(line, [*fields, *values.items()])


def refused(t, sent, status, chop=None):
    t.send(sent, chop=chop)
    answer = t.read_head()
    check(answer.first.split(" ")[:2] == ["HTTP/1.1", str(status)],
          f"{status} was due, {answer.first!r} came")
    check(answer.all("sec-websocket-version") == (["13"] if status == 426 else []),
          "which version is spoken is told with 426")
    check(answer.one("date"), "no Date")
    if not sent.startswith(b"HEAD "):
        t.read_body(answer)
    t.ends_tcp()


def opened(t, sent, chop=None):
    t.send(sent, chop=chop)
    answer = t.read_head()
    check(answer.first.startswith("HTTP/1.1 101 "), f"101 was due, {answer.first!r} came")
    check(answer.one("upgrade").lower() == "websocket", "no Upgrade: websocket")
    check(answer.one("connection").lower() == "upgrade", "no Connection: Upgrade")
    check(answer.one("sec-websocket-accept") == octets.accept_of(REQUEST[3][1]), "a wrong digest")
    check(not answer.all("sec-websocket-protocol"), "a subprotocol that was not asked for")
    check(not answer.all("sec-websocket-extensions"), "an extension that was not asked for")
    t.send(t.frame(TEXT, b"open"))
    t.echoes(TEXT, b"open")
    t.closes()


def requests():
    yield "a plain request", lambda t: opened(t, request())
    yield "a plain request, octet by octet", lambda t: opened(t, request(), 1)
    for name, value in REQUEST:
        wrong = 400 if name in ("Host", "Sec-WebSocket-Key") else 426
        yield f"no {name}", lambda t, n=name, s=wrong: refused(t, request(without=[n]), s)
        yield (f"an empty {name}", lambda t, n=name, s=wrong:
               refused(t, request(**{n.replace("-", "_"): ""}), s))
        yield (f"two {name}", lambda t, n=name, v=value: (
            opened if n in ("Upgrade", "Connection") else lambda t, r: refused(t, r, 400))(
                t, head("GET /echo HTTP/1.1", [*REQUEST, (n, v)])))
        yield (f"{name} in odd case and spacing", lambda t, n=name, v=value: opened(
            t, request(without=[n])[:-2] + f"{n.upper()}:\t {v}  \r\n\r\n".encode()))
        yield (f"{name} with a blank before the colon", lambda t, n=name, v=value: refused(
            t, request(without=[n])[:-2] + f"{n} : {v}\r\n\r\n".encode(), 400))
        yield (f"{name} over two lines", lambda t, n=name, v=value: refused(
            t, request(without=[n])[:-2] + f"{n}:\r\n {v}\r\n\r\n".encode(), 400))
    for version in ("0", "7", "8", "12", "14", "255", "13, 8", "x"):
        yield (f"version {version}", lambda t, v=version:
               refused(t, request(Sec_WebSocket_Version=v), 426))
    for method in ("POST", "HEAD", "PUT", "OPTIONS"):
        yield (f"method {method}", lambda t, m=method: refused(
            t, request(f"{m} /echo HTTP/1.1"), 405))
    for line in ("GET /echo HTTP/1.0", "GET /echo HTTP/2.0", "GET /echo", "GET  /echo HTTP/1.1"):
        yield f"line {line!r}", lambda t, line=line: refused(t, request(line), 400)
    for target in ("http://a.example/echo", "ws://a.example:81/echo?x", "WSS://[::1]/echo"):
        yield (f"target {target}", lambda t, target=target:
               opened(t, request(f"GET {target} HTTP/1.1")))
    for target in ("ftp://a.example/echo", "ws:///echo", "ws://u@a.example/echo", "*", "echo"):
        yield (f"target {target}", lambda t, target=target:
               refused(t, request(f"GET {target} HTTP/1.1"), 400))
    yield "an empty line first", lambda t: opened(t, b"\r\n" + request())
    yield "two empty lines first", lambda t: refused(t, b"\r\n\r\n" + request(), 400)
    yield "LF alone", lambda t: refused(t, request().replace(b"\r", b""), 400)
    yield "PROXY, version 1", lambda t: refused(
        t, b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\r\n" + request(), 400)
    yield "PROXY, version 2", lambda t: refused(
        t, b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0" + request(), 400)
    yield "the preface of HTTP/2", lambda t: refused(t, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400)
    yield "no such path", lambda t: refused(t, request("GET /nowhere HTTP/1.1"), 404)
    hello = b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"x" * 500
    yield "a TLS client", lambda t: refused(t, hello, 400)
    yield "a head that does not end", lambda t: refused(t, b"GET /" + b"a" * 20000, 431)

    def frames_behind(t):
        t.send(request() + t.frame(TEXT, b"early") + t.close_frame(1000))
        check(t.read_head().first.startswith("HTTP/1.1 101 "), "not accepted")
        t.echoes(TEXT, b"early")
        t.answers_close(1000)
    yield "frames in the segment of the request", frames_behind


def answer(t, first="HTTP/1.1 101 Switching Protocols", without=(), **values):
    values = {name.replace("_", "-"): value for name, value in values.items()}
    fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
              ("Sec-WebSocket-Accept", octets.accept_of(t.request.one("sec-websocket-key")))]
    fields = [(n, values.pop(n, v)) for n, v in fields if n not in without]
    return head(first, [*fields, *values.items()])


def given_up(t, sent, chop=None):
    """The client ends TCP without a frame."""
    t.send(sent, chop=chop)
    t.stream.settimeout(5)
    try:
        data = t.stream.recv(100)
    except ConnectionError:
        data = b""  # it left what we sent unread
    check(not data, f"a client that was refused sent {data!r}")


def taken(t, sent, chop=None):
    t.send(sent, chop=chop)
    t.send(t.frame(TEXT, b"open"))
    t.echoes(TEXT, b"open")
    t.closes()


def answers():
    def asks(t):
        r = t.request
        check(r.first == f"GET {t.target} HTTP/1.1", r.first)
        check(r.one("host") == f"127.0.0.1:{t.stream.getsockname()[1]}", "a wrong Host")
        check("websocket" in r.one("upgrade").lower(), "no Upgrade")
        check("upgrade" in r.one("connection").lower(), "no Connection")
        check(r.one("sec-websocket-version") == "13", "a wrong version")
        key = r.one("sec-websocket-key")
        check(len(key) == 24 and len(base64.b64decode(key)) == 16, "a wrong key")
        check(key not in KEYS_SEEN, "a key that was sent before")
        KEYS_SEEN.add(key)
        taken(t, answer(t))
    yield "a plain request, with a new key", asks
    yield "another plain request, with a new key", asks
    yield "an answer octet by octet", lambda t: taken(t, answer(t), 1)
    for name in ("Upgrade", "Connection", "Sec-WebSocket-Accept"):
        yield f"no {name}", lambda t, n=name: given_up(t, answer(t, without=[n]))
        yield (f"a wrong {name}", lambda t, n=name:
               given_up(t, answer(t, **{n.replace("-", "_"): "wrong"})))
        yield (f"two {name}", lambda t, n=name: (taken if n == "Connection" else given_up)(
            t, answer(t)[:-2] + f"{n}: {octets.Head(answer(t)).one(n.lower())}\r\n\r\n".encode()))
    yield "websocket in odd case", lambda t: taken(t, answer(t, Upgrade="WebSocket"))
    yield "upgrade among others", lambda t: taken(t, answer(t, Connection="keep-alive, uPGRADE"))
    yield "an extension that was not offered", lambda t: given_up(
        t, answer(t, Sec_WebSocket_Extensions="x-unheard"))
    yield "a subprotocol that was not offered", lambda t: given_up(
        t, answer(t, Sec_WebSocket_Protocol="chat"))
    yield "HTTP/1.0", lambda t: given_up(t, answer(t, "HTTP/1.0 101 Switching Protocols"))
    yield "no HTTP", lambda t: given_up(t, b"SSH-2.0-whatever\r\n")
    for status in (200, 204, 301, 302, 400, 401, 403, 404, 426, 500, 503, 599):
        yield f"status {status}", lambda t, s=status: given_up(
            t, head(f"HTTP/1.1 {s} Whatever", [("Content-Length", "0")]))
    yield "LF alone", lambda t: taken(t, answer(t).replace(b"\r", b""))
    yield "no blank behind the status", lambda t: taken(t, answer(t, "HTTP/1.1 101"))
    for name in ("Upgrade", "Connection", "Sec-WebSocket-Accept"):
        yield (f"{name} over two lines", lambda t, n=name:
               taken(t, answer(t).replace(f"{n}: ".encode(), f"{n}:\r\n ".encode(), 1)))
        yield (f"{name} with a blank before the colon", lambda t, n=name:
               given_up(t, answer(t).replace(f"{n}:".encode(), f"{n} :".encode(), 1)))
    yield "100 first", lambda t: taken(t, b"HTTP/1.1 100 Continue\r\n\r\n" + answer(t))
    yield "the end of TCP instead of an answer", lambda t: t.stream.close()
    yield "a reset instead of an answer", lambda t: t.reset()

    def frames_behind(t):
        t.send(answer(t) + t.frame(TEXT, b"early") + t.close_frame(1000))
        t.echoes(TEXT, b"early")
        t.answers_close(1000)
    yield "frames in the segment of the answer", frames_behind


KEYS_SEEN = set()
SECTIONS = {"requests": requests, "answers": answers}
ROLE = {"requests": "server", "answers": "client"}
