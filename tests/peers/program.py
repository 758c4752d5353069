"""A process that tells events as JSON lines on stdout: a peer program, or `adieu --json`. Knows how
to start, await, kill and end it; not what the events mean."""

import asyncio
import json
import os
import signal


class Failed(Exception):
    """Something was not as the case says."""


def require(condition, message):
    if not condition:
        raise Failed(message)


class Program:
    @classmethod
    async def start(cls, name, command, environment=None):
        self = cls()
        self.name = name
        self.events = []          # everything it told, in order
        self.garbage = []         # lines on stdout that were not JSON objects
        self.stderr = ""
        self._seen = {}           # event name -> how many of them a case has looked at
        self._news = asyncio.Condition()
        self._ended = False
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, limit=2**27,
            env={**os.environ, **(environment or {})})
        self._readers = asyncio.gather(self._read_stdout(), self._read_stderr())
        return self

    async def _read_stdout(self):
        async for line in self._process.stdout:
            try:
                event = json.loads(line)
                event["event"]
            except (ValueError, TypeError, KeyError):
                self.garbage.append(line[:200])
                continue
            async with self._news:
                self.events.append(event)
                self._news.notify_all()
        async with self._news:
            self._ended = True
            self._news.notify_all()

    async def _read_stderr(self):
        self.stderr = (await self._process.stderr.read()).decode(errors="replace")

    def told(self, event):
        return [e for e in self.events if e["event"] == event]

    async def see(self, event, **fields):
        """Awaits the next event of that name, which must carry the fields."""
        number = self._seen.get(event, 0)
        self._seen[event] = number + 1
        async with self._news:
            await self._news.wait_for(lambda: self._ended or len(self.told(event)) > number)
        if len(self.told(event)) <= number:
            raise Failed(f"{self.name} ended without telling {event} no. {number + 1}")
        found = self.told(event)[number]
        for key, value in fields.items():
            if found.get(key) != value:
                raise Failed(f"{self.name}: {event} has {key}={found.get(key)!r}, not {value!r}")
        return found

    async def write(self, data):
        self._process.stdin.write(data)
        try:
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass

    async def command(self, do, **arguments):
        await self.write(json.dumps({"do": do, **arguments}).encode() + b"\n")

    def end_stdin(self):
        self._process.stdin.close()

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        """SIGKILL to the process that holds the socket: for a browser not the one we started."""
        holder = self.told("process")
        os.kill(holder[0]["pid"] if holder else self._process.pid, signal.SIGKILL)

    async def exit_status(self):
        """Awaits its end, and that all it printed has been read."""
        await self._readers
        return await self._process.wait()

    async def put_away(self):
        """Whatever the state, afterwards it is gone."""
        if self._process.returncode is None:
            self._process.stdin.close()
            try:
                await asyncio.wait_for(self.exit_status(), 5)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._readers.cancel()
        await asyncio.gather(self._readers, return_exceptions=True)
