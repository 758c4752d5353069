"""The peers: which there are, how each is started, and whether this machine has it."""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = "/usr/bin/python3"       # the one that has Debian's python3-websockets
CHROMIUM = shutil.which("chromium")
NODE = shutil.which("node")

CLIENTS = {
    "ws": [NODE, HERE / "ws_client.mjs"],
    "undici": [NODE, HERE / "undici_client.mjs"],
    "node": [NODE, "--experimental-websocket", "--no-warnings",
             HERE / "undici_client.mjs", "--node"],
    "python": [PYTHON, "-B", HERE / "py_client.py"],
    "chromium": [NODE, HERE / "chromium_client.mjs"],
}
SERVERS = {
    "ws": [NODE, HERE / "ws_server.mjs"],
    "python": [PYTHON, "-B", HERE / "py_server.py"],
}
EVERY_CLIENT = tuple(CLIENTS)
EVERY_SERVER = tuple(SERVERS)


def client_command(peer, url, options, tls=None):
    options = _with_certificate(options, tls)
    if peer == "chromium":
        options = {**options, "executable": CHROMIUM}
    return [*map(str, CLIENTS[peer]), url, json.dumps(options)]


def server_command(peer, options, tls=None):
    return [*map(str, SERVERS[peer]), json.dumps(_with_certificate(options, tls))]


def _with_certificate(options, tls):
    """Node is told by its environment whom to trust."""
    return {**options, "certificate": str(tls.path), "key": str(tls.key)} if tls else options


def _asked(*command):
    """What a command prints, or None where it cannot be run."""
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=30)
    except (OSError, TypeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _package(name):
    manifest = f"node_modules/{name}/package.json"
    return _asked(NODE, "-p", f"JSON.parse(fs.readFileSync('{manifest}')).version")


def version(peer):
    """What this machine has of the peer, or None."""
    if peer in ("ws", "undici"):
        return _package(peer)
    if peer == "node":
        own = "WebSocket && process.version.slice(1)"
        return _asked(NODE, "--experimental-websocket", "-p", own)
    if peer == "python":
        return _asked(PYTHON, "-c", "import websockets.version as v; print(v.version)")
    return _package("playwright-core") and _asked(CHROMIUM, "--version")


def missing_hint(peer):
    return {
        "python": "apt-get install python3-websockets",
        "chromium": "apt-get install chromium; npm ci in tests/peers",
        "node": "node 20 or newer",
    }.get(peer, "npm ci in tests/peers")
