"""A WebSocket server in raw sockets, so that it can break every rule. Knows no library and no tool.

    with Peer(lambda conn: conn.close(1000)) as peer:   # the behaviour runs once it is open
        ... connect to peer.url ...
    peer.frames                                         # what came, as Frame
"""
import base64
import collections
import hashlib
import socket
import struct
import threading

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

Frame = collections.namedtuple("Frame", "fin opcode masked payload")


class Connection:
    """One accepted connection. All reads are blocking, bounded by the socket's timeout."""

    def __init__(self, sock, frames):
        self.sock = sock
        self.kept = b""
        self.frames = frames
        self.head = ""

    # The opening.
    def read_head(self):
        while b"\r\n\r\n" not in self.kept:
            more = self.sock.recv(65536)
            if not more:
                raise EOFError("no head")
            self.kept += more
        head, self.kept = self.kept.split(b"\r\n\r\n", 1)
        self.head = head.decode("latin-1")

    def header(self, name):
        for line in self.head.split("\r\n")[1:]:
            key, value = line.split(":", 1)
            if key.lower() == name.lower():
                return value.strip()
        return None

    def accept(self, *fields, key=None):
        key = key or self.header("Sec-WebSocket-Key")
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        self.answer("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                    "Sec-WebSocket-Accept: " + base64.b64encode(digest).decode(), *fields)

    def answer(self, status, *fields):
        self.raw("\r\n".join(["HTTP/1.1 " + status, *fields, "", ""]).encode())

    # Frames.
    def raw(self, data):
        self.sock.sendall(data)

    def send(self, payload, opcode=None, first=None):
        if opcode is None:
            opcode = TEXT if isinstance(payload, str) else BINARY
        if isinstance(payload, str):
            payload = payload.encode()
        head = bytes([0x80 | opcode if first is None else first])
        size = len(payload)
        if size < 126:
            head += bytes([size])
        elif size < 65536:
            head += struct.pack("!BH", 126, size)
        else:
            head += struct.pack("!BQ", 127, size)
        self.raw(head + payload)

    def close(self, code=None, reason=""):
        self.send(b"" if code is None else struct.pack("!H", code) + reason.encode(), CLOSE)

    def exactly(self, size):
        while len(self.kept) < size:
            more = self.sock.recv(1 << 20)
            if not more:
                raise EOFError("end of stream")
            self.kept += more
        out, self.kept = self.kept[:size], self.kept[size:]
        return out

    def read_frame(self):
        first, second = self.exactly(2)
        size = second & 127
        if size == 126:
            size = struct.unpack("!H", self.exactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.exactly(8))[0]
        key = self.exactly(4) if second & 128 else b"\0\0\0\0"
        payload = self.exactly(size)
        if any(key):
            long_key = (key * (size // 4 + 1))[:size]
            payload = (int.from_bytes(payload, "big") ^ int.from_bytes(long_key, "big")).to_bytes(
                size, "big")
        frame = Frame(bool(first & 128), first & 15, bool(second & 128), payload)
        self.frames.append(frame)
        return frame

    def read_until_close(self):
        """Reads frames up to the Close; gives its payload."""
        while True:
            frame = self.read_frame()
            if frame.opcode == PING:
                self.send(frame.payload, PONG)
            if frame.opcode == CLOSE:
                return frame.payload

    def echo(self):
        """Echoes until the Close, and answers that."""
        while True:
            frame = self.read_frame()
            self.send(frame.payload, PONG if frame.opcode == PING else frame.opcode)
            if frame.opcode == CLOSE:
                return

    # The end.
    def wait_for_end(self):
        """Reads until the client ends TCP."""
        try:
            while self.sock.recv(1 << 20):
                pass
        except OSError:
            pass

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Peer:
    """Takes one connection in a thread and lets `behaviour(Connection)` have it. With `opens` the
    opening is answered first. What goes wrong in the behaviour is raised at the end of `with`."""

    def __init__(self, behaviour, opens=True, receive_buffer=None, timeout=20):
        self.behaviour = behaviour
        self.opens = opens
        self.timeout = timeout
        self.frames = []
        self.head = ""
        self.problem = None
        self.listener = socket.socket()
        if receive_buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.listener.settimeout(timeout)
        self.port = self.listener.getsockname()[1]
        self.url = "ws://127.0.0.1:%d/" % self.port
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.thread.join(self.timeout)
        self.listener.close()
        if kind is None and self.problem is not None:
            raise self.problem

    def run(self):
        try:
            sock, _ = self.listener.accept()
            sock.settimeout(self.timeout)
            conn = Connection(sock, self.frames)
            with sock:
                if self.opens:
                    conn.read_head()
                    self.head = conn.head
                    conn.accept()
                self.behaviour(conn)
                self.head = conn.head
        except Exception as problem:  # told by __exit__, in the thread that can fail the test
            self.problem = problem

    def messages(self):
        """The payloads of data frames, text as str."""
        return [f.payload.decode() if f.opcode == TEXT else f.payload
                for f in self.frames if f.opcode in (TEXT, BINARY)]

    def close_payload(self):
        """The client's Close: (code or None, reason); None if there was none."""
        for f in self.frames:
            if f.opcode == CLOSE:
                if not f.payload:
                    return (None, "")
                return (struct.unpack("!H", f.payload[:2])[0], f.payload[2:].decode())
        return None
