#!/usr/bin/env python3
"""A program that is compiled with other settings than the library does not link, and the linker's
message names the setting; with the same settings, or with switches that change no type, it links and
runs. Against the static library of BUILD_DIR, and a shared one made of it.

    tests/api/settings_check.py [BUILD_DIR]
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
CXX = os.environ.get("CXX", "c++")

PROGRAM = """#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
int main() {
  boost::asio::io_context io;
  int told = 0;
  adieu::websocket ws(io, "ws://127.0.0.1:1",
                      {.on_close = [&](adieu::websocket&, const adieu::close_event&) { ++told; }});
  io.run();
  return told == 1 ? 0 : 1;
}
"""

# Flags, and what the message names.
REFUSED = [
    ("-fno-rtti", "rtti<false>"),
    ("-D_GLIBCXX_DEBUG", "checked_containers<true>"),
    ("-D_GLIBCXX_USE_CXX11_ABI=0", "cxx11_strings<false>"),
    ("-DBOOST_ASIO_DISABLE_THREADS", "asio_threads<false>"),
    ("-DBOOST_ASIO_ENABLE_HANDLER_TRACKING", "asio_handler_tracking<true>"),
    ("-DBOOST_ASIO_DISABLE_EPOLL", "asio_epoll<false>"),
    ("-DBOOST_ASIO_DISABLE_EVENTFD", "asio_eventfd<false>"),
    ("-DBOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING", "asio_recycling<0>"),
    ("-DBOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=4", "asio_recycling<4>"),
    ("-DBOOST_ASIO_DISABLE_THREAD_KEYWORD_EXTENSION", "asio_parts<16u>"),
    ("-DBOOST_ASIO_DISABLE_BOOST_ALIGN", "asio_parts<32u>"),
    ("-DBOOST_VERSION_HPP -DBOOST_VERSION=108200", "boost_version<108200>"),
]
TAKEN = ["", "-O2", "-DBOOST_ASIO_NO_DEPRECATED", "-DBOOST_ASIO_NO_TS_EXECUTORS", "-DNDEBUG"]


def libraries():
    """What a program links beside adieu itself, as pkg-config would say."""
    text = (BUILD / "adieu.pc").read_text(encoding="utf-8")
    flags = []
    for line in re.findall(r"^Libs(?:\.private)?:(.*)$", text, re.MULTILINE):
        flags += [flag for flag in line.split() if flag != "-ladieu" and not flag.startswith("-L")]
    return flags


def run(command):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300)


def main():
    failed = passed = 0

    def check(what, right, said):
        nonlocal failed, passed
        passed, failed = passed + right, failed + (not right)
        if not right:
            print(f"FAIL {what}: {said[-2000:]}", flush=True)

    with tempfile.TemporaryDirectory(prefix="adieu-settings-") as folder:
        folder = Path(folder)
        source, shared = folder / "program.cpp", folder / "libadieu.so"
        source.write_text(PROGRAM, encoding="utf-8")
        made = run([CXX, "-shared", "-o", shared, "-Wl,--whole-archive", BUILD / "libadieu.a",
                    "-Wl,--no-whole-archive", *libraries()])
        check("a shared library of the static one", made.returncode == 0, made.stdout)
        ways = {"static": [BUILD / "libadieu.a", *libraries()],
                "shared": [shared, f"-Wl,-rpath,{folder}", "-pthread"]}

        def compiled(flags):
            object_file = folder / "program.o"
            done = run([CXX, "-std=c++20", "-I", ROOT / "include", *flags.split(), "-c", source, "-o",
                        object_file])
            check(f"{flags} compiles", done.returncode == 0, done.stdout)
            return object_file

        for flags in TAKEN:
            object_file = compiled(flags)
            for way, libs in ways.items():
                done = run([CXX, object_file, *libs, "-o", folder / "program"])
                if done.returncode == 0:
                    done = run([folder / "program"])
                check(f"{flags or 'no flag'}, {way}", done.returncode == 0, done.stdout)
        for flags, named in REFUSED:
            object_file = compiled(flags)
            wanted = f"adieu::v1::program_and_library_differ_in<adieu::v1::settings::{named} >"
            for way, libs in ways.items():
                done = run([CXX, object_file, *libs, "-o", folder / "program"])
                named_at_all = set(re.findall(r"program_and_library_differ_in<[^`']* >", done.stdout))
                check(f"{flags}, {way}", done.returncode != 0 and wanted in done.stdout
                      and len(named_at_all) == 1, done.stdout or "it links")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
