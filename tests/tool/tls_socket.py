"""A socket through TLS that can be ended on one side, which Python's own cannot, and certificates from
the openssl program. Knows no WebSocket."""

import socket
import ssl
import subprocess


def make_certificate(folder, name="server", subject="/CN=adieu", names="IP:127.0.0.1,IP:::1",
                     issuer=None, days=2, authority=False):
    """`folder`/NAME.pem and NAME-key.pem, signed by its own key or by the `issuer` of that name."""
    pem, key = f"{folder}/{name}.pem", f"{folder}/{name}-key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:P-256", "-nodes", "-days", str(days), "-subj", subject,
               "-keyout", key, "-out", pem,
               "-addext", "basicConstraints=critical,CA:" + ("TRUE" if authority else "FALSE")]
    if names:
        command += ["-addext", f"subjectAltName={names}"]
    if issuer:
        command += ["-CA", f"{folder}/{issuer}.pem", "-CAkey", f"{folder}/{issuer}-key.pem"]
    subprocess.run(command, check=True, capture_output=True)
    return pem, key


class TlsSocket:
    """What raw_client.py asks of a socket. `shutdown` and `close` say close_notify; `cut` does not."""

    def __init__(self, connected, context):
        self.socket = connected
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
        self._flush()

    def _flush(self):
        if self.outgoing.pending:
            self.socket.sendall(self.outgoing.read())

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionAbortedError("TCP has ended in TLS")
        self.incoming.write(data)

    def sendall(self, data):
        for at in range(0, len(data), 16384):
            self.tls.write(data[at:at + 16384])
        self._flush()

    def send(self, data):
        self.sendall(data)
        return len(data)

    def recv(self, count):
        """b"" at the end, announced or not."""
        while True:
            try:
                return self.tls.read(count)
            except ssl.SSLWantReadError:
                self._flush()
                try:
                    self._fill()
                except ConnectionAbortedError:
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    def _notify(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        try:
            self._flush()
        except OSError:
            pass

    def shutdown(self, how):
        self._notify()
        self.socket.shutdown(how)

    def cut(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        if self.socket.fileno() >= 0:
            self._notify()
        self.socket.close()

    def __getattr__(self, name):  # setsockopt, settimeout, …
        return getattr(self.socket, name)
