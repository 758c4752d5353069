#!/usr/bin/env python3
"""tools/setup.sh against package managers that are not there, or lack something: which Boost is chosen,
what is installed and said. apt, npm and the like are scripts in a folder that is first in PATH; nothing
is installed. Ends with `N passed, N failed`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# As apt-cache has it: nothing on stdout, and success, for a name that is mentioned but not there.
APT_CACHE = """case "$2" in
  {known}) echo "Package: $2" ;;
  *) echo "N: No packages found" >&2 ;;
esac"""
APT_GET = """echo "$*" >>"$0.log"
for package in "$@"; do
  case $package in {lacking}) echo "E: Unable to locate package $package" >&2; exit 100 ;; esac
done"""


class Machine:
    """Programs in the place of the real ones. `run` sources setup.sh and does what it is told."""

    def __init__(self, folder, **programs):
        self.folder = Path(folder)
        for name, body in {"id": "echo 0", **programs}.items():
            path = self.folder / name.replace("_", "-")
            path.write_text("#!/bin/bash\n" + body + "\n")
            path.chmod(0o755)

    def run(self, script):
        done = subprocess.run(["bash", "-euc", f". tools/setup.sh\n{script}"], cwd=ROOT, text=True,
                              capture_output=True, timeout=60,
                              env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"})
        return done.returncode, done.stdout.split(), done.stderr

    def installed(self):
        log = self.folder / "apt-get.log"
        return log.read_text().splitlines() if log.exists() else []


def equal(seen, wanted):
    assert seen == wanted, f"{seen!r}, not {wanted!r}"


def boost_of(folder, known):
    return Machine(folder, apt_cache=APT_CACHE.format(known=known)).run("boost_packages")


def debian_12_has_boost_1_81(folder):
    code, out, _ = boost_of(folder, "libboost-url1.81-dev")
    equal((code, out), (0, ["libboost1.81-dev", "libboost-url1.81-dev"]))


def debian_13_has_boost_1_83_although_apt_cache_succeeds_for_1_81(folder):
    code, out, _ = boost_of(folder, "libboost-url1.83-dev | libboost-url1.88-dev")
    equal((code, out), (0, ["libboost1.83-dev", "libboost-url1.83-dev"]))


def without_boost_it_says_what_to_do(folder):
    code, _, said = boost_of(folder, "none")
    assert code == 1 and "apt knows no Boost of 1.81 or later; install one" in said, said


def only_what_is_missing_is_installed(folder):
    machine = Machine(folder, apt_get=APT_GET.format(lacking="none"))
    code, _, said = machine.run('install_missing "a program bash\nb program there-is-none"')
    assert code == 0 and "installing: b" in said, said
    equal([line.split()[-1] for line in machine.installed()], ["-q", "b"])


def what_the_build_needs_is_not_skipped(folder):
    machine = Machine(folder, apt_get=APT_GET.format(lacking="b"))
    code, _, said = machine.run('install_missing "b program there-is-none"; echo on')
    assert code == 1 and "could not install: b" in said, said


def what_some_cases_need_is_skipped_one_by_one_and_said(folder):
    machine = Machine(folder, apt_get=APT_GET.format(lacking="b"))
    code, out, said = machine.run(
        'install_what_can_be "b program no-b\nc program no-c"; echo on')
    equal((code, out), (0, ["on"]))
    assert "going on without b" in said and "without c" not in said, said
    equal(machine.installed()[-1].split()[-1], "c")


REFUSING_NPM = """echo "npm error code SELF_SIGNED_CERT_IN_CHAIN" >&2
echo "npm error request to a registry failed, reason: self-signed certificate" >&2
exit 1"""


def a_registry_that_cannot_be_reached_is_said_and_no_failure(folder):
    machine = Machine(folder, npm=REFUSING_NPM, node="echo 99")
    code, out, said = machine.run(f"cd {folder}; mkdir -p tests/peers; "
                                  "touch tests/peers/package-lock.json; install_peers; echo on")
    equal((code, out), (0, ["on"]))
    assert "npm could not install the packages of tests/peers: " in said, said
    assert "SELF_SIGNED_CERT_IN_CHAIN" in said and "self-signed certificate" in said, said


def a_node_that_cannot_be_had_is_said_and_no_failure(folder):
    code, out, said = Machine(folder, npm=REFUSING_NPM, node="echo 18").run(
        f"cd {folder}; install_peers; echo on")
    equal((code, out), (0, ["on"]))
    assert "npm could not install node 20: " in said, said


CASES = [
    debian_12_has_boost_1_81,
    debian_13_has_boost_1_83_although_apt_cache_succeeds_for_1_81,
    without_boost_it_says_what_to_do,
    only_what_is_missing_is_installed,
    what_the_build_needs_is_not_skipped,
    what_some_cases_need_is_skipped_one_by_one_and_said,
    a_registry_that_cannot_be_reached_is_said_and_no_failure,
    a_node_that_cannot_be_had_is_said_and_no_failure,
]


def main():
    failed = 0
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(folder)
                print(f"ok   {case.__name__}")
            except (AssertionError, subprocess.TimeoutExpired) as why:
                failed += 1
                print(f"FAIL {case.__name__}: {why}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
