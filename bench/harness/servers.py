"""The servers: what each is called, what it needs, how it is started. Knows no row."""

from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    name: str
    title: str
    target: str = ""  # of CMake; empty: nothing to build
    packages: tuple = ()  # of Debian
    script: Path | None = None  # for node
    deflates: bool = False  # knows --deflate
    speaks_tls: bool = False

    @property
    def is_limit(self):
        return self.name == "tcp"

    def command(self, programs):
        """The command line, or None if it has not been built."""
        if self.script:
            installed = (BENCH / "node_modules" / "ws" / "package.json").exists()
            return ["node", str(self.script)] if installed else None
        program = programs / self.target
        return [str(program)] if program.exists() else None


SERVERS = [
    Server("tcp", "plain TCP echo (the limit)", "bench_tcp_echo"),
    Server("adieu", "adieu", "bench_adieu_echo",
           ("libboost1.81-dev", "libboost-system1.81-dev", "libboost-url1.81-dev", "libssl-dev",
            "zlib1g-dev", "libdeflate-dev", "libisal-dev"), deflates=True, speaks_tls=True),
    Server("beast", "Boost.Beast", "bench_beast_echo", ("libboost1.81-dev", "libssl-dev"),
           deflates=True, speaks_tls=True),
    Server("libwebsockets", "libwebsockets", "bench_libwebsockets_echo",
           ("libwebsockets-dev", "libssl-dev")),
    Server("websocketpp", "websocketpp", "bench_websocketpp_echo",
           ("libwebsocketpp-dev", "libboost1.81-dev")),
    Server("ws", "ws on Node.js", script=BENCH / "servers" / "ws_echo.mjs",
           deflates=True, speaks_tls=True),
]
