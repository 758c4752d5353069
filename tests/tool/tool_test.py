#!/usr/bin/env python3
"""Drives the tool against servers in raw sockets, on loopback. Python's standard library only.

    tool_test.py --adieu build/adieu [WORD...]     only tests with one of the words in their name

Ends with `N passed, N failed`; exit 0 if none failed.
"""
import argparse
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import argument_test
import connect_input_test
import connect_output_test
import connect_reconnect_test
import connect_refused_test
import connect_terminal_test
import exit_code_test
import explain_test
import key_pass_test
import running
import tls_test

MODULES = [argument_test, explain_test, exit_code_test, connect_input_test, connect_output_test,
           connect_reconnect_test, connect_refused_test, connect_terminal_test, key_pass_test,
           tls_test]


def chosen(words):
    for module in MODULES:
        for name, test in vars(module).items():
            full = "%s.%s" % (module.__name__, name)
            if name.startswith("test_") and (not words or any(word in full for word in words)):
                yield full, test


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adieu", required=True, help="path of the tool")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each test")
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    running.ADIEU[0] = os.path.abspath(args.adieu)
    passed = failed = 0
    for name, test in chosen(args.words):
        began = time.monotonic()
        try:
            test()
            passed += 1
            if args.verbose:
                print("ok   %s (%.2f s)" % (name, time.monotonic() - began), flush=True)
        except Exception:
            failed += 1
            print("FAIL %s\n%s" % (name, traceback.format_exc(limit=-3)), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
