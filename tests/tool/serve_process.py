"""`adieu serve` as a process: started, listened to, ended. Keeps the ledger: every connection that
was opened has exactly one close event, and the process ends by itself. Knows no test."""

import collections
import json
import os
import queue
import signal
import subprocess
import threading
import time

from raw_client import PATIENCE, Connection


PATIENCE_AT_THE_END = 3.0  # with clients that answer no Close; then a second signal


class Serve:
    """With --json unless `lines`: then stderr is what is read. `before`: what starts the command."""

    def __init__(self, adieu, *arguments, lines=False, before=()):
        command = [*before, adieu, "serve", "--port", "0", *([] if lines else ["--json"]), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.stdout, self.stderr = queue.Queue(), queue.Queue()
        self.everything = {"stdout": [], "stderr": []}
        self.threads = [self._read("stdout"), self._read("stderr")]
        self.kept = []
        self.counts = not lines
        self.opened = collections.Counter()  # paths; tests that open otherwise may count theirs in
        if lines:
            self.first = self._next(self.stderr).decode()
            self.port = int(self.first.rsplit(":", 1)[1])
        else:
            self.first = json.loads(self._next(self.stdout))
            self.port = self.first["port"]

    def _read(self, name):
        pipe, to = getattr(self.process, name), getattr(self, name)

        def run():
            for line in pipe:
                self.everything[name].append(line)
                to.put(line)
            to.put(None)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    @staticmethod
    def _next(lines, deadline=None):
        left = PATIENCE if deadline is None else deadline - time.monotonic()
        line = lines.get(timeout=max(left, 0.001))
        assert line is not None, "the server has ended"
        return line.rstrip(b"\n")

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        try:
            self._end()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            for thread in self.threads:
                thread.join(PATIENCE)
            self.process.stdout.close()
            self.process.stderr.close()
        if not failed:
            self._check_ledger()

    def _end(self):
        for patience in (PATIENCE_AT_THE_END, PATIENCE):
            if self.process.poll() is not None:
                return
            self.signal()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        assert self.process.poll() is not None, "two signals have not ended the server"

    def _check_ledger(self):
        code = self.process.returncode
        assert code in (0, 1), f"the server has ended with {code}: {self.everything['stderr'][-9:]}"
        told = collections.Counter()
        for line in self.everything["stdout"]:
            event = json.loads(line)
            if event["event"] == "close":
                told[event["path"]] += 1
        for path, opened in self.opened.items():
            assert told[path] == opened, f"{path}: {opened} opened, {told[path]} close events"

    def connect(self, path, glued=b"", host="127.0.0.1", **changes):
        made = Connection(self.port, host).open(path, glued, **changes)
        self.opened[path] += self.counts
        return made

    def tcp(self, **options):
        return Connection(self.port, **options)

    def event(self, path, seconds=PATIENCE):
        """The close event of the one connection that asked for this path."""
        deadline = time.monotonic() + seconds
        while True:
            for event in self.kept:
                if event["path"] == path:
                    self.kept.remove(event)
                    return event
            try:
                self.kept.append(json.loads(self._next(self.stdout, deadline)))
            except queue.Empty:
                raise AssertionError(f"no close event for {path}") from None

    def line(self, beginning):
        """The next line on stderr that begins so."""
        deadline = time.monotonic() + PATIENCE
        while True:
            line = self._next(self.stderr, deadline).decode()
            if line.startswith(beginning):
                return line

    def signal(self, which=signal.SIGTERM):
        self.process.send_signal(which)

    def exit_code(self):
        code = self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        return code

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def check_event(event, **wanted):
    """`sent` and `received` are given as (code, reason) or None."""
    for name, value in wanted.items():
        seen = event[name]
        if name in ("sent", "received"):
            seen = None if seen is None else (seen["code"], seen["reason"])
        assert seen == value, f"{name} is {seen!r}, not {value!r}: {json.dumps(event)}"
