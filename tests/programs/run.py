#!/usr/bin/python3
"""Programs as users write them, with their enemies. Needs Python's standard library only.

    tests/programs/run.py [--build DIR] [--threads-only] [--list] [WORDS]
                          WORDS: only cases whose line has all of them

Ends with `N passed, N failed`; exit 0 if none failed."""

import argparse
import concurrent.futures
import sys
import threading
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

MODULES = [pairs, throws, against_servers, against_clients]
WITH_THREADS = ("background", "cores", "telemetry")
AT_ONCE = 4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=TESTS.parent / "build", type=Path,
                        help="where all was built")
    parser.add_argument("--threads-only", action="store_true",
                        help="the programs that have threads, for ThreadSanitizer")
    parser.add_argument("--list", action="store_true", help="the cases' lines")
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    given.build = given.build.resolve()
    return given


class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.count = {"ok": 0, "FAIL": 0}

    def judge(self, line, body, build):
        began, why, verdict = time.monotonic(), "", "ok"
        try:
            body(build)
        except Exception:  # whatever it is, the other cases want to run
            verdict, why = "FAIL", "\n" + traceback.format_exc(limit=-3)
        with self.lock:
            self.count[verdict] += 1
            print(f"{verdict:4} {line}  ({time.monotonic() - began:.1f} s){why}", flush=True)


def main():
    given, account = arguments(), Account()
    cases = [(line, body) for module in MODULES for line, body in module.cases()
             if all(word in line for word in given.words)
             and (not given.threads_only or line.split(":")[0] in WITH_THREADS)]
    if given.list:
        print(*(line for line, _ in cases), sep="\n")
        return 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for line, body in cases:
            pool.submit(account.judge, line, body, given.build)
    passed, failed = account.count.values()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
