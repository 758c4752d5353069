"""Installs what is missing, and only that, and says what. Knows Debian and npm."""

import json
import os
import shutil
import subprocess

from .servers import BENCH

BUILD_TOOLS = {"g++": "g++", "cmake": "cmake", "ninja": "ninja-build"}
NODE_TOOLS = {"node": "nodejs", "npm": "npm"}


def install_missing(servers, say):
    tools = dict(BUILD_TOOLS)
    if any(s.script for s in servers):
        tools.update(NODE_TOOLS)
    missing = [package for tool, package in tools.items() if not shutil.which(tool)]
    wanted = dict.fromkeys(p for s in servers for p in s.packages)
    missing += [package for package in wanted if not _is_installed(package)]
    if missing:
        _apt_install(missing, say)
    if any(s.script for s in servers):
        _install_node_packages(say)


def _is_installed(package):
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
                           capture_output=True, text=True, check=False)
    return asked.stdout == "installed"


def _apt_install(packages, say):
    say(f"installing: {' '.join(packages)}")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["apt-get", "update", "-qq"],
                    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]):
        _try(as_root + command, say, env=environment)


def _install_node_packages(say):
    locked = json.loads((BENCH / "package-lock.json").read_text())["packages"]
    missing = [f"{path.removeprefix('node_modules/')} {package['version']}"
               for path, package in locked.items()
               if path and package["version"] != _installed_version(BENCH / path)]
    if missing:
        say(f"installing: {', '.join(missing)} (npm ci)")
        _try(["npm", "ci", "--no-audit", "--no-fund"], say, cwd=BENCH)


def _installed_version(folder):
    description = folder / "package.json"
    return json.loads(description.read_text())["version"] if description.exists() else None


def _try(command, say, **how):
    """What cannot be installed is found missing by the build, which leaves that server out."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600,
                              **how)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"FAILED: {' '.join(command)}: {error}")
        return
    if done.returncode != 0:
        say(f"FAILED: {' '.join(command)}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
