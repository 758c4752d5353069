#!/usr/bin/env python3
"""One bad client, as badly as one process can, until it is killed: `bad_peer.py PORT KIND`."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tool"))

from raw_client import BINARY, PING, TEXT, Connection, Ended, TimedOut, frame

GONE = (OSError, Ended, TimedOut, AssertionError)


def endlessly(port, blob, patience=0.2):
    """Sends until nothing is taken any more, breaks off, comes again."""
    while True:
        try:
            with Connection(port).open("/?bad") as c:
                c.socket.settimeout(patience)
                try:
                    while True:
                        c.socket.sendall(blob)
                finally:
                    c.reset()
        except GONE:
            pass


def floods(port):
    """Large messages, whose echoes it does not read."""
    endlessly(port, frame(BINARY, os.urandom(60_000)) * 16)


def floods_small(port):
    """Tiny messages, whose echoes it does not read."""
    endlessly(port, frame(TEXT, "x") * 20_000)


def pings(port):
    """Until it is sent 1008, and again."""
    endlessly(port, frame(PING, b"p" * 8) * 10_000)


def never_reads(port):
    """One connection, full in both directions, that stays."""
    with Connection(port).open("/?bad") as c:
        c.socket.settimeout(3600)
        blob = frame(BINARY, os.urandom(60_000)) * 16
        while True:
            c.socket.sendall(blob)


KINDS = {"floods": floods, "floods-small": floods_small, "pings": pings,
         "never-reads": never_reads}

if __name__ == "__main__":
    KINDS[sys.argv[2]](int(sys.argv[1]))
