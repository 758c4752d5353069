"""What clients do to a server. Each act has a connection, a server's description and a moment: what the
case does in the middle (others are served on; SIGTERM comes). Over may leave it at any time: the
server has closed. Knows no case."""

import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

from client import Over
from program import PATIENCE
from raw_client import BINARY, CLOSE, CONTINUATION, PING, TEXT, TimedOut, frame, opening
from stage import stopped

ENEMIES = []  # as given to enemy(), with the act
LOST = {"reset", "peer_vanished"}
SLOW = {"send_queue_overflow", "keepalive_timed_out"}  # how one that does not read may end
ANY = object()


class Enemy:
    def __init__(self, name, causes, marks, act):
        self.name, self.marks, self.act = name, marks, act
        self._causes = causes

    def causes(self, server):
        """Of the server's close event. None: there is none, for the opening was refused."""
        return self._causes(server) if callable(self._causes) else self._causes


def enemy(name, causes, *marks):
    """`buffer`: with a small receive buffer. `deadlines`: waits for one of the server's, and an
    example's are too long for that. `fills`: waits for its queue to be full. `bare`: the act opens
    the connection. `many`: it makes its own ones. `gone`: its socket is closed in the end. `end`:
    only for a server that shuts down."""
    def add(act):
        ENEMIES.append(Enemy(name, causes, marks, act))
        return act
    return add


def unless_told_too_much(server):
    return {"completed", *(SLOW if server.talks_by_itself else ())}


# --- nobody's enemies

@enemy("talks", {"completed"})
def talks(c, server, middle):
    for n in range(10):
        server.ask(c, n)
    middle()
    for n in range(10):
        server.ask(c, n)
    c.bid_farewell()
    c.drain()


@enemy("is silent, and answers pings", unless_told_too_much)
def is_silent(c, server, middle):
    c.listen(0.3)
    middle()
    c.listen(1.5)  # longer than ping_after
    c.bid_farewell()
    c.drain()


# --- reading

@enemy("says nothing, reads nothing", SLOW, "deadlines")
def is_mute(c, server, middle):
    middle()


@enemy("asks for much and reads nothing", SLOW, "buffer", "fills")
def reads_nothing(c, server, middle):
    for _ in range(server.many):
        if not c.can_say(server.much):
            break
    middle()


@enemy("reads slowly", unless_told_too_much, "buffer")
def reads_slowly(c, server, middle):
    c.say(server.much)
    middle()
    for n in range(30):
        if n % 10 == 0:
            c.say(server.much)
        try:
            c.read_on(0.05)
        except TimedOut:
            pass
    c.bid_farewell()
    c.drain()


class Frozen(subprocess.Popen):
    """A client's process, stopped in the middle of its talk."""

    def __init__(self, port, server):
        super().__init__([sys.executable, Path(__file__).with_name("talker.py"), str(port),
                          server.PATH, server.question(1)[0]], stdout=subprocess.PIPE)
        self.local_port = int(self.stdout.readline())
        stopped(self)

    def __exit__(self, *rest):
        self.kill()
        super().__exit__(*rest)


@enemy("freezes", SLOW, "many", "deadlines")
def freezes(connect, server, middle):
    with Frozen(connect.port, server) as process:
        middle()
        connect.expect(process.local_port, SLOW)


# --- openings

@enemy("opens by halves, and waits", None, "bare", "deadlines")
def opens_by_halves(c, server, middle):
    c.send(opening(server.PATH)[0][:60])
    middle()
    c.drain_octets()


@enemy("opens octet by octet", {"completed"}, "bare")
def opens_slowly(c, server, middle):
    head, _ = opening(server.PATH)
    c.send_byte_by_byte(head[:50])
    middle()
    try:
        c.send_byte_by_byte(head[50:])
        status = c.answer().status
    except OSError:
        return
    if status != 101:
        return
    server.ask(c, 1)
    c.bid_farewell()
    c.drain()


@enemy("opens with noise", None, "bare")
def opens_with_noise(c, server, middle):
    c.send(os.urandom(400) + b"\r\n\r\n")
    middle()
    c.drain_octets()


@enemy("resets in the opening", None, "bare", "gone")
def resets_in_the_opening(c, server, middle):
    c.send(opening(server.PATH)[0][:60])
    c.reset()
    middle()


