"""What programs that others wrote make of our answers, and we of their requests: curl as a client that
asks for HEAD, through a proxy that is our server, in HTTP/1.0 and HTTP/2, and with a PROXY protocol
header; nginx and HAProxy that are configured as they should not be."""

import email.utils
import shutil
import socket
import subprocess
import threading
import time

from proxy import HAProxy, Nginx
from proxy_texts import HAPROXY, NGINX
from raw_client import PATIENCE, opening
from stage import Cases, Connect, Server, Skip

case = CASES = Cases()
UPGRADE = ("-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-H",
           "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")


class Answer:
    def __init__(self, done):
        self.exit_code = done.returncode
        head, _, self.body = done.stdout.decode("latin-1").partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.fields = {name.lower(): value for name, value in
                       (line.split(": ", 1) for line in lines)}

    def is_dated_now(self):
        date = email.utils.parsedate_to_datetime(self.fields["date"]).timestamp()
        assert abs(date - time.time()) < 60, self.fields


def curl(*arguments):
    if not shutil.which("curl"):
        raise Skip("no curl")
    return Answer(subprocess.run(["curl", "-s", "-i", "--noproxy", "", "-m", str(PATIENCE), *arguments],
                                 capture_output=True, check=False, timeout=2 * PATIENCE))


@case("curl gets a dated answer, and by HEAD the same without its body")
def dated(tools):
    with Server(tools.adieu) as serve:
        url = f"http://127.0.0.1:{serve.port}/"
        get, head = curl(url), curl("-I", url)
        for answer in (get, head):
            assert answer.exit_code == 0 and answer.first.startswith("HTTP/1.1 426 "), vars(answer)
            assert answer.fields["upgrade"] == "websocket", answer.fields
            assert answer.fields["connection"] == "Upgrade, close", answer.fields
            answer.is_dated_now()
        assert get.body and not head.body
        assert int(get.fields["content-length"]) == len(get.body)
        assert head.fields["content-length"] == get.fields["content-length"]
        refused = curl("-I", *UPGRADE, url)
        assert refused.exit_code == 0 and refused.first.startswith("HTTP/1.1 405 "), vars(refused)
        assert refused.fields["allow"] == "GET", refused.fields


@case("what curl asks as of a proxy is asked by its path")
def absolute(tools):
    with Server(tools.adieu) as serve:
        answer = curl("-x", f"http://127.0.0.1:{serve.port}", *UPGRADE,
                      "http://chat.example:81/status/418?retry_after=7")
        assert answer.first.startswith("HTTP/1.1 418"), vars(answer)
        assert answer.fields["retry-after"] == "7", answer.fields


@case("curl that speaks something else is told so")
def others(tools):
    for option, words in (("--haproxy-protocol", "not told to expect the PROXY protocol"),
                          ("-0", "HTTP/1.0 opens no WebSocket")):
        with Server(tools.adieu) as serve:
            answer = curl(option, f"http://127.0.0.1:{serve.port}/")
            assert answer.first.startswith("HTTP/1.1 400 ") and words in answer.body, vars(answer)
            assert words in serve.line("refused 400")
    for option, scheme, words in (("--http2-prior-knowledge", "http", "spoke HTTP/2"),
                                  ("-k", "https", "spoke TLS")):
        with Server(tools.adieu) as serve:
            assert curl(option, f"{scheme}://127.0.0.1:{serve.port}/").exit_code != 0
            assert words in serve.line("refused 400")


class OldNginx(Nginx):
    name = "nginx that speaks HTTP/1.0, as it does unless it is told"
    text = NGINX.replace("proxy_http_version 1.1;", "proxy_http_version 1.0;")


class SendProxy(HAProxy):
    name = "HAProxy with send-proxy"
    text = HAPROXY.replace("127.0.0.1:{behind}", "127.0.0.1:{behind} send-proxy")


class SendProxy2(HAProxy):
    name = "HAProxy with send-proxy-v2"
    text = HAPROXY.replace("127.0.0.1:{behind}", "127.0.0.1:{behind} send-proxy-v2")


@case.each("a client and the server's log are told what is wrong with the proxy between",
           (OldNginx, SendProxy, SendProxy2))
def misled(tools, proxied):
    words = "HTTP/1.0" if proxied is OldNginx else "PROXY protocol"
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy, \
            Connect(tools.adieu, proxy.url("/echo")) as client:
        event = client.ends(22, "refused", phase="opening", http_status=400)
        assert words in event["response"]["body"], event
        assert words in serve.line("refused 400")


@case.each("a HEAD through a proxy has no body", (Nginx, HAProxy))
def head_through(tools, proxied):
    with Server(tools.adieu) as serve, proxied(tools, serve.port) as proxy:
        answer = curl("-I", f"http://127.0.0.1:{proxy.port}/")
        assert answer.exit_code == 0 and answer.first.startswith("HTTP/1.1 426"), vars(answer)
        answer.is_dated_now()


def answering(lines):
    """A server on a port of its own that gives one client that answer."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        with listener, listener.accept()[0] as client:
            client.settimeout(PATIENCE)
            client.recv(65536)
            client.sendall(lines)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


@case.each("what stands in a refusal is told, however its head is written", (
    b"HTTP/1.1 503\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy",
    b"HTTP/1.1 503 Busy\nRetry-After: 7\nContent-Length: 4\n\nbusy",
    b"HTTP/1.0 503 Busy\r\nRetry-After:\r\n\t7\r\nContent-Length: 4\r\n\r\nbusy"))
def odd_refusals(tools, answer):
    with Connect(tools.adieu, f"ws://127.0.0.1:{answering(answer)}/") as client:
        event = client.ends(22, "refused", phase="opening", http_status=503, retry_after_s=7)
        assert event["response"]["body"] == "busy", event


@case("one empty line before the request is nothing")
def empty_line(tools):
    with Server(tools.adieu) as serve:
        head, _ = opening("/status/418")
        with serve.tcp() as c:
            c.send(b"\r\n" + head)
            assert c.answer().status == 418
