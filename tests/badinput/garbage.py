# SPDX-License-Identifier: MIT
"""
Words that no C library wrote: numbers of nobody, of the dead, of other processes, of who cannot own
the lock; memory that goes while it is read; a pid that is used again. Who can be known is named,
nobody else ever is.
"""
import json
import os
import subprocess
import sys
import tempfile

threadline, garbage, fleeting = sys.argv[1:4]
wrong = 0
tmp = tempfile.TemporaryDirectory()
out = os.path.join(tmp.name, "g.tl")


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what, flush=True)


def run(*args, status=0):
    done = subprocess.run([threadline, *args], capture_output=True, text=True, timeout=120)
    expect(done.returncode == status, f"{' '.join(args)}: {done.returncode} {done.stderr}")
    expect("Sanitizer" not in done.stderr, done.stderr)
    return done.stdout


def report():
    return json.loads(run("report", out, "--json"))


def begin(what):
    p = subprocess.Popen([garbage, what], stdout=subprocess.PIPE, text=True)
    truth = {}
    for line in p.stdout:
        words = line.split()
        if words[0] == "ready":
            return p, truth
        truth[int(words[1])] = int(words[2])
    raise SystemExit(f"{what} did not become ready")


def none_invented(doc, what):
    found = [f["text"] for f in doc["findings"] if f["kind"] in
             ("deadlock", "self-deadlock", "abandoned-lock", "lock-order-inversion")]
    expect(not found, f"{what}: {found}")


def judge_snapshot(pid, truth, what):
    doc = json.loads(run("snapshot", "--json", str(pid)))
    none_invented(doc, what)
    for t in doc["threads"]:
        if t["tid"] not in truth:
            continue
        owner = t["wait"] and t["wait"]["owner"]
        expect(owner == (truth[t["tid"]] or None), f"{what}: {t['tid']} waits for {owner}, truly "
               f"{truth[t['tid']]}")


def judge_report(truth, what):
    doc = report()
    none_invented(doc, what)
    waited = {t: l["holder"] for l in doc["locks"] for t in l["waiters"]}
    for tid, owner in truth.items():
        expect(waited.get(tid) == (owner or None), f"{what}: {tid} waits for {waited.get(tid)}, "
               f"truly {owner}")
    for b in doc["blame"]:
        expect(b["holder"] in (None, truth.get(b["waiter"])), f"{what}: blamed {b}")


def words(what, *ways):
    p, truth = begin(what)
    try:
        for i in range(20):
            judge_snapshot(p.pid, truth, f"snapshot {i} of {what}")
        for way in ways:
            run("record", "-q", "-o", out, "--duration", "1", "-p", str(p.pid), *way)
            judge_report(truth, f"{what} {way}")
        expect(p.poll() is None, f"{what}: it ended: {p.returncode}")
    finally:
        p.kill()
        p.wait()


def used_again():
    """Two children of one process, one after the other, of the same number."""
    free = subprocess.Popen(["true"])
    free.wait()
    script = f"{garbage} born {free.pid} sh -c 'sleep 0.2; exit 3'; a=$?; " \
             f"{garbage} born {free.pid} {fleeting} end 200000; exit $a"
    done = subprocess.run([threadline, "record", "-q", "-o", out, "--", "sh", "-c", script],
                          capture_output=True, text=True, timeout=60)
    if done.returncode == 77:
        print("not done: a pid cannot be chosen here:", done.stderr.strip())
        return
    expect(done.returncode == 3, f"used again: {done.returncode} {done.stderr}")
    doc = report()
    both = [p for p in doc["processes"] if p["pid"] == free.pid]
    expect([p["exit_code"] for p in both] == [3, 42], f"used again: {both}")
    expect([p["name"] for p in both] == ["sh", "fleeting"], f"used again: {both}")
    expect(len(both) == 2 and both[0]["died_ns"] <= both[1]["born_ns"], f"used again: {both}")
    mains = [t for t in doc["threads"] if t["tid"] == free.pid]
    expect(len(mains) == 2 and mains[0]["died_ns"] <= mains[1]["born_ns"], f"used again: {mains}")
    crowd = [t for t in doc["threads"] if t["pid"] == free.pid and t["tid"] != free.pid]
    expect(len(crowd) >= 3 and all(t["born_ns"] >= both[1]["born_ns"] for t in crowd if len(both) == 2),
           f"used again: threads {crowd}")
    none_invented(doc, "used again")


doctor = {s["name"]: s for s in json.loads(run("doctor", "--json"))["sources"]}
if not doctor["bpf"]["usable"]:
    print("skipped:", doctor["bpf"]["why"])
    sys.exit(77)
for what in ("owners", "memory"):
    words(what, (), ("--source=perf",), ("--stacks",))
used_again()
sys.exit(wrong != 0)
