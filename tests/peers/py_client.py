"""python3-websockets as a client."""

import asyncio
import json
import sys

import websockets

from py_socket import act, commands, emit, extensions, listen


async def obey(ws):
    async for command in commands():
        await act(ws, command)


async def main(url, options):
    try:
        ws = await websockets.connect(
            url, subprotocols=options.get("protocols"), max_size=options.get("max_message", 2**27),
            close_timeout=options.get("close_timeout", 10),
            compression="deflate" if options.get("deflate", True) else None)
    except (websockets.InvalidHandshake, OSError) as refused:
        emit("error", message=str(refused))
        return
    emit("open", protocol=ws.subprotocol or "", extensions=extensions(ws))
    await asyncio.gather(listen(ws), obey(ws))


asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
