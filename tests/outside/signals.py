"""Signals to either side: stopped, continued, killed; SIGTERM to a server in a storm."""

import json
import signal
import threading

from raw_client import TEXT, Connection, Ended, TimedOut, close, frame
from stage import LOST, Cases, Connect, Server, goes_on, killed, lasting, says, stopped, until

case = CASES = Cases()


# --- SIGTERM in a storm

class Storm(threading.Thread):
    """Connects, talks, closes, again and again, until nobody listens. What was opened is counted;
    each of these has to end with a Close."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number = port, number
        self.opened, self.going_away, self.wrong = [], 0, []

    def run(self):
        turn = 0
        while True:
            turn += 1
            path = f"/?storm={self.number}-{turn}"
            try:
                with Connection(self.port) as c:
                    try:
                        c.open(path)
                    except (AssertionError, Ended, OSError):
                        return  # 503, or the listener has gone before it was accepted
                    self.opened.append(path)
                    self.talk(c, path, turn)
            except OSError:
                return  # nobody listens any more

    def talk(self, c, path, turn):
        """Up to a Close from either side, or what is wrong."""
        try:
            for n in range(turn % 7):
                c.send(frame(TEXT, f"{n}" * 500))
            c.send(close(4000))
            code = None
            while code is None:
                got = c.frame()
                if got.opcode == 8:
                    code = int.from_bytes(got.payload[:2], "big")
            assert code in (1001, 4000), code
            self.going_away += code == 1001
            c.expect_end()
        except (AssertionError, Ended, TimedOut, OSError) as why:
            self.wrong.append((path, repr(why)))


@case("server, SIGTERM in a storm of connects and messages: every one that opened ends with a Close, "
      "exit 0", alone=True)
def storm(tools):
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url("/?resting")) as resting:
        resting.opened()
        storms = [Storm(serve.port, n) for n in range(8)]
        for one in storms:
            one.start()
        until(lambda: sum(len(one.opened) for one in storms) > 400, "400 connections")
        serve.signal(signal.SIGTERM)
        assert serve.exit_code() == 0, b"".join(serve.everything["stderr"][-5:])
        for one in storms:
            one.join(10)
            assert not one.is_alive() and not one.wrong, one.wrong
        resting.ends(0, "completed", code=1001, initiator="remote", was_clean=True)
        opened = {path for one in storms for path in one.opened} | {"/?resting"}
        told = serve.told()
        assert set(told) == opened, (set(told) ^ opened)
        events = [json.loads(line) for line in serve.everything["stdout"]][1:]
        assert all(e["was_clean"] for e in events), [e for e in events if not e["was_clean"]][:3]
        report = serve.line("drained")
        assert "terminated=0" in report, report


# --- SIGSTOP and SIGCONT

@case("server stopped for less than the keepalive: the connection stays")
def server_stopped_shortly(tools):
    with Server(tools.adieu) as serve, \
            Connect(tools.adieu, "--ping-interval", "2s", serve.url()) as client:
        client.opened()
        stopped(serve.process)
        client.say("said meanwhile")
        lasting(2.5)
        goes_on(serve.process)
        assert client.event("message")["data"] == "said meanwhile"
        client.end_stdin()
        client.ends(0, "completed", code=1000, was_clean=True)
        says(serve.event("/"), code=1000, was_clean=True, initiator="remote")


@case("server stopped for longer than the keepalive: the client gives up, the server learns why")
def server_stopped_for_long(tools):
    with Server(tools.adieu) as serve, \
            Connect(tools.adieu, "--ping-interval", "400ms", serve.url()) as client:
        client.opened()
        stopped(serve.process)
        client.ends(46, "keepalive_timed_out", phase="open", initiator="local", was_clean=False,
                    code=1006)
        goes_on(serve.process)
        says(serve.event("/"), code=1011, initiator="remote")


@case("client stopped for less than the keepalive: the connection stays")
def client_stopped_shortly(tools):
    with Server(tools.adieu, "--ping-interval", "2s") as serve, \
            Connect(tools.adieu, serve.url()) as client:
        client.opened()
        stopped(client.process)
        lasting(2.5)
        goes_on(client.process)
        client.echoes("here again")
        client.end_stdin()
        client.ends(0, "completed", code=1000, was_clean=True)
        says(serve.event("/"), code=1000, was_clean=True, initiator="remote")


@case("client stopped for longer than the keepalive: the server gives it up, the client learns why")
def client_stopped_for_long(tools):
    with Server(tools.adieu, "--ping-interval", "400ms") as serve, \
            Connect(tools.adieu, serve.url()) as client:
        client.opened()
        stopped(client.process)
        says(serve.event("/"), cause="keepalive_timed_out", phase="open", initiator="local",
             was_clean=False, code=1006)
        serve.is_idle()
        goes_on(client.process)
        client.ends(40, "completed", code=1011, initiator="remote")


@case("both stopped for three keepalives: neither gives the other up for it")
def both_stopped(tools):
    with Server(tools.adieu, "--ping-interval", "1s") as serve, \
            Connect(tools.adieu, "--ping-interval", "1s", serve.url()) as client:
        client.opened()
        stopped(client.process)
        stopped(serve.process)
        lasting(3)
        goes_on(serve.process)
        goes_on(client.process)
        client.echoes("still there")
        client.end_stdin()
        client.ends(0, "completed", code=1000, was_clean=True)
        says(serve.event("/"), code=1000, was_clean=True)


@case("server stopped in the closing for less than --close-timeout: clean")
def closing_stopped_shortly(tools):
    with Server(tools.adieu) as serve, \
            Connect(tools.adieu, "--close-timeout", "10s", serve.url()) as client:
        client.opened()
        stopped(serve.process)
        client.end_stdin()
        lasting(1)
        assert client.process.poll() is None
        goes_on(serve.process)
        client.ends(0, "completed", code=1000, initiator="local", was_clean=True)
        says(serve.event("/"), code=1000, initiator="remote", was_clean=True)


@case("server stopped in the closing for longer than --close-timeout: the client is told in time")
def closing_stopped_for_long(tools):
    with Server(tools.adieu) as serve, \
            Connect(tools.adieu, "--close-timeout", "400ms", serve.url()) as client:
        client.opened()
        stopped(serve.process)
        client.end_stdin()
        client.ends(47, "closing_timed_out", phase="awaiting_close", initiator="local",
                    was_clean=False, code=1006)
        goes_on(serve.process)
        says(serve.event("/"), code=1000, initiator="remote")


@case("client stopped in the server's closing for longer than --close-timeout")
def closing_client_stopped(tools):
    path = "/close/4001?after=500ms"
    with Server(tools.adieu, "--close-timeout", "400ms") as serve, \
            Connect(tools.adieu, serve.url(path)) as client:
        stopped(client.opened().process)
        says(serve.event(path), cause="closing_timed_out", phase="awaiting_close",
             initiator="local", was_clean=False, code=1006)
        goes_on(client.process)
        client.ends(44, "completed", code=4001, initiator="remote")


@case("server stopped in the opening for longer than --connect-timeout")
def opening_stopped(tools):
    with Server(tools.adieu) as serve:
        stopped(serve.process)
        with Connect(tools.adieu, "--connect-timeout", "400ms", serve.url()) as client:
            client.ends(28, "opening_timed_out", phase="opening", initiator="none",
                        was_clean=False)
        goes_on(serve.process)


@case("client stopped while SIGTERM drains: --drain holds, the others end clean, exit 1")
def drain_with_one_stopped(tools):
    with Server(tools.adieu, "--drain", "1s") as serve, \
            Connect(tools.adieu, serve.url("/?good")) as good, \
            Connect(tools.adieu, serve.url("/?stopped")) as bad:
        good.opened()
        bad.opened()
        stopped(bad.process)
        serve.signal()
        good.ends(0, "completed", code=1001, initiator="remote", was_clean=True)
        assert serve.exit_code() == 1
        says(serve.event("/?good"), was_clean=True)
        says(serve.event("/?stopped"), was_clean=False, code=1006, initiator="local",
             cause=("terminated", "closing_timed_out"))
        goes_on(bad.process)
        bad.ends(0, "completed", code=1001, initiator="remote")


# --- kill -9

@case("client killed while open")
def client_killed(tools):
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url()) as client:
        client.opened().process.kill()
        says(serve.event("/"), cause="peer_vanished", phase="open", initiator="none",
             was_clean=False, code=1006)


@case("client killed with much on its way to it")
def client_killed_behind(tools):
    path = "/talk?n=1000&bytes=100000"
    with Server(tools.adieu, "--no-deflate") as serve, \
            Connect(tools.adieu, serve.url(path)) as client:
        client.opened()
        client.event("message")
        stopped(client.process)
        client.process.kill()
        event = serve.event(path)
        says(event, cause=LOST, phase="open", initiator="none", was_clean=False, code=1006)
        assert event["unsent_messages"] > 0 and event["error"], event


@case("client killed before it has answered the server's Close")
def client_killed_in_the_closing(tools):
    path = "/close/4001?after=600ms"
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url(path)) as client:
        stopped(client.opened().process)
        lasting(1)  # the Close lies in its socket
        client.process.kill()
        says(serve.event(path), cause=LOST, phase="awaiting_close", initiator="local", code=1006,
             was_clean=False)


@case("server killed while open")
def server_killed(tools):
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url()) as client:
        client.opened()
        killed(serve.process)
        client.ends(46, LOST, phase="open", initiator="none", was_clean=False, code=1006)


@case("server killed before it has answered the client's Close")
def server_killed_in_the_closing(tools):
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url()) as client:
        client.opened()
        stopped(serve.process)
        client.signal(signal.SIGINT)
        lasting(0.5)  # the Close lies in its socket
        killed(serve.process)
        client.ends(46, LOST, phase="awaiting_close", initiator="local", was_clean=False, code=1006)


@case("server killed in the opening")
def server_killed_in_the_opening(tools):
    with Server(tools.adieu) as serve:
        stopped(serve.process)
        with Connect(tools.adieu, serve.url()) as client:
            until(lambda: bytes_wait_for(serve.port), "the request has come")
            killed(serve.process)
            client.ends(7, LOST, phase="opening", initiator="none", was_clean=False)


def rows_of_tcp():
    with open("/proc/net/tcp") as table:
        return [line.split() for line in table][1:]


def bytes_wait_for(port):
    """Whether a socket of that port has received what nobody has read."""
    return any(row[1].endswith(f":{port:04X}") and row[3] == "01" and
               int(row[4].split(":")[1], 16) for row in rows_of_tcp())
