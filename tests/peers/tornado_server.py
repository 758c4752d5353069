"""Tornado as an echoing server of one connection. It answers an offer of compression without the
parameters that have no value: it does not know how to read them."""

import asyncio
import json
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

from py_socket import commands, describe, emit


class Echo(tornado.websocket.WebSocketHandler):
    def get_compression_options(self):
        return {}

    def check_origin(self, _):
        return True

    def open(self):
        emit("open", offered=self.request.headers.get("Sec-WebSocket-Extensions", ""))

    async def on_message(self, message):
        emit("message", **describe(message))
        await self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        emit("close", code=self.close_code or 1006, reason=self.close_reason or "",
             was_clean=self.close_code is not None)


async def main():
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    tornado.httpserver.HTTPServer(tornado.web.Application([("/", Echo)])).add_sockets(sockets)
    emit("listening", port=sockets[0].getsockname()[1])
    async for _ in commands():
        pass


json.loads(sys.argv[1])
asyncio.run(main())
