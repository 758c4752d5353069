"""The names under which the pages speak of tests: `program.Suite.test` (tests/program),
`sockets.section` (a section of tests/conformance/run.py), `refused.file` (tests/api/refused: it does
not compile)."""

import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent

NAME = re.compile(r"`([^`]*)`")
CPP_TEST = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)


def cpp_tests():
    for path in sorted(TESTS.glob("*/*_test.cpp")):
        for suite, test in CPP_TEST.findall(path.read_text("utf-8")):
            yield f"{path.parent.name}.{suite}.{test}"


def suite_sections():
    said = subprocess.run([sys.executable, TESTS / "conformance/run.py", "--list"],
                          capture_output=True, text=True, check=True)
    return {"sockets." + line.split(": ")[1] for line in said.stdout.splitlines()}


def all_tests():
    refused = {f"refused.{path.stem}" for path in (TESTS / "api/refused").glob("*.cpp")}
    return set(cpp_tests()) | suite_sections() | refused


def table_rows(line):
    """The cells of a line of a table; none if it is not one, or the line below its head."""
    if not line.startswith("|") or set(line) <= set("|-: "):
        return None
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
