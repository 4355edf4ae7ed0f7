# SPDX-License-Identifier: MIT
"""Its stdout is a pipe that nobody reads: SIGTERM ends it, and what it recorded is whole."""
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time

threadline = sys.argv[1]
PATIENCE = 60


def call(task):
    """The system call that a thread waits in."""
    try:
        with open(f"{task}/syscall") as f:
            return f.read().split()[0]
    except (OSError, IndexError):
        return ""


def is_choked(pid):
    tasks = f"/proc/{pid}/task"
    return any(call(f"{tasks}/{tid}") == WRITE for tid in os.listdir(tasks))


def wait_choked(p):
    times, until = 0, time.monotonic() + PATIENCE
    while times < 10:
        if p.poll() is not None or time.monotonic() > until:
            sys.exit(f"it never waited in a write; status {p.poll()}")
        times = times + 1 if is_choked(p.pid) else 0
        time.sleep(0.02)


def ends(signals, tmp):
    path = os.path.join(tmp, "unread.tl")
    r, w = os.pipe()
    fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 4096)
    p = subprocess.Popen([threadline, "run", "--plain", "-o", path, "--", "sh", "-c",
                          "while sleep 0.001; do :; done"], stdout=w, stderr=subprocess.DEVNULL)
    os.close(w)
    wait_choked(p)
    for s in signals:
        p.send_signal(s)
        time.sleep(0.1)
    try:
        p.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        p.kill()
        sys.exit(f"{signals}: it outlived that")
    os.close(r)
    done = subprocess.run([threadline, "report", path], capture_output=True, text=True)
    if done.returncode or done.stderr or "sleep" not in done.stdout:
        sys.exit(f"{signals}: what was recorded: {done.stderr} {done.stdout[:200]}")


WRITE = {"x86_64": "1", "aarch64": "64"}[os.uname().machine]
with tempfile.TemporaryDirectory() as folder:
    for how in ([signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGINT]):
        ends(how, folder)
print("ended by each signal, recordings whole")
