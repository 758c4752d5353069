#!/usr/bin/python3
"""Programs as users write them, with their enemies. Needs Python's standard library only.

    tests/programs/run.py [--build DIR] [--threads-only] [--all] [--list] [WORDS]
                          WORDS: only cases whose line has all of them

Without --all and WORDS every third pair of a program and an enemy is played, and all that is in no
such table. Ends with `N passed, N failed`; exit 0 if none failed."""

import argparse
import multiprocessing
import os
import signal
import sys
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True  # the tree stays as it was
HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(HERE), str(TESTS / "outside"), str(TESTS / "tool")]

import against_clients
import against_servers
import pairs
import throws

TABLES = [against_servers, against_clients]  # each program with each enemy
WITH_THREADS = ("background", "cores", "telemetry")
AT_ONCE = 4 * (os.cpu_count() or 1)  # they wait most of the time
LONGEST = 240  # seconds for one case, whatever it waits for


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=TESTS.parent / "build", type=Path,
                        help="where all was built")
    parser.add_argument("--threads-only", action="store_true",
                        help="the programs that have threads, for ThreadSanitizer")
    parser.add_argument("--all", action="store_true", help="every pair, not every third")
    parser.add_argument("--list", action="store_true", help="the cases' lines")
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    given.build = given.build.resolve()
    return given


def chosen(given):
    tables = [case for table in TABLES for case in table.cases()]
    if not (given.all or given.words or given.threads_only):
        tables = tables[::3]
    # The tables first: their longest cases want to begin early.
    return [(line, body) for line, body in [*tables, *pairs.cases(), *throws.cases()]
            if all(word in line for word in given.words)
            and (not given.threads_only or line.split(":")[0] in WITH_THREADS)]


def is_too_long(*_):
    raise AssertionError(f"it has not ended in {LONGEST} s")


def judge(case):
    """In a process of its own, so that one's load is not the others' wait."""
    line, body = CASES[case]
    began, why, verdict = time.monotonic(), "", "ok"
    signal.signal(signal.SIGALRM, is_too_long)
    signal.alarm(LONGEST)
    try:
        body(BUILD)
    except Exception:  # whatever it is, the other cases want to run
        verdict, why = "FAIL", "\n" + traceback.format_exc(limit=-3)
    signal.alarm(0)
    return verdict, f"{verdict:4} {line}  ({time.monotonic() - began:.1f} s){why}"


def main():
    global CASES, BUILD  # what a forked process finds
    given = arguments()
    CASES, BUILD = chosen(given), given.build
    if given.list:
        print(*(line for line, _ in CASES), sep="\n")
        return 0
    count = {"ok": 0, "FAIL": 0}
    with multiprocessing.get_context("fork").Pool(AT_ONCE) as pool:
        for verdict, told in pool.imap_unordered(judge, range(len(CASES))):
            count[verdict] += 1
            print(told, flush=True)
    passed, failed = count.values()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
