#!/usr/bin/env python3
"""Writes inputs to begin with for the fuzzers that would hardly come by them: whole openings, URLs,
texts, frames of every kind, compressed messages. tools/fuzz does it each time.

    tests/fuzz/make_seeds.py FOLDER     writes FOLDER/NAME/…
"""

import sys
import zlib
from pathlib import Path

KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
ACCEPT = "ICX+Yqv66kxgM0FcWaLWlFLwTAI="
SERVER_READS, CLIENT_READS, LINES = 0, 1, 2  # the first byte, modulo 4: tests/fuzz/openings.cpp


def head(first, *fields):
    return "\r\n".join([first, *fields, "", ""]).encode("latin-1")


def openings():
    request = ["Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
               f"Sec-WebSocket-Key: {KEY}"]
    answer = ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {ACCEPT}"]
    deflate = "Sec-WebSocket-Extensions: permessage-deflate"
    for more in ([], ["Origin: http://a"], ["Sec-WebSocket-Protocol: chat, superchat"], [deflate],
                 [deflate + "; client_max_window_bits=10; server_max_window_bits=9"],
                 ["Content-Length: 0"], ["X: y"] * 128, ["X: " + "y" * 16000]):
        yield bytes([SERVER_READS]) + head("GET /chat?x HTTP/1.1", *request, *more) + b"\x81\x80abcd"
    for i in range(len(request)):
        yield bytes([SERVER_READS]) + head("GET / HTTP/1.1", *request[:i], *request[i + 1:])
        yield bytes([SERVER_READS]) + head("GET / HTTP/1.1", *request, request[i])
    for i in range(len(answer)):
        yield bytes([CLIENT_READS]) + head("HTTP/1.1 101 X", *answer[:i], *answer[i + 1:])
        yield bytes([CLIENT_READS]) + head("HTTP/1.1 101 X", *answer, answer[i])
    for how in range(8):
        for more in ([], ["Sec-WebSocket-Protocol: chat"], [deflate],
                     [deflate + "; client_no_context_takeover; server_no_context_takeover"],
                     [deflate + "; server_no_context_takeover; client_max_window_bits=9"],
                     [deflate + "; server_max_window_bits=15"]):
            yield bytes([4 * how + CLIENT_READS]) + head("HTTP/1.1 101 X", *answer, *more)
    hint = head("HTTP/1.1 103 Early Hints", "Link: x")
    yield bytes([CLIENT_READS]) + hint + head("HTTP/1.1 101 X", *answer)
    yield bytes([CLIENT_READS]) + 9 * hint
    for after in ("120", "99999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT", "-1"):
        yield bytes([CLIENT_READS]) + head("HTTP/1.1 503 Busy", f"Retry-After: {after}")
    yield bytes([CLIENT_READS]) + b"\x15\x03\x01\x00\x02\x02\x28"
    yield bytes([CLIENT_READS]) + b"HTT\x15\x03\x01\x00\x02\x02\x28"
    yield bytes([SERVER_READS]) + b"\x16\x03\x01\x02\x00\x01\x00"
    for first in ("\r\nGET / HTTP/1.1", "GET ws://b:1/x?y HTTP/1.1", "GET https://[::1]?y HTTP/1.1",
                  "HEAD / HTTP/1.1", "GET / HTTP/2", "GET /", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2"):
        yield bytes([SERVER_READS]) + head(first, *request)
    for noise in (b"\r\n\r\n\0\r\nQUIT\n", b"PRI * HTTP/2.0\r\n\r\n", b"SSH-2.0-x y\r\n"):
        yield bytes([SERVER_READS]) + noise
    for line_end in ("\n", "\r\n ", "\n\t"):
        lines = ["HTTP/1.1 101", answer[0], answer[1].replace(" ", line_end + " ", 1), answer[2], "", ""]
        yield bytes([CLIENT_READS]) + "\n".join(lines).encode()
        yield bytes([CLIENT_READS]) + "\r\n".join(lines).encode()
    for first in range(12):
        yield bytes([LINES, 0, 0, 0, 0, 0, 3, first, 1, 1, 1, 1, 1])


def texts():
    url, text, close, some_list, date = range(5)
    for s in ("ws://a", "wss://a.example:9001/chat?x=y", "http://[::1]:80/", "https://127.0.0.1",
              "ws://a?x", "ws://a/%2F", "ws://10.0.0.1.example.com/", "ws://u@a/", "ws://a/#f"):
        yield bytes([url, 0, 0]) + s.encode()
    for s in ("hello", "grüße € 👋", "a" * 200 + "€" * 100, "\U0010ffff\ud7ff\ue000"):
        for cut in (0, 1, 2):
            coded = s.encode("utf-8", "surrogatepass")
            yield bytes([text, 77, 0]) + coded[:len(coded) - cut]
    for code in list(range(999, 1017)) + [2999, 3000, 4999, 5000]:
        yield bytes([close, code % 256, code // 256]) + "bye €".encode()
    yield bytes([close, 232, 3]) + "€".encode() * 42
    for s in ("a, b,c", 'a; b="c"; d, e', ",,a", 'a;b="\\c"', "a b", 'a; b="c d"'):
        yield bytes([some_list, 0, 0]) + s.encode()
    for s in ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
              "Sun Nov  6 08:49:37 1994", "Thu, 29 Feb 2024 23:59:60 GMT"):
        yield bytes([date, 0, 0]) + s.encode()


def deflated(data, window=15, final=False):
    coder = zlib.compressobj(9, zlib.DEFLATED, -window)
    coded = coder.compress(data)
    if final:
        return coded + coder.flush(zlib.Z_FINISH)
    return (coded + coder.flush(zlib.Z_SYNC_FLUSH))[:-4]


def deflate():
    # bound, how (window, one or many), seed, then one payload, or payloads with their lengths
    one = 8
    for data in (b"hello hello hello", b"x" * 5000, bytes(range(256)) * 3):
        for window in (15, 9):
            for final in (False, True):
                yield bytes([99, one + window - 8, 3]) + deflated(data, window, final)
        yield bytes([1, one + 7, 3]) + deflated(data)
    yield bytes([99, one + 7, 3]) + deflated(b"a", final=True) + b"\x00"
    yield bytes([99, one + 7, 3]) + b"\x01\x02\x00\xfd\xff\x00"  # cut short in a last block
    coder = zlib.compressobj(6, zlib.DEFLATED, -15)
    many = b""
    for data in (b"the first message", b"the second message", b"the first message"):
        coded = (coder.compress(data) + coder.flush(zlib.Z_SYNC_FLUSH))[:-4]
        many += bytes([len(coded)]) + coded
    yield bytes([99, 7, 3]) + many


def frames():
    # how, limits, seed, described or not; then frames: first byte, how, …: tests/fuzz/frames.cpp
    literal, pieces, large, compressed = 1, 2, 4, 8
    described = 1
    for how in range(0, 32):
        for limits in (0, 4):
            start = bytes([how, limits, how * 7 + limits, described])
            yield start + bytes([0x81, literal, 2]) + b"hi" + bytes([0x89, literal, 1]) + b"p" + \
                bytes([0x88, literal, 5]) + b"\x03\xe8bye"
            yield start + bytes([0x01, pieces, 2, 4, 5, 0x8A, literal, 0, 0x80, pieces, 1, 5])
            yield start + bytes([0x82, large, 247, 0x82, large, 246, 0x81, large | pieces, 1, 1, 247])
            yield start + b"".join(bytes([0x82, large, n]) for n in range(4, 9))
            yield start + bytes([0xC1, compressed | pieces, 4, 0, 1, 2, 3, 0xC2, compressed | large, 9,
                                 0xC1, compressed | pieces, 4, 0, 1, 2, 3])
    for raw in (b"\x81\x7e\x00\x05hello", b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", b"\x88\x01\x03",
                b"\x88\x02\x03\xec", b"\x88\x04\x03\xe8\xc3\x28", b"\x91\x00", b"\x83\x00", b"\x80\x00",
                b"\x09\x00", b"\x89\x7e\x00\x7e", b"\x01\x01a\x81\x01b"):
        yield bytes([0, 0, 1, 0]) + raw


def connection():
    # who, how, then steps: tests/fuzz/connection.cpp
    text = bytes([0, 4]) + b"\x81\x02hi"
    close = bytes([0, 4]) + b"\x88\x02\x03\xe8"
    for who in (0, 8, 16, 32, 64):
        for how in (0, 1, 7, 64):
            start = bytes([who, how])
            send, write, shut, wait = bytes([9, 3]) + b"abc", bytes([7, 255]), bytes([6, 10]), bytes([5, 255])
            yield start + text + send + write + shut + write + close + write
            yield start + send + close + bytes([42, 3]) + b"xyz" + bytes([8]) + write
            yield start + shut + send + wait + wait
            yield start + bytes([28, 27]) + send + bytes([0, 3]) + b"\x89\x01p" + write + close


FUZZERS = {"openings": openings, "texts": texts, "deflate": deflate, "frames": frames,
           "connection": connection}


def main():
    to = Path(sys.argv[1])
    for name, make in FUZZERS.items():
        (to / name).mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(make()):
            (to / name / f"made-{i:03}").write_bytes(data)


if __name__ == "__main__":
    main()
