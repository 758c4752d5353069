"""What many at once do to a server, each with a bounded size: the function gives its figures as one
line, and raises AssertionError where the server does not hold."""

import contextlib
import statistics
import subprocess
import sys
import time
from pathlib import Path

from processes import Crowd, Server, wait_until
from proxy_texts import free_port

QUIET = ("--ping-interval", "0")  # no keepalive: idle means idle


def open_crowds(tools, on_exit, server, count, at_once=200, kind="hold", most=9_500):
    """As many processes as their descriptors ask for."""
    crowds, left = [], count
    while left:
        share = min(left, most)
        crowds.append(on_exit.enter_context(
            Crowd(tools.crowd, kind, server.port, count=share, at_once=at_once, hosts=4)))
        left -= share
    for crowd in crowds:
        crowd.hears("open")
    return crowds


def all_clean(ends, count, code):
    ended, clean = sum(e["ended"] for e in ends), sum(e["clean"] for e in ends)
    assert ended == clean == count, f"{clean} clean of {ended}, {count} wanted: {ends}"
    assert all(set(e["codes"]) == {code} for e in ends), [e["codes"] for e in ends]


def idle(tools, count=19_000):
    """Connections that say nothing, in one server process: memory for each, and what is left behind."""
    with contextlib.ExitStack() as on_exit:
        server = on_exit.enter_context(Server(tools.adieu, *QUIET))
        open_crowds(tools, on_exit, server, 100)[0].leave()
        server.is_idle()
        before, began = server.memory(), time.monotonic()
        crowds = open_crowds(tools, on_exit, server, count)
        took = time.monotonic() - began
        each = (server.memory() - before) / count
        assert server.descriptors() - server.descriptors_at_rest == count, server.descriptors()
        began = time.monotonic()
        all_clean([crowd.leave() for crowd in crowds], count, "1000")
        server.is_idle()
        closing = time.monotonic() - began
        after = server.memory() - before
        assert each < 2048, f"{each:.0f} bytes for each connection"
        server.ends()
        closed, _ = server.lines(b"closed ")
        assert closed == count + 100, f"{closed} close lines for {count + 100} connections"
    return (f"{count} idle connections in one process: {each:.0f} bytes each in `adieu serve`, opened "
            f"in {took:.1f} s, closed clean in {closing:.1f} s, {after / 1024:.0f} KiB of it kept")


def shutdown(tools, count=10_000, within=5.0):
    """SIGTERM with many open: each gets 1001 and is closed, and the exit code is 0."""
    with contextlib.ExitStack() as on_exit:
        server = on_exit.enter_context(Server(tools.adieu, *QUIET))
        crowds = open_crowds(tools, on_exit, server, count)
        began = server.signal()
        code = server.exit_code()
        took = time.monotonic() - began
        ends = [crowd.hears("ended") for crowd in crowds]
        last = max(e["last_ms"] for e in ends) / 1000 - began
        all_clean(ends, count, "1001")
        closed, _ = server.lines(b"closed ")
        _, report = server.lines(b"drained ")
        assert code == 0 and closed == count, (code, closed, report)
        assert report == f"drained clean={count} terminated=0 unsent=0", report
        assert max(took, last) < within, f"{took:.1f} s, the last client {last:.1f} s"
    return (f"SIGTERM with {count} open: all got 1001, the last was closed after {last:.2f} s, exit 0 "
            f"after {took:.2f} s")


def restart(tools, count=5_000, outage=8.0):
    """Clients that come back, through a server's restart: no herd, and all are back."""
    port = free_port()
    with contextlib.ExitStack() as on_exit:
        with Server(tools.adieu, *QUIET, port=port) as server:
            crowd = open_crowds(tools, on_exit, server, count, kind="come-back", most=19_000)[0]
            down = server.signal()
            assert server.exit_code() == 0
        time.sleep(max(down + outage - time.monotonic(), 0))  # the outage
        server = on_exit.enter_context(Server(tools.adieu, *QUIET, port=port))
        up = time.monotonic()
        back = crowd.hears("open")
        assert back["down"] == count, back
        told = crowd.leave()
        attempts, openings = told["attempts"], told["openings"]
        assert told["ended"] == told["clean"] == count, told
        # One attempt takes more than a moment: what is left over from before is not counted.
        tenth = int((up - down) * 10) + 1
        peak, peak_ever = max(attempts[tenth:] or [0]), max(attempts)
        assert peak_ever < count / 4, f"a herd: {peak_ever} of {count} within 100 ms"
        server.ends()
    return (f"{count} clients through an outage of {up - down:.1f} s: all back "
            f"{back['ms'] / 1000 - up:.1f} s after it; most attempts within 100 ms: {peak_ever} at any "
            f"moment, {peak} once it is back; most openings: {max(openings)}"), attempts, openings


