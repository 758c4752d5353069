"""`adieu connect`: what goes to stdout and stderr, signals, and readers that go away."""
import base64
import os
import re
import signal
import subprocess
import threading
import time

from raw_peer import BINARY, PING, Peer
from running import check, ended, equal, finish, run, start

CLOSE_LINE = re.compile(r'^closed \d{4} ".*" by=(none|local|remote|both) clean=(yes|no) '
                        r'cause=[a-z0-9_]+ unsent=\d+ open=[0-9.]+(ms|s|m\d*s?|h\d*m?) '
                        r'closing=[0-9.]+(ms|s|m\d*s?|h\d*m?)$')


def says(*messages, close=(1000,)):
    def behaviour(conn):
        for message in messages:
            conn.send(message)
        conn.close(*close)
        conn.read_until_close()
    return behaviour


def test_payload_and_nothing_else_is_on_stdout():
    with Peer(says("one", "", "zwei ä")) as peer:
        result = finish(start("connect", peer.url))
    equal(result.code, 0, result)
    equal(result.out, "one\n\nzwei ä\n".encode(), result)


def test_binary_goes_to_a_pipe_as_it_is():
    with Peer(says(b"\0\x1b[2J\xff", b"more\n")) as peer:
        result = finish(start("connect", "-b", peer.url))
    equal(result.out, b"\0\x1b[2J\xffmore\n", result)


def test_the_close_line_is_the_last_on_stderr():
    with Peer(says(close=(1008, "bad token"))) as peer:
        result = finish(start("connect", peer.url))
    check(result.close_line.startswith(
        'closed 1008 "bad token" by=remote clean=yes cause=completed unsent=0 open='), result)
    check(CLOSE_LINE.match(result.close_line), result)


def test_the_close_line_is_there_if_it_never_opened():
    result = run("connect", "ws://nobody.invalid/")
    equal(result.out, b"", result)
    check(CLOSE_LINE.match(result.close_line), result)
    check('closed 1006 "" by=none clean=no cause=unreachable ' in result.close_line, result)


def test_a_reason_cannot_drive_the_terminal():
    with Peer(says(close=(4000, 'a"b\\\x1b[2J\n\u202ec'))) as peer:
        result = finish(start("connect", peer.url))
    check('closed 4000 "a\\"b\\\\\\x1b[2J\\n\\u202ec" by=' in result.err, result)


def test_every_event_is_one_line_of_json():
    with Peer(says("text \x1b ä", b"\0\1\xff", close=(4000, "why"))) as peer:
        result = finish(start("connect", "--json", peer.url))
    opened, text, binary, closing, close = result.events
    equal(opened["event"], "open")
    equal(opened["url"], peer.url)
    equal(text, {"event": "message", "type": "text", "data": "text \x1b ä"})
    equal(binary, {"event": "message", "type": "binary",
                   "base64": base64.b64encode(b"\0\1\xff").decode()})
    equal(closing, {"event": "closing", "code": 4000, "reason": "why"})
    ended(result, 44, "completed", reason="why", received={"code": 4000, "reason": "why"})
    equal(close["sent"], {"code": 4000, "reason": ""})


def test_an_empty_close_is_told_from_none():
    with Peer(says(close=())) as peer:
        result = finish(start("connect", "--json", peer.url))
    ended(result, 0, "completed", code=1005, received={"code": None, "reason": ""},
          sent={"code": None, "reason": ""})


def test_what_the_server_says_before_its_close_is_printed():
    def behaviour(conn):
        conn.read_until_close()
        conn.send("last")
        conn.send("words")
        conn.close(1000)
    with Peer(behaviour) as peer:
        result = run("connect", peer.url)
    equal(result.out, b"last\nwords\n", result)


def test_heads_and_frames_are_on_stderr_if_asked():
    def behaviour(conn):
        conn.read_frame()
        conn.send(b"\1\2\3", BINARY)
        conn.send(b"are you there", PING)
        conn.close(1001, "restart")
        conn.read_until_close()
    with Peer(behaviour) as peer:
        result = finish(start("connect", "-v", "-x", "hello", peer.url))
    for line in ("> GET / HTTP/1.1", "< HTTP/1.1 101 Switching Protocols",
                 '> text 5 B masked "hello"', "< binary 3 B 01 02 03",
                 '< ping 13 B "are you there"', '> pong 13 B masked "are you there"',
                 '< close 1001 "restart"', '> close 1001 "" masked'):
        check(line + "\n" in result.err, (line, result))
    check(CLOSE_LINE.match(result.close_line), result)


def test_times_are_told_if_asked():
    with Peer(says("x")) as peer:
        result = finish(start("connect", "--timestamps", peer.url))
    check(re.fullmatch(rb"\d\d:\d\d:\d\d\.\d{3} x\n", result.out), result)
    with Peer(says("x")) as peer:
        result = finish(start("connect", "--timestamps", "--json", peer.url))
    check(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", e["time"])
              for e in result.events), result)


def test_colours_are_there_if_asked():
    with Peer(says()) as peer:
        check("\x1b" not in finish(start("connect", peer.url)).err, "auto, no terminal")
    with Peer(says()) as peer:
        check("\x1b[32mclosed" in finish(start("connect", "--color", "always", peer.url)).err,
              "always")


