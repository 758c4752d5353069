"""The pass phrase of an encrypted key: from a file, or from the terminal; never from stdin, which
brings messages."""
import contextlib
import fcntl
import os
import pty
import select
import signal
import subprocess
import tempfile
import termios

from running import ADIEU, check, equal, finish, hear_signals, run, start
from serve_process import Serve
from tls_socket import make_certificate

PASS = "open sesame"
NOWHERE = "wss://127.0.0.1:1/"  # nobody listens: 7, if it comes so far


@contextlib.contextmanager
def files():
    with tempfile.TemporaryDirectory() as folder:
        pem, key = make_certificate(folder)
        subprocess.run(["openssl", "pkcs8", "-topk8", "-in", key, "-out", folder + "/locked.pem",
                        "-passout", "pass:" + PASS], check=True, capture_output=True)
        subprocess.run(["openssl", "ec", "-in", key, "-aes128", "-out", folder + "/old.pem",
                        "-passout", "pass:" + PASS], check=True, capture_output=True)
        yield folder, pem


def write(folder, content):
    path = folder + "/pass.txt"
    with open(path, "wb") as to:
        to.write(content)
    return path


class Terminal:
    """The controlling terminal of a tool whose stdin is a pipe."""

    def __init__(self, *args, **how):
        self.outer, self.inner = pty.openpty()
        self.shown = b""

        def lead_a_session():
            os.setsid()
            fcntl.ioctl(self.inner, termios.TIOCSCTTY, 0)
            hear_signals()

        self.process = start(*args, preexec_fn=lead_a_session, **how)

    def type(self, text):
        os.write(self.outer, text.encode())

    def see(self, text, seconds=10):
        while text.encode() not in self.shown:
            ready, _, _ = select.select([self.outer], [], [], seconds)
            check(ready, "%r is not in %r" % (text, self.shown))
            self.shown += os.read(self.outer, 65536)

    def echoes(self):
        return bool(termios.tcgetattr(self.inner)[3] & termios.ECHO)

    def finish(self):
        result = finish(self.process)
        result.shown = self.shown
        for each in (self.outer, self.inner):
            os.close(each)
        return result


def refused(result, *words):
    equal(result.code, 2, result)
    for word in words:
        check(word in result.err, result)
    equal(result.out, b"", result)


def without_terminal(*args, stdin=b""):
    process = start(*args, start_new_session=True)
    process.stdin.write(stdin)
    process.stdin.close()
    return finish(process)


def test_without_a_terminal_it_is_told_and_stdin_is_left_alone():
    with files() as (folder, pem):
        for name in ("locked", "old"):
            key = "%s/%s.pem" % (folder, name)
            refused(without_terminal("connect", "--cert", pem, "--key", key, NOWHERE,
                                     stdin=PASS.encode() + b"\nhello\n"),
                    "--key: ", name + ".pem", "encrypted", "--key-pass FILE")
            refused(without_terminal("serve", "--port", "0", "--tls-cert", pem, "--tls-key", key,
                                     stdin=PASS.encode() + b"\n"),
                    "--tls-key: ", "encrypted", "--tls-key-pass FILE")


def test_the_first_line_of_a_file_opens_it():
    with files() as (folder, pem):
        key = folder + "/locked.pem"
        for content in (PASS, PASS + "\n", PASS + "\r\n", PASS + "\nand more\n"):
            given = write(folder, content.encode())
            equal(run("connect", "--cert", pem, "--key", key, "--key-pass", given, NOWHERE).code, 7)
        equal(run("connect", "--cert", pem, "--key", folder + "/old.pem", "--key-pass", given,
                  NOWHERE).code, 7)
        # One that is not needed does no harm.
        equal(run("connect", "--cert", pem, "--key", folder + "/server-key.pem", "--key-pass",
                  given, NOWHERE).code, 7)
        with open(folder + "/both.pem", "wb") as both:
            for each in (pem, key):
                with open(each, "rb") as part:
                    both.write(part.read())
        equal(run("connect", "--cert", folder + "/both.pem", "--key-pass", given, NOWHERE).code, 7)


def test_a_server_serves_with_a_key_that_a_file_opens():
    with files() as (folder, pem):
        given = write(folder, PASS.encode())
        with Serve(ADIEU[0], "--tls-cert", pem, "--tls-key", folder + "/locked.pem",
                   "--tls-key-pass", given) as serve:
            result = run("connect", "--cacert", pem, "-x", "hello", "--wait-messages", "1",
                         "wss://127.0.0.1:%d/" % serve.port)
            equal(result.out, b"hello\n", result)


