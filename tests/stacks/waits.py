# SPDX-License-Identifier: MIT
"""Stacks of waits, per lock, of a running program that knows its chains of calls."""
import json
import os
import re
import subprocess
import sys
import tempfile

threadline, contended, stuck = sys.argv[1:4]
if os.uname().machine != "x86_64":
    print("skipped: stacks are told on x86-64")
    sys.exit(77)
wrong = 0


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


def report(tmp, pid, *options):
    file = os.path.join(tmp, "it.tl")
    done = subprocess.run([threadline, "record", *options, "-o", file, "--duration", "1.5", "-p",
                           str(pid)], capture_output=True, text=True, timeout=60)
    expect(done.returncode == 0, done.stderr)
    if "bpf(" in done.stderr:
        print("skipped: no probe may be loaded here:", done.stderr)
        sys.exit(77)
    done = subprocess.run([threadline, "report", "--json", file], capture_output=True, text=True,
                          timeout=60)
    expect(done.returncode == 0, done.stderr)
    return json.loads(done.stdout)


def check_lock(doc, address, truth):
    locks = [l for l in doc["locks"] if l["addr"] and int(l["addr"], 16) == int(address, 16)]
    expect(len(locks) == 1, f"{address} is {len(locks)} locks")
    for lock in locks:
        expect(lock["stacks"], f"{address}: no stack")
        for s in lock["stacks"]:
            names = [re.sub(r"(\+0x|, inlined).*", "", line) for line in s["stack"]]
            ours = [n for n in names if n in ("take", "by_first", "by_second", "first_thread",
                                              "second_thread")]
            expect(ours == truth, f"{address}: {s}, truly {truth}")
            expect(s["stack_end"] is None, f"{address}: ends as {s}")
            expect(s["count"] > 0 and s["wait_ns"] > 0, f"{address}: {s}")
        check_wakers(lock, truth)
        for key in ("stacks", "wakers"):
            ns = sum(s["wait_ns"] for s in lock[key]) + lock[key + "_left_out"]["wait_ns"]
            expect(ns <= lock["wait_ns"]["total"], f"{address}: {key} of {ns} ns: {lock}")


def check_wakers(lock, truth):
    """Who ends a wait for a lock of theirs has let go of it there and nowhere else."""
    expect(lock["wakers"], f"{truth}: nobody woke anybody: {lock}")
    for s in lock["wakers"]:
        names = [re.sub(r"(\+0x|, inlined).*", "", line) for line in s["stack"]]
        expect(names[-len(truth) - 2:][:len(truth)] == truth and "unlock" in str(names),
               f"woken in {s}, truly {truth}")
    known = sum(s["count"] for s in lock["wakers"])
    expect(known > lock["wakers_left_out"]["count"], f"{truth}: {lock}")


def check_takers(doc, address):
    """Every lock call is seen: which of them took it is told, of nearly all."""
    for lock in doc["locks"]:
        if not lock["addr"] or int(lock["addr"], 16) != int(address, 16):
            continue
        if lock["acquisitions"] is None:
            print("not seen here: --locks=all")
            return
        for s in lock["takers"]:
            expect(re.match(r"take\+0x[0-9a-f]+ .*contended.c", s["stack"][0]),
                   f"{address}: taken at {s}")
        known = sum(s["count"] for s in lock["takers"])
        expect(known > lock["takers_left_out"]["count"], f"{address}: {lock['takers']}")


def check_circle(doc, how, took):
    """Each of a deadlock's threads waits still, and it is told where."""
    tids = [t for f in doc["findings"] if f["kind"] == "deadlock" for t in f["threads"]]
    expect(len(tids) == 2, f"{how}: {doc['findings']}")
    told = {t: s for l in doc["locks"] for s in l["stacks"] for t in s["waiting"]}
    ends = {t["tid"]: t["stack"] for t in doc["threads"]}
    for tid in tids:
        expect(tid in told and any("lock" in f for f in told[tid]["stack"]) and
               any(f.startswith("begin+") for f in told[tid]["stack"]),
               f"{how}: {tid} waits in {told.get(tid)}")
        expect(tid in told and told[tid]["count"] and told[tid]["wait_ns"], f"{how}: {told}")
        held = [l["holder_took"] for l in doc["locks"] if tid in l["waiters"]]
        expect(held == [None] if not took else len(held) == 1 and held[0] and
               re.match(r"embrace\+", held[0]["stack"][0]) and held[0]["stack_end"],
               f"{how}: what {tid} waits for was taken at {held}")
        expect(tid in told and ends[tid] == told[tid]["stack"], f"{how}: {tid} ends in {ends}")


def circles(tmp):
    """One that is older than the call, and one that closes while it is watched."""
    p = subprocess.Popen([stuck, "abba"], stdout=subprocess.PIPE, text=True)
    try:
        while (line := p.stdout.readline()) and line != "ready\n":
            pass
        check_circle(report(tmp, p.pid, "--stacks"), "older than the call", False)
    finally:
        p.kill()
        p.wait()
    file = os.path.join(tmp, "new.tl")
    done = subprocess.run([threadline, "record", "-q", "--stacks", "-o", file, "--duration", "1.5",
                           "--", stuck, "abba"], capture_output=True, text=True, timeout=60)
    expect(not done.stderr, done.stderr)
    for words in (["--json"], []):
        done = subprocess.run([threadline, "report", *words, file], capture_output=True, text=True,
                              timeout=60)
        expect(done.returncode == 0, done.stderr)
        if words:
            check_circle(json.loads(done.stdout), "while it is watched", True)
        else:
            expect("; 1 goes on:" in done.stdout, f"as text: {done.stdout}")


with tempfile.TemporaryDirectory() as tmp:
    p = subprocess.Popen([contended], stdout=subprocess.PIPE, text=True)
    try:
        said = []
        for line in p.stdout:
            if line == "ready\n":
                break
            said.append(line.split())
        expect(len(said) == 2, f"it said {said}")
        doc = report(tmp, p.pid, "--stacks")
        for address, *truth in said:
            check_lock(doc, address, truth)
        expect(all(l["holder_took"] is None and not l["takers"] for l in doc["locks"]),
               "where locks were taken is told of a program whose calls are not seen")
        doc = report(tmp, p.pid, "--stacks", "--locks=all")
        for address, *_ in said:
            check_takers(doc, address)
        circles(tmp)
        without = report(tmp, p.pid)
        expect(without["locks"], "no lock without --stacks")
        expect(all("stacks" not in l for l in without["locks"]), "stacks are told unasked")
    finally:
        p.kill()
        p.wait()
print("all true" if not wrong else f"{wrong} wrong")
sys.exit(1 if wrong else 0)