def interrupted(signal_number, *args):
    opened = threading.Event()

    def behaviour(conn):
        conn.send("open")
        opened.set()
        conn.echo()
    with Peer(behaviour) as peer:
        process = start("connect", "--json", *args, peer.url)
        check(opened.wait(10), "not opened")
        process.stdout.readline()
        process.stdout.readline()  # open, message
        process.send_signal(signal_number)
        result = finish(process)
    return peer, result


def test_ctrl_c_closes_properly():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        peer, result = interrupted(number)
        ended(result, 0, "completed", initiator="local", code=1000, was_clean=True)
        equal(peer.close_payload(), (1000, ""))


def test_ctrl_c_closes_with_what_was_asked_for():
    peer, result = interrupted(signal.SIGINT, "--close", "4001:gone", "--terminate")
    ended(result, 0, "completed", initiator="local", code=4001)
    equal(peer.close_payload(), (4001, "gone"))


def test_a_second_ctrl_c_terminates():
    closing = threading.Event()

    def behaviour(conn):
        conn.send("open")
        conn.read_until_close()
        closing.set()
        conn.wait_for_end()
    with Peer(behaviour) as peer:
        process = start("connect", "--json", "--close-timeout", "1m", peer.url)
        process.stdout.readline()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        check(closing.wait(10), "no Close came")
        process.send_signal(signal.SIGINT)
        ended(finish(process), 46, "terminated", initiator="local", phase="awaiting_close")


def test_a_reader_that_goes_away_makes_a_proper_close():
    def behaviour(conn):
        conn.send("first")
        conn.read_frame()
        for _ in range(200):
            conn.send("x" * 1000)
        conn.read_until_close()
        conn.close(1000)
    with Peer(behaviour) as peer:
        process = start("connect", peer.url)
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        process.stdin.write(b"gone\n")
        process.stdin.flush()
        result = finish(process)
    equal(result.code, 0, result)
    equal(peer.close_payload(), (1000, ""))
    check("by=local clean=yes" in result.close_line, result)


def test_a_full_disk_is_told():
    with Peer(lambda conn: (conn.send("x"), conn.read_until_close(), conn.close(1000))) as peer, \
            open("/dev/full", "wb") as full:
        result = finish(start("connect", peer.url, stdout=full))
    equal(result.code, 1, result)
    check("stdout" in result.err, result)
    equal(peer.close_payload(), (1000, ""))


def fill(pipe):
    """Nothing more fits into it, and whoever writes to it waits."""
    os.set_blocking(pipe, False)
    try:
        while True:
            os.write(pipe, b"#" * 4096)
    except BlockingIOError:
        os.set_blocking(pipe, True)


def test_a_reader_of_stderr_that_does_not_read_cannot_keep_the_tool_from_ending():
    for arguments in (["-v"], []):
        opened = threading.Event()

        def behaviour(conn):
            opened.set()
            conn.read_until_close()
            conn.wait_for_end()
        reads, writes = os.pipe()
        fill(writes)
        with Peer(behaviour) as peer:
            process = start("connect", "--close-timeout", "1m", *arguments, peer.url, stderr=writes)
            check(opened.wait(10), "not opened")
            process.send_signal(signal.SIGINT)
            until = time.monotonic() + 10
            while not peer.frames and time.monotonic() < until:  # its Close, all the same
                time.sleep(0.01)
            check(peer.frames, "no Close came")
            process.send_signal(signal.SIGINT)
            process.wait(10)
        process.stdin.close()
        process.stdout.close()
        os.close(reads)
        os.close(writes)


def test_a_reader_of_stderr_that_is_slow_loses_nothing():
    count = 20000

    def behaviour(conn):
        for number in range(count):
            conn.send("message %d" % number)
        conn.close(1000)
        conn.read_until_close()
    with Peer(behaviour, timeout=60) as peer:
        process = start("connect", "-v", peer.url, stdout=subprocess.DEVNULL)
        peer.thread.join(1)  # all that fits is in the pipe, and behind it
        told = process.stderr.read().decode()
        process.wait(20)
        process.stderr.close()
        process.stdin.close()
    for number in (0, count // 2, count - 1):
        check('"message %d"\n' % number in told, told[-500:])
    equal(told.count("< text "), count)
    check(CLOSE_LINE.match(told.splitlines()[-1]), told[-500:])


def test_a_reader_that_does_not_read_holds_up_the_peer_but_not_ctrl_c():
    sent = []

    def behaviour(conn):
        try:
            while len(sent) < 100000:  # more than can be read and dropped while it closes
                conn.send(b"x" * 100000)
                sent.append(100000)
        except OSError:
            return
        raise AssertionError("10 GB went to a reader that does not read")
    with Peer(behaviour) as peer:
        process = start("connect", "--close-timeout", "300ms", peer.url)
        process.stdout.read(1)
        before = -1
        while before != len(sent):  # until nothing more can be sent
            before = len(sent)
            peer.thread.join(0.5)
        check(peer.thread.is_alive(), "the peer could send without end")
        process.send_signal(signal.SIGINT)  # closes; the peer does not answer
        peer.thread.join()  # the connection is over
        process.send_signal(signal.SIGINT)  # no longer waits for the reader
        process.wait(5)
        equal(finish(process).code, 47)