def bad_peer(tools, count=1_000, rounds=5, seconds=3.0, kinds=None, at_least=2.0):
    """One bad peer among many: how long the others wait, with it and without, in turns."""
    # Without: it is as bad to another server, so that the machine has as much to do. at_least:
    # milliseconds that are no matter: one who floods has its turn as well, and where the others wait
    # for a quarter of a millisecond its turn is longer than that.
    kinds, told = kinds or ("floods", "floods-small", "pings", "never-reads"), []
    slow = []
    with contextlib.ExitStack() as on_exit:
        server = on_exit.enter_context(Server(tools.adieu, *QUIET))
        elsewhere = on_exit.enter_context(Server(tools.adieu, *QUIET))
        crowd = on_exit.enter_context(
            Crowd(tools.crowd, "talk", server.port, count=count, every_ms=200))
        crowd.hears("open")
        for kind in kinds:
            quiet, bad = [], []
            for _ in range(rounds):
                for port, windows in ((elsewhere.port, quiet), (server.port, bad)):
                    with bad_one(port, kind):
                        windows.append(window(crowd, seconds))
            p50, p99 = ([statistics.median(w[name] for w in windows) for windows in (quiet, bad)]
                        for name in ("p50_ms", "p99_ms"))
            told.append(f"{kind}: p50 {p50[0]:.2f} → {p50[1]:.2f} ms, p99 {p99[0]:.2f} → "
                        f"{p99[1]:.2f} ms")
            if p99[1] > max(2 * p99[0], at_least):
                slow.append(told[-1])
        assert not slow, f"more than doubled: {slow}; all: {told}"
        all_clean([crowd.leave()], count, "1000")
    return f"one bad peer among {count} (without → with): " + "; ".join(told)


def window(crowd, seconds):
    crowd.say("begin")
    crowd.hears("answers")
    time.sleep(seconds)
    crowd.say("end")
    told = crowd.hears("answers")
    assert told["answers"], f"nobody got an answer in {seconds} s"
    return told


@contextlib.contextmanager
def bad_one(port, kind):
    program = Path(__file__).with_name("bad_peer.py")
    bad = subprocess.Popen([sys.executable, program, str(port), kind])
    try:
        yield
        assert bad.poll() is None, f"the bad peer has ended with {bad.returncode}"
    finally:
        bad.kill()
        bad.wait()


def churn(tools, count=1_000_000, at_once=200):
    """Connections that come and go: nothing is left of them."""
    with contextlib.ExitStack() as on_exit:
        server = on_exit.enter_context(Server(tools.adieu, *QUIET))
        began = time.monotonic()
        crowd = on_exit.enter_context(
            Crowd(tools.crowd, "churn", server.port, count=count, at_once=at_once, hosts=16))
        memory, heap = [], []
        for _ in range(10):
            told = crowd.hears("cycles", 600)
            memory.append(server.memory())
            heap.append(told["heap"])
        took = time.monotonic() - began
        end = crowd.hears("ended")
        all_clean([end], count, "1000")
        server.is_idle()
        wait_until(lambda: server.in_close_wait() == 0, "no socket in CLOSE_WAIT", 5)
        server.ends()
        closed, _ = server.lines(b"closed ")
        assert closed == count, f"{closed} close lines for {count} connections"
        # What it takes once is taken in the first tenth; how many are open at a tenth's end differs.
        grown, grown_client = memory[-1] - memory[0], heap[-1] - heap[0]
        assert grown <= 512 * 1024, f"the server's memory has grown: {memory}"
        assert grown_client <= 512 * 1024, f"the clients' heap has grown: {heap}"
    return (f"{count} connections, {at_once} at a time, opened, echoed, closed clean in {took:.0f} s; from "
            f"the first tenth to the last the server's memory {grown / 1024:+.0f} KiB, the clients' heap "
            f"{grown_client / 1024:+.1f} KiB; descriptors as before, none in CLOSE_WAIT")


ALL = {"idle": idle, "shutdown": shutdown, "restart": restart, "bad-peer": bad_peer,
       "churn": churn}

# For a minute of tools/test, on a machine that may do other things as well.
SMALL = {"idle": {"count": 2_000}, "shutdown": {"count": 1_000},
         "restart": {"count": 500, "outage": 1.5},
         "bad-peer": {"count": 200, "rounds": 1, "seconds": 1.0, "at_least": 250.0},
         "churn": {"count": 20_000}}
