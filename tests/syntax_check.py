#!/usr/bin/env python3
"""Has a compiler read every file of a build folder's compile_commands.json, all warnings being errors,
and makes nothing of it. For compilers whose programs are not run here.

    tests/syntax_check.py BUILD_DIR [FOLDER …]     FOLDER: of the repository; by default all of them

Prints what failed, then `N passed, N failed`."""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600
MOST_LINES = 30  # of what is said about one file


def commands(build, folders):
    """(file, command) of each file once, though several programs have it."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = Path(entry["directory"], entry["file"])
        name = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else ""
        if not name or (folders and not name.startswith(tuple(f.rstrip("/") + "/" for f in folders))):
            continue
        command = shlex.split(entry["command"])
        if "-o" in command:
            at = command.index("-o")
            del command[at:at + 2]
        found[name] = [*command, "-fsyntax-only", "-Werror"]
    return sorted(found.items())


def said(command):
    """Nothing, or what is wrong."""
    try:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"not read within {SECONDS} s"
    return "" if done.returncode == 0 else done.stdout or f"exit code {done.returncode}"


def main():
    build, folders = Path(sys.argv[1]).resolve(), sys.argv[2:]
    todo = commands(build, folders)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for (name, _), wrong in zip(todo, pool.map(said, [command for _, command in todo])):
            if wrong:
                failed += 1
                print(f"FAIL {name}:\n" + "\n".join(wrong.splitlines()[:MOST_LINES]), flush=True)
    print(f"{len(todo) - failed} passed, {failed} failed")
    return 1 if failed or not todo else 0


if __name__ == "__main__":
    sys.exit(main())
