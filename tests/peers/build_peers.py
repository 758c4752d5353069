"""Compiles the peers in C++, once for each change of their sources. Knows the system's compiler."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
LIBRARIES = {
    "beast_peer": ["-lssl", "-lcrypto", "-lz", "-lpthread"],
    "lws_peer": ["-lwebsockets", "-lz", "-lpthread"],
}
SHARED = [HERE / "lines.hpp", Path(__file__)]


def is_built(program):
    newest = max(path.stat().st_mtime for path in [HERE / f"{program.name}.cpp", *SHARED])
    return program.exists() and program.stat().st_mtime > newest


def _command(program, made):
    compiler = [os.environ.get("CXX", "c++"), "-std=c++20", "-O1", "-Wall", "-Wextra"]
    return [*compiler, str(HERE / f"{program.name}.cpp"), "-o", str(made),
            *LIBRARIES[program.name]]


def build(programs):
    """Compiles what is missing or old, together. Yields a line for each that does not compile, and
    then is not there."""
    running = []
    for program in filter(lambda program: not is_built(program), programs):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.unlink(missing_ok=True)
        made = program.with_suffix(".new")      # never half of one under the real name
        running.append((program, made, subprocess.Popen(
            _command(program, made), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)))
    for program, made, compiler in running:
        output, _ = compiler.communicate()
        if compiler.returncode == 0:
            made.rename(program)
        else:
            yield f"{program.name} does not compile:\n" + "\n".join(output.splitlines()[:12])
