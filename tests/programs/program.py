"""A program as a process: its lines on stdout, its end, and the ledger of its connections, which holds
for every program whatever its peers do. Knows no peer. Every wait is bounded and says what for."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time

PATIENCE = 20.0  # for what happens at once on an idle machine
# The system's and the sanitizers' words for a program that has not ended by itself.
FATAL = ("terminate called", "Sanitizer", "runtime error:", "Assertion", "assertion")
EXIT_OF_SANITIZERS = 99  # not one that a program has itself


def environment():
    """A finding of a sanitizer has an exit code of its own, beside the report."""
    kept = dict(os.environ, LC_ALL="C.UTF-8")
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
        kept[name] = f"{kept.get(name, '')}:exitcode={EXIT_OF_SANITIZERS}".lstrip(":")
    return kept


class Program:
    """`exit_codes`: what it may end with; None: what its shutdown lines say. `plain`: an example,
    whose lines are text for people."""

    def __init__(self, path, *arguments, exit_codes=None, plain=False):
        self.name = os.path.basename(path)
        self.exit_codes, self.plain = exit_codes, plain
        self.lines, self.texts, self.errors = [], [], ""
        self.changed, self.is_ending = threading.Condition(), False
        self.process = subprocess.Popen([str(path), *map(str, arguments)], env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True)
        self.threads = [threading.Thread(target=read, daemon=True)
                        for read in (self._read_lines, self._read_errors)]
        for thread in self.threads:
            thread.start()

    def _read_lines(self):
        for octets in self.process.stdout:
            text = octets.decode().rstrip("\n")
            with self.changed:
                if not self.plain and text.startswith("{"):
                    self.lines.append(json.loads(text))
                else:
                    self.texts.append(text)
                self.changed.notify_all()
        with self.changed:
            self.is_ending = True
            self.changed.notify_all()

    def _read_errors(self):
        # In pieces: a trace has a hundred thousand lines.
        for octets in iter(lambda: self.process.stderr.read1(1 << 16), b""):
            with self.changed:
                self.errors += octets.decode("utf-8", "replace")
                self.changed.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        was_running = self.process.poll() is None
        with contextlib.suppress(ProcessLookupError):  # its children, too, which hold the pipes
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert failed or not was_running, f"{self.name} was still running at the end of the case"
        for thread in self.threads:
            thread.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        if not failed:
            self.has_kept_the_ledger()

    # Waiting.

    def wait(self, found, told, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        with self.changed:
            while (answer := found()) is None:
                left = deadline - time.monotonic()
                if self.is_ending or left <= 0:
                    raise AssertionError(
                        f"{self.name}: no {told}" +
                        (" and it has ended" if self.is_ending else f" in {seconds} s") +
                        f"; its last lines: {(self.lines or self.texts)[-4:]}")
                self.changed.wait(left)
            return answer

    def line(self, is_it, told, seconds=PATIENCE):
        """The first line of which that is true, also if it has come already."""
        return self.wait(lambda: next((e for e in self.lines if is_it(e)), None), told, seconds)

    def event(self, name, seconds=PATIENCE, **fields):
        return self.line(lambda e: e["event"] == name and
                         all(e.get(k) == v for k, v in fields.items()),
                         f"{name} line {fields or ''}", seconds)

    def text(self, part, seconds=PATIENCE):
        return self.wait(lambda: next((t for t in self.texts if part in t), None),
                          f"line with {part!r}", seconds)

    def closed(self, local_port, seconds=PATIENCE):
        """The close event of the connection that came from there."""
        return self.event("closed", seconds, peer=f"127.0.0.1:{local_port}")

    def error(self, part, seconds=PATIENCE):
        """On stderr: the library's log."""
        self.wait(lambda: self.errors if part in self.errors else None,
                  f"{part!r} on stderr", seconds)

    @property
    def port(self):
        if self.plain:
            return int(self.text("listening on").rsplit(":", 1)[1])
        return self.event("listening")["port"]

    def told(self, name):
        with self.changed:
            return [e for e in self.lines if e["event"] == name]

    # The end.

    def signal(self, which=signal.SIGTERM):
        assert self.process.poll() is None, self.why_it_ended()
        self.process.send_signal(which)

    def ends(self, seconds=PATIENCE):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} has not ended in {seconds} s; its last lines: "
                                 f"{(self.lines or self.texts)[-4:]}") from None
        for thread in self.threads:
            thread.join(PATIENCE)
        return self.process.returncode

    def is_alive(self):
        assert self.process.poll() is None, self.why_it_ended()

    def why_it_ended(self):
        for thread in self.threads:
            thread.join(1)
        return (f"{self.name} ended by itself with {self.process.returncode}: "
                f"{self.errors[-2000:]}")

    def needed_at_most(self, most):
        """In bytes, of all that it ever had at once. A sanitizer keeps what was freed."""
        with open(f"/proc/{self.process.pid}/exe", "rb") as program:
            code = program.read()
        is_sanitized = b"__asan_init" in code or b"__tsan_init" in code
        with open(f"/proc/{self.process.pid}/status") as told:
            peak = next(int(line.split()[1]) * 1024 for line in told if line.startswith("VmHWM:"))
        assert is_sanitized or peak <= most, f"it needed {peak} bytes, not {most}"

    # The ledger.

    def has_kept_the_ledger(self):
        code = self.process.returncode
        for word in FATAL:
            assert word not in self.errors, f"{self.name} (exit {code}): {self.errors[-3000:]}"
        shutdowns = self.told("shutdown")
        expected = self.exit_codes
        if expected is None:
            assert shutdowns, f"{self.name} ended with {code} and told no shutdown: {self.errors}"
            expected = (int(any(s["terminated"] for s in shutdowns)),)
        assert code in expected, f"{self.name}: exit {code}, not {expected}: {self.errors[-2000:]}"
        opened = [(e["pid"], e["id"]) for e in self.told("open") if "id" in e]
        ended = [(e["pid"], e["id"]) for e in self.told("closed") if e.get("id")]
        assert len(set(ended)) == len(ended), f"two close events: {sorted(ended)}"
        died = {e["worker"] for e in self.told("worker_over") if e["code"] > 128}
        lost = {key for key in set(opened) - set(ended) if key[0] not in died}
        assert not lost, f"{self.name}: no close event for {lost}"
        assert set(ended) <= set(opened), f"closed and never open: {set(ended) - set(opened)}"
        for event in self.lines:
            if event["event"] in ("closed", "closed_behind", "down"):
                adds_up(event)


def handed_over(event):
    """What has left the process, all counts of the program and of the library together."""
    unknown = event["rejected_messages"] - event["rejected"]
    return event["accepted"] + event["posted"] + event["undecided"] - unknown - event["unsent"]


def adds_up(event):
    """What one end alone can know."""
    unknown = event["rejected_messages"] - event["rejected"]
    untold = event["posted"] + event["undecided"]
    assert 0 <= unknown <= untold, f"rejected does not add up: {event}"
    assert event["unsent"] <= event["accepted"] + untold, f"unsent: {event}"
    if event["exception"]:  # thrown behind both Closes it changes nothing of the ending
        assert event["cause"] == "handler_failed" or event["phase"] == "ending", \
            f"exception: {event}"
    if event["clean"]:
        assert event["unsent"] == 0 and event["sent"] and event["got"], f"not clean: {event}"
        assert event["unacknowledged"] in (0, None), f"clean, and not acknowledged: {event}"
