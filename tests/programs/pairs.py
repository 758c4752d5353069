"""What the two tables of enemies do not have: programs with one another, and what only one of them
does."""

import contextlib
import os
import signal
import threading
import time
import zlib
from pathlib import Path

from against_clients import CLIENTS, messages_in
from bad_servers import reads_on
from client import Client, Control, Over
from program import PATIENCE, Program
from raw_client import Ended
from raw_peers import Peers, closes_with, refuses
from servers import SERVERS, Files, Server, Ticker, account

CASES = []
MOST_MEMORY = 64 << 20


def case(line):
    def add(body):
        CASES.append((line, body))
        return body
    return add


def cases():
    yield from CASES
    for server in SERVERS:
        yield f"{server.name}: SIGTERM while ten clients talk", ten_clients_talk(server)


def started(build, file, *arguments, **how):
    return Program(build / "tests/programs" / file, *arguments, **how)


# --- programs with one another

@case("file_client, file_server: the same file in both directions")
def the_same_file(build):
    with Files("file_server").running(build) as server:
        with started(build, "file_client", f"ws://127.0.0.1:{server.port}/",
                     exit_codes=(0,)) as client:
            assert client.event("result")["same"]
            client.ends()
        at_the_server = server.event("closed")
        at_the_client = client.event("closed")
        server.signal()
        server.ends()
    for one, other in ((at_the_client, at_the_server), (at_the_server, at_the_client)):
        assert one["accepted"] == other["received"] and one["clean"], (one, other)


@case("rpc_client, rpc_server: all is answered, in another order")
def all_is_answered(build):
    with Server("rpc_server").running(build) as server:
        with started(build, "rpc_client", f"ws://127.0.0.1:{server.port}/",
                     exit_codes=(0,)) as client:
            client.ends()
        result = client.event("result")
        assert result["unanswered"] == [] and result["out_of_order"], result
        server.signal()
        server.ends()


@case("telemetry, cores: what three threads send comes back")
def telemetry_comes_back(build):
    with Server("cores").running(build) as server:
        with started(build, "telemetry", f"ws://127.0.0.1:{server.port}/", "--count", "2000",
                     exit_codes=(0,)) as client:
            client.ends(60)
        sent, got = client.event("closed"), server.event("closed")
        server.signal()
        server.ends()
    assert sent["accepted"] + sent["posted"] == 6000 == got["received"], (sent, got)


@case("telemetry: a server that reads late: what was refused is counted, the rest has arrived")
def telemetry_is_refused(build):
    is_to_read = threading.Event()

    def reads_late(conn, number):
        conn.accept()
        is_to_read.wait(PATIENCE)
        conn.send(conn.read_until_close(), 8)

    with Peers(reads_late) as peers, \
            started(build, "telemetry", peers.url, "--refuse", "--bytes", "20000", "--count", "500",
                    exit_codes=(0,)) as client:
        client.error("was refused")
        is_to_read.set()
        client.ends(60)
        event = client.event("closed")
    asked = event["posted"] + event["accepted"] + event["rejected"] + event["undecided"]
    assert event["clean"] and event["rejected_messages"] > 0, event
    assert len(messages_in(peers.frames)) + event["rejected_messages"] == asked == 3 * 500, \
        (len(messages_in(peers.frames)), asked, event)


# --- a stream with holes in it

@case("ticker --refuse: a client that reads slowly gets what was accepted, and no more is missing")
def holes_are_counted(build):
    server = Ticker("ticker", "--refuse", "--every", "1", "--bytes", "20000")
    with server.running(build) as program, \
            Control(program.port, "/", server.ask) as control, \
            Client(program.port, 4096) as c:
        c.open("/")
        control.goes_on(1)
        deadline = time.monotonic() + PATIENCE
        ticks = []
        while len(ticks) < 2 or ticks[-1] - ticks[-2] == 1:
            assert time.monotonic() < deadline, "no hole"
            ticks.append(int(c.next().split()[1]))
            time.sleep(0.02)
        c.bid_farewell()
        c.drain()
        event = program.closed(c.local_port)
        assert event["rejected"] == event["rejected_messages"] > 0, event
        account(c, event)
        control.goes_on()
        program.signal()
        control.was_told(1001, server.reason)
        program.ends()


# --- coming back

