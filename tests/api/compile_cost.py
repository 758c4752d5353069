#!/usr/bin/env python3
"""A callback client costs at most twice the CPU time of a main with an empty io_context, and at
most 90,000 preprocessed lines. A ratio of the best of several, measured in turn, so that a busy
machine does not matter. Usage: compile_cost.py COMPILER INCLUDE_DIR"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROUNDS = 5
MOST_TIME = 2.0
MOST_LINES = 90_000

EMPTY = """#include <boost/asio/io_context.hpp>
int main() { boost::asio::io_context io; io.run(); }
"""
CLIENT = """#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
int main() {
  boost::asio::io_context io;
  adieu::websocket ws(io, "ws://example.com/feed", {
      .on_open    = [](adieu::websocket& ws) { ws.send("hello"); },
      .on_message = [](adieu::websocket& ws, adieu::message_view) { ws.close(1000, "enough"); },
      .on_close   = [](adieu::websocket&, const adieu::close_event& e) { std::puts(explain(e).c_str()); },
  });
  io.run();
}
"""


def cpu_seconds(command):
    before = os.times()
    subprocess.run(command, check=True)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def main():
    compiler, include = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for name, text in (("empty", EMPTY), ("client", CLIENT)):
            sources[name] = pathlib.Path(folder, name + ".cpp")
            sources[name].write_text(text)

        def command(name, *more):
            return [compiler, "-std=c++20", "-I", include, *more, str(sources[name])]

        best = {}
        for _ in range(ROUNDS):
            for name in sources:
                seconds = cpu_seconds(command(name, "-O0", "-c", "-o", os.devnull))
                best[name] = min(seconds, best.get(name, seconds))
        preprocessed = subprocess.run(command("client", "-E", "-P"), check=True, capture_output=True)
        lines = preprocessed.stdout.count(b"\n")

    ratio = best["client"] / best["empty"]
    print(f"{compiler}: {ratio:.2f} times the CPU time (at most {MOST_TIME}), "
          f"{lines} lines (at most {MOST_LINES})")
    return 0 if ratio <= MOST_TIME and lines <= MOST_LINES else 1


if __name__ == "__main__":
    sys.exit(main())
