# SPDX-License-Identifier: MIT
"""
Two programs take turns with one pid (and so, mostly, with their threads' numbers) while it is looked at:
nothing of one is told as the other's.
"""
import bisect
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

threadline, again = sys.argv[1:3]
LAST_PID = "/proc/sys/kernel/ns_last_pid"
wrong = 0


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what, flush=True)


def born_as(pid, which):
    """The program under this number, standing; None where another process was quicker."""
    try:
        with open(LAST_PID, "w") as f:
            f.write(str(pid - 1))
    except OSError as e:
        print("skipped:", e)
        sys.exit(77)
    child = subprocess.Popen([again, which], stdout=subprocess.PIPE)
    if child.pid != pid:
        child.kill()
        child.wait()
        child.stdout.close()
        return None
    return child


class Turns(threading.Thread):
    """alpha, beta, alpha, ... under one number, until it is told to end."""

    def __init__(self):
        super().__init__()
        with open("/proc/sys/kernel/pid_max") as f:
            most = min(int(f.read()), 32768)
        used = {int(p) for p in os.listdir("/proc") if p.isdigit()}
        self.pid = next(n for n in range(most - 2000, 1000, -100) if not used & set(range(n - 20, n + 20)))
        self.ends, self.turns = False, 0

    def run(self):
        which = 0
        while not self.ends:
            child = born_as(self.pid, ("alpha", "beta")[which])
            if not child:
                continue
            child.stdout.read(1)
            time.sleep(0.0007 * (self.turns % 23))
            child.kill()
            child.wait()
            child.stdout.close()
            which, self.turns = 1 - which, self.turns + 1


def judge(text, why):
    """Both may be told of, one after the other, but not in one process."""
    seen = set(re.findall(r"\b(alpha|beta)[-_]", text))
    expect(len(seen) < 2, f"{why}: both in one: {text}")
    return seen


def snapshots(turns, *how):
    told = failed = 0
    for _ in range(60):
        done = subprocess.run([threadline, "snapshot", "--json", *how, str(turns.pid)], capture_output=True, text=True,
                              timeout=60)
        if done.returncode:
            failed += 1
            expect(done.stderr.strip() and not done.stdout.strip(), f"snapshot {how}: {done}")
            continue
        judge(done.stdout, f"snapshot {how}")
        told += bool(json.loads(done.stdout)["threads"])
    print(f"snapshot {' '.join(how)}: {told} told, {failed} refused", flush=True)
    expect(told, f"snapshot {how}: never told")


def recordings(turns, *how):
    """Each process of a recording is one program."""
    told = failed = 0
    for _ in range(12):
        with tempfile.TemporaryDirectory() as tmp:
            out = os.path.join(tmp, "o.tl")
            done = subprocess.run([threadline, "record", "-q", "-o", out, "--duration", "0.3", *how, "-p",
                                   str(turns.pid)], capture_output=True, text=True, timeout=60)
            if not os.path.exists(out):
                failed += 1
                expect(done.returncode and done.stderr.strip(), f"record {how}: {done}")
                continue
            doc = json.loads(subprocess.run([threadline, "report", "--json", out], capture_output=True, text=True,
                                            check=True).stdout)
            lines = subprocess.run([threadline, "export", out, "--to", "ndjson", "-o", "/dev/stdout"],
                                   capture_output=True, text=True, check=True).stdout.splitlines()
        told += 1
        births = sorted(p["born_ns"] for p in doc["processes"] if p["born_ns"]) + [1 << 63]
        for p in doc["processes"]:  # its threads were born in its time
            until = births[bisect.bisect_right(births, p["born_ns"])] if p["born_ns"] else 0
            own = [t["name"] for t in doc["threads"] if p["born_ns"] and p["born_ns"] <= (t["born_ns"] or 0) < until]
            judge(" ".join(map(str, [p["name"], *own])), f"record {how}: process {p}")
        for line in lines:  # who waits, and for what; who holds it has its name from the report
            judge(line, f"record {how}")
        for lock in doc["locks"]:
            judge(json.dumps(lock), f"record {how}: a lock and where it was waited for and taken")
    print(f"record {' '.join(how)}: {told} told, {failed} refused", flush=True)


turns = Turns()
turns.start()
try:
    snapshots(turns)
    snapshots(turns, "--stacks")
    recordings(turns)
    recordings(turns, "--stacks")
    recordings(turns, "--locks=all")
finally:
    turns.ends = True
    turns.join()
print(f"{turns.turns} turns of {turns.pid}")
expect(turns.turns > 50, "they took no turns")
sys.exit(wrong != 0)
