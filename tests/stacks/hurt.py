# SPDX-License-Identifier: MIT
"""Stacks of waits where they are hard to have: a static program, one that becomes another at once,
a thousand threads that stop together. What is not known is told so; what is told is true."""
import json
import os
import re
import subprocess
import sys
import tempfile

threadline, static, one, other, stuck = sys.argv[1:6]
THREADS = 1000
if os.uname().machine != "x86_64":
    print("skipped: stacks are told on x86-64")
    sys.exit(77)
wrong = 0
tmp = tempfile.mkdtemp()


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", str(what)[:1500])


def record(*args):
    """(what the program said, the report)"""
    file = os.path.join(tmp, "it.tl")
    done = subprocess.run([threadline, "record", "-q", "--stacks", "-o", file, *map(str, args)],
                          capture_output=True, text=True, timeout=120)
    expect(done.returncode in (0, 143), done)  # a program that does not end is ended
    if "--stacks" in done.stderr:
        print("skipped: no probe may be loaded here:", done.stderr)
        sys.exit(77)
    out = subprocess.run([threadline, "report", "--json", file], capture_output=True, text=True,
                         timeout=120)
    expect(out.returncode == 0, out.stderr)
    return done.stdout, json.loads(out.stdout)


def names(stack):
    return [re.sub(r"(\+0x|, inlined).*", "", line) for line in stack["stack"]]


def lock_at(doc, address):
    return [l for l in doc["locks"] if l["addr"] and int(l["addr"], 16) == int(address, 16)]


def without_libraries():
    p = subprocess.Popen([static], stdout=subprocess.PIPE, text=True)
    try:
        said = []
        while (line := p.stdout.readline()) and line != "ready\n":
            said.append(line.split())
        _, doc = record("--duration", "1", "-p", p.pid)
    finally:
        p.kill()
        p.wait()
    expect(len(said) == 2, f"static: it said {said}")
    for address, *truth in said:
        for lock in lock_at(doc, address):
            for key in ("stacks", "wakers"):
                expect(lock[key], f"static: {key} of {lock}")
                for s in lock[key]:
                    ours = [n for n in names(s) if n in truth]
                    expect(ours == truth and s["stack_end"] is None, f"static: {s}, truly {truth}")
        expect(lock_at(doc, address), f"static: no lock at {address}")


def becomes_another():
    """The same addresses, other names: none of one is told of the other."""
    said, doc = record("--", one, other, 24)
    truth = dict(line.split()[1:] for line in said.splitlines() if line.startswith("lock"))
    expect(len(truth) == 2, f"turns: it said {said!r}")
    told = set()
    for address, name in truth.items():
        for lock in lock_at(doc, address):
            for key in ("stacks", "wakers", "takers"):
                for s in lock[key]:
                    ours = [n for n in names(s) if n in truth.values()]
                    told.update(ours)
                    expect(ours in ([name], []), f"turns: {key} {s}, truly {name}")
    expect(told == set(truth.values()), f"turns: of {told} alone something is told")


def a_crowd():
    """All stop within moments; each of them is told of, with a stack or among those without."""
    _, doc = record("--duration", "4", "--", stuck, "crowd", THREADS)
    locks = [l for l in doc["locks"] if len(l["waiters"]) > 1]
    expect(len(locks) == 1, f"crowd: {len(locks)} locks")
    for lock in locks:
        known = [t for s in lock["stacks"] for t in s["waiting"]]
        left = lock["stacks_left_out"]["waiting"]
        print(f"of {len(lock['waiters'])} threads that stopped at once {len(known)} have a stack")
        expect(sorted(known + left) == sorted(lock["waiters"]), f"crowd: {len(known)}, {len(left)}")
        expect(sum(s["count"] for s in lock["stacks"]) + lock["stacks_left_out"]["count"] ==
               lock["contended"], f"crowd: counts of {lock['contended']}")
        expect(known, "crowd: nobody has a stack")
        for s in lock["stacks"]:
            expect(any("mutex_lock" in n for n in names(s)) and "begin" in names(s), f"crowd: {s}")


without_libraries()
becomes_another()
a_crowd()
print("all true" if not wrong else f"{wrong} wrong")
sys.exit(1 if wrong else 0)
