"""`adieu connect` on a terminal: commands behind a slash, and bytes that could drive it."""
import os
import pty
import select
import termios

from raw_peer import BINARY, Peer
from running import check, equal, finish, start


class Terminal:
    """A pseudo-terminal for stdin and stdout; what is typed is not echoed."""

    def __init__(self):
        self.outer, self.inner = pty.openpty()
        mode = termios.tcgetattr(self.inner)
        mode[1] &= ~termios.OPOST
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

    def start(self, *args):
        process = start(*args, stdin=self.inner, stdout=self.inner)
        os.close(self.inner)
        return process

    def finish(self, process):
        result = finish(process)
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
