"""Measures: one fresh server on one core, the load generator on another, one figure."""

import json
import os
import resource
import select
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 10
RUN_SECONDS = 60


class Failed(Exception):
    """A measurement that gave no figure, and why."""


@dataclass(frozen=True)
class Figure:
    value: float  # ns of the server's CPU time, or bytes, per message, connection, …
    count: int
    server_share: float  # of the wall clock, on its core
    generator_share: float  # of the wall clock, without the polls that found nothing
    undisturbed: float  # of the wall clock, that the generator had its core to itself


class Machine:
    """The two cores, and the way in which processes are put on them."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.server_core = cores[0]
        self.load_core = cores[1] if len(cores) > 1 else cores[0]
        self.is_enough = len(cores) > 1

    def start(self, command, core, **how):
        return subprocess.Popen(command, text=True, preexec_fn=lambda: _prepare(core), **how)


def _prepare(core):
    os.sched_setaffinity(0, {core})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # A session of its own: the kernel may weigh sessions first, processes only within them.
    os.setsid()
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        Path("/proc/self/autogroup").write_text("-20")
    except OSError:
        pass  # only root may; then other programs disturb a little more


def measure(machine, programs, server, load, tls=()):
    """`load`: options of the generator, of which the server too is told --deflate; `tls`: the
    server's. Returns a Figure or raises Failed."""
    with tempfile.TemporaryFile("w+") as errors:
        options = ["--port", "0", *tls] + [o for o in load if o == "--deflate"]
        process = machine.start(server.command(programs) + options, machine.server_core,
                                stdout=subprocess.PIPE, stderr=errors)
        try:
            port = _wait_until_listening(process)
            return _run_load(machine, programs, process.pid, port, load)
        except Failed as failure:
            errors.seek(0)
            raise Failed(f"{failure} {errors.read()[-500:]}".strip()) from None
        finally:
            _stop(process)


def _wait_until_listening(process):
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    words = process.stdout.readline().split() if ready else []
    if len(words) != 2 or words[0] != "listening":
        raise Failed("the server did not start")
    return words[1]


def _run_load(machine, programs, pid, port, load):
    command = [str(programs / "bench_load"), "--port", port, "--server", str(pid), *load]
    generator = machine.start(command, machine.load_core, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    try:
        output, errors = generator.communicate(timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed("took too long") from None
    finally:
        generator.kill()
        generator.wait()
    if generator.returncode != 0:
        raise Failed(errors.strip() or f"the generator ended with {generator.returncode}")
    return _figure(json.loads(output))


def _figure(report):
    wall = report["wall_ns"]
    share = (lambda ns: min(ns / wall, 1.0)) if wall else (lambda _: 0.0)
    if report["count"] == 0:
        raise Failed("nothing came back")
    return Figure(value=report["server_total"] / report["count"], count=report["count"],
                  server_share=share(report["server_total"]),
                  generator_share=share(report["busy_ns"]),
                  undisturbed=share(report["generator_ns"]) if wall else 1.0)


def _stop(process):
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
