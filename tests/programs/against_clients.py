"""Each client program, each server that misbehaves: it ends, or comes back, as it should; and SIGTERM
in the middle of it. What the programs count and what the server read add up."""

import collections
import contextlib
import signal
import threading

from bad_servers import BAD_SERVERS
from program import PATIENCE, Program, handed_over
from raw_peer import BINARY, TEXT
from raw_peers import Peers

# What SIGTERM may make of any connection, an opening too.
CUT = {"completed", "closing_timed_out", "abandoned", "peer_vanished", "reset"}


def end_unless_it_has_ended(program):
    """One that has told its end may listen for signals no more."""
    program.exit_codes += (-signal.SIGTERM,)
    with contextlib.suppress(AssertionError):
        program.signal()


class OneShot:
    """Ends with the connection: 0 if that closed cleanly with 1000."""
    plain, ends_on_sigterm, stays = False, True, False

    def __init__(self, file, *arguments):
        self.name, self.file, self.arguments = file, f"tests/programs/{file}", arguments

    def start(self, build, url):
        return Program(build / self.file, url, *self.arguments, exit_codes=(0, 1))

    def ends(self, program, causes, is_asked):
        event = program.event("closed")
        assert event["cause"] in causes, f"cause {event['cause']}, not one of {causes}: {event}"
        code = program.ends()
        expected = 0 if event["clean"] and event["code"] == 1000 else 1
        assert code in (expected, -signal.SIGTERM if is_asked else expected), (code, event)


class ComesBack(OneShot):
    """Until it is told to end (0), or gives up (3)."""
    stays = True

    def start(self, build, url):
        return Program(build / self.file, url, *self.arguments, exit_codes=(0, 3))

    def ends(self, program, causes, is_asked):
        def is_enough():
            downs = [e for e in program.lines if e["event"] == "down"]
            return downs if len(downs) >= 2 or [e for e in program.lines
                                                if e["event"] == "closed"] else None
        if not is_asked:
            for event in program.wait(is_enough, "second attempt, nor an end"):
                assert event["cause"] in causes, \
                    f"cause {event['cause']}, not one of {causes}: {event}"
            if not program.told("closed"):
                end_unless_it_has_ended(program)
        code = program.ends()
        assert len(program.told("closed")) == 1 == len(program.told("orders"))
        if is_asked and code != 0:  # it has given up just before
            last = program.told("closed")[0]
            assert last["cause"] in causes - CUT, f"exit {code}: {last}"


class Example(OneShot):
    plain, ends_on_sigterm = True, False

    def __init__(self, file):
        super().__init__(file)
        self.name, self.file = "examples/" + file, "examples/" + file

    def start(self, build, url):
        return Program(build / self.file, url, exit_codes=(0, 1), plain=True)

    def ends(self, program, causes, is_asked):
        program.ends(60)


class ExampleThatComesBack(Example):
    ends_on_sigterm = True
    last = "closed:"  # how its last line begins

    def ends(self, program, causes, is_asked):
        if not is_asked:
            program.wait(lambda: [t for t in program.texts if t.startswith(("down:", self.last))]
                         or None, "attempt that has ended")
            if not [t for t in program.texts if t.startswith(self.last)]:
                end_unless_it_has_ended(program)
        program.ends(60)
        program.text(self.last)


class Device(ExampleThatComesBack):
    last = "the end:"

    def start(self, build, url):  # its marker is there: its connection has worked before
        return Program(build / self.file, "/dev/null", url, exit_codes=(0,), plain=True)


CLIENTS = [
    OneShot("rpc_client"), OneShot("file_client"), OneShot("telemetry"), ComesBack("exchange"),
    Example("client_callbacks"), Example("client_coroutines"), Example("close_event"),
    Example("echo_client"), Example("back_pressure"), Example("log_and_trace"),
    ExampleThatComesBack("come_back_online"), Device("known_good"),
]


class Behaving(Peers):
    """Each connection meets the same act."""

    def __init__(self, act, middle):
        super().__init__(self.behave)
        self.act, self.middle, self.released = act, middle, threading.Event()

    def behave(self, conn, number):
        conn.released = self.released
        self.act(conn, self.middle if number == 1 else lambda: None)

    def __exit__(self, *rest):
        self.released.set()
        super().__exit__(*rest)


def messages_in(frames):
    return [frame.payload for frame in frames if frame.opcode in (TEXT, BINARY)]


def adds_up(program, peers):
    """No more was received than was handed over; no order was carried out twice."""
    ends = program.told("closed") + program.told("down")
    sent = sum(map(handed_over, ends))
    received = messages_in(peers.frames)
    assert len(received) <= sent, f"{len(received)} received of {sent}: {ends}"
    for order, times in collections.Counter(m for m in received if m[:6] == b"order ").items():
        assert times == 1, f"{order} was carried out {times} times"


def outlives(client, bad):
    def case(build):
        with Behaving(bad.act, lambda: None) as peers, \
                client.start(build, peers.url) as program:
            client.ends(program, bad.causes, is_asked=False)
            peers.released.set()
            if not client.plain:
                adds_up(program, peers)
    return case


def outlives_a_process(client, bad):
    def case(build):
        with bad.act(None) as server:
            try:
                url = f"ws://127.0.0.1:{int(server.stdout.readline())}/"
                with client.start(build, url) as program:
                    causes = bad.causes | {"opening_timed_out"}  # when it comes back
                    client.ends(program, causes, is_asked=False)
            finally:
                server.kill()
    return case


def sigterm(client, bad):
    def case(build):
        told, started = threading.Event(), threading.Event()

        def middle():
            started.wait(PATIENCE)
            end_unless_it_has_ended(program)
            told.set()

        with Behaving(bad.act, middle) as peers, client.start(build, peers.url) as program:
            started.set()
            assert told.wait(PATIENCE), "the program has not come so far"
            client.ends(program, bad.causes | CUT, is_asked=True)
            peers.released.set()
            if not client.plain:
                adds_up(program, peers)
    return case


def cases():
    for bad in BAD_SERVERS:
        for client in CLIENTS:
            if "process" in bad.marks:
                if not client.plain:
                    yield (f"{client.name}: a server {bad.name}", outlives_a_process(client, bad))
                continue
            if not (client.plain and "endless" in bad.marks or
                    client.stays and "harmless" in bad.marks):
                yield f"{client.name}: a server {bad.name}", outlives(client, bad)
            if client.ends_on_sigterm and not client.plain and "brief" not in bad.marks:
                yield (f"{client.name}: SIGTERM while a server {bad.name}", sigterm(client, bad))
