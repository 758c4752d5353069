"""A server in raw sockets that takes one connection after the other, each with a behaviour of its
own. Knows no library and no tool.

    with Peers(lambda conn, number: ...) as peers:   # number: 1 for the first
        ... connect to peers.url ...
    peers.times                                      # when each was accepted, by time.monotonic()
"""
import socket
import threading
import time

from raw_peer import Connection


class Peers:
    """The behaviour reads the head itself. What goes wrong in it ends that connection, no more."""

    def __init__(self, behaviour, timeout=20):
        self.behaviour = behaviour
        self.timeout = timeout
        self.times = []
        self.heads = []
        self.frames = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.url = "ws://127.0.0.1:%d/" % self.port
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(self.timeout)

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            threading.Thread(target=self.take, args=(sock, len(self.times)), daemon=True).start()

    def take(self, sock, number):
        sock.settimeout(self.timeout)
        conn = Connection(sock, self.frames)
        with sock:
            try:
                conn.read_head()
                self.heads.append(conn.head)
                self.behaviour(conn, number)
            except (OSError, EOFError):
                pass


def refuses(status, *fields):
    return lambda conn, number: conn.answer(status, "Content-Length: 0", *fields)


def closes_with(code, reason=""):
    def behave(conn, number):
        conn.accept()
        conn.close(code, reason)
        conn.read_until_close()
    return behave


def echoes(conn, number):
    conn.accept()
    conn.echo()
