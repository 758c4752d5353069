"""`adieu connect` on a terminal: commands behind a slash, and bytes that could drive it."""
import fcntl
import os
import pty
import re
import select
import signal
import termios

from raw_peer import BINARY, Peer
from running import check, environment, equal, finish, hear_signals, start


class Terminal:
    """A pseudo-terminal for stdin and stdout; what is typed is not echoed unless `echo`."""

    def __init__(self, echo=False, stderr=False):
        self.outer, self.inner = pty.openpty()
        self.also = {"stderr": self.inner} if stderr else {}
        mode = termios.tcgetattr(self.inner)
        mode[1] &= ~termios.OPOST
        if not echo:
            mode[3] &= ~termios.ECHO
        termios.tcsetattr(self.inner, termios.TCSANOW, mode)
        self.shown = b""

    def type(self, text):
        os.write(self.outer, text.encode())

    def see(self, text, seconds=10):
        while text.encode() not in self.shown:
            ready, _, _ = select.select([self.outer], [], [], seconds)
            check(ready, "%r is not in %r" % (text, self.shown))
            self.shown += os.read(self.outer, 65536)

    def start(self, *args, TERM="xterm"):
        self.before = termios.tcgetattr(self.inner)
        # The process has to be in the terminal's foreground, so that it may take it over.
        process = start(*args, stdin=self.inner, stdout=self.inner, preexec_fn=self._lead,
                        env={**environment(), "TERM": TERM}, **self.also)
        return process

    def _lead(self):
        hear_signals()
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def row(self):
        """What stands above, and the row with the cursor in it."""
        above, row, column = [], "", 0
        for part in re.findall("\x1b\\[K|.", self.shown.decode("utf-8", "replace"), re.DOTALL):
            if part == "\x1b[K":
                row = row[:column]
            elif part == "\r":
                column = 0
            elif part == "\n":
                above, row, column = above + [row], "", 0
            else:
                row, column = row[:column] + part + row[column + 1:], column + 1
        return above, row

    def wait_for(self, shows, seconds=10):
        while not shows():
            ready, _, _ = select.select([self.outer], [], [], seconds)
            check(ready, "the screen shows %r" % (self.row(),))
            self.shown += os.read(self.outer, 65536)

    def finish(self, process):
        result = finish(process)
        equal(termios.tcgetattr(self.inner), self.before, "the terminal is as it was")
        os.close(self.inner)
        while select.select([self.outer], [], [], 0)[0]:
            try:
                more = os.read(self.outer, 65536)
            except OSError:  # EIO: nobody has the other side any more
                break
            if not more:
                break
            self.shown += more
        os.close(self.outer)
        result.out = self.shown
        return result


def test_commands_behind_a_slash():
    terminal = Terminal()
    with Peer(lambda conn: conn.echo()) as peer:
        process = terminal.start("connect", peer.url)
        terminal.type("hello\n")
        terminal.see("hello\n")
        terminal.type("//slash\n/nonsense\n/ping\n/close 1001\nopen still\n")
        terminal.see("open still\n")
        terminal.type("/close 4001 that was all\n")
        result = terminal.finish(process)
    equal(result.code, 0, result)
    equal(peer.messages(), ["hello", "/slash", "open still"], result)
    equal(peer.close_payload(), (4001, "that was all"), result)
    check("pong after" in result.err, result)
    check("/nonsense" in result.err, result)
    equal(result.out, b"hello\n/slash\nopen still\n", result)


def test_terminate_behind_a_slash():
    terminal = Terminal()
    with Peer(lambda conn: (conn.send("x"), conn.wait_for_end())) as peer:
        process = terminal.start("connect", peer.url)
        terminal.see("x\n")
        terminal.type("/terminate\n")
        result = terminal.finish(process)
    equal(result.code, 46, result)


def test_end_of_input_closes():
    terminal = Terminal()
    with Peer(lambda conn: (conn.send("x"), conn.echo())) as peer:
        process = terminal.start("connect", peer.url)
        terminal.see("x\n")
        terminal.type("\x04")
        result = terminal.finish(process)
    equal(result.code, 0, result)
    equal(peer.close_payload(), (1000, ""))


def shown_for(*args, messages=()):
    def behaviour(conn):
        for payload, opcode in messages:
            conn.send(payload, opcode)
        conn.close(1000)
        conn.read_until_close()
    terminal = Terminal()
    with Peer(behaviour) as peer:
        result = terminal.finish(terminal.start("connect", *args, peer.url))
    equal(result.code, 0, result)
    return result.out


