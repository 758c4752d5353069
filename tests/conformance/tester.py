"""One connection to the end that is tested, which echoes; the same for both roles. What a case
sends is any octets, what it expects is checked strictly: order, masking, shortest lengths, reserved
bits, and who ends TCP, how soon. Every wait is bounded. Knows no case."""

import socket
import struct
import threading

import octets
from octets import BINARY, CLOSE, PING, PONG, TEXT

PATIENCE = 10.0  # for an answer: the machine may be busy
AT_ONCE = 1.0    # TCP ends within a second of the Closes


class Wrong(AssertionError):
    """The tested end did not do what the RFC asks of it."""


class Frame:
    def __init__(self, fin, rsv, opcode, payload):
        self.fin, self.rsv, self.opcode, self.payload = fin, rsv, opcode, payload

    def __repr__(self):
        if self.opcode == CLOSE and len(self.payload) >= 2:
            code = struct.unpack(">H", self.payload[:2])[0]
            return f"Close {code} {self.payload[2:].decode('utf-8', 'replace')!r}"
        return (f"opcode {self.opcode}{'' if self.fin else ' not final'} rsv {self.rsv} "
                f"{len(self.payload)} octets {self.payload[:24]!r}")


class Tester:
    """`tests`: "server" or "client", the role of the tested end."""

    def __init__(self, stream, tests, got=b"", inflater=None):
        self.stream = stream
        self.tests = tests
        self.got = bytearray(got)
        self.writer = None
        self.inflater = inflater  # for a compressed answer: payload -> message
        self.clean = False        # what the tested end has to report, where it can be asked
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def masks(self):
        return self.tests == "server"

    # --- sending ---

    def frame(self, opcode, payload=b"", **how):
        how.setdefault("mask", self.masks)
        return octets.frame(opcode, payload, **how)

    def close_frame(self, code=None, reason=b""):
        return self.frame(CLOSE, octets.close_payload(code, reason))

    def send(self, *parts, chop=None):
        """All in one write, or in writes of `chop` octets."""
        data = b"".join(parts)
        self.stream.settimeout(PATIENCE)
        if not chop:
            self.stream.sendall(data)
            return
        view = memoryview(data)
        for at in range(0, len(data), chop):
            self.stream.sendall(view[at:at + chop])

    def send_meanwhile(self, data, chop=None):
        """As send(), while the answers are being read."""
        self.writer = threading.Thread(target=self._write_quietly, args=(data, chop), daemon=True)
        self.writer.start()

    def _write_quietly(self, data, chop):
        try:
            self.send(data, chop=chop)
        except OSError:
            pass  # the reader says what is missing

    # --- receiving ---

    def _more(self, patience):
        self.stream.settimeout(patience)
        try:
            data = self.stream.recv(1 << 20)
        except (socket.timeout, TimeoutError):
            raise Wrong("nothing came") from None
        except ConnectionError as why:
            raise Wrong(f"TCP was reset: {why}") from None
        if not data:
            raise Wrong("TCP was ended")
        self.got += data

    def _take(self, count, patience):
        while len(self.got) < count:
            self._more(patience)
        taken = bytes(self.got[:count])
        del self.got[:count]
        return taken

    def receive(self, patience=PATIENCE):
        """The next frame, held against what every frame of that role has to be. [5.1, 5.2, 5.5]"""
        first, second = self._take(2, patience)
        seven = second & 127
        length = seven
        if seven == 126:
            length = struct.unpack(">H", self._take(2, patience))[0]
            check(length > 125, "a length that is not in its shortest form")
        elif seven == 127:
            length = struct.unpack(">Q", self._take(8, patience))[0]
            check(65535 < length < 1 << 63, "a length that is not in its shortest form")
        is_masked = bool(second & 128)
        check(is_masked == (self.tests == "client"), "masked by the wrong role, or not masked")
        key = self._take(4, patience) if is_masked else None
        payload = self._take(length, patience)
        if key:
            payload = octets.masked(payload, key)
        got = Frame(bool(first & 128), first >> 4 & 7, first & 15, payload)
        check(got.opcode in (0, TEXT, BINARY, CLOSE, PING, PONG), f"no such opcode: {got}")
        check(got.opcode < 8 or (got.fin and length <= 125), f"no control frame: {got}")
        return got

    def expects(self, opcode, payload, patience=PATIENCE):
        """A message (however fragmented) or a control frame, exactly."""
        got = self.receive(patience)
        check(got.rsv == 0 or self.inflater, f"reserved bits: {got}")
        parts, compressed = [got.payload], got.rsv == 4
        check(got.rsv in (0, 4), f"reserved bits: {got}")
        first = got.opcode
        while not got.fin:
            got = self.receive(patience)
            check(got.opcode == 0 and got.rsv == 0, f"no continuation: {got}")
            parts.append(got.payload)
        whole = b"".join(parts)
        if compressed:
            whole = self.inflater(whole)
        if first != opcode or whole != payload:
            wanted = Frame(True, 0, opcode, payload)
            raise Wrong(f"{wanted} was due, {Frame(True, 0, first, whole)} came")

    def echoes(self, opcode, payload, patience=PATIENCE):
        self.expects(opcode, payload, patience)

    def expects_close(self, code, patience=PATIENCE):
        """A Close with that code; None: without one. A reason has to be text. [5.5.1]"""
        got = self.receive(patience)
        while got.opcode == PING and not got.payload:  # the keepalive's: we were busy for 20 s
            got = self.receive(patience)
        check(got.opcode == CLOSE and got.rsv == 0, f"Close {code} was due, {got} came")
        check(len(got.payload) != 1, "a Close of one octet")
        seen = struct.unpack(">H", got.payload[:2])[0] if got.payload else None
        got.payload[2:].decode("utf-8")
        allowed = code if isinstance(code, tuple) else (code,)
        check(seen in allowed, f"Close {code} was due, {got} came")

    def expects_nothing_for(self, seconds):
        """For what shall not come there is nothing to wait for but the time."""
        self.stream.settimeout(seconds)
        try:
            data = self.got or self.stream.recv(100)
        except (socket.timeout, TimeoutError):
            return
        raise Wrong(f"nothing was due, {bytes(data[:40])!r} came" if data else "TCP was ended")

    # --- the end ---

    def ends_tcp(self):
        """Both Closes are there, or ours is not waited for: the server ends TCP at once and we find
        nothing before that; the client leaves it to us, its server, and ends its side then. [7.1.1]
        """
        if self.tests == "client":
            self.stream.shutdown(socket.SHUT_WR)
        check(not self.got, f"octets behind the Close: {bytes(self.got[:40])!r}")
        self.stream.settimeout(AT_ONCE)
        try:
            data = self.stream.recv(100)
        except (socket.timeout, TimeoutError):
            raise Wrong("TCP is not ended within a second") from None
        except ConnectionError as why:
            raise Wrong(f"TCP is reset instead of ended: {why}") from None
        check(not data, f"octets behind the Close: {data!r}")
        if self.writer:
            self.writer.join(PATIENCE)
        self.stream.close()

    def closes(self, code=1000, reason=b""):
        """We close, and it answers with the same code."""
        self.send(self.close_frame(code, reason))
        self.answers_close(code)

    def answers_close(self, code):
        self.expects_close(code)
        self.clean = True
        self.ends_tcp()

    def fails(self, code):
        """It fails the connection with that code, of itself. [7.1.7]"""
        self.expects_close(code)
        self.ends_tcp()

    def reset(self):
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.close()


def check(holds, why):
    if not holds:
        raise Wrong(why)
