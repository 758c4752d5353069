"""A client's process, to be stopped: opens, says something again and again, and reads.

    talker.py PORT PATH WORDS     prints its own port once it is open
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tool"), str(Path(__file__).parent)]

from client import Client

port, path, words = sys.argv[1:]
with Client(int(port)) as c:
    c.open(path).say(words)
    print(c.local_port, flush=True)
    while True:
        c.listen(0.05)
        c.say(words)
