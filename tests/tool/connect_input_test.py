"""`adieu connect`: what comes in on stdin, and when stdin is read."""
import os
import subprocess
import tempfile
import threading

from raw_peer import Peer
from running import check, command, ended, environment, equal, finish, run, start


def sent_for(stdin, *args):
    with Peer(lambda conn: conn.echo()) as peer:
        result = run("connect", "--json", *args, peer.url, stdin=stdin)
    ended(result, 0, "completed", unsent_messages=0)
    return peer.messages()


def test_a_line_is_a_text_message():
    equal(sent_for(b"one\ntwo\n"), ["one", "two"])


def test_cr_lf_ends_a_line_too():
    equal(sent_for(b"one\r\ntwo\r\n"), ["one", "two"])


def test_an_empty_line_is_an_empty_message():
    equal(sent_for(b"\n\nx\n\n"), ["", "", "x", ""])


def test_a_last_line_without_newline_counts():
    equal(sent_for(b"one\ntwo"), ["one", "two"])


def test_no_line_is_no_message():
    equal(sent_for(b""), [])


def test_lines_are_binary_if_asked():
    equal(sent_for(b"one\n\xff\xfe\n", "-b"), [b"one", b"\xff\xfe"])


def test_messages_of_the_command_line_go_first():
    equal(sent_for(b"three\n", "-x", "one", "--send", "two"), ["one", "two", "three"])


def test_a_slash_is_nothing_special_in_a_pipe():
    equal(sent_for(b"/close\n//x\n/ping\n"), ["/close", "//x", "/ping"])


def test_a_long_line_is_one_message():
    line = b"x" * (3 << 20)
    equal(sent_for(line + b"\nshort\n"), [line.decode(), "short"])


def test_many_lines_all_arrive():
    lines = [str(n) for n in range(50000)]
    equal(sent_for("\n".join(lines).encode() + b"\n"), lines)


def test_stdin_may_be_a_file():
    with Peer(lambda conn: conn.echo()) as peer, tempfile.TemporaryFile() as file:
        file.write(b"from\na file\n")
        file.seek(0)
        ended(finish(start("connect", "--json", peer.url, stdin=file)), 0, "completed")
    equal(peer.messages(), ["from", "a file"])


def test_stdin_may_be_dev_null():
    with Peer(lambda conn: conn.echo()) as peer:
        result = finish(start("connect", "--json", peer.url, stdin=subprocess.DEVNULL))
    ended(result, 0, "completed")
    equal(peer.messages(), [])


def test_stdin_may_be_closed():
    with Peer(lambda conn: conn.echo()) as peer:
        done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh",
                               *command("connect", "-x", "a", peer.url)],
                              env=environment(), capture_output=True, timeout=20)
    equal(done.returncode, 0, done)
    equal(peer.messages(), ["a"])


def test_a_line_that_is_not_utf8_closes_properly_and_fails():
    with Peer(lambda conn: conn.echo()) as peer:
        result = run("connect", "--json", peer.url, stdin=b"good\n\xff\nnever sent\n")
    ended(result, 2, "completed", was_clean=True, unsent_messages=2)
    equal(peer.messages(), ["good"])
    equal(peer.close_payload(), (1000, ""))


def test_the_tool_ends_with_the_peer_though_stdin_is_open():
    def behaviour(conn):
        conn.read_frame()
        conn.close(1000)
        conn.read_until_close()
    with Peer(behaviour) as peer:
        process = start("connect", "--json", peer.url)
        process.stdin.write(b"only\n")
        process.stdin.flush()
        ended(finish(process), 0, "completed", initiator="remote", unsent_messages=0)
    equal(peer.messages(), ["only"])


def test_stdin_is_read_once_the_connection_is_open():
    with tempfile.TemporaryFile() as file:
        file.write(b"x\n" * 1000)
        file.seek(0)

        def behaviour(conn):
            conn.read_head()
            conn.answer("403 Forbidden", "Content-Length: 0")
        with Peer(behaviour, opens=False) as peer:
            result = finish(start("connect", "--json", peer.url, stdin=file))
        ended(result, 22, "refused", unsent_messages=0, unsent_bytes=0)
        equal(os.lseek(file.fileno(), 0, os.SEEK_CUR), 0, "the file's position")


