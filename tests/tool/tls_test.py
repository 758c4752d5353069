"""TLS from the command line: whom `connect` believes, what it shows, files that cannot be used, and
`serve` with a certificate. Certificates come from the openssl program."""
import contextlib
import signal
import subprocess
import tempfile

from running import ADIEU, check, ended, equal, run
from serve_process import Serve
from tls_socket import make_certificate


@contextlib.contextmanager
def server(*arguments, names="IP:127.0.0.1,DNS:localhost"):
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "authority", "/CN=an authority", "", authority=True)
        pem, key = make_certificate(folder, "server", names=names, issuer="authority")
        with Serve(ADIEU[0], "--tls-cert", pem, "--tls-key", key, *arguments) as serve:
            equal(serve.first["url"], "wss://127.0.0.1:%d" % serve.port)
            yield serve, folder


def connect(serve, *arguments, host="127.0.0.1", path="/"):
    return run("connect", "--json", *arguments, "wss://%s:%d%s" % (host, serve.port, path))


def test_an_authority_that_is_trusted_makes_it_open():
    with server() as (serve, folder):
        for host in ("127.0.0.1", "localhost"):
            result = connect(serve, "--cacert", folder + "/authority.pem", "-x", "hello",
                             "--wait-messages", "1", host=host)
            equal(result.messages(), ["hello"])
            ended(result, 0, "completed", code=1000, was_clean=True)


def test_35_for_an_authority_that_is_not_trusted_and_0_with_insecure():
    with server() as (serve, folder):
        close = ended(connect(serve), 35, "tls_failed", phase="tls", code=1015, was_clean=False,
                      initiator="none")
        check("unable to get local issuer certificate" in close["error"], close)
        ended(connect(serve, "-k"), 0, "completed", code=1000)


def test_35_for_a_certificate_of_somebody_else():
    with server(names="IP:127.0.0.2,DNS:elsewhere") as (serve, folder):
        trusting = ["--cacert", folder + "/authority.pem"]
        close = ended(connect(serve, *trusting), 35, "tls_failed", code=1015)
        check("IP address mismatch" in close["error"], close)
        close = ended(connect(serve, *trusting, host="localhost"), 35, "tls_failed", code=1015)
        check("hostname mismatch" in close["error"], close)


def test_46_for_a_stream_that_ends_without_close_notify():
    with server() as (serve, folder):
        ended(connect(serve, "-k", "--wait", "10s", path="/drop"), 46, "tls_truncated", code=1006,
              was_clean=False, phase="open", initiator="none")


def test_35_for_a_server_without_tls_and_22_without_tls_at_a_server_that_wants_it():
    with Serve(ADIEU[0]) as plain:
        close = ended(connect(plain, "-k"), 35, "tls_failed", code=1015)
        check("ws://" in close["error"], close)
    with server() as (serve, _):
        ended(run("connect", "--json", "ws://127.0.0.1:%d/" % serve.port), 22, "refused",
              http_status=400)


def test_2_for_files_that_cannot_be_used():
    with tempfile.TemporaryDirectory() as folder:
        pem, key = make_certificate(folder)
        _, other = make_certificate(folder, "other")
        for option, arguments in (
                ("--cacert", ["connect", "--cacert", folder + "/none.pem"]),
                ("--cacert", ["connect", "--cacert", key]),
                ("--cert", ["connect", "--cert", folder + "/none.pem"]),
                ("--key", ["connect", "--cert", pem, "--key", other]),
                ("--key", ["connect", "--key", key])):
            result = run(*arguments, "wss://127.0.0.1:1/")
            equal(result.code, 2)
            check(result.err.startswith("adieu connect: " + option + ": "), result)
        for option, arguments in (
                ("--tls-cert", ["--tls-cert", folder + "/none.pem"]),
                ("--tls-cert", ["--tls-cert", pem]),
                ("--tls-key", ["--tls-cert", pem, "--tls-key", other]),
                ("--tls-key", ["--tls-key", key])):
            result = run("serve", "--port", "0", *arguments)
            equal(result.code, 2)
            check(result.err.startswith("adieu serve: " + option + ": "), result)


def test_a_shutdown_ends_clients_over_tls_properly():
    with server() as (serve, folder):
        client = subprocess.Popen([ADIEU[0], "connect", "-k", "--json",
                                   "wss://127.0.0.1:%d/" % serve.port], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        check(b'"open"' in client.stdout.readline(), "not open")
        serve.signal(signal.SIGTERM)
        equal(serve.exit_code(), 0)
        check(b'"code":1001' in client.communicate(timeout=10)[0], "not 1001")
        equal(client.returncode, 0)
