# SPDX-License-Identifier: MIT
"""Stacks of waits, per lock, of a running program that knows its chains of calls."""
import json
import os
import re
import subprocess
import sys
import tempfile

threadline, contended = sys.argv[1:3]
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
        without = report(tmp, p.pid)
        expect(without["locks"], "no lock without --stacks")
        expect(all("stacks" not in l for l in without["locks"]), "stacks are told unasked")
    finally:
        p.kill()
        p.wait()
print("all true" if not wrong else f"{wrong} wrong")
sys.exit(1 if wrong else 0)