class Exchange:
    """Reads orders; `ends(conn, number)`: how each of the first connections is ended, after so many
    orders. The last one stays."""

    def __init__(self, connections, orders, ends):
        self.connections, self.orders, self.ends = connections, orders, ends
        self.subscriptions, self.got, self.is_settled = [], [], threading.Event()

    def __call__(self, conn, number):
        conn.accept()
        with contextlib.suppress(EOFError, OSError):
            for n in range(1_000_000):
                frame = conn.read_frame()
                if frame.opcode == 8:
                    return conn.close(1000)
                if frame.opcode == 9:
                    conn.send(frame.payload, 10)
                elif frame.payload.startswith(b"subscribe"):
                    self.subscriptions.append(int(frame.payload.split()[2]))
                else:
                    self.got.append(int(frame.payload.split()[1]))
                    conn.send(f"trade {len(self.got)}")
                if n == self.orders and number <= self.connections:
                    self.ends(conn, self)
                if number > self.connections and n == self.orders:
                    self.is_settled.set()


def restarts(conn, exchange):
    """Reads what came behind our Close, too: all of it has arrived."""
    conn.close(1012)
    while (frame := conn.read_frame()).opcode != 8:
        exchange.got.append(int(frame.payload.split()[1]))
    raise EOFError


def resets(conn, exchange):
    conn.reset()
    raise EOFError


def orders_arrive(ends, connections, may_lose):
    def body(build):
        exchange = Exchange(connections, 10, ends)
        with Peers(exchange) as peers, \
                started(build, "exchange", peers.url, exit_codes=(0,)) as program:
            assert exchange.is_settled.wait(PATIENCE), \
                f"it has not come back for good: {program.lines[-3:]}"
            program.signal()
            program.ends()
        told = program.event("orders")
        assert len(exchange.subscriptions) == connections + 1, exchange.subscriptions
        assert len(set(exchange.got)) == len(exchange.got), "an order was carried out twice"
        missing = set(range(1, told["last"] + 1)) - set(exchange.got) - set(told["unsent"]) - \
            set(told["refused"])
        if not may_lose:
            assert not missing, f"lost without a word: {missing}"
            assert exchange.got == sorted(exchange.got), "not in their order"
        assert exchange.subscriptions == sorted(exchange.subscriptions), exchange.subscriptions
    return body


CASES += [
    ("exchange: a server that restarts three times: each order arrives once, in its order",
     orders_arrive(restarts, 3, may_lose=False)),
    ("exchange: a server that resets three times: no order arrives twice",
     orders_arrive(resets, 3, may_lose=True)),
]


# --- several processes, several threads

@case("prefork: a worker is killed: the others' clients go on, another takes its place")
def a_worker_is_killed(build):
    server = Server("prefork", "--workers", "3")
    with server.running(build) as program, contextlib.ExitStack() as stack:
        program.wait(lambda: len(program.told("worker")) == 3 or None, "third worker")
        controls = [stack.enter_context(Control(program.port, "/", server.ask)) for _ in range(9)]
        opened = program.wait(lambda: list(program.told("open"))
                              if len(program.told("open")) == 9 else None, "ninth connection")
        victim = opened[0]["pid"]
        os.kill(victim, signal.SIGKILL)
        program.event("worker_over", worker=victim)
        program.wait(lambda: len(program.told("worker")) == 4 or None, "worker in its place")
        dead = {e["peer"] for e in opened if e["pid"] == victim}
        living = [c for c in controls if f"127.0.0.1:{c.client.local_port}" not in dead]
        for control in living:
            control.goes_on()
        with Control(program.port, "/", server.ask) as later:
            later.goes_on(1)
            program.exit_codes = (128 + signal.SIGKILL,)
            program.signal()
            for control in [*living, later]:
                control.was_told(1001, b"")
        program.ends()


def ten_clients_talk(server):
    def body(build):
        with server.running(build) as program, contextlib.ExitStack() as stack:
            controls = [stack.enter_context(Control(program.port, server.CONTROL_PATH, server.ask))
                        for _ in range(10)]
            for control in controls:
                control.goes_on(1)
            program.signal()
            for control in controls:
                control.was_told(1001, server.reason)
            program.ends()
            if not server.plain:
                for control in controls:
                    account(control.client, program.closed(control.client.local_port))
                assert sum(e["clean"] for e in program.told("shutdown")) == 10
    return body


# --- what a slow reader costs

@case("file_server: a client that asks for 300 MB and reads nothing costs no memory")
def a_large_file_waits(build):
    server = Files("file_server")
    with server.running(build) as program, Client(program.port, 4096) as c:
        c.open("/").say("get 300000000")
        event = program.closed(c.local_port)
        assert event["cause"] == "keepalive_timed_out", event
        program.needed_at_most(MOST_MEMORY)
        c.drain()
        account(c, event)
        program.signal()
        program.ends()


# --- the proxy's other side