@enemy("comes and goes, thirty times", ANY, "many")
def comes_and_goes(connect, server, middle):
    for n in range(30):
        if n == 15:
            middle()
        with connect() as c:
            if c and n % 3 == 0:
                c.reset()
            elif c and n % 3 == 1:
                c.send(frame(TEXT, "cut", declared=100))


# --- what is sent

@enemy("sends no frames", {"protocol_violation"})
def sends_no_frames(c, server, middle):
    c.put(b"\xff" * 500)
    middle()
    c.drain()


@enemy("says what nobody understands", lambda server: server.nonsense[1])
def says_nonsense(c, server, middle):
    text, causes = server.nonsense
    c.say(text)
    middle()
    c.listen(0.1)
    c.bid_farewell()
    c.drain()


@enemy("sends octets that no program expects", lambda server: server.nonsense[1])
def sends_binary(c, server, middle):
    c.say(b"\x00\xff\xfe" * 20)
    middle()
    c.listen(0.1)
    c.bid_farewell()
    c.drain()


@enemy("sends a text that is not UTF-8", {"invalid_text"})
def sends_bad_text(c, server, middle):
    c.put(frame(TEXT, b"\xc3\x28"))
    middle()
    c.drain()


@enemy("declares a terabyte", {"message_too_big"})
def declares_a_terabyte(c, server, middle):
    c.put(frame(BINARY, b"x" * 100, declared=1 << 40))
    middle()
    c.drain()


@enemy("floods with messages", {"completed", "send_queue_overflow"})
def floods(c, server, middle):
    asked = [frame(TEXT, server.question(n)[0]) for n in range(100)]
    c.answers_pings = c.answers_close = False  # the Close below does
    reader = threading.Thread(target=c.drain, daemon=True)
    reader.start()
    try:
        for n in range(20):
            if n == 10:
                middle()
            c.sent += len(asked)
            c.put(b"".join(asked))
        c.bid_farewell()
    except Over:
        pass
    reader.join(PATIENCE)
    assert not reader.is_alive(), "a flooder's stream has not ended"


@enemy("floods with pings", {"flooded", "completed"})
def floods_pings(c, server, middle):
    pings = frame(PING, b"p" * 8) * 1000
    for n in range(30):
        if n == 15:
            middle()
        c.put(pings)
    c.bid_farewell()
    c.drain()


@enemy("sends fragments without an end", {"completed"})
def sends_fragments(c, server, middle):
    c.put(frame(TEXT, "x", fin=False))
    for _ in range(500):
        c.put(frame(CONTINUATION, "", fin=False))
    middle()
    c.put(frame(CLOSE, struct.pack(">H", 4000)))
    c.drain()


# --- ends

@enemy("resets", LOST, "gone")
def resets(c, server, middle):
    server.ask(c, 1)
    c.reset()
    middle()


@enemy("resets within a message", LOST, "gone")
def resets_within_a_message(c, server, middle):
    c.put(frame(TEXT, "x" * 50, declared=1000))
    middle()
    c.reset()


@enemy("resets with much on its way to it", LOST | SLOW, "buffer", "gone")
def resets_behind(c, server, middle):
    for _ in range(5):
        c.say(server.much)
    middle()
    c.reset()


@enemy("ends TCP without a Close", {"peer_vanished"})
def ends_tcp(c, server, middle):
    server.ask(c, 1)
    c.socket.shutdown(socket.SHUT_WR)
    middle()
    c.drain()


@enemy("talks on behind its Close", {"completed"})
def talks_behind_its_close(c, server, middle):
    c.has_closed = True
    c.put(frame(CLOSE, struct.pack(">H", 4000)) + frame(TEXT, "late") * 1000)
    middle()
    c.drain()


@enemy("closes with each code", ANY, "many")
def closes_with_each_code(connect, server, middle):
    legal, illegal = [1000, 1001, 1008, 1012, 3000, 4999], [0, 1005, 1015, 5000]
    for n, code in enumerate([*legal, *illegal]):
        if n == 4:
            middle()
        with connect() as c:
            if c:
                c.bid_farewell(code)
                c.drain()
                connect.expect(c.local_port,
                               {"completed"} if code in legal else {"protocol_violation"})


@enemy("answers no Close", {"closing_timed_out", "terminated"}, "end")
def answers_no_close(c, server, middle):
    c.answers_close = False
    server.ask(c, 1)
    middle()
    c.drain()
