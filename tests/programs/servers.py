"""The server programs: how each is started, what a client asks it, what makes it say much."""

import contextlib
import json
import os
import zlib

from program import Program, handed_over
from raw_peers import Peers


class Server:
    """`question(n)`: what is asked, and whether a message is the answer. `much`: what makes it send
    64 KB or so. `nonsense`: a message that it does not expect, and how that may end."""

    PATH, CONTROL_PATH = "/?enemy", "/?control"
    much, nonsense = "m" * 60_000, ("{[(", {"completed"})
    many = 60              # so often `much` fills all queues
    plain = False          # an example: no JSON lines, and the deadlines of the library
    tells_refusals = True
    talks_by_itself = False  # also to those that say nothing
    fills_queues = True      # of those that ask for much and do not read
    reason = b""           # of the Close at the shutdown

    def __init__(self, name, *arguments):
        self.file = self.name = name
        self.arguments = arguments
        if arguments:
            self.name += " " + " ".join(arguments)

    @contextlib.contextmanager
    def running(self, build):
        with Program(build / "tests/programs" / self.file, "--port", "0", *self.arguments) as made:
            yield made

    def question(self, n):
        text = f"question {n}"
        return text, lambda message: message == text

    def ask(self, client, n):
        asked, is_answer = self.question(n)
        client.say(asked)
        return client.expect_message(is_answer, f"answer to {asked[:60]!r}")


class Chat(Server):
    PATH, CONTROL_PATH = "/enemies?name=enemy", "/hall?name=control"
    reason = b"the house is closing"

    def question(self, n):
        return f"question {n}", lambda m: m in (f"control: question {n}", f"enemy: question {n}")


class Rpc(Server):
    much = json.dumps({"id": 0, "method": "repeat", "params": ["x", 60_000]})
    nonsense = ("{[(", {"handler_failed"})

    def question(self, n):
        method, params = ("add", [n, 1]) if n % 3 else ("later", [5])
        return json.dumps({"id": n, "method": method, "params": params}), \
            lambda m: json.loads(m)["id"] == n and "result" in json.loads(m)


class Files(Server):
    much = "get 60000"
    question = staticmethod(lambda n: ("get 1000", lambda m: m.startswith("crc")))
    nonsense = ("give me a file", {"completed"})
    reason = b"the archive is closing"

    def ask(self, client, n):
        if n % 2:
            client.say("get 100000")
            data = client.next()
            while isinstance(part := client.next(), bytes):
                data += part
            assert len(data) == 100_000, len(data)
        else:
            data, part = os.urandom(30_000), None
            client.say("put 30000")
            for at in range(0, 30_000, 10_000):
                client.say(data[at:at + 10_000])
            part = client.next()
        assert part == f"crc {zlib.crc32(data)}", part
        return part


class Background(Server):
    much = "job " + "m" * 60_000

    def question(self, n):
        asked = f"{('job', 'wait')[n % 2]} {n}"
        return asked, lambda m: m == "done: " + asked


class Game(Server):
    talks_by_itself = True
    much = "ask " + "m" * 4000
    reason = b"game over"

    def question(self, n):
        return f"ask {n}", lambda m: m.endswith(f", {n}")


class Ticker(Server):
    talks_by_itself = True
    reason = b"the market is closed"


class Proxy(Server):
    """Behind it an echo, which counts."""

    @contextlib.contextmanager
    def running(self, build):
        with Peers(echoes) as behind, \
                Program(build / "tests/programs/proxy", "--port", "0",
                        "--behind", behind.url.rstrip("/")) as made:
            made.behind = behind
            yield made


def echoes(conn, number):
    conn.accept()
    conn.echo()


class Example(Server):
    """Of examples/: with the deadlines that the library has by itself."""
    plain, tells_refusals = True, False
    many = 400

    def __init__(self, name, path="/?enemy", reason=b""):
        super().__init__(name)
        self.PATH = self.CONTROL_PATH = path
        self.name, self.reason = "examples/" + name, reason

    @contextlib.contextmanager
    def running(self, build):
        with Program(build / "examples" / self.file, "0", plain=True, exit_codes=(0, 1)) as made:
            yield made


class ChatExample(Example):
    def question(self, n):
        return f"question {n}", lambda m: m.endswith(f": question {n}")


class CoroutinesExample(Example):
    """Waits for room, and so fills no queue."""
    fills_queues = False

    def question(self, n):
        return f"question {n}", lambda m: m == f"you said question {n}"


class NewestExample(Example):
    """Tells numbers, and answers nothing: what fills no queue ends nobody."""
    talks_by_itself, fills_queues = True, False

    def ask(self, client, n):
        client.say("how far are you?")
        return client.expect_message(str.isdigit, "number")


SERVERS = [
    Chat("chat"), Rpc("rpc_server"), Ticker("ticker"), Ticker("ticker", "--refuse"), Proxy("proxy"),
    Files("file_server"), Server("prefork"), Server("prefork", "--notify-fork"), Server("cores"), Background("background"), Game("game"),
    Example("server_echo", reason=b"maintenance"), Example("every_core"),
    ChatExample("chat_server", "/?name=somebody", b"the room is closing"),
    CoroutinesExample("server_coroutines"), NewestExample("skip_to_newest"),
]


def account(client, event, settled=True):
    """What a client got and what its server accepted are the same, unless the connection was cut:
    then what is missing was on its way. `settled`: no answer of another thread's was outstanding."""
    sent = handed_over(event)
    told = f"{client.received} received, {client.sent} sent, {client.end}: {event}"
    assert client.received <= sent, f"more than was sent: {told}"
    if event["clean"]:
        assert event["received"] == client.sent, f"the server has not got all: {told}"
    is_whole = event["clean"] or event["unacknowledged"] == 0
    if client.end and is_whole and (settled or not event["posted"]):
        assert client.received == sent, f"lost without a word: {told}"
