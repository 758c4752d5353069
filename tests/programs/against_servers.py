"""Each server program, each enemy: the others are served on; and SIGTERM in the middle of it."""

import contextlib

from client import Client, Control, Over
from enemies import ANY, ENEMIES
from program import PATIENCE
from raw_client import Ended
from servers import SERVERS, account

TINY = 4096
CUT = {"completed", "closing_timed_out", "terminated"}  # what SIGTERM may make of any of them
LONG = 90.0  # with the deadlines that an example has


class Stage:
    """One program, one enemy."""

    def __init__(self, program, server, is_ending):
        self.program, self.server, self.is_ending = program, server, is_ending
        self.port = program.port
        self.patience = LONG if server.plain else PATIENCE

    @contextlib.contextmanager
    def __call__(self):
        """For acts that make connections themselves: an open one, or None if the server ends."""
        try:
            c = Client(self.port)
        except OSError:
            assert self.is_ending, "the server does not accept"
            yield None
            return
        with c:
            try:
                c.open(self.server.PATH)
            except (OSError, Ended, AssertionError):
                assert self.is_ending, "the opening was refused"
                c = None
            yield c

    def expect(self, local_port, causes):
        """The close event of the connection from there."""
        if self.server.plain:
            return None
        event = self.program.closed(local_port, self.patience)
        assert causes is ANY or event["cause"] in causes | (CUT if self.is_ending else set()), \
            f"cause {event['cause']}, not one of {causes}: {event}"
        return event

    def play(self, enemy, middle):
        causes = enemy.causes(self.server)
        if "many" in enemy.marks:
            return enemy.act(self, self.server, middle)
        with Client(self.port, TINY if "buffer" in enemy.marks else None) as c:
            if "bare" not in enemy.marks:
                c.open(self.server.PATH)
            try:
                enemy.act(c, self.server, middle)
            except Over:
                pass
            if causes is None or ("bare" in enemy.marks and self.is_ending):
                return self.was_refused(c)
            event = self.expect(c.local_port, causes)
            if "gone" not in enemy.marks:
                c.drain(self.patience)
            if event:
                account(c, event, settled=enemy.name == "talks")

    def was_refused(self, c):
        """And never opened, which is told; unless the server has ended before it came."""
        if self.server.tells_refusals and not self.is_ending:
            self.program.event("refused", peer=f"127.0.0.1:{c.local_port}")
            assert not [e for e in self.program.told("open")
                        if e["peer"].endswith(f":{c.local_port}")]


def ends_well(stage, control):
    """All have been told, and the program's account is whole."""
    control.was_told(1001, stage.server.reason)
    stage.program.ends(stage.patience)
    if not stage.server.plain:
        account(control.client, stage.program.closed(control.client.local_port))


def others_are_served(server, enemy):
    def case(build):
        with server.running(build) as program, \
                Control(program.port, server.CONTROL_PATH, server.ask) as control:
            stage = Stage(program, server, is_ending=False)
            control.goes_on(1)
            stage.play(enemy, middle=control.goes_on)
            control.goes_on()
            program.signal()
            ends_well(stage, control)
    return case


def sigterm(server, enemy):
    def case(build):
        with server.running(build) as program, \
                Control(program.port, server.CONTROL_PATH, server.ask) as control:
            stage = Stage(program, server, is_ending=True)
            control.goes_on(1)
            stage.play(enemy, middle=program.signal)
            ends_well(stage, control)
    return case


def ends_it_soon(server, enemy):
    return not (server.plain and "deadlines" in enemy.marks or
                "fills" in enemy.marks and not server.fills_queues)


def cases():
    for enemy in ENEMIES:
        for server in SERVERS:
            if ends_it_soon(server, enemy) and "end" not in enemy.marks:
                yield f"{server.name}: a client {enemy.name}", others_are_served(server, enemy)
            yield f"{server.name}: SIGTERM while a client {enemy.name}", sigterm(server, enemy)
