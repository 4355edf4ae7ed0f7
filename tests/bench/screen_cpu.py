# SPDX-License-Identifier: MIT
"""Own CPU while a live session of about 10,000 events a second is on the screen, 200x60, following.

Usage: screen_cpu.py THREADLINE LOCK_LOAD [SECONDS]
"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

threadline, load = sys.argv[1], sys.argv[2]
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 10


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


target = subprocess.Popen([load, "4", str(seconds + 6), "550000", "550000"], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL)
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm-256color"
    os.execv(threadline, [threadline, "attach", str(target.pid)])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
time.sleep(1)
target.stdin.write(b"\n")
target.stdin.flush()


def watch(span):
    end, bytes_drawn = time.time() + span, 0
    while time.time() < end:
        if select.select([fd], [], [], 0.05)[0]:
            try:
                bytes_drawn += len(os.read(fd, 65536))
            except OSError:  # it has ended
                break
    return bytes_drawn


watch(2)
start, before = time.time(), cpu(pid)
drawn = watch(seconds)
used = (cpu(pid) - before) / (time.time() - start)
print(f"own CPU {used * 100:.1f} % of a core, {drawn / seconds / 1024:.0f} KiB/s drawn")
os.write(fd, b"q")
watch(1)
target.kill()
