# SPDX-License-Identifier: MIT
"""The interpreter's lock, as seen from outside: recognised, told from locks, its holder named."""
import json
import os
import subprocess
import sys
import tempfile
import time

threadline, program = sys.argv[1], os.path.join(os.path.dirname(os.path.abspath(__file__)), "gil_program.py")
python = sys.argv[2] if len(sys.argv) > 2 else os.path.realpath(sys.executable)
tmp = tempfile.mkdtemp()
wrong = 0


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


def usable():
    doctor = json.loads(subprocess.run([threadline, "doctor", "--json"], capture_output=True, text=True).stdout)
    return {s["name"]: s for s in doctor["sources"]}["bpf"]


def report(recording):
    out = subprocess.run([threadline, "report", recording, "--json"], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def judge(how, r):
    names = {t["tid"]: t["name"] for t in r["threads"]}
    states = {}
    for t in r["threads"]:
        for state, ns in t["ns"].items():
            states.setdefault(t["name"], {}).setdefault(state, 0)
            states[t["name"]][state] += ns
    gils = [l for l in r["locks"] if l["kind"] == "gil"]
    expect(len(gils) == 1 and gils[0]["name"] == "GIL", f"{how}: one lock is the GIL, not {gils}")
    if not gils:
        return
    gil = gils[0]
    expect(gil["contended"] > 50, f"{how}: it is waited for, {gil['contended']} times")
    expect(gil["acquisitions"] is None, f"{how}: how often it was taken is not known")
    expect(gil["wait_ns"]["total"] > 300e6, f"{how}: long: {gil['wait_ns']['total']}")
    # where one that let it go waits for another to take it is a condition beside it
    conds = sum(c["wait_ns"]["total"] for c in r["conds"])
    expect(conds < 0.1 * gil["wait_ns"]["total"], f"{how}: few waits are at a condition: {r['conds']}")
    wanted = states.get("wanter", {})
    expect(wanted.get("lock", 0) > 10 * wanted.get("cond", 0), f"{how}: who wants it waits for a lock: {wanted}")
    blame = [b for b in r["blame"] if b["lock"] == gil["id"] and names[b["waiter"]] == "wanter"]
    by = {}
    for b in blame:
        by[names.get(b["holder"])] = by.get(names.get(b["holder"]), 0) + b["ns"]
    known = sum(ns for name, ns in by.items() if name)
    print(how, "the wanters waited for", {k: f"{v / 1e6:.0f} ms" for k, v in by.items()})
    expect(by.get("burner", 0) > 0, f"{how}: the burner is named: {by}")
    expect(by.get("burner", 0) >= 0.95 * known, f"{how}: and hardly anybody else: {by}")
    held = [b["holder_ns"] for b in blame if names.get(b["holder"]) == "burner"]
    away = sum(h["blocked"] + h["sleeping"] for h in held)
    expect(away < 0.02 * known, f"{how}: who has it does not wait: {away} of {known}")
    lockers = states.get("locker", {})
    expect(lockers.get("sem", 0) > 50e6, f"{how}: a Lock is a semaphore, honestly: {lockers}")


def attached():
    out = os.path.join(tmp, "attached.tl")
    child = subprocess.Popen([python, program, "1.5"])
    time.sleep(0.5)
    subprocess.run([threadline, "record", "-q", "-o", out, "-p", str(child.pid)], check=True)
    child.wait()
    judge("attached:", report(out))


def launched():
    out = os.path.join(tmp, "launched.tl")
    subprocess.run([threadline, "record", "-q", "-o", out, "--", python, program, "0"], check=True)
    judge("launched:", report(out))


bpf = usable()
if not bpf["usable"]:
    print("skipped:", bpf["why"])
    sys.exit(77)
attached()
launched()
for name in os.listdir(tmp):
    os.unlink(os.path.join(tmp, name))
os.rmdir(tmp)
sys.exit(wrong != 0)
