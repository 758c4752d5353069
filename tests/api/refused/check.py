#!/usr/bin/env python3
"""What can never be legal does not compile, and the compiler says why; what is legal compiles
without a warning. Usage: check.py COMPILER INCLUDE_DIR [FLAG…]"""

import pathlib
import re
import subprocess
import sys

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def compile_file(compiler, include, more, path):
    command = [compiler, *FLAGS, *more, "-I", include, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    return done.returncode == 0, done.stderr


def judge(path, compiled, output):
    """Returns what is wrong with the outcome, or None."""
    first_line = path.read_text().splitlines()[0]
    wanted = re.match(r"// (refused|accepted): ([^(]*)", first_line)
    if wanted[1] == "accepted":
        return None if compiled else "does not compile:\n" + output
    if compiled:
        return "compiles"
    words = wanted[2].strip()
    return None if re.search(words, output) else f"'{words}' is not in the output:\n{output}"


def main():
    compiler, include, *more = sys.argv[1:]
    passed = failed = 0
    for path in sorted(pathlib.Path(__file__).parent.glob("*.cpp")):
        wrong = judge(path, *compile_file(compiler, include, more, path))
        print("FAIL" if wrong else "ok  ", path.name, wrong or "")
        failed += wrong is not None
        passed += wrong is None
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
