"""Plays one case with one peer: starts both ends, takes the steps, gathers what both ends told, and
compares. Knows no case."""

import asyncio
import base64
import re
import signal
from contextlib import AsyncExitStack

import peers
import rules
from case import ANYTHING, NOTHING, TOO_SHORT, for_peer
from gate import Gate
from program import Failed, Program, require


class Stage:
    """Both ends of one connection, as the steps of a case see them."""

    def __init__(self, adieu_path, transport, certificates, exit_stack):
        self._adieu_path = adieu_path
        self.transport = transport
        self.certificates = certificates
        self._exit_stack = exit_stack
        self.adieu = self.peer = self.gate = None
        self.signalled = False

    async def start(self, name, command, environment=None):
        program = await Program.start(name, command, environment)
        self._exit_stack.push_async_callback(program.put_away)
        return program

    async def start_adieu(self, *arguments):
        self.adieu = await self.start("adieu", [self._adieu_path, *arguments])

    async def url(self, port, path, gated):
        if gated:
            self.gate = await Gate(port).open()
            self._exit_stack.callback(self.gate.shut)
            port = self.gate.port
        return self.transport.url(f"127.0.0.1:{port}{path}")

    def direction(self, side):
        from_server = (side == "we") == self.we_serve
        return self.gate.server if from_server else self.gate.client

    def signal_adieu(self, number):
        self.signalled = True
        self.adieu.signal(number)

    def transcript(self):
        lines = []
        for program in filter(None, (self.adieu, self.peer)):
            shown = [str(e)[:300] for e in program.events]
            if len(shown) > 14:
                shown[7:-7] = [f"… {len(shown) - 14} more"]
            lines += [f"  {program.name}: {line}" for line in shown]
            lines += [f"  {program.name} (not JSON): {line}" for line in program.garbage[:5]]
            last_lines = program.stderr.splitlines()[-8:]
            lines += [f"  {program.name} (stderr): {line}" for line in last_lines]
        return "\n".join(lines)


async def play(stage, case, peer, we_serve):
    stage.we_serve = we_serve
    await (_open_as_server if we_serve else _open_as_client)(stage, case, peer)
    for step in case.steps:
        await step(stage)
    if for_peer(case.theirs, peer) not in (NOTHING, ANYTHING):
        await stage.peer.see("close")
    if for_peer(case.ours, peer) != NOTHING:
        await stage.adieu.see("close")
    if we_serve and not stage.signalled:
        stage.signal_adieu(signal.SIGTERM)
    exit_status = await stage.adieu.exit_status()
    stage.peer.end_stdin()
    await stage.peer.exit_status()
    _compare(stage, case, peer, we_serve, exit_status)


async def _open_as_server(stage, case, peer):
    secure = stage.transport.secure
    files = stage.certificates
    tls = ("--tls-cert", files.certificate, "--tls-key", files.key) if secure else ()
    await stage.start_adieu("serve", "--port", "0", "--json", *tls, *_compression(stage),
                            *case.args)
    listening = await stage.adieu.see("listening")
    require(stage.adieu.events[0] is listening, "listening is not the first line")
    require(listening["url"] == stage.transport.url(f"127.0.0.1:{listening['port']}"),
            f"url is {listening['url']}")
    url = await stage.url(listening["port"], case.path, case.gated)
    options, environment = dict(case.peer_options), {}
    if stage.transport.deflate:
        options["deflate"] = True
    if secure and case.trusted:
        options["public_key_hash"] = files.public_key_hash
        environment = files.trusted_in_environment()
    stage.peer = await stage.start(peer, peers.client_command(peer, url, options), environment)
    if not case.refused:
        await stage.peer.see("open")


async def _open_as_client(stage, case, peer):
    options, authority = dict(case.peer_options), ()
    if stage.transport.secure:
        options |= stage.certificates.for_server()
        authority = ("--cacert", stage.certificates.authority) if case.trusted else ()
    if stage.transport.deflate:
        options["deflate"] = True
    stage.peer = await stage.start(peer, peers.server_command(peer, options))
    listening = await stage.peer.see("listening")
    url = await stage.url(listening["port"], "/", case.gated)
    await stage.start_adieu("connect", url, "--json", *authority, *_compression(stage), *case.args)
    if not case.refused:
        await stage.adieu.see("open")
        await stage.peer.see("open")


def _compression(stage):
    """What adieu is told of it. Where the transport decides, the frames are looked at."""
    if stage.transport.deflate is None:
        return ()
    return ("-v",) if stage.transport.deflate else ("-v", "--no-deflate")


