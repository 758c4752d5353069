#!/usr/bin/env python3
"""Plants bugs in copies of the library's sources and lets the fuzzers look for them, from the inputs
that are kept and made on: a fuzzer that cannot fail is worth nothing.

    tools/fuzz --planted             all
    tools/fuzz --planted NAME…       those of these fuzzers

`N passed, N failed`: a bug passes if it is found within two minutes.
"""

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build-fuzz"
SECONDS = 120


class Bug(NamedTuple):
    fuzzer: str
    breaks: str
    file: str
    old: str  # found exactly once
    new: str
    unit: str = ""  # what includes it, if it is a header


RECEIVE = "src/protocol/connection_receive.cpp"
BUGS = [
    Bug("frames", "a length of 126 in two bytes is refused", "src/wire/frame.hpp",
        "to.length < 126 :", "to.length < 127 :", RECEIVE),
    Bug("frames", "a message in pieces is unmasked with the key of its first byte", RECEIVE,
        "part.key = wire::rotated(part.key, n);", ""),
    Bug("frames", "a message that has landed whole is not told", RECEIVE,
        "  part.ready     = payload_came(part.message.data() + part.message.size(), n, now);",
        "  payload_came(part.message.data() + part.message.size(), n, now);"),
    Bug("connection", "a ping behind our Close is answered", RECEIVE,
        "if (stage_ == stage::open) queue_pong(bytes);", "queue_pong(bytes);"),
    Bug("connection", "a Close is found only if it comes whole", RECEIVE,
        "if (available - head.size < head.length) {",
        "if (available - head.size < head.length && head.opcode != 8) {"),
    Bug("deflate", "a payload that is cut short is taken", "src/wire/inflater.cpp",
        "  if (!after_final_ && (stream_->data_type & between_blocks) == 0) return inflated::invalid;",
        ""),
    Bug("deflate", "what is beyond the bound is dropped", "src/wire/inflater.cpp",
        "else if (came != 0)", "else if (came > 1)"),
    Bug("openings", "a second Sec-WebSocket-Accept is not seen", "src/protocol/client_opening.cpp",
        'headers.count("Sec-WebSocket-Accept") != 1 ||', 'headers.count("Sec-WebSocket-Accept") < 1 ||'),
    Bug("openings", "a key that is too short is accepted", "src/protocol/server_opening.cpp",
        'r.headers.count("Sec-WebSocket-Key") != 1 || !http::is_opening_key(*key)',
        'r.headers.count("Sec-WebSocket-Key") != 1'),
    Bug("openings", "an alert in any piece is the sign of TLS", "src/http/head_reader.cpp",
        "beginning(bytes_, bytes).front() == 0x15", "bytes.front() == 0x15"),
    Bug("openings", "a target keeps its host", "src/http/head_reader.cpp",
        "  target.erase(0, end);", "  target.erase(0, begin);"),
    Bug("texts", "a URL may have a user", "src/http/url.cpp", "if (parsed->has_userinfo()) {",
        "if (false) {"),
    Bug("texts", "a reason is cut within a character", "src/base/close_codes.cpp",
        "while (!literal::is_utf8(front)) front.remove_suffix(1);", ""),
    Bug("lives", "a reply that is kept too long ends without our Close", "src/protocol/closing.cpp",
        "replying,       deadline_passed,  answering,       send::answer,   keep,          keep ",
        "replying,       deadline_passed,  closed,          send::nothing,  release,       release "),
    Bug("lives", "a ping that came while output was blocked is never answered",
        "src/protocol/connection_send.cpp",
        "if (outgoing_->pong_waits && stage_ == stage::open) {", "if (false) {"),
]


def compile_command(unit):
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        if Path(entry["file"]) == ROOT / unit and "adieu_machine_objects.dir" in entry["command"]:
            return shlex.split(entry["command"])
    raise RuntimeError(f"{unit} is not compiled in {BUILD}")


def link_command(fuzzer):
    commands = subprocess.run(["ninja", "-C", str(BUILD), "-t", "commands", f"fuzz_{fuzzer}"],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
    return shlex.split(re.sub(r"^: && | && :$", "", commands.strip().splitlines()[-1]))


def run(command):
    done = subprocess.run(command, cwd=BUILD, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stdout[:1000])


def build(bug, where):
    text = (ROOT / bug.file).read_text(encoding="utf-8")
    if text.count(bug.old) != 1:
        raise RuntimeError(f"its text is found {text.count(bug.old)} times in {bug.file}")
    copy = where / bug.file
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text.replace(bug.old, bug.new), encoding="utf-8")
    command = [c for c in compile_command(bug.unit or bug.file) if c not in ("-Werror", "-MD")]
    for option in ("-MT", "-MF"):
        if option in command:
            at = command.index(option)
            del command[at:at + 2]
    command.insert(next(i for i, c in enumerate(command) if c.startswith("-I")), f"-I{where / 'src'}")
    planted = where / "planted.o"
    command[command.index("-o") + 1] = str(planted)
    if not bug.unit:
        command[command.index("-c") + 1] = str(copy)
    run(command)
    # Before the archive: its own object for the same is not looked at.
    link = link_command(bug.fuzzer)
    link.insert(next(i for i, word in enumerate(link) if word.endswith(".a")), str(planted))
    link[link.index("-o") + 1] = str(where / "fuzzer")
    run(link)
    return where / "fuzzer"


def look_for(bug, number):
    """Seconds, and what the fuzzer said."""
    where = BUILD / "planted" / str(number)
    program = build(bug, where)
    (where / "corpus").mkdir(exist_ok=True)
    began = time.monotonic()
    done = subprocess.run([str(program), f"-max_total_time={SECONDS}", "-max_len=2048", "-len_control=20",
                           f"-artifact_prefix={where}/", str(where / "corpus"),
                           str(ROOT / "tests/fuzz/seeds" / bug.fuzzer),
                           str(BUILD / "made" / bug.fuzzer)], cwd=where,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    took = time.monotonic() - began
    if done.returncode == 0:
        raise RuntimeError(f"not found in {SECONDS} s")
    said = re.search(r"BROKEN: (.*)", done.stdout) or re.search(r"Assertion `(.*)' failed", done.stdout) \
        or re.search(r"ERROR: (.*)", done.stdout)
    return took, said[1] if said else done.stdout[-200:]


def main():
    wanted = sys.argv[1:] or sorted({bug.fuzzer for bug in BUGS})
    passed = failed = 0
    for number, bug in enumerate(BUGS):
        if bug.fuzzer not in wanted:
            continue
        try:
            took, said = look_for(bug, number)
            passed += 1
            print(f"found in {took:5.1f} s by {bug.fuzzer}: {bug.breaks} ({said})", flush=True)
        except RuntimeError as problem:
            failed += 1
            print(f"FAIL {bug.fuzzer}: {bug.breaks}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
