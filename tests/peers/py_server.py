"""python3-websockets as a server of one connection."""

import asyncio
import http
import json
import ssl
import sys

import websockets

from py_socket import act, commands, emit, extensions, listen


async def main(options):
    connections = []

    async def serve(ws):
        emit("open", protocol=ws.subprotocol or "", extensions=extensions(ws),
             headers={k.lower(): v for k, v in ws.request_headers.raw_items()})
        connections.append(ws)
        await listen(ws, echo=options.get("echo", False))

    async def refuse(path, headers):
        if "refuse" in options:
            return http.HTTPStatus(options["refuse"]), [], b"no\n"

    tls = None
    if "tls" in options:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options["tls"]["certificate"], options["tls"]["key"])
    protocol = options.get("protocol")
    server = await websockets.serve(
        serve, "127.0.0.1", options.get("port", 0), subprotocols=protocol and [protocol],
        ssl=tls, process_request=refuse, max_size=options.get("max_message", 2**27),
        close_timeout=options.get("close_timeout", 10),
        compression="deflate" if options.get("deflate", True) else None)
    emit("listening", port=server.sockets[0].getsockname()[1])

    async for command in commands():
        if command["do"] == "shutdown":
            server.close()
        else:
            await act(connections[-1], command)
    server.close()
    await server.wait_closed()


asyncio.run(main(json.loads(sys.argv[1])))
