"""Peers that mean harm, in raw sockets, hundreds of them: each has to end as it should, and nothing may
be left of it, neither memory nor descriptors, while an honest client is served throughout."""

import itertools
import os
import socket
import threading
import time

from processes import allocated
from raw_client import (BINARY, CLOSE, CONTINUATION, PING, TEXT, Connection, Ended, TimedOut, close,
                        frame, opening)
from raw_peers import Peers
from stage import LOST, Cases, Connect, Server, says, until

case = CASES = Cases()
GONE = (OSError, Ended, TimedOut)


def drain(c):
    """Reads to the end of the stream, whatever comes."""
    try:
        while True:
            c.got = b""
            c.more(5)
    except (Ended, OSError):
        pass


# --- against the server. Each gets a connection and its path, and says how the event has to be.

def floods_pings(c, path):
    c.open(path)
    pings = frame(PING, b"p" * 8) * 1000
    try:
        for _ in range(30):
            c.send(pings)
    except OSError:
        pass
    drain(c)
    return "flooded"


def sends_and_never_reads(c, path):
    c.open(path)
    message = frame(BINARY, os.urandom(60_000))
    c.socket.settimeout(0.15)
    try:
        for _ in range(400):
            c.socket.sendall(message)
    except OSError:
        pass  # the echoes fill its queue, and it stops reading
    c.reset()
    return LOST


def sends_frames_of_one_byte(c, path):
    c.open(path)
    c.send(frame(TEXT, "x", fin=False))
    for _ in range(100):
        c.send(frame(CONTINUATION, "x", fin=False) + frame(CONTINUATION, "", fin=False))
    c.send_byte_by_byte(frame(CONTINUATION, "end") + close(4000))
    c.expect(TEXT, "x" * 101 + "end")
    c.expect_close(4000)
    c.expect_end()
    return "completed"


def opens_by_halves(c, path):
    c.send(opening(path)[0][:40 + len(path) % 60])


def opens_with_garbage(c, path):
    c.send(os.urandom(300))
    drain(c)


def ends_its_side(c, path):
    c.open(path)
    c.socket.shutdown(socket.SHUT_WR)
    drain(c)
    return "peer_vanished"


def ends_its_side_with_the_request(c, path):
    c.send(opening(path)[0])
    c.socket.shutdown(socket.SHUT_WR)
    drain(c)
    return LOST


def ends_its_side_behind_its_close(c, path):
    c.open(path, close(4000))
    c.socket.shutdown(socket.SHUT_WR)
    c.expect_close(4000)
    c.expect_end()
    return "completed"


def declares_a_terabyte(c, path):
    c.open(path)
    c.send(frame(BINARY, b"x" * 1000, declared=1 << 40))
    c.expect_close(1009)
    drain(c)
    return "message_too_big"


def sends_no_frames(c, path):
    c.open(path)
    c.send(b"\xff" * 5000)
    c.expect_close(1002)
    drain(c)
    return "protocol_violation"


def says_things_behind_its_close(c, path):
    c.open(path)
    c.send(close(4000) + frame(TEXT, "late") * 1000)
    c.expect_close(4000)
    drain(c)
    return "completed"


def resets_at(point):
    """After that share of a whole life's bytes."""
    def resets(c, path):
        head, _ = opening(path)
        life = head + frame(TEXT, "t" * 200) + frame(PING, "p") + close(4000)
        cut = round(len(life) * point)
        c.send(life[:cut])
        if cut >= len(head):
            c.answer()
        c.reset()
        return ("completed", *LOST) if cut == len(life) else LOST if cut >= len(head) else None
    return resets


HOSTILE = (floods_pings, sends_and_never_reads, sends_frames_of_one_byte, opens_by_halves,
           opens_with_garbage, ends_its_side, ends_its_side_with_the_request,
           ends_its_side_behind_its_close, declares_a_terabyte, sends_no_frames,
           says_things_behind_its_close, *[resets_at(n / 12) for n in range(13)])
# A loop keeps room for large messages, four times 4 MiB at most; they may have come in the first round
# or in the last. Small things that are left behind are what tools/soak's churn looks for.
MOST_GROWTH = 17 << 20


class Honest(threading.Thread):
    """One life after the other, each with a limit; `slowest` is how long one took."""

    def __init__(self, serve):
        super().__init__(daemon=True)
        self.serve, self.stop = serve, threading.Event()
        self.lives, self.slowest, self.wrong = 0, 0.0, None

    def run(self):
        while not self.stop.wait(0.01):
            began = time.monotonic()
            try:
                self.serve.greet(f"/?honest={self.lives}")
            except Exception as why:
                self.wrong = why
                return
            self.lives += 1
            self.slowest = max(self.slowest, time.monotonic() - began)


@case("server, hundreds that flood, never read, trickle, leave half open, reset at each point: one "
      "close event each, memory and descriptors as before, the others are served", alone=True)
