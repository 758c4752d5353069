#!/usr/bin/env python3
"""tools/soak, once everything is built."""

import argparse
import datetime
import os
import resource
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tool")]

import scenarios


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", nargs="+", choices=scenarios.ALL, default=list(scenarios.ALL))
    given = parser.parse_args()
    given.adieu = str(given.build.resolve() / "adieu")
    given.crowd = str(given.build.resolve() / "tests" / "soak_crowd")
    return given


def processor():
    with open("/proc/cpuinfo") as told:
        for line in told:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown"


def main():
    given = arguments()
    if given.list:
        for name, scenario in scenarios.ALL.items():
            print(f"{name:10} {' '.join(scenario.__doc__.split())}")
        return 0
    with open("/proc/loadavg") as told:
        load = told.read().split()[0]
    cores = len(os.sched_getaffinity(0))
    print(f"{datetime.date.today()}, {processor()}, {cores} cores, load before {load}, "
          f"{resource.getrlimit(resource.RLIMIT_NOFILE)[1]} descriptors a process", flush=True)
    failed = 0
    for name in given.only:
        began = time.monotonic()
        try:
            figures = scenarios.ALL[name](given, **(scenarios.SMALL[name] if given.small else {}))
        except AssertionError as why:
            failed += 1
            print(f"FAIL {name}: {why}", flush=True)
            continue
        line, *curves = figures if isinstance(figures, tuple) else (figures,)
        print(f"ok   {name}: {line}  [{time.monotonic() - began:.0f} s]", flush=True)
        for title, curve in zip(("attempts", "openings"), curves):
            print(f"     {title} per 100 ms: {' '.join(map(str, curve))}", flush=True)
    print(f"{len(given.only) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
