# SPDX-License-Identifier: MIT
"""The flight recorder: what began long before the seconds that were kept is told as it stood."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

threadline, stuck = sys.argv[1:3]
tmp = tempfile.mkdtemp()
wrong = 0


def path(name):
    return os.path.join(tmp, name)


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


def record(out, *args, target=("2500",)):
    return subprocess.run([threadline, "record", "-o", path(out), *args, "--", stuck, *target],
                          capture_output=True, text=True, timeout=60)


def report(name):
    done = subprocess.run([threadline, "report", path(name), "--json"], capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stderr, f"report {name}: {done.stderr}")
    return json.loads(done.stdout)


def check_stuck(r, how, goes_on=True):
    tids = {t["tid"]: t["name"] for t in r["threads"]}
    expect({"one", "two"} <= set(tids.values()), f"{how}: threads {tids}")
    held = {tids[l["holder"]]: [tids[w] for w in l["waiters"]]
            for l in r["locks"] if l["holder"] in tids and tids[l["holder"]] in ("one", "two")}
    expect(not goes_on or held == {"one": ["two"], "two": ["one"]}, f"{how}: who has what others wait for: {held}")
    expect("deadlock" in [f["kind"] for f in r["findings"]], f"{how}: {r['findings']}")
    for t in r["threads"]:
        if t["name"] in ("one", "two"):
            expect(set(t["ns"]) == {"lock"} if goes_on else "unknown" not in t["ns"],
                   f"{how}: {t['name']} did {t['ns']}")


def the_end():
    done = record("end.tl", "--keep", "300ms")
    expect(done.returncode == 0 and "end.tl" in done.stderr, f"the end: {done.stderr}")
    r = report("end.tl")
    expect(r["session"]["duration_ns"] < 2000_000_000, f"more was kept: {r['session']}")
    expect(r["session"]["lost"] == 0, "nothing was lost")
    check_stuck(r, "the end", goes_on=False)


def a_signal():
    p = subprocess.Popen([threadline, "record", "-q", "-o", path("sig.tl"), "--keep", "0.3", "--",
                          stuck, "4000"], stderr=subprocess.PIPE, text=True)
    for name in ("sig.tl", "sig-2.tl"):
        deadline = time.monotonic() + 30
        time.sleep(1.2)
        p.send_signal(signal.SIGUSR1)
        while not os.path.exists(path(name)) and time.monotonic() < deadline:
            time.sleep(0.05)
        expect(os.path.exists(path(name)), f"SIGUSR1 wrote no {name}")
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=60)
    for name in ("sig.tl", "sig-2.tl", "sig-3.tl"):
        check_stuck(report(name), name)


def with_stacks():
    """Where the two began to wait, long before: the frames and their names were told then."""
    done = record("stacks.tl", "--stacks", "--keep", "300ms")
    expect(done.returncode == 0, f"with stacks: {done.stderr}")
    if "--stacks" in done.stderr:
        print("not seen here:", done.stderr)
        return
    found = set()
    for lock in report("stacks.tl")["locks"]:
        for s in lock["stacks"]:
            names = [f.split("+")[0].split(",")[0] for f in s["stack"]]
            expect(s["stack_end"] is None, f"it ends as {s}")
            for name in ("one", "two"):
                if name in names and "pthread_mutex_lock" in names[:names.index(name)]:
                    found.add(name)
    expect(found == {"one", "two"}, f"with stacks: the two began to wait in {found}")


def a_finding():
    record("found.tl", "--keep", "5s", "--on", "deadlock")
    check_findings = [f["kind"] for f in report("found.tl")["findings"]]
    expect("deadlock" in check_findings, f"--on deadlock: {check_findings}")
    expect(not os.path.exists(path("found-2.tl")), "the end wrote one more")
    done = record("none.tl", "--keep", "5s", "--on", "any", target=("300", "well"))
    expect(not os.path.exists(path("none.tl")) and "nothing was written" in done.stderr,
           f"nothing was found, and something written: {done.stderr}")


def usage():
    for args, word in ((("--on", "any"), "--keep"), (("--keep", "1s", "--on", "bad"), "--on"),
                       (("--keep", "soon"), "--keep")):
        done = record("no.tl", *args)
        expect(done.returncode == 2 and word in done.stderr, f"{args}: {done.returncode} {done.stderr}")
    done = subprocess.run([threadline, "record", "-o", "/nowhere/x.tl", "--keep", "1s", "--", stuck],
                          capture_output=True, text=True)
    expect(done.returncode == 1 and "/nowhere/x.tl" in done.stderr, f"/nowhere: {done.stderr}")


for check in (usage, the_end, a_signal, with_stacks, a_finding):
    check()
sys.exit(1 if wrong else 0)
