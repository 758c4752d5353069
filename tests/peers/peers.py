"""The peers: which there are, how each is started, and whether this machine has it."""

import json
import shutil
import subprocess
from pathlib import Path

import build_peers

HERE = Path(__file__).parent
PYTHON = "/usr/bin/python3"       # the one that has Debian's python3-websockets
CHROMIUM = shutil.which("chromium")
NODE = shutil.which("node")
BUILD = HERE.parents[1] / "build" / "peers"
IN_CPP = {peer: BUILD / f"{peer}_peer" for peer in ("beast", "lws")}

CLIENTS = {
    "ws": [NODE, HERE / "ws_client.mjs"],
    "undici": [NODE, HERE / "undici_client.mjs"],
    "node": [NODE, "--experimental-websocket", "--no-warnings",
             HERE / "undici_client.mjs", "--node"],
    "python": [PYTHON, "-B", HERE / "py_client.py"],
    "chromium": [NODE, HERE / "chromium_client.mjs"],
    **{peer: [program, "client"] for peer, program in IN_CPP.items()},
}
SERVERS = {
    "ws": [NODE, HERE / "ws_server.mjs"],
    "python": [PYTHON, "-B", HERE / "py_server.py"],
    "tornado": [PYTHON, "-B", HERE / "tornado_server.py"],
    **{peer: [program, "server"] for peer, program in IN_CPP.items()},
}
EVERY_CLIENT = tuple(CLIENTS)
EVERY_SERVER = tuple(peer for peer in SERVERS if peer != "tornado")  # it has a case of its own
EVERY_PEER = (*EVERY_CLIENT, "tornado")
ONLY_INFLATE = ("undici", "node")     # they agree to compression, and send without it


def client_command(peer, url, options):
    if peer == "chromium":
        options = {**options, "executable": CHROMIUM}
    return [*map(str, CLIENTS[peer]), url, json.dumps(options)]


def server_command(peer, options):
    return [*map(str, SERVERS[peer]), json.dumps(options)]


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


def build(wanted):
    """Compiles those in C++. Yields a line for each that cannot be had."""
    return build_peers.build([IN_CPP[peer] for peer in wanted if peer in IN_CPP])


def _of_debian(peer):
    """The version that its header names."""
    macro, header = {"beast": ("BOOST_LIB_VERSION", "boost/version.hpp"),
                     "lws": ("LWS_LIBRARY_VERSION", "lws_config.h")}[peer]
    found = _asked("sh", "-c", f"echo {macro} | c++ -x c++ -E -P -include {header} - | tail -1")
    return found and found.strip('"-').replace("_", ".")


def version(peer):
    """What this machine has of the peer, or None."""
    if peer in ("ws", "undici"):
        return _package(peer)
    if peer == "node":
        own = "WebSocket && process.version.slice(1)"
        return _asked(NODE, "--experimental-websocket", "-p", own)
    if peer == "python":
        return _asked(PYTHON, "-c", "import websockets.version as v; print(v.version)")
    if peer == "tornado":
        return _asked(PYTHON, "-c", "import tornado; print(tornado.version)")
    if peer in IN_CPP:
        return _of_debian(peer) if build_peers.is_built(IN_CPP[peer]) else None
    return _package("playwright-core") and _asked(CHROMIUM, "--version")


def missing_hint(peer):
    return {
        "python": "apt-get install python3-websockets",
        "tornado": "apt-get install python3-tornado",
        "chromium": "apt-get install chromium; npm ci in tests/peers",
        "node": "node 20 or newer",
        "beast": "apt-get install libboost1.81-dev libssl-dev nlohmann-json3-dev",
        "lws": "apt-get install libwebsockets-dev nlohmann-json3-dev",
    }.get(peer, "npm ci in tests/peers")
