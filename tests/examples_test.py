#!/usr/bin/env python3
"""Runs every example as its first lines say, and reads what it prints. Python's standard library
only; `adieu serve` and `adieu connect` are the other ends where an example has only one.

    tests/examples_test.py [BUILD_DIR]        ends with `N passed, N failed`
"""

import contextlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "tool"))

from raw_client import TEXT, Connection, close, frame  # noqa: E402
from tls_socket import make_certificate  # noqa: E402

BUILD = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build"
SECONDS = 20
MOST_LINES = 60


def example(name, *arguments):
    return [BUILD / "examples" / name, *arguments]


def run(command, expected_exit=0, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=SECONDS)
    said = done.stdout + done.stderr
    assert done.returncode == expected_exit, f"exit {done.returncode}, not {expected_exit}: {said}"
    return done.stdout


def contains(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in:\n{text}"


@contextlib.contextmanager
def listening(command, stream="stdout"):
    """A server that says where it listens; yields it and its URL, ends it if nobody has."""
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: subprocess.PIPE}
    process = subprocess.Popen(command, text=True, **pipes)
    try:
        line = getattr(process, stream).readline()
        assert line.startswith("listening on ws://"), f"the first line is {line!r}"
        yield process, line.split()[-1]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def end(process):
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=SECONDS)
    return said


def clients_and_server_echo():
    with listening(example("server_echo", "0")) as (server, url):
        contains(run(example("client_callbacks", url)), "hello\n", '1000 normal "that was all"')
        contains(run(example("client_coroutines", url)), "one\ntwo\nthree\n", "counted to three")
        said = end(server)
        contains(said, "the peer closed with 1000", "terminated: 0")
        assert server.returncode == 0


def server_coroutines():
    """A peer that closes behind its messages, one that is gone, one that breaks the rules: the
    coroutine of each meets the end in async_send, and the others go on."""
    with listening(example("server_coroutines", "0")) as (server, url):
        port = int(url.rsplit(":", 1)[1])
        with Connection(port).open("/") as staying:
            staying.send(frame(TEXT, "one"))
            staying.expect(TEXT, "you said one")
            for behind in (close(1000), b"", b"garbage"):
                with Connection(port).open("/") as other:
                    other.send(50 * frame(TEXT, "x") + behind)
            ends = [server.stdout.readline() for _ in range(3)]
            contains("".join(ends), "the peer closed with 1000")
            staying.send(frame(TEXT, "two"))
            staying.expect(TEXT, "you said two")
        contains(end(server), "clean: ")
        assert server.returncode == 0


def clients_are_told_why_a_server_ends_first():
    with listening([BUILD / "adieu", "serve", "--port", "0"], stream="stderr") as (_, url):
        for name in ("client_coroutines", "back_pressure"):
            contains(run(example(name, url + "/close/1008?reason=bad%20token")),
                     'the peer closed with 1008')
            said = run(example(name, url + "/drop"), expected_exit=name == "client_coroutines")
            contains(said, "the stream ended without a Close")


def clients_say_so_if_there_is_no_server():
    contains(run(example("client_callbacks", "ws://127.0.0.1:1/"), expected_exit=1), "no connection")
    run(example("client_coroutines", "ws://127.0.0.1:1/"), expected_exit=1)


def last_words():
    said = run(example("last_words"))
    contains(said, "your order is saved\nclient: come back soon\nclient: closed by this end")


def graceful_shutdown():
    contains(run(example("graceful_shutdown")), "clean: 100, terminated: 1", '1001', "new version")


def chat_server():
    with listening(example("chat_server", "0")) as (server, url):
        talk = [BUILD / "adieu", "connect", "--wait-messages", "2", "-x", "hello all"]
        contains(run([*talk, url + "/?name=ada"]), "ada is here\nada: hello all\n")
        run([*talk, url + "/"], expected_exit=22)  # refused: no name
        end(server)
        assert server.returncode == 0


def back_pressure():
    with listening([BUILD / "adieu", "serve", "--port", "0"], stream="stderr") as (_, url):
        contains(run(example("back_pressure", url + "/echo")), "answer: 1000 bytes", "1000 normal")
        run(example("back_pressure"), expected_exit=2)


def skip_to_newest():
    with listening(example("skip_to_newest", "0")) as (server, url):
        talk = [BUILD / "adieu", "connect", "--wait-messages", "3", "-x", "x", url]
        told = [int(line) for line in run(talk).split()[:3]]
        assert told == sorted(set(told)) and len(told) == 3, told
        end(server)
        assert server.returncode == 0


def close_event():
    decisions = {"/close/1012": "come back", "/close/1008": "get a new token",
                 "/close/1000": "nothing: the peer is done", "/drop": "come back",
                 "/close/4711": "stop: the peer says 4711", "/status/503": "come back later",
                 "/status/403": "ask a person", "/masked": "look into it"}
    with listening([BUILD / "adieu", "serve", "--port", "0"], stream="stderr") as (_, url):
        for path, decision in decisions.items():
            contains(run(example("close_event", url + path)), f"-> {decision}")


