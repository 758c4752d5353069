"""nginx and HAProxy as processes in front of a server: configured, started, reloaded, ended. Knows no
test. Neither is installed: tools/setup.sh unpacks them below build/."""

import os
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from proxy_texts import HAPROXY, NGINX, free_port
from stage import Skip, until


class Proxy:
    """`idle`: after so much silence it cuts a connection. `grace`: after a reload the connections of
    before may go on for so long; without it, until they end."""

    def __init__(self, tools, behind, idle="1h", grace=None):
        self.program = tools.build / self.path
        if not self.program.exists():
            raise Skip(f"no {self.name} at {self.program}")
        self.folder = tempfile.TemporaryDirectory()
        self.conf = Path(self.folder.name, "conf")
        self.port = free_port()
        self.conf.write_text(self.text.format(folder=self.folder.name, port=self.port,
                                              behind=behind, idle=idle,
                                              grace=self.grace.format(grace) if grace else ""))
        self.processes = [self.start()]
        until(self.listens, f"{self.name} listens: {self.complaints()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(self.end_now)
            process.wait(10)
        self.folder.cleanup()

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def complaints(self):
        log = Path(self.folder.name, "log")
        return log.read_text() if log.exists() else ""

    def run(self, *arguments):
        libraries = [str(p) for p in self.program.parents[2].glob("usr/lib/*")]
        with open(Path(self.folder.name, "log"), "ab") as log:
            return subprocess.Popen(
                [str(self.program), *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)})

    def url(self, path="/"):
        return f"ws://127.0.0.1:{self.port}{path}"

    def kill(self):
        """With all of its workers, at once."""
        for process in self.processes:
            for child in children(process.pid):
                os.kill(child, signal.SIGKILL)
            process.kill()
            process.wait()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as listed:
        return [int(child) for child in listed.read().split()]


class Nginx(Proxy):
    name, path, text, end_now = "nginx", "nginx/usr/sbin/nginx", NGINX, signal.SIGTERM
    grace = "worker_shutdown_timeout {};"

    def start(self):
        return self.run("-p", self.folder.name, "-e", f"{self.folder.name}/log", "-c",
                        str(self.conf))

    def reload(self):
        """nginx -s reload."""
        master = self.processes[0].pid
        before = children(master)
        self.processes[0].send_signal(signal.SIGHUP)
        until(lambda: set(children(master)) - set(before), "a new worker")


class HAProxy(Proxy):
    name, path, text, end_now = "HAProxy", "haproxy/usr/sbin/haproxy", HAPROXY, signal.SIGTERM
    grace = "hard-stop-after {}"

    def start(self, *arguments):
        return self.run("-db", "-f", str(self.conf), *arguments)

    def reload(self):
        """haproxy -sf: a new process, which tells the old one to finish."""
        self.processes.append(self.start("-sf", str(self.processes[-1].pid)))


PROXIES = (Nginx, HAProxy)
