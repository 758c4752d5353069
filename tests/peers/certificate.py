"""A certificate for 127.0.0.1, made anew for every run; the peers are told to trust it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    path: Path
    key: Path


def make(folder):
    made = Certificate(Path(folder, "certificate.pem"), Path(folder, "key.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=adieu's tests",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made.key, "-out",
                    made.path], check=True, capture_output=True)
    return made
