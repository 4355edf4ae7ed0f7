# SPDX-License-Identifier: MIT
"""
Programs that end, become another, fork or stand still at any moment of an attach or a look: they
end as they would alone, and what is told of them is an answer or a reason, with nothing invented.
"""
import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

threadline, fleeting = sys.argv[1:3]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 30
rng = random.Random(seed)
tmp = tempfile.mkdtemp()
out = os.path.join(tmp, "f.tl")
libc = ctypes.CDLL(None, use_errno=True)
NEVER = {"deadlock", "self-deadlock", "lock-order-inversion", "lost-wakeup"}
SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
wrong = 0


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what, flush=True)


def start(how, us):
    return subprocess.Popen([fleeting, how, str(us)], stdout=subprocess.PIPE, text=True)


def ended(p, how):
    try:
        said = p.communicate(timeout=30)[0]
    except subprocess.TimeoutExpired:
        p.kill()
        said = f"nothing in 30 s; {p.communicate()[0]!r}"
    expect(p.returncode == 42 and said == "whole\n", f"{how}: the program was harmed: {p.returncode}, {said}")


def told(done, how):
    """An answer (True) or a reason."""
    expect(done.returncode in (0, 1), f"{how}: status {done.returncode}: {done.stderr}")
    expect(done.returncode != 1 or done.stderr.startswith("threadline: "), f"{how}: no reason: {done.stderr!r}")
    expect("Sanitizer" not in done.stderr, f"{how}: {done.stderr}")
    return done.returncode == 0


def judge(doc, how):
    tids = {t["tid"] for t in doc["threads"]}
    for l in doc["locks"]:
        expect(l["holder"] is None or l["holder"] in tids, f"{how}: held by a stranger: {l}")
    found = [f for f in doc["findings"] if f["kind"] in NEVER]
    expect(not found, f"{how}: invented: {found}")


def record(pid, how, seconds="0.1"):
    done = subprocess.run([threadline, "record", "-q", "-o", out, "--duration", seconds, "-p", str(pid)],
                          capture_output=True, text=True, timeout=60)
    if not told(done, how):
        return None
    done = subprocess.run([threadline, "report", out, "--json"], capture_output=True, text=True, timeout=60)
    expect(done.returncode == 0, f"{how}: its recording: {done.stderr}")
    doc = json.loads(done.stdout)
    judge(doc, how)
    return doc


def snapshot(pid, how):
    done = subprocess.run([threadline, "snapshot", str(pid), "--json"], capture_output=True, text=True,
                          timeout=60)
    if not told(done, how):
        return None
    doc = json.loads(done.stdout)
    judge(doc, how)
    return doc


def at_any_moment(look, name, rounds):
    answers = 0
    for i in range(rounds):
        how, us = rng.choice(("end", "exec", "fork", "breed")), rng.randrange(1000, 250_000)
        p = start(how, us)
        time.sleep(rng.random() * us / 1e6)
        answers += look(p.pid, f"{name} of {how} {us}, round {i}") is not None
        ended(p, f"{name} of {how} {us}, round {i}")
    print(f"{name}: {rounds} programs, {answers} answers, {rounds - answers} reasons", flush=True)
    expect(answers > rounds // 10, f"{name}: hardly an answer: {answers} of {rounds}")


def killed(look, name, rounds):
    for i in range(rounds):
        p = start("end", 10_000_000)
        killer = subprocess.Popen(["sh", "-c", f"sleep {rng.random() * 0.2:.3f}; kill -9 {p.pid}"])
        look(p.pid, f"{name} of one killed, round {i}")
        killer.wait()
        p.communicate(timeout=30)
        expect(p.returncode == -9, f"{name}: one killed ended with {p.returncode}")


def state_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def tids_of(pid):
    return [int(t) for t in os.listdir(f"/proc/{pid}/task")]


def wait_state(pid, letter):
    deadline = time.monotonic() + 10
    while state_of(pid) != letter and time.monotonic() < deadline:
        time.sleep(0.01)
    expect(state_of(pid) == letter, f"the program is not {letter} but {state_of(pid)}")


def stands_still(how, stop, letter, go_on):
    p = start("end", 300_000)
    time.sleep(0.1)
    stop(p.pid)
    wait_state(p.pid, letter)
    for look, name in ((record, "record"), (snapshot, "snapshot")):
        doc = look(p.pid, f"{name} of one {how}")
        expect(doc is not None, f"{name} of one {how}: no answer")
        for t in doc["threads"] if doc else ():
            # threads are looked at one after the other; until then, one is not known
            ns = t.get("ns", {t.get("state"): 1})
            expect(set(ns) <= {"stopped", "unknown"} and ns.get("stopped", 0) > 50 * ns.get("unknown", 0),
                   f"{name} of one {how}: {t}")
        expect(state_of(p.pid) == letter, f"{name} of one {how}: it went on: {state_of(p.pid)}")
    go_on(p.pid)
    ended(p, how)


def traced(pid):
    for tid in tids_of(pid):
        expect(not libc.ptrace(SEIZE, tid, None, None), f"ptrace: {os.strerror(ctypes.get_errno())}")
        libc.ptrace(INTERRUPT, tid, None, None)
        os.waitpid(tid, 0x40000000)


def let_go(pid):
    for tid in tids_of(pid):
        libc.ptrace(DETACH, tid, None, None)


def nobody():
    p = start("end", 1000)
    p.communicate()
    for look in (record, snapshot):
        expect(look(p.pid, "one that was") is None, "an answer about a program that is no more")


def usable():
    doctor = json.loads(subprocess.run([threadline, "doctor", "--json"], capture_output=True, text=True).stdout)
    return {s["name"]: s for s in doctor["sources"]}["bpf"]


print("seed", seed, flush=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
bpf = usable()
if not bpf["usable"]:
    print("skipped:", bpf["why"])
    sys.exit(77)
nobody()
stands_still("stopped", lambda pid: os.kill(pid, signal.SIGSTOP), "T", lambda pid: os.kill(pid, signal.SIGCONT))
stands_still("in a debugger", traced, "t", let_go)
for look, name, times in ((record, "record", rounds), (snapshot, "snapshot", 4 * rounds)):
    at_any_moment(look, name, times)
    killed(look, name, times // 4)
if os.path.exists(out):
    os.unlink(out)
os.rmdir(tmp)
sys.exit(wrong != 0)