def log_and_trace():
    with listening([BUILD / "adieu", "serve", "--port", "0"], stream="stderr") as (_, url):
        done = subprocess.run(example("log_and_trace", url + "/echo?token=s3cret"), text=True,
                              capture_output=True, timeout=SECONDS)
        contains(done.stderr, "> GET /echo?*** HTTP/1.1\n", '> text 5 B masked "hello"\n',
                 '< text 5 B "hello"\n', '< close 1000 ""\n')
        contains(run(example("log_and_trace", url + "/status/401")), "HTTP 401",
                 "refused with 401, as you asked\n")


def echo_client():
    with listening([BUILD / "adieu", "serve", "--port", "0"], stream="stderr") as (_, url):
        contains(run(example("echo_client", url + "/close/4001?reason=bye")), '4001 "bye"')
        contains(run(example("echo_client", url + "/talk?n=3")), "1000 normal")
        run(example("echo_client", url + "/masked"), expected_exit=1)
        run(example("echo_client"), expected_exit=2)
    # Its other half, --suite, is what tests/conformance/run.py runs.


def every_core():
    with listening(example("every_core", "0")) as (server, url):
        talk = [BUILD / "adieu", "connect", "--wait-messages", "1", "-x", "hello"]
        for _ in range(5):
            contains(run([*talk, url + "/"]), "hello\n")
        staying = subprocess.Popen([BUILD / "adieu", "connect", "--json", url + "/"], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        try:
            contains(staying.stdout.readline(), '"event":"open"')
            said = end(server)
            assert sum(int(line.split()[1]) for line in said.splitlines()) == 1, said
            assert server.returncode == 0
            contains(staying.communicate(timeout=SECONDS)[0], '"was_clean":true,"code":1001')
        finally:
            staying.kill()


def tls():
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "authority", "/CN=own authority", "", authority=True)
        shown = make_certificate(folder, names="DNS:localhost", issuer="authority")
        said = run(example("tls", *shown, folder + "/authority.pem"))
        contains(said, 'own authority: closed by this end with 1000 normal "heard"',
                 "system's: 1015 unable to get local issuer certificate",
                 "server: the peer refuses: tlsv1 alert unknown ca")


def come_back():
    said = run(example("come_back"))
    contains(said, "HTTP 401", "; back in ", "thanks for 'resume after 0'", "thanks for 'an order'",
             "1012", "thanks for 'resume after 2'", "thanks for 'a second order'",
             "closed by the application, 0 unsent")


def known_good():
    with listening([BUILD / "adieu", "serve", "--port", "0"], stream="stderr") as (_, url), \
            tempfile.TemporaryDirectory() as folder:
        marker = Path(folder, "worked")
        contains(run(example("known_good", marker, url + "/status/403")),
                 "the end: the server refused the opening (HTTP 403): coming back would not help\n")
        for path, said in (("/echo", "works\n"), ("/status/403", "HTTP 403): it has worked before; back")):
            device = subprocess.Popen(example("known_good", marker, url + path), text=True,
                                      stdout=subprocess.PIPE)
            try:
                contains(device.stdout.readline(), said)
                contains(end(device), "the end: closed by the application\n")
            finally:
                device.kill()
        run(example("known_good"), expected_exit=2)


def come_back_online():
    with listening([BUILD / "adieu", "serve", "--port", "0"], stream="stderr") as (_, url):
        process = subprocess.Popen(example("come_back_online", "ws://127.0.0.1:1/", url + "/echo"),
                                   text=True, stdout=subprocess.PIPE)
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            contains("".join(lines), "down: the server was not reached", "open 127.0.0.1:")
            process.send_signal(signal.SIGUSR1)
            process.send_signal(signal.SIGUSR2)  # gives the connection up for another
            contains("".join(process.stdout.readline() for _ in range(2)), "reconnect_now()", "open ")
            contains(end(process), "closed: closed by the application")
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def every_example_is_short_and_tested():
    names = {path.stem for path in (ROOT / "examples").glob("*.cpp")}
    tested = {"server_echo", "client_callbacks", "client_coroutines", "last_words",
              "graceful_shutdown", "back_pressure", "chat_server", "close_event", "come_back",
              "come_back_online", "echo_client", "every_core", "known_good",
              "log_and_trace", "server_coroutines", "skip_to_newest", "tls"}
    assert names == tested, f"not tested: {names - tested}; not there: {tested - names}"
    for path in (ROOT / "examples").glob("*.cpp"):
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= MOST_LINES, f"{path.name} has {lines} lines"


CASES = [clients_and_server_echo, server_coroutines, clients_are_told_why_a_server_ends_first,
         clients_say_so_if_there_is_no_server, last_words,
         graceful_shutdown, back_pressure, skip_to_newest, chat_server, close_event, come_back,
         come_back_online, echo_client, every_core, known_good, log_and_trace, tls,
         every_example_is_short_and_tested]


def main():
    failed = 0
    for case in CASES:
        try:
            case()
            print(f"ok   {case.__name__}", flush=True)
        except (AssertionError, OSError, subprocess.SubprocessError) as why:
            failed += 1
            print(f"FAIL {case.__name__}: {why}", flush=True)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
