"""`adieu connect --reconnect`: what it tells, when it stops, what it does with stdin meanwhile."""
import email.utils
import json
import re
import signal
import threading
import time

from raw_peers import Peers, closes_with, echoes, refuses
from running import CLOSE_KEYS, check, equal, finish, run, start


class Running:
    """The tool with an open stdin; its events as they come."""

    def __init__(self, *args):
        self.process = start("connect", "--json", *args)
        self.read = b""

    def event(self, name):
        while True:
            line = self.process.stdout.readline()
            check(line, "the tool has ended before %s" % name)
            self.read += line
            event = json.loads(line)
            if event["event"] == name:
                return event

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end(self):
        """Its last event, and all of its stderr."""
        result = finish(self.process, read_already=self.read)
        return result, result.events[-1] if result.out else None


def test_the_flag_does_not_take_the_url_for_its_number():
    with Peers(closes_with(1008)) as peers:
        for flag in ("--reconnect", "--reconnect=5"):
            tool = Running(flag, peers.url)
            equal(tool.event("gave_up")["code"], 1008)
            result, _ = tool.end()
            equal(result.code, 40, result)


def test_arguments_that_cannot_be_are_refused():
    for args, part in ((["--reconnect=0"], "from 1 to 4294967295"),
                       (["--reconnect=x"], "from 1 to 4294967295"),
                       (["--reconnect=-1"], "from 1 to 4294967295"),
                       (["--profile", "discord"], "need it"),
                       (["--retry-on", "1008"], "need it"),
                       (["--known-good"], "need it"),
                       (["--reconnect", "--profile", "nobody"], "discord"),
                       (["--reconnect", "--stop-on", "999"], "no close code"),
                       (["--reconnect", "--stop-on", "5000"], "no close code"),
                       (["--reconnect", "--stop-on", "4001-"], "no close code"),
                       (["--reconnect", "--stop-on", "4002-4001"], "no close code"),
                       (["--reconnect", "--stop-on", "500-4000"], "no close code"),
                       (["--reconnect", "--retry-on", "4001,,4002"], "no close code")):
        result = run("connect", *args, "ws://127.0.0.1:1/")
        equal(result.code, 2, result)
        check(part in result.err, result)


def test_down_takes_the_place_of_close_and_says_when_it_comes_back():
    def behave(conn, number):
        closes_with(1012, "restart")(conn, number) if number == 1 else echoes(conn, number)

    with Peers(behave) as peers:
        tool = Running("--reconnect", peers.url)
        down = tool.event("down")
        equal(list(down)[:len(CLOSE_KEYS)], CLOSE_KEYS)
        equal((down["code"], down["reason"], down["was_clean"]), (1012, "restart", True))
        equal((down["opened"], down["attempt"]), (True, 1))
        check(100 <= down["delay_ms"] <= 2000, down)
        told = time.monotonic()
        tool.event("open")
        tool.process.stdin.close()
        result, last = tool.end()
    equal(last["event"], "close")
    equal((last["code"], result.code), (1000, 0), result)
    check(peers.times[1] - told > down["delay_ms"] / 1000 - 0.1, (peers.times, told, down))
    line = r'down 1012 "restart" by=remote; back in \d+\.\d s \(attempt 1\)'
    check(re.search(line, result.err), result)


def test_an_attempt_that_never_opened_is_told_too():
    with Peers(refuses("500 Oh")) as peers:
        tool = Running("--reconnect=1", peers.url)
        down = tool.event("down")
        equal((down["opened"], down["http_status"], down["cause"]), (False, 500, "refused"))
        last = tool.event("gave_up")
        check("max_attempts" in last["why"], last)
        result, _ = tool.end()
    equal(result.code, 22, result)
    equal(len(peers.times), 2)
    check("adieu: gave up: " in result.err, result)


def test_without_credentials_to_bring_it_stops_at_401_and_3000():
    for behave, code, part in ((refuses("401 Who"), 22, "HTTP 401"), (closes_with(3000), 43, "3000")):
        with Peers(behave) as peers:
            tool = Running("--reconnect", peers.url)
            check(part in tool.event("gave_up")["why"], part)
            equal(tool.end()[0].code, code)
            equal(len(peers.times), 1)


def test_the_third_broken_rule_in_a_row_is_the_last():
    with Peers(closes_with(1007)) as peers:
        tool = Running("--reconnect", peers.url)
        check("third" in tool.event("gave_up")["why"], "third")
        tool.end()
        equal(len(peers.times), 3)


def test_codes_and_statuses_may_be_changed():
    with Peers(refuses("403 No")) as peers:
        tool = Running("--reconnect=1", "--retry-on", "1008,403", peers.url)
        tool.event("down")
        tool.event("gave_up")
        tool.end()
    with Peers(closes_with(1011)) as peers:
        tool = Running("--reconnect", "--stop-on", "1011", peers.url)
        tool.event("gave_up")
        tool.end()
    with Peers(closes_with(4004)) as peers:
        tool = Running("--reconnect", "--profile", "discord", peers.url)
        tool.event("gave_up")
        tool.end()
        equal(len(peers.times), 1)