def test_the_rest_of_a_pipe_is_not_read_with_it():
    with files() as (folder, pem), Serve(ADIEU[0]) as serve:
        result = run("connect", "--cert", pem, "--key", folder + "/locked.pem", "--key-pass",
                     "/dev/stdin", "--wait-messages", "1", "ws://127.0.0.1:%d/" % serve.port,
                     stdin=PASS.encode() + b"\nhello\n")
        equal(result.out, b"hello\n", result)


def test_2_for_what_does_not_open_it():
    with files() as (folder, pem):
        locked = ["connect", "--cert", pem, "--key", folder + "/locked.pem", "--key-pass"]
        for content, word in ((b"wrong\n", "does not open it"), (PASS.encode()[:-1], "does not"),
                              (b"", "empty"), (b"\nsecond\n", "empty"),
                              (b"x" * 1025, "longer than 1024")):
            refused(run(*locked, write(folder, content), NOWHERE), word, "pass.txt")
        refused(run(*locked, write(folder, b"x" * 1024), NOWHERE), "does not open it")
        refused(run(*locked, folder + "/none", NOWHERE), "--key-pass: ", "No such file")
        refused(run(*locked, folder, NOWHERE), "--key-pass: ", "directory")
        refused(run("connect", "--key-pass", folder + "/none", NOWHERE), "--key-pass: ", "--key")
        refused(run("serve", "--port", "0", "--tls-key-pass", folder + "/none"),
                "--tls-key-pass: ", "--tls-key")


def test_2_for_keys_that_are_none_each_in_its_own_words():
    with files() as (folder, pem):
        given = write(folder, PASS.encode())
        _, other = make_certificate(folder, "other")
        subprocess.run(["openssl", "pkcs8", "-topk8", "-in", other, "-out", folder + "/others.pem",
                        "-passout", "pass:" + PASS], check=True, capture_output=True)
        for name, words in (("none.pem", "No such file"), ("server.pem", "no private key in PEM"),
                            ("pass.txt", "no private key in PEM"),
                            ("other-key.pem", "not the key of the certificate in"),
                            ("others.pem", "not the key of the certificate in")):
            refused(run("connect", "--cert", pem, "--key", folder + "/" + name, "--key-pass", given,
                        NOWHERE), "--key: ", name, words)


# --- on a terminal ---

def test_the_terminal_is_asked_without_echo_and_stdin_stays_for_messages():
    with files() as (folder, pem), Serve(ADIEU[0]) as serve:
        terminal = Terminal("connect", "--cert", pem, "--key", folder + "/locked.pem",
                            "--wait-messages", "1", "ws://127.0.0.1:%d/" % serve.port)
        terminal.process.stdin.write(b"hello\n")
        terminal.process.stdin.close()
        terminal.see("locked.pem")
        check(not terminal.echoes(), "it echoes")
        terminal.type(PASS + "\n")
        result = terminal.finish()
        equal(result.out, b"hello\n", result)
        check(PASS.encode() not in terminal.shown, terminal.shown)


def test_2_for_what_is_typed_wrongly_or_not_at_all():
    with files() as (folder, pem):
        for typed, word in (("wrong\n", "was typed does not open it"),
                            ("\n", "no pass phrase was typed"),
                            ("\x04", "no pass phrase was typed")):
            terminal = Terminal("serve", "--port", "0", "--tls-cert", pem, "--tls-key",
                                folder + "/locked.pem")
            terminal.see("Pass phrase")
            terminal.type(typed)
            terminal.process.wait(10)
            check(terminal.echoes(), "no echo any more")
            refused(terminal.finish(), "--tls-key: ", word)


def test_whatever_ends_it_the_terminal_echoes_again():
    with files() as (folder, pem):
        for how, number in (("typed", signal.SIGINT), ("sent", signal.SIGTERM),
                            ("sent", signal.SIGHUP), ("typed", signal.SIGQUIT)):
            terminal = Terminal("connect", "--cert", pem, "--key", folder + "/locked.pem", NOWHERE)
            terminal.see("Pass phrase")
            check(not terminal.echoes(), "it echoes")
            if how == "typed":
                terminal.type("half of it" + {signal.SIGINT: "\x03", signal.SIGQUIT: "\x1c"}[number])
            else:
                terminal.process.send_signal(number)
            equal(terminal.process.wait(10), -number)
            check(terminal.echoes(), "no echo any more")
            terminal.finish()


def test_who_stops_it_and_goes_on_is_asked_once_more():
    with files() as (folder, pem):
        # The kernel does not let it stop, for nobody in its session could make it go on.
        terminal = Terminal("connect", "--cert", pem, "--key", folder + "/locked.pem", NOWHERE)
        terminal.see("Pass phrase")
        terminal.shown = b""
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.see("Pass phrase")
        check(not terminal.echoes(), "it echoes")
        terminal.type(PASS + "\n")
        equal(terminal.finish().code, 7)
