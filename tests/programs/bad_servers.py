"""What servers do to a client, in raw sockets: each act has an accepted connection whose request is
read, and a moment in its middle, at which SIGTERM comes in some cases. Knows no program."""

import os
import struct
import subprocess
import sys
from pathlib import Path

from raw_peer import BINARY, CLOSE, PING, TEXT

BAD_SERVERS = []
LOST = {"reset", "peer_vanished"}
STUCK = {"keepalive_timed_out", "closing_timed_out", "send_queue_overflow"}


class BadServer:
    def __init__(self, name, causes, marks, act):
        self.name, self.causes, self.marks, self.act = name, causes, marks, act


def bad_server(name, causes, *marks):
    """`causes`: of the client's close event. `endless`: a client without deadlines of ours, or
    without a will of its own, would stay for ever. `harmless`: one that comes back stays, too.
    `brief`: SIGTERM cannot come in its middle. `process`: the act is a command to start."""
    def add(act):
        BAD_SERVERS.append(BadServer(name, set(causes), marks, act))
        return act
    return add


def reads_on(conn):
    """Frames, to the end of the stream: what is read counts."""
    try:
        while True:
            conn.read_frame()
    except (EOFError, OSError):
        pass


# --- openings

@bad_server("accepts and says nothing", {"opening_timed_out"}, "endless")
def says_nothing(conn, middle):
    middle()
    conn.wait_for_end()


@bad_server("ends TCP instead of answering", LOST)
def ends_tcp_at_once(conn, middle):
    middle()


@bad_server("resets instead of answering", LOST)
def resets_at_once(conn, middle):
    middle()
    conn.reset()


@bad_server("answers by halves", {"opening_timed_out"}, "endless")
def answers_by_halves(conn, middle):
    conn.raw(b"HTTP/1.1 101 Switching Pro")
    middle()
    conn.wait_for_end()


@bad_server("ends TCP within its answer", LOST)
def ends_within_the_answer(conn, middle):
    conn.raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: web")
    middle()


@bad_server("answers noise", {"refused", *LOST})
def answers_noise(conn, middle):
    conn.raw(os.urandom(300) + b"\r\n\r\n")
    middle()
    conn.wait_for_end()


@bad_server("never ends its head", {"refused"})
def never_ends_its_head(conn, middle):
    conn.raw(b"HTTP/1.1 101 Switching Protocols\r\n")
    middle()
    while True:
        conn.raw(b"A: " + b"b" * 200 + b"\r\n")


def refuses(status, *fields):
    @bad_server(f"answers {status}{' with ' + fields[0] if fields else ''}", {"refused"}, "brief")
    def act(conn, middle):
        conn.answer(status, "Content-Length: 3", *fields)
        conn.raw(b"no\n")
        middle()


refuses("503 Service Unavailable")
refuses("503 Service Unavailable", "Retry-After: 1")
refuses("429 Too Many Requests", "Retry-After: nonsense")
refuses("401 Unauthorized", "WWW-Authenticate: Bearer")
refuses("302 Found", "Location: https://127.0.0.1/elsewhere")
refuses("200 OK")


@bad_server("answers with a wrong Sec-WebSocket-Accept", {"refused"})
def accepts_wrongly(conn, middle):
    conn.accept(key="another key")
    middle()
    conn.wait_for_end()


# --- while open

def breaks_a_rule(name, cause, octets):
    @bad_server(name, {cause})
    def act(conn, middle):
        conn.accept()
        conn.raw(octets)
        middle()
        reads_on(conn)


breaks_a_rule("sends no frames", "protocol_violation", b"\xff" * 500)
breaks_a_rule("masks", "protocol_violation", b"\x81\x82abcdef")
breaks_a_rule("sends a text that is not UTF-8", "invalid_text", b"\x81\x02\xc3\x28")
breaks_a_rule("declares a terabyte", "message_too_big",
              b"\x82\x7f" + struct.pack(">Q", 1 << 40) + b"x" * 100)


@bad_server("resets", LOST)
def resets(conn, middle):
    conn.accept()
    middle()
    conn.reset()


@bad_server("ends TCP without a Close", LOST)
def ends_tcp(conn, middle):
    conn.accept()
    middle()


@bad_server("resets within a message", LOST)
def resets_within_a_message(conn, middle):
    conn.accept()
    conn.raw(b"\x81\x7e\x10\x00" + b"x" * 50)
    middle()
    conn.reset()


@bad_server("says nothing, reads nothing", STUCK, "endless")
def is_mute(conn, middle):
    conn.accept()
    middle()
    conn.released.wait(20)


@bad_server("freezes", STUCK, "endless", "process")
def freezes(marker):
    return subprocess.Popen([sys.executable, Path(__file__).with_name("freezer.py")],
                            stdout=subprocess.PIPE)


@bad_server("floods with messages", {"completed", "message_too_big", *STUCK}, "endless")
def floods(conn, middle):
    conn.accept()
    flood = (b"\x82\x7e\x03\xe8" + b"x" * 1000) * 50
    for n in range(400):
        conn.raw(flood)
        if n == 20:
            middle()
    reads_on(conn)


@bad_server("floods with pings", {"flooded"})
def floods_pings(conn, middle):
    conn.accept()
    pings = (b"\x89\x08" + b"p" * 8) * 1000
    for n in range(100):
        conn.raw(pings)
        if n == 20:
            middle()
    reads_on(conn)


@bad_server("answers nonsense", {"completed"}, "endless", "harmless")
def answers_nonsense(conn, middle):
    conn.accept()
    for n in range(1_000_000):
        frame = conn.read_frame()
        conn.send(frame.payload if frame.opcode in (CLOSE, PING) else b"{[(",
                  {CLOSE: CLOSE, PING: 10}.get(frame.opcode, TEXT))
        if n == 0:
            middle()
        if frame.opcode == CLOSE:
            return


@bad_server("reads, and answers no Close", {"closing_timed_out"}, "endless", "harmless")
def answers_no_close(conn, middle):
    conn.accept()
    is_first = True
    while True:
        frame = conn.read_frame()
        if frame.opcode == PING:
            conn.send(frame.payload, 10)
        if is_first:
            middle()
        is_first = False


# --- its Close

def closes_with(code, cause="completed"):
    @bad_server(f"closes with {code}", {cause}, *(() if code == 1001 else ("brief",)))
    def act(conn, middle):
        conn.accept()
        conn.close(code, "so it is" if code else "")
        middle()
        reads_on(conn)


for legal in (None, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000,
              4000):
    closes_with(legal)
for illegal in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000):
    closes_with(illegal, "protocol_violation")


@bad_server("closes and never ends TCP", {"completed"})
def never_ends_tcp(conn, middle):
    conn.accept()
    conn.close(1000)
    middle()
    reads_on(conn)
    conn.released.wait(20)


@bad_server("talks, closes, and talks on", {"completed"})
def talks_on(conn, middle):
    conn.accept()
    conn.send("hello")
    conn.close(1001)
    middle()
    conn.raw((b"\x81\x04late") * 500)
    reads_on(conn)


__all__ = ["BAD_SERVERS", "BINARY"]