def test_text_cannot_drive_the_terminal():
    shown = shown_for(messages=[("a\x1b[2J\tb\x07\x7f\u009b\u202eä\nc", 1)])
    equal(shown, "a\\x1b[2J\tb\\x07\\x7f\\u009b\\u202eä\nc\n".encode())


def test_binary_is_shown_as_a_hex_dump():
    shown = shown_for(messages=[(b"\x1b[2Jabc\xff", BINARY)])
    check(b"\x1b" not in shown, shown)
    check(b"1b 5b 32 4a 61 62 63 ff" in shown, shown)
    check(b"|.[2Jabc.|" in shown, shown)


def test_json_cannot_drive_the_terminal():
    shown = shown_for("--json", messages=[("\x1b\x7f\u009b", 1)])
    check(b"\\u001b\\u007f\\u009b" in shown, shown)
    check(all(byte >= 0x20 or byte == 10 for byte in shown), shown)


def typed_below(*args, stderr=False):
    """`hel` is typed, messages come, `lo` is typed. Returns the result and what stood above at last."""
    terminal = Terminal(echo=True, stderr=stderr)

    def behaviour(conn):
        conn.send("ready")
        conn.read_frame()
        conn.send("news")
        conn.send("more news")
        conn.echo()
    with Peer(behaviour) as peer:
        process = terminal.start("connect", *args, peer.url)
        terminal.see("ready\n")
        terminal.type("first\nhel")
        terminal.wait_for(lambda: terminal.row()[1] == "hel" and "more news" in terminal.row()[0])
        check("news" in terminal.row()[0], terminal.row())
        terminal.type("lo\n")
        terminal.see("hello\n")
        terminal.type("wrong\x7f\x7f\x7f\x7f\x7f/close 4001 bye\n")
        result = terminal.finish(process)
    equal(result.code, 0, result)
    equal(peer.messages(), ["first", "hello"], result)
    equal(peer.close_payload(), (4001, "bye"), result)
    return result, terminal.row()[0]


def test_what_is_typed_stays_whole_below_what_comes():
    result, above = typed_below()
    for line in ("first", "news", "more news", "hello", "/close 4001 bye"):
        check(line in above, above)


def test_what_goes_to_stderr_goes_around_what_is_typed_too():
    _, above = typed_below("-v", "--color", "never", stderr=True)
    for line in ("first", "news", "hello"):
        check(line in above, above)
    check(any(line.startswith('< text') for line in above), above)
    check(above[-1].startswith("closed 4001 "), above)


def test_what_is_being_typed_when_the_connection_ends_stays_on_the_screen():
    terminal = Terminal(echo=True)

    def behaviour(conn):
        conn.send("ready")
        conn.read_frame()
        conn.close(1001)
        conn.read_until_close()
    with Peer(behaviour) as peer:
        process = terminal.start("connect", peer.url)
        terminal.see("ready\n")
        terminal.type("go\nhalf a li")
        result = terminal.finish(process)
    equal(peer.messages(), ["go"], result)
    equal(result.code, 0, result)
    check(terminal.row()[1] == "", terminal.row())


def test_end_of_input_is_a_key_on_an_empty_line():
    terminal = Terminal(echo=True)
    with Peer(lambda conn: (conn.send("ready"), conn.echo())) as peer:
        process = terminal.start("connect", peer.url)
        terminal.see("ready\n")
        terminal.type("x\n\x04")
        result = terminal.finish(process)
    equal(result.code, 0, result)
    equal(peer.messages(), ["x"], result)


def test_a_shell_that_had_the_terminal_meanwhile_gives_it_back():
    terminal = Terminal(echo=True)
    with Peer(lambda conn: (conn.send("ready"), conn.echo())) as peer:
        process = terminal.start("connect", peer.url)
        terminal.see("ready\n")
        terminal.type("hel")
        terminal.wait_for(lambda: terminal.row()[1] == "hel")
        termios.tcsetattr(terminal.inner, termios.TCSANOW, terminal.before)
        terminal.shown = b""
        process.send_signal(signal.SIGCONT)
        terminal.wait_for(lambda: terminal.row()[1] == "hel")
        terminal.type("lo\n\x04")
        result = terminal.finish(process)
    equal(peer.messages(), ["hello"], result)


def test_a_terminal_that_cannot_erase_keeps_its_lines():
    terminal = Terminal(echo=True)
    with Peer(lambda conn: (conn.send("ready"), conn.echo())) as peer:
        process = terminal.start("connect", peer.url, TERM="dumb")
        terminal.see("ready\n")
        terminal.type("hello\n")
        terminal.see("hello\nhello\n")
        terminal.type("\x04")
        result = terminal.finish(process)
    check(b"\x1b" not in result.out, result)
