#!/usr/bin/env python3
"""A conformance suite over real sockets, written from RFC 6455 and 7692. It plays the same tables
as a fuzzing client against `adieu serve` and as a fuzzing server against the echoing client, which
follows the protocol of public suites: /getCaseCount, /runCase?case=…, /updateReports. Python's
standard library only.

    tests/conformance/run.py [--adieu PROGRAM] [--echo-client PROGRAM] [--only WORD…]
                             [--roles server client] [--list] [--verbose]

One line for each case that failed, counts for each section, then `N passed, N failed`.
"""

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tool")]

import cases_closing
import cases_compression
import cases_framing
import cases_limits
import cases_negotiation
import cases_openings
import cases_text
from octets import TEXT, Head
from serve_process import Serve
from tester import PATIENCE, Tester, Wrong, check

ROOT = HERE.parents[1]
ROLES = ("server", "client")
MODULES = [cases_framing, cases_text, cases_closing, cases_limits, cases_openings,
           cases_negotiation, cases_compression]


class Case:
    def __init__(self, section, name, play, roles, raw, extension):
        self.section, self.name, self.play = section, name, play
        self.roles = roles          # of the tested end
        self.raw = raw              # it begins before the opening
        self.extension = extension  # what is agreed on, or None

    def __str__(self):
        return f"{self.section}: {self.name}"


def all_cases(only):
    for module in MODULES:
        for section, cases in module.SECTIONS.items():
            role = getattr(module, "ROLE", {}).get(section)
            for name, play, *extension in cases():
                case = Case(section, name, play, (role,) if role else ROLES, bool(role),
                            extension[0] if extension else None)
                if not only or any(word in str(case) for word in only):
                    yield case


class Stream(Tester):
    """With heads of HTTP, for openings."""

    def read_head(self):
        while b"\r\n\r\n" not in self.got:
            self._more(PATIENCE)
        octets, rest = bytes(self.got).split(b"\r\n\r\n", 1)
        self.got[:] = rest
        return Head(octets)

    def read_body(self, head):
        self._take(int((head.all("content-length") or ["0"])[0]), PATIENCE)


class Report:
    MOST_FAILURES = 20  # of a role: then it is stopped, for each may have taken all patience

    def __init__(self, verbose):
        self.verbose = verbose
        self.counts = {}

    def too_many(self, role):
        return sum(f for (_, r), (_, f) in self.counts.items() if r == role) >= self.MOST_FAILURES

    def add(self, case, role, why, seconds):
        passed, failed = self.counts.get((case.section, role), (0, 0))
        self.counts[case.section, role] = (passed + (not why), failed + bool(why))
        if why:
            print(f"FAIL {role}: {case}: {why}", flush=True)
        elif self.verbose:
            print(f"ok   {role}: {case} ({seconds:.2f} s)", flush=True)

    def say(self):
        for (section, role), (passed, failed) in self.counts.items():
            word = "FAIL" if failed else "ok  "
            print(f"{word} {role:6} {section:16} {passed} of {passed + failed}")
        passed = sum(p for p, _ in self.counts.values())
        failed = sum(f for _, f in self.counts.values())
        print(f"{passed} passed, {failed} failed")
        return 1 if failed or not passed else 0


def attempt(case, t):
    """What went wrong, or nothing."""
    try:
        case.play(t)
    except Wrong as why:
        return str(why)
    except (AssertionError, OSError, UnicodeDecodeError) as why:
        return f"{type(why).__name__}: {why}"
    finally:
        t.stream.close()
    return ""


def judge_event(event, t):
    if bool(event["was_clean"]) != t.clean:
        return f"the server says was_clean {event['was_clean']}, {event['code']} {event['cause']}"
    return ""


def test_server(adieu, cases, report):
    with Serve(str(adieu)) as serve:
        for number, case in enumerate(cases, 1):
            if report.too_many("server"):
                report.add(case, "server", "not run, nor what follows: too much has failed", 0)
                break
            start = time.monotonic()
            path = f"/echo?case={number}"
            stream = socket.create_connection(("127.0.0.1", serve.port), PATIENCE)
            t = Stream(stream, "server")
            try:
                if not case.raw:
                    open_server(t, path, case)
                    serve.opened[path] += 1
            except (AssertionError, OSError) as why:
                report.add(case, "server", f"the opening: {why}", 0)
                continue
            why = attempt(case, t)
            if not why and not case.raw:
                why = judge_event(serve.event(path), t)
            report.add(case, "server", why, time.monotonic() - start)
        serve.signal()
        check(serve.exit_code() == 0, "the server's shutdown was not clean")