def _compare(stage, case, peer, we_serve, exit_status):
    expected_theirs, expected_ours = for_peer(case.theirs, peer), for_peer(case.ours, peer)
    theirs = _only_close(stage.peer, expected_theirs)
    ours = _only_close(stage.adieu, expected_ours)
    if ours:
        rules.check_shape(ours, may_carry=("path",) if we_serve else ())
        may_be_cut = stage.transport.secure and peer not in case.notifying
        _check_ours(ours, expected_ours, may_be_cut)
        if not case.misbehaves:
            rules.check_consistency(ours)
    if theirs:
        rules.check_telling(ours, theirs, peer)
        _check_theirs(theirs, expected_theirs)
    if ours and theirs and not case.misbehaves:
        rules.check_agreement(ours, theirs)
    _check_output(stage, case, peer, we_serve, ours, exit_status)
    if stage.transport.deflate is not None:
        _check_compression(stage, case, peer)
    _check_amount(stage.peer, for_peer(case.they_got, peer))
    _check_amount(stage.adieu, for_peer(case.we_got, peer))


def _only_close(program, expected):
    if expected == ANYTHING:
        return None
    closes = program.told("close")
    number = 0 if expected == NOTHING else 1
    require(len(closes) == number, f"{program.name} told {len(closes)} close events, not {number}")
    return closes[0] if closes else None


def _check_ours(ours, expected, may_be_cut):
    for key, value in expected.items():
        allowed = value if isinstance(value, (tuple, set)) else (value,)
        if key == "cause" and may_be_cut:
            allowed = rules.over_tls(allowed)
        require(ours[key] in allowed, f"our {key} is {ours[key]!r}, not {value!r}")


def _check_theirs(theirs, seen):
    if theirs["code"] is None:
        return
    require(theirs["code"] == seen.code, f"the peer saw code {theirs['code']}, not {seen.code}")
    require(seen.clean in (None, theirs["was_clean"]), f"the peer saw clean={theirs['was_clean']}")
    require(seen.reason in (None, theirs["reason"]),
            f"the peer saw reason {theirs['reason']!r}, not {seen.reason!r}")


def _check_compression(stage, case, peer):
    """What the peer says of the opening, and the first bit of the frames."""
    agreed = stage.transport.deflate and not case.misbehaves
    if not case.refused:
        told = stage.peer.told("open")[0].get("extensions")
        require(told is not None or peer == "lws", "the peer does not tell the extensions")
        require(told is None or ("permessage-deflate" in told) == agreed,
                f"the peer says that the extensions are {told!r}")
    deflated = {side for side, mark in (("we", ">"), ("they", "<"))
                if re.search(rf"{mark} (text|binary) \d+ B .*deflated", stage.adieu.stderr)}
    if agreed and case.deflated == TOO_SHORT:
        return
    expected = set(case.deflated) if agreed else set()
    if peer in peers.ONLY_INFLATE:
        expected.discard("they")
    require(deflated == expected, f"compressed messages from {sorted(deflated)}, "
                                  f"not {sorted(expected)}")


def _check_output(stage, case, peer, we_serve, ours, exit_status):
    require(not stage.adieu.garbage, f"not JSON on stdout: {stage.adieu.garbage[:1]}")
    known = {"listening", "close"} if we_serve else {"open", "message", "closing", "close"}
    strange = {e["event"] for e in stage.adieu.events} - known
    require(not strange, f"strange events on stdout: {strange}")
    expected_exit = for_peer(case.exit, peer)
    allowed = expected_exit if isinstance(expected_exit, tuple) else (expected_exit,)
    require(exit_status in allowed, f"adieu's exit status is {exit_status}, not {expected_exit}")
    if case.stderr:
        require(case.stderr in stage.adieu.stderr, f"stderr lacks {case.stderr!r}")
    for pattern in case.shown:
        require(re.search(pattern, stage.adieu.stderr), f"stderr lacks {pattern!r}")
    for pattern in case.hidden:
        require(not re.search(pattern, stage.adieu.stderr), f"stderr has {pattern!r}")
    if we_serve:
        return
    require(stage.adieu.events[-1] is ours, "the close event is not the last line")
    by_rule = rules.exit_status(ours, _closed_with(case))
    require(exit_status == by_rule, f"exit status {exit_status}, but the contract says {by_rule}")
    rules.check_last_line(ours, stage.adieu.stderr)


def _closed_with(case):
    if "--close" not in case.args:
        return 1000
    return int(case.args[case.args.index("--close") + 1].split(":")[0])


def _size(message):
    if "bytes" in message:
        return message["bytes"]
    if message["type"] == "text":
        return len(message["data"].encode())
    return len(base64.b64decode(message["base64"]))


def _check_amount(program, expected):
    if expected is None:
        return
    messages = program.told("message")
    count, size = len(messages), sum(map(_size, messages))
    require(expected in ((count, size), (count, None)),
            f"{program.name} got {count} messages of {size} bytes, not {expected}")


async def play_alone(adieu_path, certificates, case, peer, we_serve, transport):
    """One case from start to end. Returns None, or why it failed, with what both sides told."""
    async with AsyncExitStack() as exit_stack:
        stage = Stage(adieu_path, transport, certificates, exit_stack)
        try:
            await play(stage, case, peer, we_serve)
            return None
        except Failed as failed:
            why = str(failed)
        except asyncio.CancelledError:
            why = "not over in time"
    return f"{why}\n{stage.transcript()}"