def against_the_server(tools):
    with Server(tools.adieu) as serve:
        honest = Honest(serve)
        honest.start()
        number, wrong, wanted = itertools.count(1), [], {}

        def play(acts):
            for act in acts:
                path = f"/?hostile={next(number)}"
                try:
                    with Connection(serve.port) as c:
                        wanted[path] = act(c, path)
                except Exception as why:
                    wrong.append((act.__name__, repr(why)))

        def play_four():
            threads = [threading.Thread(target=play, args=(HOSTILE[n:] + HOSTILE[:n],))
                       for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            until(lambda: serve.descriptors() <= serve.descriptors_at_rest + 1, "all have ended")
            return allocated(serve.process.pid)

        before = min(play_four() for _ in range(2))
        grown = min(play_four() for _ in range(6)) - before
        honest.stop.set()
        honest.join(10)
        assert not wrong, wrong[:5]
        assert grown < MOST_GROWTH, f"{grown} bytes more than before"
        assert not honest.wrong and honest.lives > 20, (honest.wrong, honest.lives)
        assert honest.slowest < 2, f"{honest.slowest:.1f} s for one honest life"
        for path, cause in wanted.items():
            if cause is not None:
                says(serve.event(path), cause=cause)


# --- against the client. Each is a server's behaviour, and says how the client has to end.

def pings_without_end(conn):
    conn.accept()
    pings = (b"\x89\x08" + b"p" * 8) * 1000
    while True:
        conn.raw(pings)


def talks_without_end(conn):
    conn.accept()
    message = b"\x82\x7e\xff\xff" + os.urandom(65_535)
    while True:
        conn.raw(message)


def trickles(conn):
    conn.accept()
    message = b"\x01\x01x" + b"\x00\x01x" * 200 + b"\x80\x03end" + b"\x88\x02\x0f\xa0"
    for n in range(len(message)):
        conn.raw(message[n:n + 1])
    conn.read_until_close()


def says_nothing(conn):
    conn.wait_for_end()


def answers_by_halves(conn):
    conn.raw(b"HTTP/1.1 101 Switching Pro")
    conn.wait_for_end()


def never_ends_its_head(conn):
    conn.raw(b"HTTP/1.1 101 Switching Protocols\r\n")
    while True:
        conn.raw(b"A: " + b"b" * 200 + b"\r\n")


def never_ends_a_message(conn):
    conn.accept()
    conn.raw(b"\x01\x01x")
    while True:
        conn.raw(b"\x00\x00" * 1000 + b"\x00\x7e\xff\xff" + b"x" * 65_535)


def never_ends_tcp(conn):
    conn.accept()
    conn.close(4000)
    conn.read_until_close()
    conn.wait_for_end()


def cut_at(point, how):
    def cuts(conn):
        before = conn.sock.sendall
        parts = []
        conn.raw = parts.append
        conn.accept()
        conn.send("t" * 200)
        conn.close(4000)
        whole = b"".join(parts)
        before(whole[:round(len(whole) * point)])
        if how == "reset":
            conn.reset()
    cuts.__name__ = f"{how} after {point:.0%} of its bytes"
    return cuts


AGAINST_THE_CLIENT = (
    (pings_without_end, 48, "flooded"), (talks_without_end, 47, "closing_timed_out"),
    (trickles, 44, "completed"), (says_nothing, 28, "opening_timed_out"),
    (answers_by_halves, 28, "opening_timed_out"), (never_ends_its_head, 22, "refused"),
    (never_ends_a_message, 48, "message_too_big"), (never_ends_tcp, 44, "completed"),
    *[(cut_at(n / 6, how), 7 if n < 3 else 46, LOST) for n in range(6) for how in ("end", "reset")],
    (cut_at(1, "end"), 44, "completed"),
)


@case.each("client, a server that means harm, again and again",
           [type(behaviour.__name__, (), {"name": behaviour.__name__.replace("_", " "),
                                          "row": (behaviour, exit_code, cause)})
            for behaviour, exit_code, cause in AGAINST_THE_CLIENT])
def against_the_client(tools, kind):
    behaviour, exit_code, cause = kind.row
    with Peers(lambda conn, number: behaviour(conn)) as peers:
        for _ in range(3):
            with Connect(tools.adieu, "--connect-timeout", "300ms", "--close-timeout", "300ms",
                         peers.url) as client:
                if behaviour is talks_without_end:
                    client.opened().end_stdin()
                event = client.ends(exit_code, cause, was_clean=cause == "completed")
                if behaviour is trickles:
                    assert client.events[1]["data"] == "x" * 201 + "end", client.events


@case("client that comes back to a server that resets it: no descriptor is left of any attempt")
def comes_back_and_back(tools):
    def behave(conn, number):
        conn.accept()
        conn.reset()

    with Peers(behave) as peers, Connect(tools.adieu, "--reconnect", peers.url) as client:
        counts = []
        for _ in range(4):
            client.event("down", 20)
            counts.append(len(os.listdir(f"/proc/{client.process.pid}/fd")))
        assert len(set(counts)) == 1, counts