def test_stdin_is_read_only_as_fast_as_the_peer_takes_it():
    line = b"x" * 999 + b"\n"
    go = threading.Event()

    def behaviour(conn):
        go.wait(20)
        conn.read_until_close()
        conn.close(1000)
    with Peer(behaviour, receive_buffer=65536) as peer:
        process = start("connect", "--json", "--send-queue", "64k", peer.url)
        os.set_blocking(process.stdin.fileno(), False)
        taken = stalled = 0
        waiting = threading.Event()
        while stalled < 10:  # half a second in which nothing was taken
            try:
                taken += os.write(process.stdin.fileno(), line)
                stalled = 0
            except BlockingIOError:
                stalled += 1
                waiting.wait(0.05)
            if taken > 64 << 20:
                break
        check(taken < 32 << 20, "took %d bytes that the peer did not read" % taken)
        os.set_blocking(process.stdin.fileno(), True)
        go.set()
        process.stdin.close()
        process.stdin = None
        ended(finish(process), 0, "completed", unsent_messages=0)
    equal(sum(len(m) for m in peer.messages()) + len(peer.messages()), taken)


def test_what_was_read_and_not_sent_is_counted():
    line = b"x" * 999 + b"\n"

    def behaviour(conn):
        # The client's queue is full by now: this much cannot be in buffers.
        while sum(len(f.payload) for f in conn.frames) < 100000:
            conn.read_frame()
        conn.close(1000)
        conn.read_until_close()
    with Peer(behaviour, receive_buffer=4096) as peer, tempfile.TemporaryFile() as file:
        file.write(line * 40000)
        file.seek(0)
        result = finish(start("connect", "--json", "--send-queue", "64k", peer.url, stdin=file))
        read = os.lseek(file.fileno(), 0, os.SEEK_CUR)
    close = ended(result, 0, "completed", initiator="remote", was_clean=True)
    whole_lines = -(-read // len(line))
    equal(len(peer.messages()) + close["unsent_messages"], whole_lines, (result, read))
    check(close["unsent_messages"] > 0, close)
    check(close["unsent_bytes"] > 0, close)
    check("unsent=%d " % close["unsent_messages"] in result.close_line, result)


def test_it_waits_behind_the_end_of_stdin():
    def behaviour(conn):
        conn.read_frame()
        for n in range(3):
            conn.send("answer %d" % n)
        conn.read_until_close()
        conn.close(1000)
    with Peer(behaviour) as peer:
        result = run("connect", "--json", "--wait-messages", "3", peer.url, stdin=b"go\n")
    ended(result, 0, "completed", initiator="local")
    equal(result.messages(), ["answer 0", "answer 1", "answer 2"])


def test_the_first_of_two_waits_ends_them():
    with Peer(lambda conn: conn.echo()) as peer:
        result = run("connect", "--json", "--wait", "100ms", "--wait-messages", "5", peer.url)
    close = ended(result, 0, "completed", initiator="local")
    check(90 <= close["open_ms"] < 5000, close)
    with Peer(lambda conn: conn.echo()) as peer:
        result = run("connect", "--json", "--wait", "1m", "--wait-messages", "1", peer.url,
                     stdin=b"x\n")
    ended(result, 0, "completed", initiator="local")


def test_all_is_sent_before_it_terminates():
    lines = b"".join(b"%d\n" % n for n in range(20000))
    got = []

    def behaviour(conn):
        try:
            while True:
                got.append(conn.read_frame().payload)
        except (EOFError, OSError):
            pass
    with Peer(behaviour, receive_buffer=4096) as peer:
        ended(run("connect", "--json", "--terminate", peer.url, stdin=lines), 46, "terminated")
    equal(len(got), 20000)
