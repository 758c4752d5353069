"""The rows of the table: what each measures, as options of the load generator. Knows no server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str  # of the figure: "µs" of the server's CPU time, or "B" of its memory
    load: tuple  # options of bench_load
    has_limit: bool = True  # whether a plain TCP echo can do it
    deflate: bool = False  # compressed: only for servers that can
    tls: bool = False
    quick: tuple = ()  # what --quick adds; the generator takes the last of an option given twice

    def is_for(self, server):
        return ((self.has_limit or not server.is_limit) and (server.deflates or not self.deflate)
                and (server.speaks_tls or not self.tls))


def _echo(name, title, *load):
    return Row(name, f"{title}: server CPU per message", "µs", load)


def _deflated(name, title, size):
    return Row(name, f"{title}: server CPU per message", "µs",
               ("--deflate", "--connections", "100", "--payload", "json", "--size", size),
               has_limit=False, deflate=True)

def _tls(name, title, *load):
    return Row(name, f"TLS, {title}: server CPU per message", "µs", ("--tls", *load),
               has_limit=False, tls=True)


ROWS = [
    _echo("echo-1", "20 B, 1 connection", "--connections", "1"),
    _echo("echo-100", "20 B, 100 connections", "--connections", "100"),
    _echo("echo-1000", "20 B, 1,000 connections", "--connections", "1000"),
    _echo("flight-32", "20 B, 100 connections, 32 in flight on each",
          "--connections", "100", "--in-flight", "32"),
    _echo("ascii-16k", "16 KiB of ASCII text, 100 connections",
          "--connections", "100", "--size", "16384", "--payload", "ascii"),
    _echo("utf8-16k", "16 KiB of text that is not ASCII, 100 connections",
          "--connections", "100", "--size", "16384", "--payload", "non-ascii"),
    _echo("binary-1m", "1 MiB, 4 connections",
          "--connections", "4", "--size", "1048576"),
    _deflated("deflate-1k", "1 KiB of JSON, compressed both ways, 100 connections", "1024"),
    _deflated("deflate-16k", "16 KiB of JSON, compressed both ways, 100 connections", "16384"),
    Row("idle", "idle after one message of 20 B: private memory per connection", "B",
        ("--mode", "memory", "--connections", "5000"), has_limit=False,
        quick=("--connections", "2000")),
    Row("kept-1m", "idle after one message of 1 MiB: private memory per connection", "B",
        ("--mode", "memory", "--connections", "100", "--size", "1048576"), has_limit=False),
    Row("close", "5,000 closings at once: server CPU per closing", "µs",
        ("--mode", "closing", "--connections", "5000", "--repeat", "3"), has_limit=False,
        quick=("--repeat", "1")),
    Row("cycle", "connect, open and close, 16 at a time: server CPU per cycle", "µs",
        ("--mode", "cycle", "--connections", "16", "--warm-up-ms", "1000"), has_limit=False),
    _tls("tls-20", "20 B, 100 connections", "--connections", "100"),
    _tls("tls-16k", "16 KiB, 100 connections", "--connections", "100", "--size", "16384"),
    _tls("tls-1m", "1 MiB, 4 connections", "--connections", "4", "--size", "1048576"),
    Row("tls-idle", "TLS, idle after one message of 20 B: private memory per connection", "B",
        ("--tls", "--mode", "memory", "--connections", "2000"), has_limit=False, tls=True,
        quick=("--connections", "1000")),
]

SMALL_ROWS = {"echo-1", "echo-100", "echo-1000", "flight-32"}
