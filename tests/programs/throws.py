"""Handlers that throw, each of them: that connection ends with 1011, nothing of what() goes over the
wire, and every other connection goes on."""

import contextlib

from bad_servers import reads_on
from client import Client, Control, Over
from program import Program
from raw_client import CLOSE, Ended, frame, opening
from raw_peers import Peers, echoes
from servers import Server, account

WHAT = {"": "thrown in ", "int": "not a std::exception", "bad_alloc": "std::bad_alloc"}


class Throwing(Server):
    def __init__(self, where, kind="", *more):
        super().__init__("throws_server", "--throw-in", where, *(("--throw", kind) if kind else ()),
                         *more)
        self.where = where
        self.what = WHAT[kind] + (where if not kind else "")

    def provoke(self, c):
        """What makes that handler be called."""
        words = {"on_drain": "fill", "posted": "post", "for_each": "each"}
        if self.where == "on_closing":
            c.has_closed = True
            c.put(frame(CLOSE, b"\x0f\xa0"))
        elif self.where == "on_close":
            c.bid_farewell()
        elif self.where != "on_open":
            c.say(words.get(self.where, "hello"))

    def one_that_throws(self, program):
        """Its client, drained, and its close event."""
        with Client(program.port) as c:
            c.open("/throw")
            try:
                self.provoke(c)
            except Over:
                pass
            c.drain()
        event = program.closed(c.local_port)
        account(c, event)
        return c, event


# --- how it is told

def ends_the_connection(program, server):
    c, event = server.one_that_throws(program)
    assert event["cause"] == "handler_failed" and event["exception"] == server.what, event
    assert event["note"] == event["exception"], event
    assert event["sent"]["code"] == c.close_code == 1011, (event, c.close_code)
    assert b"thrown" not in c.close_reason, f"what() goes over the wire: {c.close_reason}"


def is_told_beside_the_last_words(program, server):
    """The peer had closed already: it gets what was said before, and its answer."""
    c, event = server.one_that_throws(program)
    assert c.received == 1, "the last words were lost"
    assert event["exception"] == server.what or \
        server.what in [e["what"] for e in program.told("exception")], event


def is_told_to_on_exception(program, server):
    _, event = server.one_that_throws(program)
    assert event["clean"] and not event["exception"], event
    program.event("exception", what=server.what)


def is_told_to_the_log(program, server):
    server.one_that_throws(program)
    program.error(server.what)


def refuses_the_opening(program, server):
    status = {"on_opening": 500, "on_refused": 403}[server.where]
    with Client(program.port) as c:
        c.send(opening("/throw?refuse")[0])
        answer = c.answer()
        assert answer.status == status, answer.status
        assert b"thrown" not in c.body(answer), "what() goes over the wire"
    refused = program.event("refused", peer=f"127.0.0.1:{c.local_port}")
    assert refused["status"] == status, refused
    if status == 500:
        assert refused["exception"] == server.what, refused
    else:
        program.event("exception", what=server.what)


def leaves_run(program, server):
    ends_the_connection(program, server)
    program.event("left_run", what=server.what)


OF_A_SERVER = [
    *[(Throwing(where), ends_the_connection)
      for where in ("on_open", "on_message", "on_drain", "posted", "for_each")],
    (Throwing("on_message", "int"), ends_the_connection),
    (Throwing("on_message", "bad_alloc"), ends_the_connection),
    (Throwing("on_closing"), is_told_beside_the_last_words),
    (Throwing("on_close"), is_told_to_on_exception),
    (Throwing("on_close", "int"), is_told_to_on_exception),
    (Throwing("on_close", "", "--no-on-exception"), is_told_to_the_log),
    (Throwing("on_opening"), refuses_the_opening),
    (Throwing("on_opening", "bad_alloc"), refuses_the_opening),
    (Throwing("on_refused"), refuses_the_opening),
    *[(Throwing(where, "", "--propagate"), leaves_run)
      for where in ("on_open", "on_message", "on_drain", "posted")],
]


def of_openings_at_sigterm(server):
    """It throws about those that come in time, and has gone for the rest."""
    def case(build):
        with server.running(build) as program, \
                Control(program.port, "/good", server.ask) as control, \
                contextlib.ExitStack() as stack:
            control.goes_on(1)
            thrown = {"on_opening": 500, "on_refused": 403}[server.where]
            clients = [stack.enter_context(Client(program.port)) for _ in range(20)]
            for n, c in enumerate(clients):
                if n == 10:
                    assert clients[0].answer().status == thrown
                    program.signal()
                with contextlib.suppress(OSError):
                    c.send(opening("/throw?refuse")[0])
            for c in clients[1:]:
                with contextlib.suppress(OSError, Ended):
                    status = c.answer().status
                    assert status in (thrown, 503), status
            control.was_told(1001, b"")
            program.ends()
            account(control.client, program.closed(control.client.local_port))
    return case


