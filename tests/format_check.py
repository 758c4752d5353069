#!/usr/bin/env python3
"""Whether every C++ file is as clang-format 14 writes it. Skipped, and said so, where that version
is not installed: others differ.

    tests/format_check.py            names the files that differ
    tests/format_check.py --write    formats them
"""

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = 14
# Not examples: they are laid out to be read on a page.
FOLDERS = ("include", "src", "tools", "tests", "bench")


def program():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        found = shutil.which(name)
        if found:
            said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
            if re.search(rf"version {VERSION}\.", said):
                return found
    return None


def main():
    formatter = program()
    files = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.[ch]pp")
                   if "node_modules" not in path.parts)
    if not formatter:
        print(f"SKIP clang-format {VERSION} is not here")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    if sys.argv[1:] == ["--write"]:
        return subprocess.run([formatter, "--style=file", "-i", *files]).returncode

    def is_formatted(path):
        done = subprocess.run([formatter, "--style=file", path], capture_output=True)
        return done.returncode == 0 and done.stdout == path.read_bytes()

    with ThreadPoolExecutor() as pool:
        differing = [path for path, good in zip(files, pool.map(is_formatted, files)) if not good]
    for path in differing:
        print(f"FAIL {path.relative_to(ROOT)}: tests/format_check.py --write would change it")
    print("0 passed, 1 failed" if differing else "1 passed, 0 failed")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
