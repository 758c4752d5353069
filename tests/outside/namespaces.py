"""Networks that fall silent or lose packets: a network namespace with a loopback of its own, where nft
drops what it is told to. Needs root, `ip` and `nft`; tc for the slow line."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from stage import LOST, Cases, Connect, Server, NotAllowed, Skip, lasting, says, until

case = CASES = Cases()
numbers = itertools.count(1)
EVERYTHING = "meta l4proto tcp"
TO_SERVER, TO_CLIENT = "tcp dport {port}", "tcp sport {port}"
DATA = "tcp flags & psh == psh"  # the opening of TCP passes, nothing that is said does


class Network:
    """Both ends run in it. Its name is unique; it goes with the `with`, and its rules with it."""

    def __init__(self, tools):
        self.adieu = tools.adieu
        self.name = f"adieu-{os.getpid()}-{next(numbers)}"
        if os.geteuid() != 0:
            raise NotAllowed("only root may make network namespaces")
        for program in ("ip", "nft"):
            if not find(program):
                raise Skip(f"no {program} here")
        made = subprocess.run([find("ip"), "netns", "add", self.name], capture_output=True,
                              text=True)
        if made.returncode:
            raise NotAllowed(f"no network namespaces here: {made.stderr.strip()}")
        self.before = [find("ip"), "netns", "exec", self.name]

    def __enter__(self):
        try:
            self.run("ip", "link", "set", "lo", "up")
            self.nft("add table inet silence; add chain inet silence in "
                     # Where packets arrive: a drop on the way out TCP would be told of.
                     "{ type filter hook input priority 0; }")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # What still runs in it is ours, and would keep it alive unseen.
        left = subprocess.run([find("ip"), "netns", "pids", self.name], capture_output=True,
                              text=True).stdout.split()
        for pid in left:
            os.kill(int(pid), signal.SIGKILL)
        subprocess.run([find("ip"), "netns", "del", self.name], check=True)

    def run(self, program, *arguments):
        done = subprocess.run([*self.before, find(program), *arguments], capture_output=True,
                              text=True)
        if done.returncode:
            raise NotAllowed(f"{program} {' '.join(arguments)}: {done.stderr.strip()}")

    def nft(self, rules):
        self.run("nft", rules)

    def drops(self, what, how="drop"):
        self.nft(f"add rule inet silence in {what} counter {how}")

    def heals(self):
        self.nft("flush chain inet silence in")

    def has_dropped(self, least=1):
        rules = subprocess.run([*self.before, find("nft"), "list", "ruleset"], check=True,
                               capture_output=True, text=True).stdout
        return sum(int(n) for n in re.findall(r"packets (\d+)", rules)) >= least

    @contextlib.contextmanager
    def etc(self, name, text):
        """What that file of /etc is for those who run in it. [ip-netns(8)]"""
        folder = Path("/etc/netns", self.name)
        folder.mkdir(parents=True)
        try:
            (folder / name).write_text(text)
            yield
        finally:
            shutil.rmtree(folder)

    def serve(self, *arguments):
        return Server(self.adieu, *arguments, before=self.before)

    def connect(self, *arguments):
        return Connect(self.adieu, *arguments,
                       before=[find("env"), "-u", "RES_OPTIONS", *self.before])


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def wait_for_rest(serve):
    """With the other end unreachable: TCP may ask again for its FIN, we may not wait for it."""
    serve.is_idle(5)


# --- silence

def direction(name, rule):
    rule.format  # a rule with {port}
    return type(name, (), {"name": name, "rule": rule})


@case.each("silence in mid connection: both give up within their keepalives, dropped",
           (direction("both ways", EVERYTHING), direction("to the server", TO_SERVER),
            direction("to the client", TO_CLIENT)))
def silence_while_open(tools, way):
    with Network(tools) as network, network.serve("--ping-interval", "500ms") as serve, \
            network.connect("--ping-interval", "500ms", serve.url()) as client:
        client.opened().echoes("hello")
        network.drops(way.rule.format(port=serve.port))
        client.ends(46, ("keepalive_timed_out"), 5, phase="open", initiator="local", code=1006,
                    was_clean=False)
        says(serve.event("/", 5), cause="keepalive_timed_out", phase="open", initiator="local",
             code=1006, was_clean=False)
        wait_for_rest(serve)


@case("silence in mid connection, with a message on its way: what was not acknowledged is no life")
def silence_with_a_message(tools):
    with Network(tools) as network, network.serve("--ping-interval", "0") as serve, \
            network.connect("--ping-interval", "500ms", serve.url()) as client:
        client.opened().echoes("hello")
        network.drops(EVERYTHING)
        client.say("into the void")
        client.ends(46, "keepalive_timed_out", 5, phase="open", initiator="local")
        network.heals()
        event = serve.event("/", 20)  # TCP asks again: then it comes to know
        says(event, code=(1006, 1011))


@case("silence shorter than the keepalive: nothing is lost")
def short_silence(tools):
    with Network(tools) as network, network.serve("--ping-interval", "5s") as serve, \
            network.connect("--ping-interval", "5s", serve.url()) as client:
        client.opened().echoes("hello")
        network.drops(EVERYTHING)
        for n in range(10):
            client.say(f"message {n}")
        lasting(0.5)
        network.heals()
        for n in range(10):
            assert client.event("message")["data"] == f"message {n}"
        client.end_stdin()
        client.ends(0, "completed", code=1000, was_clean=True)
        says(serve.event("/"), code=1000, was_clean=True)


@case("silence before the client's close: its Close is awaited for --close-timeout and no longer")
def silence_in_the_closing(tools):
    with Network(tools) as network, network.serve("--ping-interval", "500ms") as serve, \
            network.connect("--close-timeout", "700ms", serve.url()) as client:
        client.opened()
        network.drops(EVERYTHING)
        client.end_stdin()
        client.ends(47, "closing_timed_out", 5, phase="awaiting_close", initiator="local",
                    sent={"code": 1000, "reason": ""}, received=None, was_clean=False)
        says(serve.event("/", 5), cause="keepalive_timed_out", phase="open", initiator="local",
             was_clean=False)
        wait_for_rest(serve)


@case("silence before the server's close")
def silence_in_the_servers_closing(tools):
    path = "/close/4001?after=500ms"
    with Network(tools) as network, network.serve("--close-timeout", "500ms") as serve, \
            network.connect("--ping-interval", "700ms", serve.url(path)) as client:
        client.opened()
        network.drops(EVERYTHING)
        says(serve.event(path, 5), cause="closing_timed_out", phase="awaiting_close",
             initiator="local", sent={"code": 4001, "reason": ""}, received=None, was_clean=False)
        client.ends(46, "keepalive_timed_out", 5, phase="open", initiator="local")
        wait_for_rest(serve)


@case("silence that begins behind the peer's Close: the end is clean, and in time")
def silence_in_ending(tools):
    path = "/close/4001?messages=1"
    with Network(tools) as network, network.serve() as serve, \
            network.connect(serve.url(path)) as client:
        client.opened()
        # Only packets that end TCP: the Closes pass, no FIN does.
        network.drops("tcp flags & fin == fin")
        client.say("close now")
        client.ends(44, "completed", 5, code=4001, phase="ending", was_clean=True)
        says(serve.event(path, 5), code=4001, phase="ending", was_clean=True)
        wait_for_rest(serve)


@case("silence while SIGTERM drains: --drain holds, exit 1")
def silence_in_the_shutdown(tools):
    with Network(tools) as network, network.serve("--drain", "1s") as serve, \
            network.connect("--ping-interval", "500ms", serve.url()) as client:
        client.opened()
        network.drops(EVERYTHING)
        serve.signal()
        assert serve.exit_code() == 1
        says(serve.event("/"), initiator="local", was_clean=False, code=1006,
             cause=("terminated", "closing_timed_out"))
        client.ends(46, "keepalive_timed_out", 5, phase="open")


# --- silence in the opening

@case("silence in the opening: no answer to SYN")
def no_connection(tools):
    with Network(tools) as network, network.serve() as serve:
        network.drops(EVERYTHING)
        with network.connect("--connect-timeout", "600ms", serve.url()) as client:
            client.ends(28, "opening_timed_out", 5, phase="connecting", initiator="none",
                        was_clean=False)


@case("silence in the opening: TCP stands, the request is lost")
def no_answer(tools):
    with Network(tools) as network, network.serve() as serve:
        network.drops(DATA)
        with network.connect("--connect-timeout", "600ms", serve.url()) as client:
            client.ends(28, "opening_timed_out", 5, phase="opening", initiator="none",
                        was_clean=False)


@case("silence in the opening: TCP stands, the TLS handshake is lost")
def no_tls(tools):
    with Network(tools) as network, network.serve() as serve:
        network.drops(DATA)
        url = serve.url().replace("ws:", "wss:")
        with network.connect("--connect-timeout", "600ms", url) as client:
            client.ends(28, "opening_timed_out", 5, phase="tls", initiator="none", was_clean=False)


@case("silence in the opening: the server gives up what it has accepted after 10 s")
def half_open(tools):
    with Network(tools) as network, network.serve() as serve:
        network.drops(DATA)
        with network.connect("--connect-timeout", "1m", serve.url()) as client:
            until(lambda: serve.descriptors() > serve.descriptors_at_rest, "TCP is accepted")
            network.drops(EVERYTHING)
            client.process.kill()
            serve.is_idle(15)
        assert "refused" in serve.line("refused")


# --- refusal and loss

@case("a reset from between: both are told")
def reset_from_between(tools):
    with Network(tools) as network, network.serve() as serve, \
            network.connect(serve.url()) as client:
        client.opened()
        network.drops(f"{TO_CLIENT.format(port=serve.port)} {DATA}", "reject with tcp reset")
        client.say("the echo is answered by a reset")
        says(serve.event("/"), cause="reset", phase="open", initiator="none", was_clean=False)
        network.heals()
        client.say("and this as well")
        client.ends(46, LOST, phase="open", initiator="none", was_clean=False)


@case.each("packets are lost: every message comes whole, once and in order, and the end is clean, %",
           (5, 20))
def loss(tools, percent):
    with Network(tools) as network, network.serve("--ping-interval", "0", "--no-deflate") as serve:
        # Packets of a real size, or the few large ones that loopback makes of it all may all pass.
        network.run("ip", "link", "set", "lo", "mtu", "1500", "gso_max_segs", "1")
        options = ("--ping-interval", "0", "--close-timeout", "30s")
        with network.connect(*options, serve.url()) as client:
            client.event("open", 30)
            # Only now: a server gives an opening ten seconds, and some would need longer.
            network.drops(f"{EVERYTHING} numgen random mod 100 < {percent}")
            lines = [f"{n} " + "x" * (n * 37 % 3000) for n in range(2000 // percent)]
            for line in lines:
                client.say(line)
            for line in lines:
                assert client.event("message", 30)["data"] == line
            client.end_stdin()
            client.ends(0, "completed", 30, code=1000, was_clean=True)
        says(serve.event("/", 30), code=1000, was_clean=True)
        assert network.has_dropped(5), "no packets were lost"


@case("a line of 2 Mbit/s: 500 KB and a close() behind them arrive whole, however long it takes")
def slow_line(tools):
    path = "/talk?n=5&bytes=100000"
    with Network(tools) as network, network.serve("--no-deflate") as serve:
        if not find("tc"):
            raise Skip("no tc here")
        network.run("ip", "link", "set", "lo", "mtu", "1500")
        network.run("tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "2mbit", "burst",
                    "16k", "latency", "100ms")
        with network.connect("--close-timeout", "500ms", serve.url(path)) as client:
            client.opened()
            client.ends(0, "completed", 20, code=1000, was_clean=True)
            assert sum(e["event"] == "message" for e in client.events) == 5
        says(serve.event(path), code=1000, initiator="local", was_clean=True, unsent_bytes=0)


# --- addresses and names that do not answer

SILENT_RESOLVER = "nameserver 127.0.0.1\noptions timeout:30\n"


@case("a host with two addresses that do not answer, IPv6 and IPv4, and a third that does: no wait")
def happy_eyeballs(tools):
    hosts = "2001:db8::1 three.example\n192.0.2.1 three.example\n192.0.2.2 three.example\n"
    with Network(tools) as network, network.etc("hosts", hosts):
        for address in ("2001:db8::1/128", "192.0.2.1/32", "192.0.2.2/32"):
            network.run("ip", "address", "add", address, "dev", "lo")
        network.drops("ip6 daddr 2001:db8::1")
        network.drops("ip daddr 192.0.2.1")
        with network.serve("--host", "192.0.2.2") as serve:
            with network.connect(serve.url(host="three.example")) as client:
                # Each attempt is 250 ms behind the one before.
                client.event("open", 3.5)
                assert network.has_dropped(2), "nobody asked the dead addresses"
                client.end_stdin()
                client.ends(0, "completed", code=1000, was_clean=True)


@case("a name server that answers for IPv4, and is silent when asked for IPv6: no wait")
def half_a_name_server(tools):
    with Network(tools) as network, network.etc("resolv.conf", SILENT_RESOLVER):
        command = [*network.before, sys.executable, Path(__file__).with_name("name_server.py")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as names, network.serve() as serve:
            try:
                assert names.stdout.readline() == b"ready\n"
                with network.connect(serve.url(host="some.example")) as client:
                    client.event("open", 3.5)
                    client.end_stdin()
                    client.ends(0, "completed", code=1000, was_clean=True)
            finally:
                names.kill()

@case.each("client interrupted while it looks up a name", (signal.SIGINT, signal.SIGTERM))
def in_resolving(tools, which):
    with Network(tools) as network, network.etc("resolv.conf", SILENT_RESOLVER):
        network.drops("udp dport 53")
        with network.connect("--connect-timeout", "1m", "ws://nobody.example/") as client:
            until(network.has_dropped, "a question has left")
            client.signal(which)
            client.ends(46, "abandoned", 5, phase="resolving", initiator="local", was_clean=False)


@case("a name that nobody answers for: --connect-timeout is all the time that it takes")
def resolving_for_too_long(tools):
    with Network(tools) as network, network.etc("resolv.conf", SILENT_RESOLVER):
        network.drops("udp dport 53")
        with network.connect("--connect-timeout", "600ms", "ws://nobody.example/") as client:
            client.ends(28, "opening_timed_out", 5, phase="resolving", initiator="none",
                        was_clean=False)
