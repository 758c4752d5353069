"""What a case is made of: the words in which the tables of cases are written."""

import base64
import zlib
from dataclasses import dataclass, field

from program import require
from transport import PLAIN, SECURE, UNCOMPRESSED

FOX = "Grüße, 世界 🦊"


@dataclass(frozen=True)
class Seen:
    """The close event as the peer tells it."""
    code: int
    reason: str | None = ""       # None: whatever it says
    clean: bool | None = True


NOTHING = "no close event at all"
ANYTHING = "a close event or none, now or later: not looked at"
TOO_SHORT = "messages so short that some programs do not compress them: not looked at"
LOST = Seen(1006, "", clean=False)

EVERYWHERE = (PLAIN, UNCOMPRESSED, SECURE)


class Each(dict):
    """An expectation that differs by peer: Each(python=…, rest=…)."""

    def __init__(self, rest=None, **by_peer):
        super().__init__(by_peer)
        self.rest = rest


def for_peer(expected, peer):
    return expected.get(peer, expected.rest) if isinstance(expected, Each) else expected


@dataclass(frozen=True)
class Case:
    title: str
    peers: tuple
    steps: list                                    # of coroutine functions that take the Stage
    theirs: object                                 # Seen | NOTHING | ANYTHING | Each of them
    ours: object                                   # fields of adieu's close event | NOTHING | Each
    path: str = "/echo"                            # what the client asks our server for
    args: list = field(default_factory=list)       # more arguments for adieu
    peer_options: dict = field(default_factory=dict)
    exit: object = 0                               # adieu's exit status, or Each
    gated: bool = False                            # with a gate between the ends
    refused: bool = False                          # the opening does not succeed
    misbehaves: bool = False                       # our server breaks rules on purpose
    they_got: object = None                        # (messages, bytes) at the end, or Each
    we_got: object = None
    stderr: str | None = None                      # a pattern that adieu's stderr contains
    shown: tuple = ()                              # regular expressions that are found there
    hidden: tuple = ()                             # and those that are not
    over: object = (PLAIN, SECURE)                 # what carries it, one play for each; or Each
    deflated: object = ()                          # whose messages are, where compression is on
    notifying: tuple = ()                          # peers that end TLS properly when they vanish
    trusted: bool = True                           # the client knows the server's authority


def frame(code, reason=""):
    return {"code": code, "reason": reason}


# --- content: the fields of a message event, which are what a command to send wants as well

def text(content):
    return {"type": "text", "text": content}


def binary(content):
    return {"type": "binary", "base64": base64.b64encode(content).decode()}


def big_text(unit, repeat):
    return {**text(unit), "repeat": repeat}


def big_binary(size):
    return {**binary(bytes(range(256))), "repeat": size // 256}


def bytes_of(content):
    unit = content["text"].encode() if "text" in content else base64.b64decode(content["base64"])
    return unit * content.get("repeat", 1)


def told(content):
    """The message event in which a peer program tells this content."""
    whole = bytes_of(content)
    fields = {"type": content["type"], "bytes": len(whole)}
    if len(whole) > 256:
        return {**fields, "crc32": zlib.crc32(whole)}
    if "text" in content:
        return {**fields, "data": whole.decode()}
    return {**fields, "base64": base64.b64encode(whole).decode()}


# --- what the peer does

def they_send(content, count=1):
    fields = {key: value for key, value in content.items() if key != "type"}
    return lambda stage: stage.peer.command("send", count=count, **fields)


def they_see(content):
    return lambda stage: stage.peer.see("message", **told(content))


def they_close(code=None, reason=None):
    given = {"code": code, "reason": reason}
    return lambda stage: stage.peer.command(
        "close", **{key: value for key, value in given.items() if value is not None})


def they_do(what, **arguments):
    return lambda stage: stage.peer.command(what, **arguments)


def they_tell(event, **fields):
    return lambda stage: stage.peer.see(event, **fields)


def they_opened(protocol=None, headers=()):
    """How the opening request looked to them."""
    async def step(stage):
        opening = stage.peer.told("open")[0]
        require(protocol in (None, opening["protocol"]), f"subprotocol {opening['protocol']!r}")
        for name, value in dict(headers).items():
            require(opening["headers"].get(name) == value,
                    f"header {name} is {opening['headers'].get(name)!r}")
    return step


async def they_are_killed(stage):
    stage.peer.kill()


# --- what adieu does (connect reads its stdin; serve only takes signals)

def we_say(*lines):
    return lambda stage: stage.adieu.write("".join(line + "\n" for line in lines).encode())


def we_see(content):
    whole = bytes_of(content)
    if content["type"] == "text":
        return lambda stage: stage.adieu.see("message", type="text", data=whole.decode())
    encoded = base64.b64encode(whole).decode()
    return lambda stage: stage.adieu.see("message", type="binary", base64=encoded)


async def we_end_stdin(stage):
    stage.adieu.end_stdin()


def we_get(signal_number):
    async def step(stage):
        stage.signal_adieu(signal_number)
    return step


# --- what happens between them

def crossing(first, then):
    """`first` is (side, step): what that side sends is held back until the other side's step has
    sent something too."""
    async def step(stage):
        (side, first_step), (other, other_step) = first, then
        await stage.gate.cross(stage.direction(side), lambda: first_step(stage),
                               stage.direction(other), lambda: other_step(stage))
    return step
