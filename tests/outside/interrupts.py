"""SIGINT and SIGTERM to the client, in every phase of a connection."""

import contextlib
import signal
import socket
import threading

from raw_peer import Peer
from signals import rows_of_tcp
from stage import Cases, Connect, Server, lasting, says, until

case = CASES = Cases()
TO_END = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def silent_listener(full=False):
    """Accepts and says nothing; `full`: does not even answer SYN."""
    with socket.socket() as listener, contextlib.ExitStack() as fillers:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0 if full else 16)
        for _ in range(2 if full else 0):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener


@case.each("client interrupted while TCP connects", TO_END)
def in_connecting(tools, which):
    with silent_listener(full=True) as listener:
        url = "ws://127.0.0.1:%d/" % listener.getsockname()[1]
        port = listener.getsockname()[1]
        before = those_that_connect_to(port)
        with Connect(tools.adieu, url) as client:
            until(lambda: those_that_connect_to(port) > before, "SYN has left")
            client.signal(which)
            client.ends(46, "abandoned", phase="connecting", initiator="local", was_clean=False,
                        sent=None)


def those_that_connect_to(port):
    """Sockets in SYN_SENT. [/proc/net/tcp]"""
    return sum(row[2].endswith(f":{port:04X}") and row[3] == "02" for row in rows_of_tcp())


@case.each("client interrupted in the TLS handshake", TO_END)
def in_tls(tools, which):
    with silent_listener() as listener:
        url = "wss://127.0.0.1:%d/" % listener.getsockname()[1]
        with Connect(tools.adieu, url) as client, listener.accept()[0] as taken:
            assert taken.recv(1) == b"\x16"
            client.signal(which)
            client.ends(46, "abandoned", phase="tls", initiator="local", was_clean=False, sent=None)


@case.each("client interrupted in the opening", TO_END)
def in_opening(tools, which):
    with silent_listener() as listener:
        url = "ws://127.0.0.1:%d/" % listener.getsockname()[1]
        with Connect(tools.adieu, url) as client, listener.accept()[0] as taken:
            assert taken.recv(1) == b"G"
            client.signal(which)
            client.ends(46, "abandoned", phase="opening", initiator="local", was_clean=False,
                        sent=None)


@case.each("client interrupted while open: 1000", TO_END)
def in_open(tools, which):
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url()) as client:
        client.opened().signal(which)
        client.ends(0, "completed", code=1000, initiator="local", was_clean=True)
        says(serve.event("/"), code=1000, initiator="remote", was_clean=True)


@case.each("client interrupted twice while its queue leaves", TO_END)
def in_flushing(tools, which):
    goes = threading.Event()
    with Peer(lambda conn: conn.wait_for_end() if goes.wait(20) else None,
              receive_buffer=4096) as peer, Connect(tools.adieu, "-b", peer.url) as client:
        client.opened()
        writer = threading.Thread(target=feed, args=(client, 12_000_000), daemon=True)
        writer.start()
        writer.join(10)  # --send-queue takes all of it
        assert not writer.is_alive()
        client.signal(which)
        lasting(0.3)
        assert client.process.poll() is None
        client.signal(which)
        event = client.ends(46, "terminated", phase="flushing", initiator="local", sent=None,
                            was_clean=False)
        goes.set()
        assert event["unsent_messages"] > 0 and event["unsent_bytes"] > 0, event


def feed(client, size):
    line = "x" * 99_999
    for _ in range(size // 100_000):
        client.say(line)


@case.each("client interrupted twice while it waits for the peer's Close", TO_END)
def in_awaiting_close(tools, which):
    path = "/mute"
    with Server(tools.adieu) as serve, \
            Connect(tools.adieu, "--close-timeout", "1m", serve.url(path)) as client:
        client.opened().signal(which)
        lasting(0.3)
        assert client.process.poll() is None
        client.signal(which)
        client.ends(46, "terminated", phase="awaiting_close", initiator="local", was_clean=False,
                    sent={"code": 1000, "reason": ""}, received=None)
        says(serve.event(path), received={"code": 1000, "reason": ""})


@case.each("client interrupted twice while the stream ends: clean stays clean", TO_END)
def in_ending(tools, which):
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url("/linger")) as client:
        client.opened().signal(which)
        lasting(0.3)
        client.signal(which)
        client.ends(0, "completed", phase="ending", initiator="local", code=1000, was_clean=True)
        serve.event("/linger")


@case.each("client interrupted on the way back: no attempt was under way", TO_END)
def in_waiting(tools, which):
    with Server(tools.adieu) as serve, \
            Connect(tools.adieu, "--reconnect", serve.url("/status/503?retry_after=60")) as client:
        client.event("down")
        client.signal(which)
        client.ends(46, "abandoned", phase="resolving", initiator="local", was_clean=False)


@case("client hung up on: as SIGINT")
def hangup(tools):
    with Server(tools.adieu) as serve, Connect(tools.adieu, serve.url()) as client:
        client.opened().signal(signal.SIGHUP)
        client.ends(0, "completed", code=1000, initiator="local", was_clean=True)