def of_a_server(server, is_told):
    def case(build):
        with server.running(build) as program, \
                Control(program.port, "/good", server.ask) as control:
            control.goes_on(1)
            for _ in range(3):
                is_told(program, server)
                control.goes_on(1)
            program.signal()
            control.was_told(1001, b"")
            program.ends()
            account(control.client, program.closed(control.client.local_port))
    return case


IN_THE_OPENING = ("on_opening", "on_refused")


def of_a_server_at_sigterm(server):
    """It throws while all are being closed."""
    def case(build):
        with server.running(build) as program, \
                Control(program.port, "/good", server.ask) as control, \
                Client(program.port) as c:
            control.goes_on(1)
            c.open("/throw")
            program.signal()
            try:
                server.provoke(c)
                c.drain()
            except Over:
                pass
            control.was_told(1001, b"")
            program.ends()
            account(control.client, program.closed(control.client.local_port))
    return case


# --- clients

def echoes_or_closes(conn, number):
    """Closes when it is asked to."""
    conn.accept()
    while True:
        frame = conn.read_frame()
        conn.send(frame.payload, {9: 10}.get(frame.opcode, frame.opcode))
        if frame.opcode == CLOSE:
            return None
        if frame.payload == b"close me":
            conn.close(1012)
            return reads_on(conn)


OF_A_CLIENT = ["on_open", "on_message", "on_drain", "on_closing", "on_close", "posted"]
OF_ONE_THAT_COMES_BACK = ["on_attempt", "decide", "on_open", "on_message", "on_drain", "on_closing",
                          "on_down", "on_close"]


def of_a_client(where, kind):
    def serve(conn, number):
        if where in ("on_closing", "on_close") and "throw" in conn.head.split(" ")[1]:
            conn.accept()
            conn.send("hello")
            conn.close(1012)
            return reads_on(conn)
        return echoes(conn, number)

    def case(build):
        what = WHAT[kind] + (where if not kind else "")
        with Peers(serve) as peers, \
                Program(build / "tests/programs/throws_client", peers.url, "--throw-in", where,
                        *(("--throw", kind) if kind else ()), exit_codes=(0,)) as program:
            assert program.ends() == 0, "the other connection did not go on"
        ends = program.told("closed")
        assert len(ends) == 2, ends
        told = [e["what"] for e in program.told("exception")]
        if where in ("on_closing", "on_close"):
            assert what in told + [e["exception"] for e in ends], (told, ends)
        else:
            failed = [e for e in ends if e["cause"] == "handler_failed"]
            assert [e["exception"] for e in failed] == [what], ends
            assert failed[0]["sent"]["code"] == 1011, failed
    return case


def of_one_that_comes_back(where, kind):
    def case(build):
        what = WHAT[kind] + (where if not kind else "")
        with Peers(echoes_or_closes) as peers, \
                Program(build / "tests/programs/throws_reconnecting", peers.url, "--throw-in", where,
                        *(("--throw", kind) if kind else ()), exit_codes=(0,)) as program:
            assert program.ends() == 0, "it has given up"
        ends = program.told("down") + program.told("closed")
        told = [e["what"] for e in program.told("exception")]
        assert what in told + [e["exception"] for e in ends], (told, ends)
        assert sum(e["received"] for e in ends) > 0, ends
    return case


def cases():
    for server, is_told in OF_A_SERVER:
        yield f"{server.name}: {is_told.__name__.replace('_', ' ')}", of_a_server(server, is_told)
        if not server.arguments[2:]:
            of = of_openings_at_sigterm if server.where in IN_THE_OPENING else of_a_server_at_sigterm
            yield f"{server.name}: SIGTERM while it throws", of(server)
    for kind in ("", "int"):
        for where in OF_A_CLIENT:
            yield (f"throws_client --throw-in {where} {kind}: the other goes on",
                   of_a_client(where, kind))
        for where in OF_ONE_THAT_COMES_BACK:
            yield (f"throws_reconnecting --throw-in {where} {kind}: it comes back",
                   of_one_that_comes_back(where, kind))
