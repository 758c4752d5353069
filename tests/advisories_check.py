#!/usr/bin/env python3
"""Whether docs/security-advisories.md and the budgets in docs/reliability.md tell the truth: every
test they name is there, every row names one or says why not, no advisory known to us is missing, and
no test of tests/budgets shows nothing.

    tests/advisories_check.py
"""

import sys
from pathlib import Path

from test_names import NAME, all_tests, table_rows

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOT_OURS = "not ours: "

# Every advisory that was found when the page was written, one or more for each class.
ADVISORIES = """
CVE-2014-0193 CVE-2014-3165 CVE-2016-10542 CVE-2016-10544 CVE-2017-2670 CVE-2018-1000518
CVE-2018-21035 CVE-2019-13209 CVE-2019-9512 CVE-2020-11050 CVE-2020-13935 CVE-2020-15133
CVE-2020-15134 CVE-2020-27813 CVE-2020-36406 CVE-2020-7662 CVE-2020-7663 CVE-2021-32640
CVE-2021-33880 CVE-2021-3690 CVE-2021-42340 CVE-2022-21676 CVE-2022-24968 CVE-2022-41940
CVE-2023-31125 CVE-2023-3354 CVE-2023-43669 CVE-2024-1635 CVE-2024-23326 CVE-2024-23672
CVE-2024-37890 CVE-2025-10148 CVE-2025-11234 CVE-2025-11677 CVE-2025-23419 CVE-2025-30157 CVE-2025-32049
CVE-2025-5399 CVE-2025-64763 CVE-2025-67735 CVE-2025-69199 CVE-2026-0716 CVE-2026-113037
CVE-2026-11586 CVE-2026-12151 CVE-2026-123817 CVE-2026-1526 CVE-2026-1527 CVE-2026-1528
CVE-2026-15709 CVE-2026-15711 CVE-2026-2229 CVE-2026-22689 CVE-2026-2436 CVE-2026-27571
CVE-2026-27889 CVE-2026-32815 CVE-2026-34403 CVE-2026-44514 CVE-2026-44985 CVE-2026-45736
CVE-2026-48779 CVE-2026-54463 CVE-2026-54464 CVE-2026-54465 CVE-2026-54490 CVE-2026-54919
CVE-2026-55883 CVE-2026-59898 CVE-2026-62389 CVE-2026-69243 CVE-2026-73548 CVE-2026-77358
CVE-2026-77791 CVE-2026-79677 CVE-2026-9675
GHSA-9mqv-5hh9-4cgg GHSA-cmjj-4jjr-c8vv GHSA-mq44-7p77-q5h7 GHSA-qhm2-7mpr-ghjp
GHSA-x8v2-478q-2hvg PYSEC-2014-21 PYSEC-2019-170 PYSEC-2021-12 RUSTSEC-2020-0043
RUSTSEC-2022-0035
""".split()

# What these classes are of that have no number: one name of each.
WITHOUT_NUMBER = """Jetty OkHttp Slowloris cpprestsdk websocketpp libHttpClient redirect SIGPIPE
close_notify inherit descriptors random""".split()


def section(page, heading):
    text = (DOCS / page).read_text("utf-8")
    start = text.index(f"\n## {heading}\n")
    end = text.find("\n## ", start + 1)
    return text[start:end if end >= 0 else len(text)]


def rows(text, columns, first):
    for line in text.splitlines():
        cells = table_rows(line)
        if cells and cells[0] != first:
            yield cells if len(cells) == columns else [line]


def breaches_of(text, columns, first, known, named):
    for cells in rows(text, columns, first):
        if len(cells) != columns:
            yield f"{cells[0][:60]!r} has not {columns} cells"
            continue
        tests = NAME.findall(cells[-1])
        named |= set(tests)
        if not all(cells[:-1]) or not (tests or any(c.startswith(NOT_OURS) for c in cells)):
            yield f"{cells[0]!r}: a cell is empty, or neither a test nor a reason is given"
        yield from (f"{cells[0]!r}: no test {name}" for name in tests if name not in known)


def breaches():
    known, named = all_tests(), set()
    advisories = (DOCS / "security-advisories.md").read_text("utf-8")
    yield from breaches_of(advisories, 4, "the class", known, named)
    for name in [*ADVISORIES, *WITHOUT_NUMBER]:
        if name not in advisories:
            yield f"{name} is in no row"
    yield from breaches_of(section("reliability.md", "Budgets"), 3, "what comes", known, named)
    for name in sorted(known - named):
        if name.startswith("budgets."):
            yield f"no row of either page names {name}"


def main():
    found = list(breaches())
    for breach in found:
        print(f"FAIL advisories and budgets: {breach}")
    print(f"{1 - bool(found)} passed, {int(bool(found))} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
