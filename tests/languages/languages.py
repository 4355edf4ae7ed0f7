# SPDX-License-Identifier: MIT
"""Programs in other languages that know what their threads wait for, held against a look at them and
against a recording of them: the holder where a word tells it, else none, and no deadlock invented."""
import json
import os
import signal
import subprocess
import sys
import tempfile

threadline, here = sys.argv[1:3]
wrong = 0


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


def build(tmp, name, *command):
    exe = os.path.join(tmp, name)
    env = dict(os.environ, GOCACHE=os.path.join(tmp, "go"), GO111MODULE="off", HOME=tmp)
    env["PATH"] = "/usr/bin:" + env["PATH"]
    try:
        done = subprocess.run([*command, "-o", exe, os.path.join(here, name)], env=env, text=True,
                              capture_output=True)
    except FileNotFoundError:
        print(f"{name}: skipped, {command[0]} is not installed")
        return None
    expect(done.returncode == 0, f"{name} does not build: {done.stderr}")
    return exe if done.returncode == 0 else None


def start(exe):
    p = subprocess.Popen([exe], stdout=subprocess.PIPE, text=True)
    truth = {}
    for line in p.stdout:
        words = line.split()
        if words[0] == "ready":
            return p, truth
        truth[int(words[1])] = words[2], int(words[3]) or None
    expect(False, f"{exe} did not become ready")
    return p, truth


def look(pid):
    out = subprocess.run([threadline, "snapshot", "--json", str(pid)], capture_output=True, text=True,
                         timeout=60)
    expect(out.returncode == 0, f"snapshot: {out.stderr}")
    return json.loads(out.stdout)


def attach(pid, tmp, *more):
    path = os.path.join(tmp, "a.tl")
    done = subprocess.run([threadline, "record", "-o", path, "--duration", "1", *more, "-p",
                           str(pid)], capture_output=True, text=True, timeout=60)
    expect(done.returncode == 0, f"record: {done.stderr}")
    out = subprocess.run([threadline, "report", "--json", path], capture_output=True, text=True,
                         timeout=60)
    return json.loads(out.stdout)


def check_snapshot(name, doc, truth):
    threads = {t["tid"]: t for t in doc["threads"]}
    for tid, (kind, owner) in truth.items():
        wait = threads[tid]["wait"]
        expect(wait and wait["kind"] == kind, f"{name}: {tid} waits for {wait}, truly {kind}")
        expect(wait and wait["owner"] == owner, f"{name}: {tid} waits for {wait}, truly of {owner}")
    for tid in set(threads) - set(truth):
        wait = threads[tid]["wait"]
        expect(not wait or not wait["owner"], f"{name}: {tid} waits for {wait}")


def check_report(name, doc, truth):
    """Every holder told is one that is true; a thread in a wait is told in that state."""
    for lock in doc["locks"]:
        holders = {truth[w][1] for w in lock["waiters"] if w in truth}
        expect(lock["holder"] in holders | {None}, f"{name}: {lock}, truly of {holders}")
    for t in doc["threads"]:
        if t["tid"] in truth:
            most = max(t["ns"], key=t["ns"].get)
            expect(most == truth[t["tid"]][0], f"{name}: {t['tid']} is {most}, truly {truth[t['tid']]}")


def check_findings(name, doc, circle):
    found = [(f["kind"], set(f["threads"])) for f in doc["findings"]
             if f["kind"] in ("deadlock", "self-deadlock")]
    expect(found == ([("deadlock", circle)] if circle else []), f"{name}: findings {found}")


def check_names(name, doc, names):
    told = {lock["name"] for lock in doc["locks"]}
    expect(names <= told, f"{name}: locks are called {told}, truly {names}")


def check(tmp, name, names, *command):
    exe = build(tmp, name, *command)
    if not exe:
        return
    p, truth = start(exe)
    try:
        owners = {owner for _, owner in truth.values() if owner}
        circle = {tid for tid in truth if tid in owners}
        doc = look(p.pid)
        check_snapshot(name, doc, truth)
        check_findings(name + " in a snapshot", doc, circle)
        check_names(name, doc, names)
        if bpf:
            doc = attach(p.pid, tmp)
            check_report(name, doc, truth)
            check_findings(name + " attached", doc, circle)
            check_names(name + " attached", doc, names)
        print(f"{name}: {len(truth)} waits, {len(circle)} threads in a circle")
    finally:
        p.send_signal(signal.SIGKILL)
        p.wait(timeout=60)
        p.stdout.close()


def every_lock(tmp, name, seen, *command):
    """Calls are followed in glibc alone: elsewhere the waits that block are what is told."""
    exe = build(tmp, "busy.c", *command)
    if not exe:
        return
    p, _ = start(exe)
    try:
        doc = attach(p.pid, tmp, "--locks=all")
        levels = ("all", "contended") if seen else ("contended",)
        expect(doc["session"]["locks"] in levels, f"{name}: locks {doc['session']['locks']}")
        told = [l["acquisitions"] for l in doc["locks"]]
        expect(seen or told == [None] * len(told), f"{name}: acquisitions {told}")
        print(f"busy.c, {name}: of locks {doc['session']['locks']}")
    finally:
        p.send_signal(signal.SIGKILL)
        p.wait(timeout=60)
        p.stdout.close()


doctor = json.loads(subprocess.run([threadline, "doctor", "--json"], capture_output=True).stdout)
bpf = [s for s in doctor["sources"] if s["name"] == "bpf"][0]["usable"]
if not bpf:
    print("attached: skipped, bpf is not usable here")
with tempfile.TemporaryDirectory() as tmp:
    check(tmp, "locks.cpp", {"bank::one", "bank::other"}, "g++", "-std=c++20", "-O2", "-pthread")
    check(tmp, "locks.rs", set(), "rustc", "-O")
    check(tmp, "locks.go", set(), "go", "build")
    if bpf:
        every_lock(tmp, "glibc", True, "gcc", "-O1", "-pthread")
        every_lock(tmp, "glibc, static", True, "gcc", "-O1", "-pthread", "-static")
        every_lock(tmp, "glibc, static and stripped", False, "gcc", "-O1", "-pthread", "-static", "-s")
        every_lock(tmp, "musl", False, "musl-gcc", "-O1", "-static")
print("all true" if not wrong else f"{wrong} wrong")
sys.exit(1 if wrong else 0)