def open_server(t, path, case):
    t.send(cases_openings.request(f"GET {path} HTTP/1.1", **(
        {"Sec_WebSocket_Extensions": case.extension.offer} if case.extension else {})))
    answer = t.read_head()
    check(answer.first.startswith("HTTP/1.1 101 "), answer.first)
    if case.extension:
        case.extension.agreed_by_server(t, answer)


class FuzzingServer:
    """Waits for the client under test, which follows the numbers."""

    def __init__(self, cases, report):
        self.cases, self.report = cases, report
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}"
        self.whys = {}     # number: (what went wrong, seconds)
        self.clean = {}    # number: what the client has to report
        self.reported = False

    def run(self):
        while not self.reported:
            stream, _ = self.listener.accept()
            t = Stream(stream, "client")
            t.request = t.read_head()
            t.target = t.request.first.split(" ")[1]
            target = urlsplit(t.target)
            if target.path == "/runCase":
                query = parse_qs(target.query)
                check(query["agent"] == ["adieu"], "no agent")
                self.run_case(int(query["case"][0]), t)
                continue
            check(target.path in ("/getCaseCount", "/updateReports"), f"no such path: {t.target}")
            t.send(cases_openings.answer(t))
            if target.path == "/getCaseCount":
                t.send(t.frame(TEXT, str(len(self.cases)).encode()))
            else:
                self.reported = True
            t.closes()

    def run_case(self, number, t):
        case, start = self.cases[number - 1], time.monotonic()
        why = ""
        if not case.raw:
            try:
                extra = case.extension.agreed_by_client(t) if case.extension else {}
                t.send(cases_openings.answer(t, **extra))
            except AssertionError as wrong:
                why = f"the opening: {wrong}"
        why = why or attempt(case, t)
        t.stream.close()
        self.whys[number] = (why, time.monotonic() - start)
        self.clean[number] = t.clean
        if sum(bool(w) for w, _ in self.whys.values()) >= self.report.MOST_FAILURES:
            raise Wrong("too much has failed")


def test_client(echo_client, cases, report):
    server = FuzzingServer(cases, report)
    client = subprocess.Popen([echo_client, "--suite", server.url], stdout=subprocess.PIPE,
                              text=True)
    said = {}

    def read():
        for line in client.stdout:
            number, _, rest = line.partition(": ")
            said[int(number)] = rest.strip()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        server.run()
        client.wait(PATIENCE)
    except (OSError, AssertionError, subprocess.TimeoutExpired) as why:
        print(f"FAIL client: the suite stopped behind case {max(server.whys, default=0)}: {why}")
    finally:
        if client.poll() is None:
            client.kill()
            client.wait()
    reader.join(PATIENCE)
    for number, case in enumerate(server.cases, 1):
        if report.too_many("client"):
            break
        why, seconds = server.whys.get(number, ("it was not run", 0))
        line = said.get(number, "")
        if not why and line.startswith("clean, ") != server.clean[number]:
            why = f"the client says {line!r}"
        report.add(case, "client", why, seconds)
    if client.returncode != 0:
        report.add(server.cases[-1], "client", f"the client's exit code is {client.returncode}", 0)


def main():
    build = Path(os.environ.get("BUILD_DIR", ROOT / "build"))
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--adieu", default=build / "adieu", type=Path)
    options.add_argument("--echo-client", default=build / "examples/echo_client", type=Path)
    options.add_argument("--only", nargs="+", default=[], metavar="WORD")
    options.add_argument("--roles", nargs="+", default=ROLES, choices=ROLES)
    options.add_argument("--list", action="store_true")
    options.add_argument("--verbose", action="store_true")
    given = options.parse_args()
    cases = list(all_cases(given.only))
    if given.list:
        for case in cases:
            print(f"{'/'.join(case.roles)}: {case}")
        return 0
    report = Report(given.verbose)
    if "server" in given.roles:
        test_server(given.adieu, [c for c in cases if "server" in c.roles], report)
    if "client" in given.roles:
        test_client(given.echo_client, [c for c in cases if "client" in c.roles], report)
    return report.say()


if __name__ == "__main__":
    sys.exit(main())