def test_what_is_known_good_is_not_given_up():
    for known_good in (False, True):
        with Peers(refuses("403 No")) as peers:
            tool = Running("--reconnect", *["--known-good"] * known_good, peers.url)
            told = tool.event("down" if known_good else "gave_up")
            check(("it has worked before" in told["why"]) == known_good, told)
            if known_good:
                check(30_000 <= told["delay_ms"] <= 60_000, told)
                tool.process.send_signal(signal.SIGINT)
            last = tool.end()[1]
            equal(last and last["event"], "close" if known_good else None)
            equal(len(peers.times), 1)


def test_an_answer_that_cannot_be_read_is_an_outage():
    def behave(conn, number):
        if number > 3:
            return echoes(conn, number)
        conn.raw((b"HTTP/1.1 503 Busy\r\nServer : x\r\n\r\n", b"503 Busy\r\n\r\n",
                  b"HTTP/1.1 503 Busy\r\nX: " + b"x" * 17 * 1024 + b"\r\n\r\n")[number - 1])

    with Peers(behave) as peers:
        tool = Running("--reconnect", peers.url)
        for _ in range(3):
            down = tool.event("down")
            equal((down["cause"], down["http_status"]), ("refused", None))
            equal(down["why"], "the server's answer could not be read")
        tool.event("open")
        tool.process.stdin.close()
        equal(tool.end()[1]["event"], "close")


def test_retry_after_is_kept_in_both_forms():
    # A date has whole seconds: up to one of them may have passed already.
    for value, least in (("2", 1.9), (lambda: email.utils.formatdate(time.time() + 3, usegmt=True), 1.9)):
        def behave(conn, number):
            if number > 1:
                return echoes(conn, number)
            refuses("503 Busy", "Retry-After: " + (value if isinstance(value, str) else value()))(
                conn, number)
        with Peers(behave) as peers:
            tool = Running("--reconnect", peers.url)
            tool.event("open")
            tool.process.stdin.close()
            tool.end()
            check(peers.times[1] - peers.times[0] >= least, peers.times)


def test_ctrl_c_on_the_way_back_is_final():
    with Peers(refuses("503 Busy", "Retry-After: 60")) as peers:
        tool = Running("--reconnect", peers.url)
        tool.event("down")
        tool.process.send_signal(signal.SIGINT)
        result, last = tool.end()
    equal((last["event"], last["cause"], last["initiator"]), ("close", "abandoned", "local"))
    equal((last["phase"], result.code), ("resolving", 46), result)
    equal(len(peers.times), 1)
    check("gave up" not in result.err and "name" not in result.err, result)


def test_ctrl_c_while_open_is_final():
    with Peers(echoes) as peers:
        tool = Running("--reconnect", peers.url)
        tool.event("open")
        tool.process.send_signal(signal.SIGINT)
        result, last = tool.end()
    equal((last["event"], last["code"], result.code), ("close", 1000, 0))


def test_the_end_of_stdin_on_the_way_back_ends_it():
    with Peers(closes_with(1012)) as peers:
        tool = Running("--reconnect", "--retry-on", "1012", peers.url)
        tool.event("open")
        tool.event("down")
        tool.process.stdin.close()
        _, last = tool.end()
    equal(last["event"], "close")


def test_lines_go_to_whichever_connection_there_is():
    def behave(conn, number):
        conn.accept()
        if number > 1:
            return conn.echo()
        conn.read_frame()
        conn.reset()

    with Peers(behave) as peers:
        tool = Running("--reconnect", peers.url)
        tool.event("open")
        tool.write(b"one\n")
        tool.event("down")
        tool.write(b"two\n")
        equal(tool.event("message")["data"], "two")
        tool.process.stdin.close()
        _, last = tool.end()
    equal(last["unsent_messages"], 0)


def test_what_never_left_is_sent_again():
    """8 MB to a peer that does not read, and goes: what the kernel had taken is lost, the rest not."""
    all_said = threading.Event()

    def behave(conn, number):
        conn.accept()
        if number > 1:
            return conn.echo()
        all_said.wait(20)
        conn.reset()

    lines = [b"%06d" % n + b"x" * 99_994 for n in range(80)]
    with Peers(behave) as peers:
        tool = Running("--reconnect", peers.url)
        tool.event("open")
        tool.write(b"\n".join(lines) + b"\n")  # but for what fits into a pipe the tool has it
        all_said.set()
        unsent = tool.event("down")["unsent_messages"]
        check(unsent > 0, unsent)
        tool.process.stdin.close()
        last = None
        numbers = []
        for line in tool.process.stdout:
            last = json.loads(line)
            if last["event"] == "message":
                numbers.append(int(last["data"][:6]))
        tool.process.wait(20)
    equal(numbers, list(range(numbers[0], 80)))
    check(len(numbers) >= unsent, (len(numbers), unsent))
    equal((last["event"], last["code"], last["unsent_messages"]), ("close", 1000, 0))


def test_the_wait_behind_stdin_goes_on_across_connections():
    with Peers(closes_with(1012)) as peers:
        began = time.monotonic()
        result = run("connect", "--json", "--reconnect", "--wait", "3s", peers.url)
    check(2.9 < time.monotonic() - began < 6, result)
    equal(result.events[-1]["event"], "close")
    check(len(peers.times) > 1, result)
