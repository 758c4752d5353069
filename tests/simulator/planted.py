#!/usr/bin/env python3
"""Plants bugs in copies of the library's sources and has the simulator hunt each: a simulator that
cannot fail is worth nothing.

    tools/simulate --planted            all of planted_bugs.py
    tools/simulate --planted K…         those of these names or numbers (from 1)
    tools/simulate --planted --write    all, and writes the table in docs/reliability.md
    tools/simulate --planted --check    builds nothing: each bug can still be planted, and the table
                                        in docs/reliability.md has exactly these

Prints the table while it grows, then `N passed, N failed`: a bug passes if it is caught.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import planted_bugs  # noqa: E402
import planted_herd_bugs  # noqa: E402

BUGS = planted_bugs.BUGS + planted_herd_bugs.BUGS
ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
DOCUMENT = ROOT / "docs/reliability.md"
BEGIN, END = "<!-- planted: written by tools/simulate --planted --write -->", "<!-- end -->"
MOST_SEEDS = 100_000
FIRST_SEED = 1


def cannot_be_planted(bug):
    """Why not; "" if it can."""
    found = (ROOT / bug.file).read_text(encoding="utf-8").count(bug.old)
    return "" if found == 1 else f"its text is found {found} times in {bug.file}"


def wanted(names):
    if not names:
        return list(BUGS)
    by_name = {bug.name: bug for bug in BUGS}
    by_name.update({str(i): bug for i, bug in enumerate(BUGS, 1)})
    for name in names:
        if name not in by_name:
            sys.exit(f"no planted bug {name}; the names are in tests/simulator/planted_bugs.py")
    return [by_name[name] for name in names]


class Builder:
    """Compiles what a bug changes and links it with the rest of the simulator that is built."""

    def __init__(self):
        for command in (["bash", "-c", ". tools/setup.sh && "
                         "grep -qs ADIEU_BUILD_TESTS:BOOL=ON $build_dir/CMakeCache.txt || "
                         "configure -DADIEU_BUILD_TESTS=ON"],
                        ["cmake", "--build", str(BUILD), "--target", "simulator"]):
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                sys.exit(done.stdout + "\nthe simulator does not build")
        self.units = []
        for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
            command = shlex.split(entry["command"])
            out = command[command.index("-o") + 1]
            if any(part in out for part in ("adieu_machine_objects.dir", "adieu_driver_objects.dir",
                                            "simulator.dir")):
                self.units.append((Path(entry["file"]), command, out))
        if not self.units:
            sys.exit("build/compile_commands.json knows no simulator")
        commands = subprocess.run(["ninja", "-C", str(BUILD), "-t", "commands", "simulator"],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout
        last = commands.strip().splitlines()[-1]
        self.link = shlex.split(re.sub(r"^: && | && :$", "", last))

    def depends(self, unit, file):
        if unit[0] == ROOT / file:
            return True
        # Of the driver's units only those are lived that come back.
        if not file.endswith(".hpp") or (
                "adieu_driver_objects.dir" in unit[2] and "api/reconnecting" not in unit[2]):
            return False
        deps = subprocess.run(["ninja", "-C", str(BUILD), "-t", "deps", unit[2]],
                              stdout=subprocess.PIPE, text=True).stdout
        return any(line.strip().endswith(file) for line in deps.splitlines())

    def build(self, bug):
        where = BUILD / "planted" / bug.name
        copy = where / bug.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / bug.file).read_text(encoding="utf-8")
        copy.write_text(text.replace(bug.old, bug.new), encoding="utf-8")
        link = list(self.link)
        program = where / "simulator"
        link[link.index("-o") + 1] = str(program)
        for source, command, out in self.units:
            if not self.depends((source, command, out), bug.file):
                continue
            ours = where / (source.name + ".o")
            run(self.compiling(command, source == ROOT / bug.file and copy, where, ours))
            # An object of the library's goes before the archive, and takes the place of its own.
            at = link.index(out) if out in link else next(
                i for i, word in enumerate(link) if word.endswith(".a"))
            link[at:at + (1 if out in link else 0)] = [str(ours)]
        run(link)
        for path in where.glob("*.o"):
            path.unlink()
        return program

    @staticmethod
    def compiling(command, copy, where, ours):
        """The command that compiles a unit with the bug's header in the place of the right one."""
        command = ["-O1" if c in ("-O2", "-O3") else c for c in command if c not in ("-Werror", "-MD")]
        for option in ("-MT", "-MF"):
            if option in command:
                i = command.index(option)
                del command[i:i + 2]
        at = next(i for i, c in enumerate(command) if c.startswith("-I"))
        command[at:at] = [f"-I{where / 'tests'}", f"-I{where / 'src'}"]
        command[command.index("-o") + 1] = str(ours)
        if copy:
            command[command.index("-c") + 1] = str(copy)
        return command


