#!/usr/bin/env python3
"""Whether docs/conformance.md tells the truth about what shows each rule: every test it names is
there, no cell is empty, no test of the conformance suites shows nothing.

    tests/rfc_table_check.py

A rule is shown by a test (test_names.py says how they are named), or it says in words why not: "not
ours:", "not kept:", "not yet:".
"""

import re
import sys
from pathlib import Path

from test_names import NAME, all_tests, table_rows

PAGE = Path(__file__).resolve().parent.parent / "docs/conformance.md"

SECTION = re.compile(r"\d+(\.\d+)*$")
REASONS = ("not ours: ", "not kept: ", "not yet: ")


def rows():
    """(line, RFC, section, rule, shown by) of every table below a heading that names an RFC."""
    rfc = None
    for number, line in enumerate(PAGE.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            found = re.search(r"RFC (\d+)", line)
            rfc = found.group(1) if found else None
        cells = table_rows(line)
        if rfc and cells and cells[0] != "§":
            yield (number, rfc, *cells)


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
    found = list(breaches(all_tests()))
    for breach in found:
        print(f"FAIL docs/conformance.md: {breach}")
    print(f"{1 - bool(found)} passed, {int(bool(found))} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
