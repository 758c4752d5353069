#!/usr/bin/env python3
"""Plants bugs in copies of the library's sources and has the simulator hunt each: a simulator that
cannot fail is worth nothing.

    tools/simulate --planted            all of planted_bugs.py
    tools/simulate --planted K…         those of these names or numbers (from 1)
    tools/simulate --planted --write    writes their rows of the table in docs/reliability.md
    tools/simulate --planted --lies     has the simulator lie: each check must be able to fire
    tools/simulate --planted --check    builds nothing: each bug can still be planted, each lie be
                                        told, the table in docs/reliability.md has exactly these
                                        bugs, and every check of the simulator's was seen to fire

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
import textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import planted_bugs  # noqa: E402
import planted_herd_bugs  # noqa: E402
from checks import checks, says  # noqa: E402
from planted_lies import LIES  # noqa: E402

BUGS = planted_bugs.BUGS + planted_herd_bugs.BUGS
ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
DOCUMENT = ROOT / "docs/reliability.md"
BEGIN, END = "<!-- planted: written by tools/simulate --planted --write -->", "<!-- end -->"
CHECKS = "<!-- checks: written by tools/simulate --planted --write -->"
MOST_SEEDS = 100_000
FIRST_SEED = 1


LYING = """#include <cstdlib>
namespace simulator {
[[maybe_unused]] static const int lie = [] {
  const char* which = std::getenv("SIMULATOR_LIE");
  return which ? std::atoi(which) : 0;
}();
}
"""


def cannot_be_told(lie):
    found = (ROOT / lie.file).read_text(encoding="utf-8").count(lie.behind)
    return "" if found == 1 else f"its line is found {found} times in {lie.file}"


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

    def depends(self, unit, bug):
        file = bug.file
        if unit[0] == ROOT / file:
            return True
        # What comes back is lived in herds only, and of the driver nothing else.
        comes_back = "simulator.dir/herd" in unit[2] or "api/reconnecting" in unit[2]
        if not file.endswith(".hpp") or (comes_back and bug.profile != "herd") or (
                "adieu_driver_objects.dir" in unit[2] and not comes_back):
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
            if not self.depends((source, command, out), bug):
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

    def build_liar(self):
        """All lies in one program; SIMULATOR_LIE says which one it tells."""
        where, link = BUILD / "planted" / "lies", list(self.link)
        where.mkdir(parents=True, exist_ok=True)
        link[link.index("-o") + 1] = str(where / "simulator")
        for file in sorted(set(lie.file for lie in LIES)):
            text = (ROOT / file).read_text(encoding="utf-8")
            told = {}
            for number, lie in enumerate(LIES, 1):
                if lie.file == file:
                    told.setdefault(lie.behind, []).append(
                        f"if (simulator::lie == {number}) {{ {lie.says} }}\n")
            for behind, statements in told.items():
                text = text.replace(behind, behind + "".join(statements))
            copy = where / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(LYING + text, encoding="utf-8")
            source, command, out = next(u for u in self.units if u[0] == ROOT / file)
            ours = where / (source.name + ".o")
            run(self.compiling(command, copy, where, ours) + ["-w"])
            link[link.index(out)] = str(ours)
        run(link)
        return where / "simulator"

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


def hunt(program, seeds, profile="all", lie=0):
    """Seeds that it took and what was seen; None if nothing was."""
    done = subprocess.run([str(program), "--seed", str(FIRST_SEED), "--seeds", str(seeds),
                           "--threads", "1", "--quiet", "--profile", profile], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=1800,
                          env={**os.environ, "SIMULATOR_LIE": str(lie)})
    if done.returncode == 0:
        return None
    seed = re.search(r"--seed (\d+)", done.stdout)
    what = re.search(r"VIOLATION: (?:seed \d+ (?:\(([\w-]+)\): )?)?(.*)", done.stdout)
    if not seed or not what:
        raise RuntimeError(f"it ends with {done.returncode}: {done.stdout[-300:]}")
    told = re.sub(r"signal 6 \(an assert, if 6\)", "an assert of the machine", what[2])
    told = re.sub(r"\d{3,}", "…", told)
    return int(seed[1]) - FIRST_SEED + 1, told


def table(results):
    """Of name -> (seeds, what was seen)."""
    lines = ["| | planted | what it breaks | seen as | seeds |", "| --- | --- | --- | --- | ---: |"]
    for i, bug in enumerate(BUGS, 1):
        seeds, what = results.get(bug.name) or ("–", "**not caught**")
        lines.append(f"| {i} | {bug.name} | {bug.breaks} | {what} | {seeds} |")
    return "\n".join(lines)


def in_document():
    """The table that stands there: name -> (seeds, what was seen)."""
    text = DOCUMENT.read_text(encoding="utf-8")
    part = text[text.index(BEGIN):text.index(END, text.index(BEGIN))]
    rows = re.findall(r"^\| \d+ \| ([\w-]+) \| .* \| (.*) \| (\d+|–) \|$", part, re.MULTILINE)
    return {name: (seeds, what) for name, what, seeds in rows if seeds != "–"}


def write(results):
    rows = table({**in_document(), **results})
    text = DOCUMENT.read_text(encoding="utf-8")
    at = text.index(BEGIN) + len(BEGIN)
    to = text.index(END, at)
    DOCUMENT.write_text(text[:at] + "\n" + rows + "\n" + text[to:], encoding="utf-8")


def told_of_checks(seen):
    """The sentence in docs/reliability.md, and the checks that nothing makes fire."""
    all_checks, by_lies = checks(), set(lie.check for lie in LIES)
    by_bugs = set(c for c in all_checks if any(says(c, told) for told in seen))
    never = [c for c in all_checks if c not in by_bugs and c not in by_lies]
    return (f"The simulator has {len(all_checks)} checks. {len(by_bugs)} of them were the first to be seen "
            f"failing by a bug of the table below, {len(by_lies - by_bugs)} by a lie of the simulator's own "
            f"(`tools/simulate --planted --lies`), {len(never)} never."), never


def write_sentence():
    text = DOCUMENT.read_text(encoding="utf-8")
    at = text.index(CHECKS) + len(CHECKS)
    to = text.index(END, at)
    sentence = told_of_checks([what for _, what in in_document().values()])[0]
    DOCUMENT.write_text(text[:at] + "\n" + textwrap.fill(sentence, 100) + "\n" + text[to:], encoding="utf-8")


def tell_lies(builder, seeds, jobs):
    program, failed = builder.build_liar(), 0

    def one(number):
        try:
            return LIES[number - 1], hunt(program, seeds, LIES[number - 1].profile, number)
        except (RuntimeError, subprocess.TimeoutExpired) as problem:
            return LIES[number - 1], (0, str(problem))

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for lie, caught in pool.map(one, range(1, len(LIES) + 1)):
            if not caught or not says(lie.check, caught[1]):
                failed += 1
                print(f"FAIL the lie for `{lie.check}`: {caught[1] if caught else 'nothing was seen'}", flush=True)
    print(f"{len(LIES) - failed} passed, {failed} failed")
    return failed


def check():
    failed = 0
    for lie in LIES:
        if why := cannot_be_told(lie):
            failed += 1
            print(f"FAIL the lie for `{lie.check}`: {why}")
    sentence, never = told_of_checks([what for _, what in in_document().values()])
    for what in never:
        failed += 1
        print(f"FAIL nothing was ever seen to make this check fire: {what}")
    if sentence not in " ".join(DOCUMENT.read_text(encoding="utf-8").split()):
        failed += 1
        print(f"FAIL docs/reliability.md does not say: {sentence}")
    for bug in BUGS:
        if why := cannot_be_planted(bug):
            failed += 1
            print(f"FAIL {bug.name}: {why}")
    if list(in_document()) != [bug.name for bug in BUGS]:
        failed += 1
        print("FAIL docs/reliability.md has other bugs than planted_bugs.py: "
              "tools/simulate --planted --write")
    if len(set(bug.name for bug in BUGS)) != len(BUGS):
        failed += 1
        print("FAIL two planted bugs have the same name")
    print(f"{len(BUGS) + len(LIES) + 2 - min(failed, len(BUGS))} passed, {failed} failed")
    return failed


def main():
    parser = argparse.ArgumentParser(prog="tools/simulate --planted", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bugs", nargs="*", metavar="K")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--lies", action="store_true")
    parser.add_argument("--seeds", type=int, default=MOST_SEEDS, help="at most (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    if given.check:
        return 1 if check() else 0
    builder = Builder()
    if given.lies:
        return 1 if tell_lies(builder, given.seeds, given.jobs) else 0
    bugs = wanted(given.bugs)

    def one(bug):
        if why := cannot_be_planted(bug):
            return bug, None, why
        try:
            return bug, hunt(builder.build(bug), given.seeds, bug.profile), ""
        except (RuntimeError, subprocess.TimeoutExpired) as problem:
            return bug, None, str(problem)

    count, failed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for bug, caught, problem in pool.map(one, bugs):
            count += 1
            if given.write and caught:
                write({bug.name: caught})
            if caught:
                print(f"caught after {caught[0]:>6} seeds: {bug.name}: {caught[1]}", flush=True)
            else:
                failed += 1
                print(f"FAIL {bug.name}: {problem or f'not caught in {given.seeds} seeds'}", flush=True)
    if given.write:
        write_sentence()
    print(f"{count - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
