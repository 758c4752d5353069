"""Servers that end every connection at once, for 20 s of real time: how often does one client
come? The table that it is held to is docs/reconnecting.md's."""

import asyncio
import signal
from contextlib import AsyncExitStack
from functools import partial

from program import Program, require
from raw_peers import Peers, closes_with, refuses

SECONDS = 20
MOST = 12

STOPS = {1008: 1, 1009: 1, 3000: 1, 3003: 1, 1002: 3, 1003: 3, 1007: 3, 1010: 3}
CODES = (1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003,
         3500, 4004, 4500)
REFUSED_FOR_GOOD = (200, 301, 400, 401, 403, 404, 407, 410, 426)
UNREADABLE = (("a blank before a colon", b"HTTP/1.1 503 Busy\r\nServer : x\r\n\r\n"),
              ("no HTTP", b"503 Busy\r\n\r\n"),
              ("a head of 17 KiB", b"HTTP/1.1 503 Busy\r\nX: " + b"x" * 17 * 1024 + b"\r\n\r\n"))
REFUSED_FOR_NOW = (408, 425, 429, 500, 502, 503)


def empty_close(conn, _):
    conn.accept()
    conn.close()
    conn.read_until_close()


def drop(conn, _):
    conn.accept()


def reset(conn, _):
    conn.accept()
    conn.reset()


def break_a_rule(conn, _):
    conn.accept()
    conn.raw(b"\xff\xff")
    conn.wait_for_end()


async def play(adieu, behaviour, connections=None, part=None):
    """`connections`: exactly so many, and then gave_up; else at most 12, and it goes on."""
    async with AsyncExitStack() as exit_stack:
        peers = exit_stack.enter_context(Peers(behaviour))
        tool = await Program.start("adieu", [adieu, "connect", "--reconnect", "--json", peers.url])
        exit_stack.push_async_callback(tool.put_away)
        ended = asyncio.ensure_future(tool.exit_status())
        await asyncio.wait([ended], timeout=SECONDS)
        downs, gave_up = tool.told("down"), tool.told("gave_up")
        require(len(peers.times) <= MOST, f"{len(peers.times)} connections in {SECONDS} s")
        if connections:
            require(len(peers.times) == connections, f"{len(peers.times)} connections")
            require(ended.done() and len(gave_up) == 1 and tool.events[-1] is gave_up[0],
                    f"no gave_up at the end of {tool.events}")
            require(part in gave_up[0]["why"], f"why: {gave_up[0]['why']}")
            require(len(downs) == connections - 1, f"{len(downs)} down events")
        elif gave_up:  # codes of the application: at the eighth
            require(len(peers.times) == 8 and "eighth" in gave_up[0]["why"], str(gave_up))
        else:
            require(len(downs) >= 2, f"only {len(downs)} down events")
            require(len(peers.times) - len(downs) in (0, 1), "a down event for each connection")
        if not ended.done():
            tool.signal(signal.SIGINT)
            await ended
            require(tool.events[-1]["event"] == "close", f"last: {tool.events[-1]}")


def _cases():
    for code in CODES:
        behaviour = empty_close if code == 1005 else closes_with(code)
        yield (f"at once · closed with {code}",
               partial(play, behaviour=behaviour, connections=STOPS.get(code), part=str(code)))
    for name, behaviour in (("TCP ended", drop), ("reset", reset)):
        yield f"at once · {name}", partial(play, behaviour=behaviour)
    yield ("at once · a rule broken",
           partial(play, behaviour=break_a_rule, connections=3, part="third"))
    for status in REFUSED_FOR_GOOD:
        yield (f"at once · HTTP {status}",
               partial(play, behaviour=refuses(f"{status} No"), connections=1, part=str(status)))
    for name, answer in UNREADABLE:
        yield f"at once · {name}", partial(play, behaviour=lambda conn, _, a=answer: conn.raw(a))
    for status in REFUSED_FOR_NOW:
        yield f"at once · HTTP {status}", partial(play, behaviour=refuses(f"{status} No"))


CASES = list(_cases())
