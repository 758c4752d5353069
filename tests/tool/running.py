"""Runs the tool and takes what it printed apart. Knows no peer."""
import json
import os
import signal
import subprocess

ADIEU = ["adieu"]  # set by tool_test.py

CLOSE_KEYS = ["event", "was_clean", "code", "reason", "initiator", "cause", "phase", "sent",
              "received", "error", "http_status", "unsent_messages", "unsent_bytes", "open_ms",
              "closing_ms", "rejected_messages", "rejected_bytes", "unacknowledged_bytes",
              "retry_after_s", "late_messages_dropped", "response"]


class Result:
    def __init__(self, arguments, code, out, err, read_already=b""):
        self.code = code
        self.out = out or b""
        self.err = err.decode("utf-8", "replace")
        if {"connect", "--json"} <= set(arguments) and self.code >= 0 and out is not None:
            self._check_ledger((read_already + out).decode().splitlines())

    def _check_ledger(self, lines):
        """What `connect --json` has begun has exactly one end, told last, whatever it was."""
        told = [json.loads(line)["event"] for line in lines]
        if self.code == 2 and not told:
            return  # the arguments were wrong
        ends = [event for event in told if event in ("close", "gave_up")]
        check(len(ends) == 1 and told[-1] == ends[0], self)

    @property
    def events(self):
        return [json.loads(line) for line in self.out.decode().splitlines()]

    @property
    def close(self):
        return self.events[-1]

    @property
    def close_line(self):
        return self.err.splitlines()[-1] if self.err else ""

    def messages(self):
        return [e.get("data", e.get("base64")) for e in self.events if e["event"] == "message"]

    def __repr__(self):
        return "exit %d\nstdout: %r\nstderr: %s" % (self.code, self.out[:2000], self.err[-2000:])


def environment():
    kept = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    kept["LC_ALL"] = "C.UTF-8"
    kept["RES_OPTIONS"] = "timeout:1 attempts:1"  # a resolver that does not answer is enough
    return kept


def command(*args):
    return [ADIEU[0], *[str(a) for a in args]]


def hear_signals():
    """Who starts the tests with nohup, or behind a shell's `&`, has some of them ignored."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def start(*args, **how):
    """A running tool with pipes; for tests that act while it runs."""
    how.setdefault("stdin", subprocess.PIPE)
    how.setdefault("stdout", subprocess.PIPE)
    how.setdefault("stderr", subprocess.PIPE)
    how.setdefault("preexec_fn", hear_signals)
    how.setdefault("env", environment())
    return subprocess.Popen(command(*args), **how)


def finish(process, timeout=20, read_already=b""):
    """Waits for its end without closing its stdin first."""
    try:
        process.wait(timeout)
        out = process.stdout.read() if process.stdout else None
        err = process.stderr.read() if process.stderr else b""
        return Result(process.args, process.returncode, out, err, read_already)
    finally:
        if process.poll() is None:
            process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass


def run(*args, stdin=b"", timeout=20):
    """Runs it to its end with these bytes on stdin."""
    done = subprocess.run(command(*args), input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout, env=environment())
    return Result(done.args, done.returncode, done.stdout, done.stderr)


def check(condition, told):
    if not condition:
        raise AssertionError(repr(told))


def equal(have, want, told=""):
    if have != want:
        raise AssertionError("%r, not %r\n%r" % (have, want, told))


def ended(result, exit_code, cause, **fields):
    """The run ended with that exit code and that close event."""
    equal(result.code, exit_code, result)
    close = result.close
    equal(list(close)[:len(CLOSE_KEYS)], CLOSE_KEYS, result)
    equal(close["event"], "close", result)
    equal(close["cause"], cause, result)
    for name, want in fields.items():
        equal(close[name], want, (name, result))
    check(result.close_line.startswith("closed %d " % close["code"]), result)
    return close
