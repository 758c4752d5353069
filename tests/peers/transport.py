"""What carries a case: TCP or TLS, with or without compression; and the certificates for TLS, made
by the openssl program for each run."""

import base64
import hashlib
import subprocess
from dataclasses import dataclass

from tls_socket import make_certificate


@dataclass(frozen=True)
class Transport:
    name: str
    secure: bool = False
    deflate: bool | None = None       # None: as both programs do it unasked

    def url(self, address):
        return f"{'wss' if self.secure else 'ws'}://{address}"


PLAIN = Transport("ws")
UNCOMPRESSED = Transport("ws, no compression", deflate=False)
SECURE = Transport("wss, compressed", secure=True, deflate=True)


class Certificates:
    """An authority's, and one for loopback that it has signed."""

    def __init__(self, folder):
        self.authority, _ = make_certificate(folder, "authority", "/CN=an authority", "",
                                             authority=True)
        self.certificate, self.key = make_certificate(
            folder, names="IP:127.0.0.1,DNS:localhost", issuer="authority")
        self.public_key_hash = self._public_key_hash()

    def for_server(self):
        return {"tls": {"certificate": self.certificate, "key": self.key}}

    def trusted_in_environment(self):
        """How a peer program learns of the authority: the first is for Node.js, the second for all
        that asks OpenSSL for the system's."""
        return {"NODE_EXTRA_CA_CERTS": self.authority, "SSL_CERT_FILE": self.authority}

    def _public_key_hash(self):
        """What Chromium wants to be told, having a store of its own."""
        key = subprocess.run(["openssl", "x509", "-in", self.certificate, "-noout", "-pubkey"],
                             check=True, capture_output=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key,
                             check=True, capture_output=True).stdout
        return base64.b64encode(hashlib.sha256(der).digest()).decode()
