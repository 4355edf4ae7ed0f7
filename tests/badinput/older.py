# SPDX-License-Identifier: MIT
"""
A deadlock that is older than the attach is told as that: since when it stands, nobody saw. One that
closes while watched is told with its time.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

threadline, deadlocked = sys.argv[1:3]
wrong = 0
tmp = tempfile.TemporaryDirectory()
out = os.path.join(tmp.name, "o.tl")


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what, flush=True)


def run(*args, status=0):
    done = subprocess.run([threadline, *args], capture_output=True, text=True, timeout=60)
    expect(done.returncode == status, f"{' '.join(args)}: {done.returncode} {done.stderr}")
    return done.stdout


def deadlocks(doc):
    return [f for f in doc["findings"] if f["kind"] == "deadlock"]


def still(pid):
    """Waits until it stands: two looks that see the same."""
    for _ in range(200):
        if deadlocks(json.loads(run("snapshot", str(pid), "--json"))):
            return
        time.sleep(0.05)
    expect(False, "the program never stood still")


def look(*how, status=0):
    run("record", "-q", "-o", out, "--duration", "0.8", *how, status=status)
    doc = json.loads(run("report", out, "--json"))
    found = deadlocks(doc)
    expect(len(found) == 1, f"{how}: {found}")
    return doc, found[0] if found else None


def older(pid, *source):
    doc, f = look("-p", str(pid), *source)
    if not f:
        return
    start, end = doc["session"]["start_ns"], doc["session"]["end_ns"]
    expect(f["at_ns"] is None, f"{source}: nobody saw it close: {f}")
    expect(start <= f["seen_ns"] <= end, f"{source}: first seen: {f}")
    expect("already when they were first seen" in f["text"] and "go on since" not in f["text"],
           f"{source}: its sentence: {f['text']}")
    expect("DEADLOCK  before " in run("report", out), f"{source}: the report's head")
    lines = [json.loads(l) for l in run("export", out, "--to", "ndjson", "-o", "/dev/stdout").splitlines()]
    told = [l for l in lines if "deadlock" in (l.get("kind"), l.get("finding"))]
    expect(told and all(l["at_ns"] is None for l in told), f"{source}: as NDJSON: {told}")


def closing():
    """The same program watched from its beginning."""
    doc, f = look("--", deadlocked, status=128 + 15)  # ended as the recording was
    if f:
        expect(f["at_ns"] == f["seen_ns"] and doc["session"]["start_ns"] < f["at_ns"], f"closing: {f}")
        expect("go on since" in f["text"], f"closing: {f['text']}")


doctor = {s["name"]: s for s in json.loads(run("doctor", "--json"))["sources"]}
if not doctor["bpf"]["usable"]:
    print("skipped:", doctor["bpf"]["why"])
    sys.exit(77)
target = subprocess.Popen([deadlocked])
try:
    still(target.pid)
    older(target.pid)
    older(target.pid, "--source=perf")
    older(target.pid, "--stacks")
finally:
    target.kill()
    target.wait()
closing()
sys.exit(wrong != 0)
