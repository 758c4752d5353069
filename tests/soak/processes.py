"""`adieu serve` under load, its lines in a file, its memory and sockets looked at from outside; and a
crowd of clients, tests/soak/crowd.cpp. Knows no scenario."""

import json
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time

SECONDS = 120  # for one thing that is waited for


def wait_until(is_so, told, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"after {seconds} s not yet: {told}"
        time.sleep(0.02)


def allocated(pid):
    """In bytes: no memory of the kernel's, and no page of a file. Whether a library's page counts as
    private to a process depends on who else is running."""
    with open(f"/proc/{pid}/smaps_rollup") as told:
        return sum(int(line.split()[1]) * 1024 for line in told if line.startswith("Anonymous:"))


class Server:
    """On all of 127.0.0.0/8."""

    def __init__(self, adieu, *arguments, port=0):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [adieu, "serve", "--host", "0.0.0.0", "--port", str(port), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log)
        wait_until(lambda: b"listening on" in self.head() or self.process.poll() is not None,
                   "it listens")
        listening = re.search(rb"listening on \S+:(\d+)", self.head())
        assert listening, self.head()
        self.port = int(listening[1])
        self.descriptors_at_rest = self.descriptors()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    def head(self):
        with open(f"/proc/self/fd/{self.log.fileno()}", "rb") as log:
            return log.read(4096)

    def lines(self, beginning):
        """How many lines of its log begin so, and the last of them."""
        count, last = 0, b""
        with open(f"/proc/self/fd/{self.log.fileno()}", "rb") as log:
            for line in log:
                if line.startswith(beginning):
                    count, last = count + 1, line
        return count, last.decode().strip()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self):
        return allocated(self.process.pid)

    def in_close_wait(self):
        """Sockets whose peer has ended and that nobody has closed. [/proc/net/tcp]"""
        end = f":{self.port:04X}"
        with open("/proc/net/tcp") as table:
            return sum(row[1].endswith(end) and row[3] == "08"
                       for row in map(str.split, table))

    def signal(self, which=signal.SIGTERM):
        self.process.send_signal(which)
        return time.monotonic()

    def exit_code(self, seconds=SECONDS):
        return self.process.wait(seconds)

    def ends(self):
        """By SIGTERM. Only then its log is whole: a thread of its own writes it."""
        self.signal()
        assert self.exit_code() == 0

    def is_idle(self):
        wait_until(lambda: self.descriptors() == self.descriptors_at_rest,
                   f"{self.descriptors_at_rest} descriptors again", 15)


class Crowd:
    """Clients in a process of their own, so that their descriptors are not the server's."""

    def __init__(self, program, kind, server_port, **options):
        command = [program, kind, "--port", str(server_port)]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.told = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.told.put(json.loads(line))
        self.told.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.thread.join(10)
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass

    def hears(self, key, seconds=SECONDS):
        """The next that it tells and that has this member."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                told = self.told.get(timeout=max(deadline - time.monotonic(), 0.001))
            except queue.Empty:
                raise AssertionError(f"nothing of {key} in {seconds} s") from None
            assert told is not None, f"the crowd has ended before it told of {key}"
            if key in told:
                return told

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def leave(self):
        """Closes all that is still open."""
        self.process.stdin.close()
        return self.hears("ended")
