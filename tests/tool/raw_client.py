"""A WebSocket client made of a socket and nothing else: it sends any bytes and shows what came back.

Knows no server and no test. Every wait is bounded.
"""

import base64
import hashlib
import os
import socket
import struct
import time

from tls_socket import TlsSocket

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0
PATIENCE = 10.0
TLS = [None]  # the context of all connections, if they are to go over TLS


class Ended(Exception):
    """The server has ended its side of TCP."""


class TimedOut(Exception):
    """Nothing came in time."""


class Frame:
    def __init__(self, first, masked, payload):
        self.fin = bool(first & 0x80)
        self.rsv = first >> 4 & 7
        self.opcode = first & 15
        self.masked = masked
        self.payload = payload

    def __repr__(self):
        return f"Frame(fin={self.fin} rsv={self.rsv} opcode={self.opcode} {self.payload[:40]!r})"


def length_bytes(length, mask_bit, form=None):
    """`form`: 7, 16 or 64 bits, also where that is not the shortest."""
    form = form or (7 if length < 126 else 16 if length < 65536 else 64)
    if form == 7:
        return bytes([mask_bit | length])
    if form == 16:
        return bytes([mask_bit | 126]) + struct.pack(">H", length)
    return bytes([mask_bit | 127]) + struct.pack(">Q", length)


def masked(payload, key):
    repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(
        len(payload), "big")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=True, form=None, declared=None):
    """`declared`: the length that the head tells, if not the payload's."""
    payload = payload.encode() if isinstance(payload, str) else payload
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    head += length_bytes(len(payload) if declared is None else declared, 0x80 if mask else 0, form)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + masked(payload, key)


def close_payload(code=None, reason=b""):
    reason = reason.encode() if isinstance(reason, str) else reason
    return reason if code is None else struct.pack(">H", code) + reason


def close(code=None, reason=b""):
    return frame(CLOSE, close_payload(code, reason))


def opening(path="/", **changes):
    """The head of an opening. A change to None leaves the field out; underscores are hyphens."""
    key = base64.b64encode(os.urandom(16)).decode()
    fields = {"Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade",
              "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"}
    for name, value in changes.items():
        fields[name.replace("_", "-")] = value
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\r\n".join([f"GET {path} HTTP/1.1", *lines]) + "\r\n\r\n").encode(), key


class Answer:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.strip().lower()] = value.strip()


class Connection:
    """TCP, and what came of it. `got`: bytes that nobody has taken yet."""

    def __init__(self, port, host="127.0.0.1", receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if TLS[0]:
            self.socket = TlsSocket(self.socket, TLS[0])
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_byte_by_byte(self, data):
        for i in range(len(data)):
            self.socket.sendall(data[i:i + 1])

    def more(self, timeout=None):
        self.socket.settimeout(PATIENCE if timeout is None else timeout)
        try:
            data = self.socket.recv(65536)
        except (socket.timeout, BlockingIOError):
            raise TimedOut() from None
        finally:
            self.socket.settimeout(PATIENCE)
        if not data:
            raise Ended()
        self.got += data

    def take(self, count):
        while len(self.got) < count:
            self.more()
        taken, self.got = self.got[:count], self.got[count:]
        return taken

    def answer(self):
        """The head of the answer to the opening."""
        while b"\r\n\r\n" not in self.got:
            self.more()
        head, self.got = self.got.split(b"\r\n\r\n", 1)
        return Answer(head)

    def body(self, answer):
        return self.take(int(answer.fields.get("content-length", 0)))

    def open(self, path, glued=b"", **changes):
        head, key = opening(path, **changes)
        self.send(head + glued)
        answer = self.answer()
        assert answer.status == 101, f"{path}: {answer.status}"
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        assert answer.fields["sec-websocket-accept"] == base64.b64encode(digest).decode()
        return self

    def frame(self):
        first, second = self.take(2)
        length = second & 127
        if length == 126:
            length = struct.unpack(">H", self.take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.take(8))[0]
        key = self.take(4) if second & 128 else None
        payload = self.take(length)
        return Frame(first, key is not None, masked(payload, key) if key else payload)

    def expect(self, opcode, payload=None):
        got = self.frame()
        assert got.opcode == opcode, f"opcode {opcode} wanted, got {got}"
        assert got.fin and got.rsv == 0 and not got.masked, f"not a frame of a server: {got}"
        if payload is not None:
            payload = payload.encode() if isinstance(payload, str) else payload
            assert got.payload == payload, f"{payload[:60]!r} wanted, got {got.payload[:60]!r}"
        return got

    def expect_close(self, code, reason=None):
        """A Close with that code; None: without one."""
        got = self.expect(CLOSE)
        seen = struct.unpack(">H", got.payload[:2])[0] if len(got.payload) >= 2 else None
        assert seen == code, f"Close {code} wanted, got {seen}"
        if reason is not None:
            assert got.payload[2:] == reason, f"reason {reason!r} wanted, got {got.payload[2:]!r}"
        return got

    def expect_end(self):
        """The server ends its side, with nothing before it, while ours is still open."""
        if not self.got:
            try:
                self.more()
            except Ended:
                return
        raise AssertionError(f"end of stream wanted, got {self.got[:60]!r}")

    def expect_silence(self, seconds):
        """For what shall not come there is nothing to wait for but the time."""
        if not self.got:
            try:
                self.more(seconds)
            except TimedOut:
                return
            except Ended:
                raise AssertionError("silence wanted, got the end of stream") from None
        raise AssertionError(f"silence wanted, got {self.got[:60]!r}")

    def reset(self):
        bare = getattr(self.socket, "socket", self.socket)
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        bare.close()


def elapsed_since(start):
    return time.monotonic() - start
