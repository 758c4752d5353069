#!/usr/bin/env python3
"""Uses adieu as others do: installs it into a folder of its own and builds consumer.cpp against that
with find_package and with pkg-config, static and shared; and with the sources in a subfolder.

    tests/consumer/run.py [BUILD_DIR]     BUILD_DIR: a static build of the library that is there
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build"
CXX = os.environ.get("CXX", "c++")
JOBS = str(os.cpu_count() or 2)
TO_INSTALL = "adieu_to_install"  # the target of what `cmake --install` wants


class Failed(Exception):
    pass


def run(*command, **how):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600, **how)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}")
    return done.stdout


def configured(where, *options):
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    run("cmake", "-S", HERE, "-B", where, "-G", "Ninja", *launcher, *options)
    run("cmake", "--build", where, "-j", JOBS)
    return where / "consumer"


def runs(program, **how):
    said = run(program, **how)
    if not said.startswith("consumer: 0."):
        raise Failed(f"{program} said {said!r}")


def with_find_package(prefix, where):
    runs(configured(where, f"-DCMAKE_PREFIX_PATH={prefix}"))


def with_pkg_config(prefix, where):
    found = next(prefix.rglob("adieu.pc")).parent
    environment = os.environ | {"PKG_CONFIG_PATH": str(found)}
    flags = run("pkg-config", "--cflags", "--libs", "adieu", env=environment).split()
    run(CXX, "-std=c++20", HERE / "consumer.cpp", "-o", where, *flags)
    runs(where, env=os.environ | {"LD_LIBRARY_PATH": str(found.parent)})


def version():
    return re.search(r"VERSION (\d+\.\d+\.\d+)", (ROOT / "CMakeLists.txt").read_text()).group(1)


def the_tool_is_installed(prefix):
    said = run(prefix / "bin/adieu", "--version")
    if said != f"adieu {version()}\n":
        raise Failed(f"adieu --version said {said!r}")


def only_what_is_marked_is_exported(library):
    listed = run("nm", "-DC", "--defined-only", library).splitlines()
    names = [line.split(" ", 2)[2] for line in listed]
    ours = [name for name in names if re.match(r"((vtable|typeinfo( name)?) for )?adieu::", name)
            and "boost::asio::detail::" not in name]  # Asio exports its use_service<T>() itself
    inside = [name for name in ours if re.search(r"^[^(]*adieu::v1::(wire|http|protocol|net)::", name)]
    if not ours or inside:
        raise Failed(f"{len(ours)} symbols of ours; from inside: {inside[:10]}")


def main():
    folder = Path(tempfile.mkdtemp(prefix="adieu-consumer-"))
    static, shared, sources = folder / "static", folder / "shared", folder / "sources"

    def install_static():
        run("cmake", "--install", BUILD, "--prefix", static)

    def an_unbuilt_folder_says_what_to_build():
        unbuilt = folder / "unbuilt"
        run("cmake", "-S", ROOT, "-B", unbuilt, "-G", "Ninja", "-DADIEU_BUILD_TESTS=OFF",
            "-DADIEU_BUILD_EXAMPLES=OFF")
        refused = subprocess.run(["cmake", "--install", unbuilt, "--prefix", folder / "none"],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = " ".join(refused.stdout.split())  # CMake breaks lines
        if refused.returncode == 0 or f"cmake --build {unbuilt} --target {TO_INSTALL}" not in said:
            raise Failed(f"cmake --install said {said!r}")
        # What tools/demo builds is all of it.
        if f"--target {TO_INSTALL} " not in (ROOT / "tools/demo").read_text():
            raise Failed(f"tools/demo does not build {TO_INSTALL}")
        steps = run("cmake", "--build", unbuilt, "--target", TO_INSTALL, "--", "-n")
        for made in ("libadieu.a", "libadieu_protocol.a", "executable adieu"):
            if made not in steps:
                raise Failed(f"{TO_INSTALL} does not make {made}")

    def build_in_a_subfolder():
        runs(configured(sources, f"-DADIEU_SOURCE_DIR={ROOT}", "-DBUILD_SHARED_LIBS=ON",
                        "-DADIEU_INSTALL=ON",
                        f"-DCMAKE_INSTALL_PREFIX={shared}"))

    cases = [
        ("an unbuilt folder says what to build", an_unbuilt_folder_says_what_to_build),
        ("static: installs", install_static),
        ("static: find_package", lambda: with_find_package(static, folder / "find-static")),
        ("static: pkg-config", lambda: with_pkg_config(static, folder / "pkg-static")),
        ("static: the tool is installed", lambda: the_tool_is_installed(static)),
        ("shared: add_subdirectory", build_in_a_subfolder),
        ("shared: installs", lambda: run("cmake", "--install", sources)),
        ("shared: find_package", lambda: with_find_package(shared, folder / "find-shared")),
        ("shared: pkg-config", lambda: with_pkg_config(shared, folder / "pkg-shared")),
        ("shared: only what is marked is exported",
         lambda: only_what_is_marked_is_exported(next(shared.rglob("libadieu.so")))),
    ]
    failed = 0
    try:
        for name, case in cases:
            try:
                case()
                print(f"ok   {name}", flush=True)
            except (Failed, OSError, StopIteration, subprocess.TimeoutExpired) as why:
                failed += 1
                print(f"FAIL {name}: {why}", flush=True)
    finally:
        shutil.rmtree(folder)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
