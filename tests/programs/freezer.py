"""A server's process that opens each connection and stops itself: nothing of it runs any more, and the
kernel acknowledges for it.

    freezer.py      prints its port
"""

import os
import signal
import socket
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tool"))

from raw_peer import Connection

with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    conn = Connection(listener.accept()[0], [])
    conn.read_head()
    conn.accept()
    os.kill(os.getpid(), signal.SIGSTOP)
