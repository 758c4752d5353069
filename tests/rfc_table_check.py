#!/usr/bin/env python3
"""Whether docs/conformance.md tells the truth about what shows each rule: every test it names is
there, no cell is empty, no test of the conformance suites shows nothing.

    tests/rfc_table_check.py

A rule is shown by `program.Suite.test` (tests/program), by `sockets.section` (a section of
tests/conformance/run.py), by `refused.file` (tests/api/refused: it does not compile), or it says in
words why not: "not ours:", "not kept:", "not yet:".
"""

import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs/conformance.md"

ROW = re.compile(r"^\| *(.*?) *\| *(.*?) *\| *(.*?) *\|$")
NAME = re.compile(r"`([^`]*)`")
CPP_TEST = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
SECTION = re.compile(r"\d+(\.\d+)*$")
REASONS = ("not ours: ", "not kept: ", "not yet: ")


def cpp_tests():
    for path in sorted(TESTS.glob("*/*_test.cpp")):
        for suite, test in CPP_TEST.findall(path.read_text("utf-8")):
            yield f"{path.parent.name}.{suite}.{test}"


def suite_sections():
    said = subprocess.run([sys.executable, TESTS / "conformance/run.py", "--list"],
                          capture_output=True, text=True, check=True)
    return {"sockets." + line.split(": ")[1] for line in said.stdout.splitlines()}


def rows():
    """(line, RFC, section, rule, shown by) of every table below a heading that names an RFC."""
    rfc = None
    for number, line in enumerate(PAGE.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            found = re.search(r"RFC (\d+)", line)
            rfc = found.group(1) if found else None
        row = ROW.match(line)
        if rfc and row and not set(row.group(1)) <= set("-: ") and row.group(1) != "§":
            yield (number, rfc, *row.groups())


def breaches(known):
    named = set()
    counts = {"shown": 0, **{reason: 0 for reason in REASONS}}
    for number, _, section, rule, shown in rows():
        names = NAME.findall(shown)
        if not SECTION.match(section) or not rule or not shown:
            yield f"line {number}: a cell is empty, or {section!r} is no section"
        reason = next((r for r in REASONS if shown.startswith(r)), None)
        if not names and not reason:
            yield f"line {number}: neither a test nor a reason: {shown!r}"
        counts[reason or "shown"] += 1
        named |= set(names)
        for name in names:
            if name not in known:
                yield f"line {number}: no test {name}"
    # A table that shows no rule is either one too many, or its rule is missing here.
    for name in sorted(known - named):
        if name.startswith(("conformance.", "sockets.")):
            yield f"no rule is shown by {name}"
    told = PAGE.read_text("utf-8")
    summary = (f"{sum(counts.values())} rules: {counts['shown']} shown by tests, "
               f"{counts['not ours: ']} not ours, {counts['not kept: ']} not kept, "
               f"{counts['not yet: ']} not yet.")
    if summary not in told:
        yield f"the page has to say: {summary}"


def main():
    refused = {f"refused.{path.stem}" for path in (TESTS / "api/refused").glob("*.cpp")}
    known = set(cpp_tests()) | suite_sections() | refused
    found = list(breaches(known))
    for breach in found:
        print(f"FAIL docs/conformance.md: {breach}")
    print(f"{1 - bool(found)} passed, {int(bool(found))} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
