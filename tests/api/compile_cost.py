#!/usr/bin/env python3
"""What a callback client costs the compiler, beside a main with an empty io_context: text to be read
(preprocessed lines, headers), and functions to be made of it. Nothing here depends on how busy the
machine is; the CPU times are shown and judged by nobody. Usage: compile_cost.py COMPILER INCLUDE_DIR"""

import os
import pathlib
import subprocess
import sys
import tempfile

# Of the empty one's.
MOST = {"preprocessed lines": 1.1, "headers": 1.1, "functions": 2.2}

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


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compiled(compiler, object_file):
    """CPU seconds."""
    before = os.times()
    subprocess.run([*compiler, "-O0", "-c", "-o", object_file], check=True)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def cost(compiler, object_file):
    seconds = compiled(compiler, object_file)
    symbols = output("nm", "--defined-only", object_file).splitlines()
    return seconds, {
        "preprocessed lines": output(*compiler, "-E", "-P").count("\n"),
        "headers": len(output(*compiler, "-M").split()),
        "functions": sum(line.split()[1] in "tTwW" for line in symbols),
    }


def main():
    compiler, include = sys.argv[1:3]
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("empty", EMPTY), ("client", CLIENT)):
            source = pathlib.Path(folder, name + ".cpp")
            source.write_text(text)
            costs.append(cost([compiler, "-std=c++20", "-I", include, str(source)],
                              str(source.with_suffix(".o"))))
    (empty_seconds, empty), (client_seconds, client) = costs
    failed = 0
    for what, most in MOST.items():
        is_much = client[what] > most * empty[what]
        failed += is_much
        print(f"{'FAIL' if is_much else 'ok  '} {what}: {client[what]} beside {empty[what]}, "
              f"at most {most} times as many")
    print(f"{compiler}: {client_seconds:.1f} CPU seconds beside {empty_seconds:.1f}, not judged")
    print(f"{len(MOST) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
