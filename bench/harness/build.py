"""Builds the load generator and the servers, optimised; leaves out loudly what does not build."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def build(folder, servers, say):
    """Returns the folder of the programs."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "bench.log"
    log.write_text("")
    whole = ["-DADIEU_BUILD_BENCH=ON", "-DADIEU_BUILD_TESTS=OFF", "-DADIEU_BUILD_EXAMPLES=OFF"]
    tree, programs = folder / "all", folder / "all" / "bench" / "bin"
    targets = ["bench_load"] + [s.target for s in servers if s.target]
    if not (_is_whole_project() and _configure(ROOT, tree, whole, log, say)):
        say("NOTE: the project as a whole does not configure; building the benchmark by itself, "
            "without adieu's server")
        tree, programs = folder / "peers", folder / "peers" / "bin"
        targets = [target for target in targets if target != "bench_adieu_echo"]
        if not _configure(ROOT / "bench", tree, [], log, say):
            raise SystemExit(f"bench: cannot configure, see {log}")
    for target in targets:
        if not _build_target(tree, target, log):
            (programs / target).unlink(missing_ok=True)  # an old one would be measured
            say(f"LEFT OUT: {target} did not build, see {log}")
    if not (programs / "bench_load").exists():
        raise SystemExit("bench: no load generator")
    return programs


def _is_whole_project():
    top = ROOT / "CMakeLists.txt"
    return top.exists() and "ADIEU_BUILD_BENCH" in top.read_text()


def _configure(source, tree, options, log, say):
    command = ["cmake", "-S", str(source), "-B", str(tree), "-G", "Ninja",
               "-DCMAKE_BUILD_TYPE=Release", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    _append(log, command, done)
    for line in (done.stdout + done.stderr).splitlines():
        if line.strip().startswith("bench:"):
            say(f"NOTE: {line.strip().removeprefix('bench: ')}")
    return done.returncode == 0


def _build_target(tree, target, log):
    jobs = str(min(os.cpu_count() or 1, 8))
    command = ["cmake", "--build", str(tree), "--target", target, "-j", jobs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    _append(log, command, done)
    return done.returncode == 0


def _append(log, command, done):
    with log.open("a") as file:
        file.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}\n")
