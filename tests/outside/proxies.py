"""nginx and HAProxy between the two: their idle timeouts, their reloads, their deaths, and what passes
through them."""

from proxy import PROXIES
from stage import LOST, Cases, Connect, Server, killed, lasting, says

case = CASES = Cases()
QUIET = ("--ping-interval", "0")  # no keepalive
OFTEN = ("--ping-interval", "300ms")
IDLE = "1s"


def cut_short(client, event):
    """What both ends say of a connection that something between them has cut."""
    client.ends(46, LOST, phase="open", initiator="none", was_clean=False, code=1006, sent=None,
                received=None)
    says(event, cause=LOST, phase="open", initiator="none", was_clean=False, code=1006, sent=None,
         received=None)


@case.each("a keepalive of the client's that is shorter than the proxy's patience keeps it open",
           PROXIES)
def client_pings(tools, proxied):
    stays_open(tools, proxied, OFTEN, QUIET)


@case.each("a keepalive of the server's that is shorter than the proxy's patience keeps it open",
           PROXIES)
def server_pings(tools, proxied):
    stays_open(tools, proxied, QUIET, OFTEN)


def stays_open(tools, proxied, client_option, server_option):
    with Server(tools.adieu, *server_option) as serve, \
            proxied(tools, serve.port, idle=IDLE) as proxy, \
            Connect(tools.adieu, *client_option, proxy.url()) as client:
        client.opened()
        lasting(2.5)
        client.echoes("still there")
        client.end_stdin()
        client.ends(0, "completed", code=1000, was_clean=True)
        says(serve.event("/"), code=1000, was_clean=True)


@case.each("without a keepalive the proxy cuts it, and both are told so", PROXIES)
def cut_by_the_proxy(tools, proxied):
    with Server(tools.adieu, *QUIET) as serve, proxied(tools, serve.port, idle=IDLE) as proxy, \
            Connect(tools.adieu, *QUIET, proxy.url()) as client:
        client.opened().echoes("hello")
        cut_short(client, serve.event("/"))


@case.each("the client's close passes through clean, with its code and reason", PROXIES)
def client_closes(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy, \
            Connect(tools.adieu, "--close", "4001:see you", proxy.url()) as client:
        client.opened().echoes("hello")
        client.end_stdin()
        client.ends(0, "completed", code=4001, initiator="local", was_clean=True)
        says(serve.event("/"), code=4001, reason="see you", initiator="remote", was_clean=True,
             cause="completed")


@case.each("the server's close passes through clean, with its code and reason", PROXIES)
def server_closes(tools, proxied):
    path = "/close/1012?reason=restart&messages=1"
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy, \
            Connect(tools.adieu, proxy.url(path)) as client:
        client.opened().say("close now")
        client.ends(40, "completed", code=1012, reason="restart", initiator="remote",
                    was_clean=True)
        says(serve.event(path), code=1012, initiator="local", was_clean=True, cause="completed")


@case.each("the server's shutdown passes through clean", PROXIES)
def server_shuts_down(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy, \
            Connect(tools.adieu, proxy.url()) as client:
        client.opened()
        serve.signal()
        client.ends(0, "completed", code=1001, initiator="remote", was_clean=True)
        assert serve.exit_code() == 0


@case.each("all of 20 MB, last words included, comes through before the end", PROXIES)
def much(tools, proxied):
    for path, messages in (("/talk?n=200&bytes=100000", 200), ("/last-words?n=50", 50)):
        with Server(tools.adieu, "--no-deflate") as serve, \
                proxied(tools, serve.port) as proxy, \
                Connect(tools.adieu, proxy.url(path)) as client:
            client.opened()
            if path.startswith("/last"):
                client.end_stdin()  # else the server closes
            client.ends(0, "completed", code=1000, was_clean=True)
            got = sum(e["event"] == "message" for e in client.events)
            assert got == messages, got
            says(serve.event(path), was_clean=True, unsent_messages=0)


@case.each("a reload lets what is open go on, and it closes clean", PROXIES)
def reload_with_patience(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy, \
            Connect(tools.adieu, proxy.url("/?before")) as before:
        before.opened()
        proxy.reload()
        with Connect(tools.adieu, proxy.url("/?after")) as after:
            after.opened().echoes("by the new one")
            before.echoes("by the old one")
            for client in (before, after):
                client.end_stdin()
                client.ends(0, "completed", code=1000, was_clean=True)
        for path in ("/?before", "/?after"):
            says(serve.event(path), code=1000, was_clean=True)


@case.each("a reload that cuts what is open is told as a loss on both sides", PROXIES)
def reload_without_patience(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port, grace="500ms") as proxy, \
            Connect(tools.adieu, proxy.url()) as client:
        client.opened()
        proxy.reload()
        cut_short(client, serve.event("/"))


@case.each("a proxy that is killed is told as a loss on both sides", PROXIES)
def proxy_killed(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy, \
            Connect(tools.adieu, proxy.url()) as client:
        client.opened()
        proxy.kill()
        cut_short(client, serve.event("/"))


@case.each("a server that is gone behind the proxy: refused, with the proxy's status", PROXIES)
def nothing_behind(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy:
        killed(serve.process)
        with Connect(tools.adieu, proxy.url()) as client:
            event = client.ends(22, "refused", phase="opening", was_clean=False)
            assert event["http_status"] in (502, 503), event


@case.each("a client that comes back does so through a proxy that is reloaded, again and again",
           PROXIES)
def comes_back(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port, grace="200ms") as proxy, \
            Connect(tools.adieu, "--reconnect", proxy.url()) as client:
        client.opened()
        for number in range(2):
            client.echoes(f"hello {number}")
            proxy.reload()
            down = client.event("down")
            says(down, code=1006, cause=LOST, phase="open", was_clean=False)
            client.event("open", 25)
        client.echoes("at last")
        client.end_stdin()
        client.ends(0, "completed", code=1000, was_clean=True)
        for was_clean in (False, False, True):
            says(serve.event("/"), was_clean=was_clean)
        serve.everything["stdout"].clear()  # three on one path, and each was told
