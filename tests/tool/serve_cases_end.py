"""How `adieu serve` begins and ends: its first line, its arguments, signals, and the report."""

import io
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

from raw_client import (BINARY, PATIENCE, TEXT, Connection, Ended, close, elapsed_since, frame,
                        opening)
from serve_process import Serve, check_event

CASES = []


def case(name):
    def add(run):
        CASES.append((name, run))
        return run
    return add


def run_tool(adieu, *arguments):
    return subprocess.run([adieu, *arguments], capture_output=True, timeout=PATIENCE, text=True,
                          stdin=subprocess.DEVNULL)


@case("the first line tells where it listens")
def first_line(adieu):
    with Serve(adieu) as serve:
        assert serve.first == {"event": "listening", "url": f"ws://127.0.0.1:{serve.port}",
                               "port": serve.port}, serve.first
    with Serve(adieu, lines=True) as serve:
        assert serve.first == f"listening on ws://127.0.0.1:{serve.port}", serve.first


@case("it listens on IPv6")
def ipv6(adieu):
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        return "skipped: no IPv6 here"
    with Serve(adieu, "--host", "::1") as serve:
        assert serve.first["url"] == f"ws://[::1]:{serve.port}", serve.first
        with serve.connect("/empty", host="::1") as c:
            c.expect_close(None)


@case("people get a line for each connection on stderr")
def lines(adieu):
    with Serve(adieu, lines=True) as serve:
        with serve.connect("/close/4001?reason=bad%0Atoken") as c:
            c.expect_close(4001)
            c.send(close(4001, "a\nb"))
            c.expect_end()
        line = serve.line("closed ")
        assert line.startswith('closed 4001 "a\\nb" by=local clean=yes cause=completed'), line
        assert "/close/4001?reason=bad%0Atoken" in line and "error=" not in line, line
        with serve.connect("/echo") as c:
            c.send(frame(3, "no such opcode"))
            c.expect_close(1002)
            c.expect_end()
        line = serve.line("closed ")
        assert line.endswith('path=/echo error="invalid frame"'), line
        serve.signal()
        assert serve.exit_code() == 0
        assert serve.everything["stdout"] == [], "stdout is for --json"


@case("with --json nothing else is on stdout")
def only_json(adieu):
    with Serve(adieu, "-v") as serve:
        for path in ("/empty", "/drop", "/close/999"):
            with serve.connect(path) as c:
                try:
                    c.frame()
                except Ended:
                    pass
            serve.event(path)
        serve.signal()
        serve.exit_code()
        for text in serve.everything["stdout"]:
            assert json.loads(text)["event"] in ("listening", "close"), text


@case("-v shows heads and frames on stderr")
def verbose(adieu):
    with Serve(adieu, "-v") as serve:
        with serve.connect("/echo") as c:
            c.send(frame(TEXT, "shown") + close(1000))
            c.expect(TEXT, "shown")
        serve.event("/echo")
        with serve.connect("/linger") as c:
            c.send(frame(TEXT, "raw") + close(1000))
            c.expect(TEXT, "raw")
        serve.event("/linger")
        serve.signal()
        serve.exit_code()
        text = b"".join(serve.everything["stderr"]).decode()
        for wanted in ("GET /echo", '"shown"', '"raw"', "close 1000"):
            assert wanted in text, f"{wanted} not in:\n{text}"