def behind_is(act, code=None, status=None):
    """How the client learns what happened behind."""
    def body(build):
        with Peers(act) as behind, \
                started(build, "proxy", "--port", "0", "--behind", behind.url.rstrip("/")) as program:
            with Client(program.port) as c:
                if status:
                    answered = None
                    try:
                        c.open("/")
                    except (AssertionError, Ended) as why:
                        answered = str(why)
                    assert f"/: {status}" == answered, f"{answered}, not {status}"
                    program.event("refused", status=status)
                else:
                    c.open("/").drain()
                    assert c.close_code == code, f"Close {c.close_code}, not {code}"
                    account(c, program.closed(c.local_port))
                program.event("closed_behind")
            program.signal()
            program.ends()
    return body


def accepts_and(act):
    def behave(conn, number):
        conn.accept()
        act(conn)
    return behave


CASES += [
    ("proxy: behind it 503", behind_is(refuses("503 Service Unavailable"), status=502)),
    ("proxy: behind it a server that says nothing",
     behind_is(lambda conn, number: conn.wait_for_end(), status=503)),
    ("proxy: behind it a Close 4001", behind_is(closes_with(4001, "no"), code=4001)),
    ("proxy: behind it a Close without a code", behind_is(closes_with(None), code=1014)),
    ("proxy: behind it a reset", behind_is(accepts_and(lambda conn: conn.reset()), code=1014)),
    ("proxy: behind it the end of TCP", behind_is(accepts_and(lambda conn: None), code=1014)),
    ("proxy: behind it noise",
     behind_is(accepts_and(lambda conn: (conn.raw(b"\xff" * 100), reads_on(conn))), code=1014)),
]


@case("proxy: much from behind for a client that reads slowly: all of it, and no memory")
def much_from_behind(build):
    count, size = 600, 50_000

    def talks(conn):
        for n in range(count):
            conn.send(n.to_bytes(4, "big") * (size // 4))
        conn.close(1000, "all said")
        reads_on(conn)

    with Peers(accepts_and(talks)) as behind, \
            started(build, "proxy", "--port", "0", "--behind", behind.url.rstrip("/")) as program:
        with Client(program.port, 1 << 16) as c:
            c.open("/")
            crc = 0
            try:
                for n in range(count):
                    crc = zlib.crc32(c.next(), crc)
                    if n % 20 == 0:
                        time.sleep(0.02)
            except Over:
                pass
            c.drain()
            whole = b"".join(n.to_bytes(4, "big") * (size // 4) for n in range(count))
            assert c.received == count and crc == zlib.crc32(whole), \
                f"{c.received} of {count}: {program.lines[-2:]}"
            assert c.close_code == 1000, c.close_code
            account(c, program.closed(c.local_port))
        program.needed_at_most(MOST_MEMORY)
        program.signal()
        program.ends()


@case("proxy: much from a client for a slow reader behind: all of it, and no memory")
def much_for_behind(build):
    count, size = 400, 50_000

    def reads_slowly(conn):
        while True:
            frame = conn.read_frame()
            if frame.opcode in (8, 9):
                conn.send(frame.payload, {9: 10}.get(frame.opcode, 8))
            if frame.opcode == 8:
                return
            if len(behind.frames) % 20 == 0:
                time.sleep(0.02)

    with Peers(accepts_and(reads_slowly)) as behind, \
            started(build, "proxy", "--port", "0", "--behind", behind.url.rstrip("/")) as program:
        with Client(program.port) as c:
            c.open("/")
            c.socket.settimeout(PATIENCE)
            for _ in range(count):
                c.say(b"x" * size)
            c.bid_farewell()
            c.drain()
            account(c, program.closed(c.local_port))
        program.event("closed_behind")
        got = [m for m in messages_in(behind.frames) if len(m) == size]
        assert len(got) == count, f"{len(got)} of {count}: {program.lines[-2:]}"
        program.needed_at_most(MOST_MEMORY)
        program.signal()
        program.ends()


# --- examples

BY_THEMSELVES = ("last_words", "graceful_shutdown", "come_back")
ELSEWHERE = ("tls",)  # tests/examples_test.py has its certificates


@case("examples: those that are both ends run to their end")
def both_ends(build):
    for name in BY_THEMSELVES:
        with Program(build / "examples" / name, plain=True, exit_codes=(0,)) as program:
            program.ends()


@case("examples: each of them is here")
def each_example_is_here(build):
    here = {p.file.rsplit("/", 1)[-1] for p in [*SERVERS, *CLIENTS] if p.plain}
    there = {path.stem for path in (Path(__file__).parents[2] / "examples").glob("*.cpp")}
    assert there == here | {*BY_THEMSELVES, *ELSEWHERE}, there ^ (here | {*BY_THEMSELVES, *ELSEWHERE})
