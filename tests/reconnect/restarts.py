"""Servers that others wrote, and that go and are there again: killed, drained, behind a proxy that
is reloaded."""

import asyncio
import signal
import tempfile
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import peers
from program import Failed, Program, require
from proxy_texts import NGINX, free_port

BACK_WITHIN = 25
AWAY = 1.5


class Stage:
    def __init__(self, exit_stack):
        self.exit_stack = exit_stack
        self.server = self.tool = None

    async def started(self, name, command):
        program = await Program.start(name, command)
        self.exit_stack.push_async_callback(program.put_away)
        return program

    async def serve(self, peer, port):
        command = peers.server_command(peer, {"port": port, "echo": True})
        self.server = await self.started(peer, command)
        await self.server.see("listening")

    async def connect(self, adieu, port):
        url = f"ws://127.0.0.1:{port}/"
        self.tool = await self.started("adieu", [adieu, "connect", "--reconnect", "--json", url])
        await self.tool.see("open")

    async def die(self):
        self.server.kill()
        await self.server.exit_status()

    async def back(self):
        """It is open again, and what is sent comes back."""
        try:
            await asyncio.wait_for(self.tool.see("open"), BACK_WITHIN)
        except asyncio.TimeoutError:
            raise Failed(f"not back within {BACK_WITHIN} s: {self.tool.events[-3:]}") from None
        await self.tool.write(b"hello\n")
        await self.tool.see("message", data="hello")

    async def finished(self):
        self.tool.end_stdin()
        status = await self.tool.exit_status()
        last = self.tool.events[-1]
        require((last["event"], last["code"], status) == ("close", 1000, 0), f"{last}, {status}")


async def killed(adieu, peer):
    async with AsyncExitStack() as exit_stack:
        stage, port = Stage(exit_stack), free_port()
        await stage.serve(peer, port)
        await stage.connect(adieu, port)
        await stage.die()
        await stage.tool.see("down", code=1006)
        await asyncio.sleep(AWAY)  # an outage
        await stage.serve(peer, port)
        await stage.back()
        await stage.finished()


async def drained(adieu, peer, code):
    async with AsyncExitStack() as exit_stack:
        stage, port = Stage(exit_stack), free_port()
        await stage.serve(peer, port)
        await stage.connect(adieu, port)
        await stage.server.command("close", code=code, reason="restart")
        await stage.tool.see("down", code=code, reason="restart", was_clean=True)
        await stage.die()
        await asyncio.sleep(AWAY)
        await stage.serve(peer, port)
        await stage.back()
        await stage.finished()


async def behind_nginx(adieu, peer, nginx):
    async with AsyncExitStack() as exit_stack:
        stage, port, behind = Stage(exit_stack), free_port(), free_port()
        folder = exit_stack.enter_context(tempfile.TemporaryDirectory())
        conf = Path(folder, "conf")
        conf.write_text(NGINX.format(folder=folder, port=port, behind=behind, idle="1h",
                                     grace="worker_shutdown_timeout 1s;"))
        await stage.serve(peer, behind)
        proxy = await stage.started("nginx", [nginx, "-p", folder, "-e", f"{folder}/log", "-c", conf])
        exit_stack.callback(proxy.signal, signal.SIGTERM)
        while not Path(folder, "pid").exists():
            await asyncio.sleep(0.05)
        await stage.connect(adieu, port)

        proxy.signal(signal.SIGHUP)  # a reload: old workers cut what is left after a second
        await stage.tool.see("down", code=1006)
        await stage.back()

        await stage.die()            # the server behind it: 502 until it is there again
        await stage.tool.see("down", code=1006)
        await stage.tool.see("down", http_status=502)
        await stage.serve(peer, behind)
        await stage.back()
        await stage.finished()


SERVERS = ("ws", "python")
CASES = [
    *[(f"restart · {peer} killed", partial(killed, peer=peer)) for peer in SERVERS],
    *[(f"restart · {peer} drained with {code}", partial(drained, peer=peer, code=code))
      for peer in SERVERS for code in (1001, 1012)],
]
CASES_WITH_NGINX = [("restart · nginx reloaded, ws behind it killed", partial(behind_nginx, peer="ws"))]