class NotRead:
    """A server whose stdout and stderr nobody reads, all but its first line."""

    def __init__(self, adieu, *arguments):
        self.process = subprocess.Popen([adieu, "serve", "--port", "0", *arguments], bufsize=0,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        first = self.process.stdout if "--json" in arguments else self.process.stderr
        line = b""
        while not line.endswith(b"\n"):
            line += first.read(1)
        self.port = int(re.search(rb":(\d+)", line)[1])
        self.stdout = io.BufferedReader(self.process.stdout)
        self.stderr = io.BufferedReader(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def live(self, path):
        with Connection(self.port).open(path) as c:
            c.send(frame(TEXT, "still here"))
            c.expect(TEXT, "still here")
            c.send(close(1000))
            c.expect_close(1000)
            c.expect_end()

    def lives_through(self, count, size):
        for number in range(count):
            self.live(f"/echo?{number}-" + "x" * size)


@case("nobody reads what it prints: it goes on all the same, and ends when it is told to")
def nobody_reads(adieu):
    for arguments in (["--json"], ["--json", "-v"], ["-v"], []):
        with NotRead(adieu, *arguments) as serve:
            serve.lives_through(20, 12000)  # more than three pipes of 64 KiB hold
            with Connection(serve.port).open("/echo") as c:
                start = time.monotonic()
                serve.process.send_signal(signal.SIGTERM)
                c.expect_close(1001)
                c.send(close(1001))
                c.expect_end()
                assert serve.process.wait(PATIENCE) == 0
                assert elapsed_since(start) < 8, elapsed_since(start)


@case("--json: what nobody read in time is dropped, and how much")
def dropped_events(adieu):
    with NotRead(adieu, "--json") as serve:
        count = 130
        serve.lives_through(count, 12000)  # of it 1 MiB is kept
        lines = []
        while sum(e.get("lines", 1) for e in lines) < count:
            lines.append(json.loads(serve.stdout.readline()))
        assert sum(e.get("lines", 1) for e in lines) == count, lines
        assert {e["event"] for e in lines} == {"close", "dropped"}, lines
        serve.live("/echo?again")
        again = json.loads(serve.stdout.readline())
        check_event(again, path="/echo?again", was_clean=True)


@case("lines for people that nobody read in time are dropped, and how many")
def dropped_lines(adieu):
    with NotRead(adieu) as serve:
        serve.lives_through(130, 12000)
        told, dropped = 0, 0
        while told + dropped < 130:
            line = serve.stderr.readline().decode()
            found = re.fullmatch(r"(\d+) lines? dropped here: nobody read them in time\n", line)
            assert found or line.startswith("closed 1000 "), line
            told, dropped = (told, dropped + int(found[1])) if found else (told + 1, dropped)
        assert dropped > 0 and told + dropped == 130, (told, dropped)


@case("a reader that has gone is no reason to end")
def reader_has_gone(adieu):
    with NotRead(adieu, "--json", "-v") as serve:
        serve.process.stdout.close()
        serve.process.stderr.close()
        serve.lives_through(20, 1000)
        serve.process.send_signal(signal.SIGTERM)
        assert serve.process.wait(PATIENCE) == 0


@case("a wrong argument: 2, with a line that says which")
def wrong_arguments(adieu):
    for arguments in (["--port", "70000"], ["--port", "x"], ["--host", "example.org"],
                      ["--drain", "soon"], ["--max-message", "-1"], ["--nonsense"]):
        done = run_tool(adieu, "serve", *arguments)
        assert done.returncode == 2, f"{arguments}: {done.returncode}"
        assert done.stderr and not done.stdout, arguments
    done = run_tool(adieu, "serve", "--help")
    assert done.returncode == 0 and "/last-words" in done.stdout


@case("a port that is taken: 1, with a line that says so")
def port_in_use(adieu):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run_tool(adieu, "serve", "--port", port)
    assert done.returncode == 1, done
    assert port in done.stderr and "in use" in done.stderr, done.stderr


@case("--max-message: a message over it is refused with 1009, at its head")
def max_message(adieu):
    with Serve(adieu, "--max-message", "1000") as serve:
        with serve.connect("/?1") as c:
            c.send(frame(TEXT, b"x" * 1000))
            c.expect(TEXT, b"x" * 1000)
            c.send(frame(TEXT, declared=1001))
            c.expect_close(1009)
            c.expect_end()
        check_event(serve.event("/?1"), was_clean=False, cause="message_too_big", code=1006)


@case("--origin: pages of any are taken, unless it names some")
def origins(adieu):
    evil, good = "https://evil.example", "https://a.good.example"
    with Serve(adieu) as serve:
        for origin in (evil, "null", "no origin at all"):
            with serve.connect("/empty", Origin=origin) as c:
                c.expect_close(None)
    with Serve(adieu, "--origin", "same host", "--origin", "https://*.good.example") as serve:
        for origin in (good, "http://127.0.0.1", None):
            with serve.connect("/empty", Origin=origin) as c:
                c.expect_close(None)
        for origin in (evil, "null", "http://127.0.0.1:1"):
            with serve.tcp() as c:
                c.send(opening("/empty", Origin=origin)[0])
                answer = c.answer()
                assert answer.status == 403, answer.status
                body = c.body(answer).decode()
                assert f'add "{origin}" to' in body and "--origin" in body, body


def echoed(c, count):
    """So many messages of a byte, which the client reads only once the server takes no more."""
    out, back = memoryview(frame(BINARY, b"x") * count), 0
    c.socket.setblocking(False)
    while out and select.select([], [c.socket], [], 1)[1]:
        out = out[c.socket.send(out[:1 << 20]):]
    while back < 3 * count:
        can_read, can_write, _ = select.select([c.socket], [c.socket] if out else [], [], PATIENCE)
        assert can_read or can_write, f"{back // 3} came of {count}"
        if can_write:
            out = out[c.socket.send(out[:1 << 20]):]
        if can_read:
            came = c.socket.recv(1 << 20)
            assert came, f"the end, behind {back // 3} messages of {count}"
            back += len(came)
    c.socket.settimeout(PATIENCE)


@case("an echo to a client that does not read waits, and loses none of millions of small messages")
def small_echoes(adieu):
    with Serve(adieu, "--no-deflate") as serve:
        with serve.tcp(receive_buffer=4096) as c:
            c.open("/echo")
            serve.opened["/echo"] += 1
            echoed(c, 3_000_000)
            c.send(close(1000))
            c.expect_close(1000)
            c.expect_end()
        check_event(serve.event("/echo"), was_clean=True, unsent_messages=0, rejected_messages=0)


@case("--close-timeout: a Close that is not answered")
def close_timeout(adieu):
    with Serve(adieu, "--close-timeout", "300ms") as serve:
        with serve.connect("/close/4000") as c:
            c.expect_close(4000)
            start = time.monotonic()
            event = serve.event("/close/4000")
            assert 0.2 < elapsed_since(start) < 3, elapsed_since(start)
            check_event(event, was_clean=False, code=1006, initiator="local",
                        cause="closing_timed_out", phase="awaiting_close", sent=(4000, ""))


@case("--ping-interval: a client that is silent is asked, then given up")
def ping_interval(adieu):
    with Serve(adieu, "--ping-interval", "300ms") as serve:
        with serve.connect("/echo") as c:
            c.expect(9)
            check_event(serve.event("/echo"), was_clean=False, code=1006,
                        cause="keepalive_timed_out", phase="open", initiator="local")


@case("SIGTERM and SIGINT: 1001 to every client, 0 if all were clean")
def drain(adieu):
    for which in (signal.SIGTERM, signal.SIGINT):
        with Serve(adieu) as serve:
            paths = ["/echo", "/mute", "/linger", "/slow?rate=5000", "/close/4000?after=1h",
                     "/close/999?after=1h", "/flaky?uptime=1h"]
            clients = [serve.connect(path) for path in paths]
            serve.signal(which)
            for client in clients:
                client.expect_close(1001)
                client.send(close(1001))
                client.expect_end()
                client.__exit__()
            for path in paths:
                check_event(serve.event(path), was_clean=True, code=1001, initiator="local")
            assert serve.exit_code() == 0
            report = serve.line("drained")
            assert report == "drained clean=7 terminated=0 unsent=0", report


@case("SIGTERM without connections ends at once")
def drain_nothing(adieu):
    with Serve(adieu) as serve:
        serve.signal()
        assert serve.exit_code() == 0
        assert serve.line("drained") == "drained clean=0 terminated=0 unsent=0"


@case("a client that does not answer is terminated when --drain is over: 1")
def drain_over(adieu):
    with Serve(adieu, "--drain", "500ms") as serve:
        with serve.connect("/echo") as good, serve.connect("/echo?bad"), serve.connect("/mute"):
            start = time.monotonic()
            serve.signal()
            good.expect_close(1001)
            good.send(close(1001))
            good.expect_end()
            good.__exit__()
            check_event(serve.event("/echo"), was_clean=True)
            check_event(serve.event("/echo?bad"), was_clean=False, code=1006)
            check_event(serve.event("/mute"), was_clean=False, code=1006, cause="terminated")
            assert serve.exit_code() == 1
            assert 0.4 < elapsed_since(start) < 3, elapsed_since(start)
            assert serve.line("drained") == "drained clean=1 terminated=2 unsent=0"


@case("a second signal ends at once, and tells what it ended: 1")
def second_signal(adieu):
    with Serve(adieu) as serve:
        with serve.connect("/echo") as c, serve.connect("/mute"):
            serve.signal()
            c.expect_close(1001)
            start = time.monotonic()
            serve.signal(signal.SIGINT)
            for path in ("/echo", "/mute"):
                check_event(serve.event(path), was_clean=False, code=1006, cause="terminated",
                            initiator="local")
            assert serve.exit_code() == 1
            assert elapsed_since(start) < 2, elapsed_since(start)
            report = serve.line("drained")
            assert report == "drained clean=0 terminated=2 unsent=0", report
