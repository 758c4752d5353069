"""What the cases share: how one is declared and skipped, `adieu serve` with an account of what it
told, `adieu connect` as a process whose events are awaited one by one."""

import collections
import json
import queue
import signal
import subprocess
import threading
import time

from raw_client import PATIENCE, TEXT, close, frame
from running import environment
from serve_process import Serve


class Skip(Exception):
    """Something is not installed; the text says what."""


class NotAllowed(Skip):
    """Nothing is missing but the right to do it. That is no failure of a strict run either."""


class Cases(list):
    """A module's cases. `alone`: it needs the machine, or would hold the others up."""

    def __call__(self, name, alone=False):
        def add(body):
            self.append((name, body, alone))
            return body
        return add

    def each(self, name, values, alone=False):
        """One for each of the values, which follows the tools as the second argument."""
        def add(body):
            for value in values:
                self.append((f"{name}: {getattr(value, 'name', value)}",
                             lambda tools, value=value: body(tools, value), alone))
            return body
        return add


def until(is_so, told, seconds=PATIENCE):
    """For what the system does not announce: looks again until it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"after {seconds} s not yet: {told}"
        time.sleep(0.02)


def lasting(seconds):
    """A length of time that is the case itself: a process stopped, a network gone."""
    time.sleep(seconds)


class Server(Serve):
    """At the end of `with`, unless something failed already: it still serves, has given back every
    descriptor, ends on SIGTERM with 0, and has told one close event for each path at most."""

    def __init__(self, adieu, *arguments, **how):
        super().__init__(adieu, *arguments, **how)
        self.descriptors_at_rest = self.descriptors()
        self.serves_us = not how.get("before")  # from another namespace it cannot be reached

    def __exit__(self, kind, *rest):
        try:
            if kind is None:
                self.has_come_to_rest()
        finally:
            super().__exit__(kind, *rest)

    def has_come_to_rest(self):
        if self.process.poll() is None:
            self.is_idle()
            if self.serves_us:
                self.greet("/?at-the-end")
                self.is_idle()
            self.signal()
            assert self.exit_code() == 0, "SIGTERM without connections"
        for path, times in self.told().items():
            assert times == 1, f"{times} close events for {path}"

    def _check_ledger(self):
        if self.process.returncode != -signal.SIGKILL:  # the case has killed it
            super()._check_ledger()

    def is_idle(self, seconds=PATIENCE):
        until(lambda: self.descriptors() == self.descriptors_at_rest,
              f"the server has {self.descriptors_at_rest} descriptors again", seconds)

    def greet(self, path):
        """An honest client's whole life."""
        with self.connect(path) as c:
            c.send(frame(TEXT, path))
            c.expect(TEXT, path)
            c.send(close(1000))
            c.expect_close(1000)
            c.expect_end()

    def told(self):
        """How many close events there were for each path."""
        events = [json.loads(line) for line in self.everything["stdout"]]
        return collections.Counter(e["path"] for e in events if e["event"] == "close")

    def url(self, path="/", host="127.0.0.1", port=None):
        return f"ws://{host}:{port or self.port}{path}"


class Connect:
    """`adieu connect --json`, its stdin open."""

    def __init__(self, adieu, *arguments, before=()):
        self.process = subprocess.Popen([*before, adieu, "connect", "--json", *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment())
        self.events, self.waiting, self.stderr = [], queue.Queue(), b""
        self.threads = [threading.Thread(target=read, daemon=True)
                        for read in (self._read_events, self._read_errors)]
        for thread in self.threads:
            thread.start()

    def _read_events(self):
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                break  # it was killed within a line
            event = json.loads(line)
            self.events.append(event)
            self.waiting.put(event)
        self.waiting.put(None)

    def _read_errors(self):
        self.stderr = self.process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for thread in self.threads:
            thread.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except OSError:
                pass

    def event(self, name, seconds=PATIENCE):
        """The next one of that name; those before it are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                event = self.waiting.get(timeout=max(deadline - time.monotonic(), 0.001))
            except queue.Empty:
                raise AssertionError(f"no {name} in {seconds} s: {self.events[-3:]}") from None
            if event is None:
                self.waiting.put(None)
                raise AssertionError(f"ended before {name}: {self.events[-3:]} {self.stderr!r}")
            if event["event"] == name:
                return event

    def opened(self):
        self.event("open")
        return self

    def say(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def echoes(self, text):
        self.say(text)
        got = self.event("message")["data"]
        assert got == text, f"{got!r}, not {text!r}"

    def end_stdin(self):
        self.process.stdin.close()

    def signal(self, which):
        self.process.send_signal(which)

    def ends(self, exit_code, cause, seconds=PATIENCE, **fields):
        """With one close event, the last line, that says so."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not over after {seconds} s: {self.events[-3:]}") from None
        for thread in self.threads:
            thread.join(PATIENCE)
        ends = [e for e in self.events if e["event"] in ("close", "gave_up")]
        assert len(ends) == 1 and ends[0] is self.events[-1], self.events[-5:]
        event = ends[0]
        for name, wanted in dict(cause=cause, **fields).items():
            assert event[name] in (wanted if isinstance(wanted, tuple) else (wanted,)), \
                f"{name} is {event[name]!r}, not {wanted!r}: {event}"
        assert self.process.returncode == exit_code, (self.process.returncode, event)
        assert event["code"] == 1006 or event["received"], event
        return event


def says(event, **wanted):
    """As check_event; a tuple says that each of these will do."""
    for name, value in wanted.items():
        assert event[name] in (value if isinstance(value, tuple) else (value,)), \
            f"{name} is {event[name]!r}, not {value!r}: {event}"


LOST = ("peer_vanished", "reset")


def stopped(process):
    """SIGSTOP has arrived: it runs no more."""
    process.send_signal(signal.SIGSTOP)
    until(lambda: state_of(process) == "T", "it is stopped")


def killed(process):
    """kill -9, and it is gone: its sockets are closed some time before that can be seen."""
    process.kill()
    process.wait()


def state_of(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def goes_on(process):
    process.send_signal(signal.SIGCONT)
