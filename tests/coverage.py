#!/usr/bin/env python3
"""Which branches of layers 0 to 2 the tests have taken, by directory. Fails if fewer than 95 % of a
directory's were, or not all of those that decide how a connection closes and what a frame is.

    tests/coverage.py BUILD            counts what gcov has noted in BUILD (tools/coverage makes it)
    tests/coverage.py BUILD --show     names the lines with branches that were not taken

Not counted are the branches that the compiler makes for exceptions, where a scope ends and in what
is `= default`, and those of asserts, which fail only by a bug of ours. Other branches that no test can take are listed in tests/coverage_exceptions.txt with the reason; one that is taken after all, or is gone,
fails. Ends with `N passed, N failed`.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import functools
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXCEPTIONS = ROOT / "tests/coverage_exceptions.txt"
DIRECTORIES = ("src/base", "src/wire", "src/http", "src/protocol")
LEAST = 95.0
WHOLE = ("src/protocol/closing*", "src/protocol/ending_record*", "src/wire/frame*")


def notes_of(data, build):
    """What gcov says of one object, for our files: {(file, line, function): [taken, …]}."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", str(data)],
                          cwd=build, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"gcov failed on {data}: {done.stderr.strip()}")
    notes = {}
    for document in done.stdout.splitlines():
        said = json.loads(document)
        for file in said["files"]:
            path = os.path.relpath(os.path.join(said["current_working_directory"], file["file"]), ROOT)
            if not path.startswith(DIRECTORIES):
                continue
            for line in file["lines"]:
                taken = own_branches(line["branches"])
                if taken:
                    key = (path, line["line_number"], line.get("function_name", ""))
                    notes[key] = plus(notes.get(key), taken)
    return notes


def own_branches(branches):
    """Without those for exceptions: an edge that is thrown along, and the one beside it on which the
    call returns."""
    kept = []
    for branch in branches:
        if not branch["throw"]:
            kept.append(branch)
        elif kept and kept[-1]["fallthrough"]:
            kept.pop()
    return [branch["count"] for branch in kept]


def plus(one, other):
    if one is None or len(one) != len(other):
        return list(other) if one is None or sum(other) > sum(one) else one
    return [a + b for a, b in zip(one, other)]


def collect(build):
    """{file: {line: [taken, …]}}: instances of a template count as one if they look the same."""
    data = sorted(build.rglob("*.gcda"))
    if not data:
        sys.exit(f"there are no notes of gcov in {build}: tools/coverage makes them")
    by_function = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for notes in pool.map(lambda d: notes_of(d, build), data):
            for key, taken in notes.items():
                by_function[key] = plus(by_function.get(key), taken)
    by_line = collections.defaultdict(dict)
    for (path, line, _), taken in sorted(by_function.items()):
        shapes = by_line[path].setdefault(line, {})
        shapes[len(taken)] = plus(shapes.get(len(taken)), taken)
    return {path: {line: [t for shape in shapes.values() for t in shape]
                   for line, shapes in lines.items()} for path, lines in by_line.items()}


@functools.cache
def lines_of(path):
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def text_of(path, line):
    return lines_of(path)[line - 1].strip()


def has_no_condition(text):
    """Nobody wrote a branch there, or it is an assert's."""
    return (text.startswith("assert(") or text.endswith("= default;") or
            not any(c.isalnum() for c in text))


def exceptions():
    """{(file, text of the line): (how many branches, reason)}"""
    known = {}
    reason = ""
    for number, line in enumerate(EXCEPTIONS.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            reason = ""
        elif line.startswith("#"):
            reason += line[1:]
        else:
            try:
                path, many, text = line.split(None, 2)
                many = int(many)
            except ValueError:
                sys.exit(f"{EXCEPTIONS.name}:{number}: not `FILE BRANCHES LINE`")
            if not reason:
                sys.exit(f"{EXCEPTIONS.name}:{number}: without a reason above it")
            known[path, text] = many
    return known


class Count:
    def __init__(self):
        self.taken = self.missed = self.excepted = 0

    def add(self, other):
        self.taken += other.taken
        self.missed += other.missed
        self.excepted += other.excepted

    @property
    def percent(self):
        counted = self.taken + self.missed
        return 100.0 * self.taken / counted if counted else 100.0

    def row(self, name):
        return (f"{name:<34} {self.taken + self.missed + self.excepted:6} branches "
                f"{self.missed:5} not taken {self.excepted:4} excepted  {self.percent:6.2f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()

    by_file = {}
    left_over = exceptions()
    failures = []
    for path, lines in sorted(collect(arguments.build.resolve()).items()):
        count = by_file[path] = Count()
        missed = collections.Counter()
        places = {}
        for line, taken in lines.items():
            if has_no_condition(text_of(path, line)):
                continue
            count.taken += sum(t > 0 for t in taken)
            not_taken = sum(t == 0 for t in taken)
            if not_taken:
                missed[text_of(path, line)] += not_taken
                places.setdefault(text_of(path, line), []).append(line)
        for text, many in missed.items():
            excepted = left_over.pop((path, text), 0)
            if excepted > many:
                failures.append(f"{path}: {excepted} branches are excepted, {many} not taken: {text}")
            count.excepted += min(many, excepted)
            count.missed += max(0, many - excepted)
            if arguments.show and many > excepted:
                print(f"{path}:{','.join(map(str, places[text]))}: {many - excepted}: {text}")
    failures += [f"{path}: excepted, but taken or gone: {text}" for path, text in left_over]

    passed = 0
    rows = []
    for directory in DIRECTORIES:
        total = Count()
        for path, count in by_file.items():
            if path.startswith(directory + "/"):
                total.add(count)
        rows.append((total, directory, LEAST))
    for pattern in WHOLE:
        total = Count()
        for path, count in by_file.items():
            if fnmatch.fnmatch(path, pattern):
                total.add(count)
        rows.append((total, pattern, 100.0))
    for total, name, least in rows:
        print(total.row(name))
        if total.taken == 0:
            failures.append(f"{name}: no branch was taken")
        elif total.percent < least:
            failures.append(f"{name}: {total.percent:.2f} % of the branches, not {least:.0f} %")
        else:
            passed += 1
    for failure in failures:
        print("FAIL", failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
