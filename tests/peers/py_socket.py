"""One connection of python3-websockets, on either side: its events to the runner, the runner's
commands to it, as JSON lines on stdout and stdin."""

import asyncio
import base64
import json
import sys
import zlib

from websockets.exceptions import ConnectionClosed

TOLD_WHOLE = 256


def emit(event, **fields):
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)


async def commands():
    """Yields the runner's commands until stdin ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


def describe(message):
    is_text = isinstance(message, str)
    content = message.encode() if is_text else message
    fields = {"type": "text" if is_text else "binary", "bytes": len(content)}
    if len(content) > TOLD_WHOLE:
        return {**fields, "crc32": zlib.crc32(content)}
    if is_text:
        return {**fields, "data": message}
    return {**fields, "base64": base64.b64encode(content).decode()}


def payload(command):
    unit = command["text"] if "text" in command else base64.b64decode(command["base64"])
    return unit * command.get("repeat", 1)


def extensions(ws):
    return ", ".join(extension.name for extension in ws.extensions)


def frame(close):
    return close and {"code": close.code, "reason": close.reason}


async def listen(ws, echo=False):
    """Reports what comes, until the connection has ended."""
    try:
        async for message in ws:
            emit("message", **describe(message))
            if echo:
                await ws.send(message)
    except ConnectionClosed:
        pass
    await ws.wait_closed()
    emit("close", code=ws.close_code, reason=ws.close_reason or "",
         was_clean=bool(ws.close_rcvd and ws.close_sent),
         sent=frame(ws.close_sent), received=frame(ws.close_rcvd))


async def act(ws, command):
    """Does what the runner asks. A connection that ended meanwhile is the case's business."""
    what = command["do"]
    try:
        if what == "send":
            content = payload(command)
            for _ in range(command.get("count", 1)):
                await ws.send(content)
        elif what == "close":
            given = {k: command[k] for k in ("code", "reason") if command.get(k) is not None}
            await ws.close(**given)
        elif what == "terminate":
            ws.transport.abort()
        elif what == "ping":
            await (await ws.ping(command["data"]))
            emit("pong", data=command["data"])
        else:
            raise ValueError(what)
    except ConnectionClosed as gone:
        emit("error", message=str(gone))