def run(command):
    done = subprocess.run(command, cwd=BUILD, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-300:])


def hunt(program, seeds, profile="all"):
    """Seeds that it took and what was seen; None if nothing was."""
    done = subprocess.run([str(program), "--seed", str(FIRST_SEED), "--seeds", str(seeds),
                           "--threads", "1", "--quiet", "--profile", profile], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=1800)
    if done.returncode == 0:
        return None
    seed = re.search(r"--seed (\d+)", done.stdout)
    what = re.search(r"VIOLATION: (?:seed \d+ (?:\(([\w-]+)\): )?)?(.*)", done.stdout)
    if not seed or not what:
        raise RuntimeError(done.stdout[-300:])
    told = re.sub(r"signal 6 \(an assert, if 6\)", "an assert of the machine", what[2])
    told = re.sub(r"\d{3,}", "…", told)
    return int(seed[1]) - FIRST_SEED + 1, told


def table(results):
    lines = ["| | planted | what it breaks | seen as | seeds |", "| --- | --- | --- | --- | ---: |"]
    for i, (bug, caught) in enumerate(results, 1):
        seeds, what = caught or ("–", "**not caught**")
        lines.append(f"| {i} | {bug.name} | {bug.breaks} | {what} | {seeds} |")
    return "\n".join(lines)


def names_in_document():
    text = DOCUMENT.read_text(encoding="utf-8")
    part = text[text.index(BEGIN):text.index(END)]
    return re.findall(r"^\| \d+ \| ([\w-]+) \|", part, re.MULTILINE)


def check():
    failed = 0
    for bug in BUGS:
        if why := cannot_be_planted(bug):
            failed += 1
            print(f"FAIL {bug.name}: {why}")
    if names_in_document() != [bug.name for bug in BUGS]:
        failed += 1
        print("FAIL docs/reliability.md has other bugs than planted_bugs.py: "
              "tools/simulate --planted --write")
    if len(set(bug.name for bug in BUGS)) != len(BUGS):
        failed += 1
        print("FAIL two planted bugs have the same name")
    print(f"{len(BUGS) + 1 - failed} passed, {failed} failed")
    return failed


def main():
    parser = argparse.ArgumentParser(prog="tools/simulate --planted", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bugs", nargs="*", metavar="K")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seeds", type=int, default=MOST_SEEDS, help="at most (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    if given.check:
        return 1 if check() else 0
    if given.write and given.bugs:
        parser.error("--write wants all bugs")

    builder = Builder()
    bugs = wanted(given.bugs)

    def one(bug):
        if why := cannot_be_planted(bug):
            return bug, None, why
        try:
            return bug, hunt(builder.build(bug), given.seeds, bug.profile), ""
        except (RuntimeError, subprocess.TimeoutExpired) as problem:
            return bug, None, str(problem)

    results, failed = [], 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for bug, caught, problem in pool.map(one, bugs):
            results.append((bug, caught))
            if caught:
                print(f"caught after {caught[0]:>6} seeds: {bug.name}: {caught[1]}", flush=True)
            else:
                failed += 1
                print(f"FAIL {bug.name}: {problem or f'not caught in {given.seeds} seeds'}", flush=True)
    if given.write and not failed:
        text = DOCUMENT.read_text(encoding="utf-8")
        at, to = text.index(BEGIN) + len(BEGIN), text.index(END)
        DOCUMENT.write_text(text[:at] + "\n" + table(results) + "\n" + text[to:], encoding="utf-8")
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
