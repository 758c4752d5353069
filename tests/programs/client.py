"""A raw client with an account: how many messages it has sent and got, and how it ended; and one in a
thread that asks and gets answers while others misbehave. Knows no program."""

import socket
import threading
import time

from raw_client import (BINARY, CLOSE, PING, PONG, TEXT, Connection, Ended, TimedOut, close, frame)
from program import PATIENCE


class Over(Exception):
    """The connection can be used no more; drain() reads what is still to be had."""


class Client(Connection):
    """Answers pings and a Close, unless it is told not to."""

    def __init__(self, port, receive_buffer=None):
        super().__init__(port, receive_buffer=receive_buffer)
        self.local_port = self.socket.getsockname()[1]
        self.got = bytearray()
        self.sent = self.received = 0
        self.close_code, self.close_reason = None, b""  # what came; 1005 if it was empty
        self.has_closed, self.answers_pings, self.answers_close = False, True, True
        self.end = None  # of the stream: "ended", or "reset"

    def say(self, message):
        if self.has_closed:
            raise Over()  # nothing follows a Close
        opcode, data = (TEXT, message) if isinstance(message, str) else (BINARY, message)
        self.sent += 1
        self.put(frame(opcode, data))

    def put(self, octets):
        try:
            self.send(octets)
        except OSError:
            raise Over() from None

    def can_say(self, message, seconds=0.2):
        """False: the server has stopped reading; what it has got of this is unknown."""
        self.socket.settimeout(seconds)
        try:
            self.send(frame(TEXT, message))
            self.sent += 1
            return True
        except OSError:
            return False

    def bid_farewell(self, code=1000):
        self.has_closed = True
        self.put(close(code))

    def next(self, seconds=PATIENCE):
        """The next message: text as str. Over, or TimedOut."""
        deadline = time.monotonic() + seconds
        while True:
            while (whole := self._frame_that_is_here()) is None:
                self.read_on(deadline - time.monotonic())
            opcode, payload = whole
            if opcode in (TEXT, BINARY):
                self.received += 1
                return payload.decode() if opcode == TEXT else payload
            try:
                self._answer(opcode, payload)
            except OSError:
                pass  # the reading tells

    def _answer(self, opcode, payload):
        if opcode == PING and self.answers_pings:
            self.send(frame(PONG, payload))
        if opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.close_reason = payload[2:]
            if self.answers_close and not self.has_closed:
                self.has_closed = True
                self.send(frame(CLOSE, payload[:2]))

    def expect_message(self, is_it, told, seconds=PATIENCE):
        """Others are passed over."""
        deadline = time.monotonic() + seconds
        try:
            while not is_it(message := self.next(max(deadline - time.monotonic(), 0.001))):
                pass
        except TimedOut:
            raise AssertionError(f"no {told} in {seconds} s") from None
        return message

    def drain(self, seconds=PATIENCE):
        """To the end of the stream; all of it counts."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.next(max(deadline - time.monotonic(), 0.001))
        except Over:
            return self
        except TimedOut:
            raise AssertionError(f"the stream has not ended in {seconds} s") from None

    def drain_octets(self, seconds=PATIENCE):
        """The same of a stream that may hold anything."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
            self.end = "ended"
        except socket.timeout:
            raise AssertionError(f"the stream has not ended in {seconds} s") from None
        except OSError:
            self.end = "reset"

    def listen(self, seconds):
        """Reads and answers for that long, which is the case itself."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.next(left)
        except TimedOut:
            pass

    def _frame_that_is_here(self):
        got = self.got
        if len(got) < 2:
            return None
        first, size, at = got[0], got[1] & 127, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(got[2:at], "big")
        if len(got) < at + size:
            return None
        assert first & 0xf0 == 0x80 and not got[1] & 0x80, f"no frame of a server: {got[:20]}"
        payload = bytes(got[at:at + size])
        del got[:at + size]
        return first & 15, payload

    def read_on(self, seconds):
        """What comes next, within that time; else TimedOut, or Over."""
        if seconds <= 0:
            raise TimedOut()
        try:
            self.more(seconds)
            return
        except Ended:
            self.end = "ended"
        except OSError:
            self.end = "reset"
        raise Over()


class Control(threading.Thread):
    """Asks again and again, as `ask(client, number)` does. What goes wrong is raised by goes_on() and
    bids_farewell(), in the thread of the case."""

    PAUSE = 0.02  # between an answer and the next question

    def __init__(self, port, path, ask):
        super().__init__(daemon=True)
        self.client = Client(port).open(path)
        self.ask, self.wrong, self.rounds = ask, None, 0
        self.changed, self.is_to_stop = threading.Condition(), False

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_to_stop = True
        self.join(PATIENCE)
        self.client.socket.close()

    def run(self):
        try:
            while not self.is_to_stop:
                self.ask(self.client, self.rounds)
                with self.changed:
                    self.rounds += 1
                    self.changed.notify_all()
                self.client.listen(self.PAUSE)
        except Over:
            pass
        except Exception as why:
            self.wrong = why
        with self.changed:
            self.is_to_stop = True
            self.changed.notify_all()

    def goes_on(self, rounds=2):
        """So many answers more, each within PATIENCE."""
        with self.changed:
            wanted = self.rounds + rounds
            self.changed.wait_for(lambda: self.is_to_stop or self.rounds >= wanted, PATIENCE)
            self._nothing_is_wrong()
            c = self.client
            assert self.rounds >= wanted, (f"control: {self.rounds} of {wanted} answers; "
                                           f"Close {c.close_code} {c.close_reason}, {c.end}")

    def was_told(self, code, reason):
        """The server has closed, as it had to."""
        self.join(PATIENCE)
        assert not self.is_alive(), "control: the server has not closed"
        self._nothing_is_wrong()
        self.client.drain()
        c = self.client
        assert (c.close_code, bytes(c.close_reason), c.end) == (code, reason, "ended"), \
            f"control: Close {c.close_code} {c.close_reason}, {c.end}; not {code} {reason}"

    def _nothing_is_wrong(self):
        if self.wrong:
            raise AssertionError(f"control, after {self.rounds} rounds: {self.wrong!r}")
        assert self.client.end is None or self.client.close_code, \
            f"control: {self.client.end} without a Close"
