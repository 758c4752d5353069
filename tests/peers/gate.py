"""A relay between two ends on loopback that can hold back the bytes of one direction, so that what
is a race elsewhere (both sides close at once) happens in one certain order. Knows nothing of
WebSocket."""

import asyncio


class Direction:
    def __init__(self):
        self.count = 0                # bytes that have come from this side
        self.held = False
        self._writer = None
        self._kept = b""
        self._news = asyncio.Condition()

    async def carry(self, reader, writer):
        self._writer = writer
        try:
            while data := await reader.read(65536):
                async with self._news:
                    self.count += len(data)
                    self._kept += data
                    self._news.notify_all()
                    await self._pass_on()
                    await self._news.wait_for(lambda: len(self._kept) < 2**20)
            async with self._news:
                await self._news.wait_for(lambda: not self.held)
            writer.write_eof()
        except OSError:
            writer.transport.abort()

    async def _pass_on(self):
        if not self.held and self._kept:
            kept, self._kept = self._kept, b""
            self._writer.write(kept)
            await self._writer.drain()

    async def more_than(self, count):
        async with self._news:
            await self._news.wait_for(lambda: self.count > count)

    async def release(self):
        async with self._news:
            self.held = False
            await self._pass_on()
            self._news.notify_all()


class Gate:
    """`client` is the direction whose bytes the client sends, `server` the other."""

    def __init__(self, port_behind):
        self._port_behind = port_behind
        self.client, self.server = Direction(), Direction()

    async def open(self):
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def _connected(self, client_reader, client_writer):
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._port_behind)
        try:
            await asyncio.gather(self.client.carry(client_reader, server_writer),
                                 self.server.carry(server_reader, client_writer))
        finally:
            client_writer.close()
            server_writer.close()

    def shut(self):
        self._listener.close()

    async def cross(self, first, act_first, second, act_second):
        """What `first` sends now is held until `second` has sent something too."""
        first.held = True
        sent_first = first.count
        await act_first()
        await first.more_than(sent_first)
        sent_second = second.count
        await act_second()
        await second.more_than(sent_second)
        await first.release()
