# SPDX-License-Identifier: MIT
"""A live session of a busy program on the screen, 200x60: frames a second, events a second, lost.

Usage: live_storm.py THREADLINE LOCK_LOAD [SECONDS]
"""
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

threadline, load = sys.argv[1], sys.argv[2]
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 8
BURST = 0.008 # a frame is what is drawn with no pause longer than this


def frames(fd, span):
    end, count, last = time.time() + span, 0, 0
    while time.time() < end:
        if not select.select([fd], [], [], 0.05)[0]:
            continue
        try:
            os.read(fd, 1 << 20)
        except OSError:
            break
        now = time.time()
        count += now - last > BURST
        last = now
    return count / span


with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, "storm.tl")
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(threadline, [threadline, "run", "-o", path, "--", "sh", "-c",
                              f"echo | {load} 2 {seconds + 3} 2000 6000"])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    frames(fd, 1.5)
    rate = frames(fd, seconds)
    os.write(fd, b"q")
    frames(fd, 1)
    os.waitpid(pid, 0)
    doc = json.loads(subprocess.run([threadline, "report", "--json", path],
                                    capture_output=True).stdout)
    s = doc["session"]
    print(f"{rate:.1f} frames/s, {s['events'] / (s['duration_ns'] / 1e9):.0f} events/s, "
          f"{s['lost']} lost; cost {doc['cost']}")
