"""The one case that is not a pair: one server of ours, a client of every peer, and a SIGTERM."""

import signal
from contextlib import AsyncExitStack

import peers
import rules
from program import Program, require

TITLE = "SIGTERM with every peer connected: all see 1001"


async def play(adieu_path, present):
    async with AsyncExitStack() as exit_stack:
        async def start(name, command):
            program = await Program.start(name, command)
            exit_stack.push_async_callback(program.put_away)
            return program

        adieu = await start("adieu", [adieu_path, "serve", "--port", "0", "--json"])
        url = (await adieu.see("listening"))["url"] + "/echo"
        clients = [await start(peer, peers.client_command(peer, url, {})) for peer in present]
        for client in clients:
            await client.see("open")
        adieu.signal(signal.SIGTERM)
        for client in clients:
            await client.see("close", code=1001, was_clean=True)

        require(await adieu.exit_status() == 0, "adieu's exit status is not 0")
        drained = f"drained clean={len(clients)} terminated=0 unsent=0"
        require(drained in adieu.stderr, f"stderr lacks {drained!r}: {adieu.stderr[-300:]!r}")
        closes = adieu.told("close")
        require(len(closes) == len(clients), f"{len(closes)} close events, not {len(clients)}")
        for ours in closes:
            rules.check_shape(ours, may_carry=("path",))
            rules.check_consistency(ours)
            require(ours["sent"] and ours["sent"]["code"] == 1001, f"sent is {ours['sent']!r}")
