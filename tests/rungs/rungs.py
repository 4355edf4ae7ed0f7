# SPDX-License-Identifier: MIT
"""
The rungs on this kernel: each source asked for by name, as root and as an ordinary user, sees a
deadlock, tells which rung it stands on, and says what it lacks.
"""
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge

threadline, scenarios, embrace = sys.argv[1:4]
NOBODY = 65534
root = os.geteuid() == 0
wrong = 0


def reachable(path):
    """Whether an ordinary user may run what lies there."""
    return subprocess.run(["test", "-x", path], user=NOBODY, group=NOBODY,
                          extra_groups=[]).returncode == 0


def as_user(nobody):
    return dict(user=NOBODY, group=NOBODY, extra_groups=[]) if nobody else {}


def run(args, nobody, **kw):
    return subprocess.run([threadline, *args], capture_output=True, text=True, errors="replace",
                          timeout=60, **as_user(nobody), **kw)


def recorded(j, args, nobody, tmp):
    path = os.path.join(tmp, "f.tl")
    done = run(["record", "-o", path, "--duration", "1.5", *args], nobody)
    said = run(["report", path, "--json"], nobody)
    j.expect(said.returncode == 0, f"{args}: {done.stderr} {said.stderr}")
    if os.path.exists(path):
        os.unlink(path)
    return done, j.parse(said.stdout, "report") if said.returncode == 0 else None


def embraced(nobody):
    """A deadlocked program that nobody watches."""
    p = subprocess.Popen([embrace], stdout=subprocess.PIPE, **as_user(nobody))
    p.stdout.readline()
    return p


def rung(name, source, nobody, launched, attached):
    """launched, attached: the sources there must be; None where it must be refused."""
    global wrong
    j = judge.Judge(f"{name}, {'ordinary user' if nobody else 'own user'}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as tmp:
        os.chmod(tmp, 0o777)
        done, doc = recorded(j, [f"--source={source}", "deadlock/abba"], nobody, tmp)
        judge.report(j, doc, launched, "all" if "shim" in launched else "contended")
        judge.run_states(j, doc, source)
        if source == "shim":
            j.expect("sampled" in done.stderr or doc is None, f"says nothing: {done.stderr!r}")
        p = embraced(nobody)
        done, doc = recorded(j, [f"--source={source}", "-p", str(p.pid)], nobody, tmp)
        judge.report(j, doc, attached, "contended")
        p.send_signal(signal.SIGKILL)
        p.wait()
    wrong += j.wrong
    print(f"{name}{' as an ordinary user' if nobody else ''}: {'WRONG' if j.wrong else 'right'}")


def doctor(nobody):
    global wrong
    j = judge.Judge("doctor")
    done = run(["doctor", "--json"], nobody)
    j.expect(done.returncode == 0 and not done.stderr, done.stderr)
    doc = j.parse(done.stdout, "doctor")
    text = run(["doctor"], nobody).stdout
    judge.doctor(j, doc, {"proc": True}, {})
    usable = {s["name"]: s["usable"] for s in doc["sources"]}
    if usable["bpf"] and os.uname().machine == "x86_64":
        judge.doctor(j, doc, {}, {"every_lock": "yes"})
        j.expect(doc["uprobes"]["usable"] and "uprobes" in text, f"uprobes: {doc['uprobes']}")
    else:
        judge.doctor(j, doc, {}, {"every_lock": "own processes"})
        j.expect(not doc["uprobes"]["usable"] and doc["uprobes"]["why"], f"{doc['uprobes']}")
    if nobody:
        judge.doctor(j, doc, {"bpf": False}, {"wakeups": "no", "lock_waits": "own processes"})
        judge.fix(j, doc, "bpf", judge.SETCAP)
        j.expect("sudo threadline" in text and judge.SETCAP in text, f"no way out:\n{text}")
        j.expect(("sysctl" in text) == (not usable["perf"]), f"sysctl:\n{text}")
    j.expect(max(map(len, text.splitlines())) <= 80 or judge.SETCAP in text, "a line is too long")
    j.expect(not re.search(r"[\x00-\x09\x0b-\x1f]", text), "control characters")
    wrong += j.wrong
    return usable


def main():
    users = [False]
    if root and reachable(threadline) and reachable(scenarios) and reachable(embrace):
        users.append(True)
    elif root:
        print("an ordinary user cannot reach", threadline, "- only root is tried")
    with concurrent.futures.ThreadPoolExecutor() as beside:
        rungs = []
        for nobody in users:
            usable = doctor(nobody)
            if usable["bpf"]:
                rungs.append(("bpf", "bpf", nobody, {"bpf", "shim"}, {"bpf"}))
            if usable["perf"]:
                rungs.append(("perf", "perf", nobody, {"perf", "shim", "proc"}, {"perf", "proc"}))
            rungs.append(("shim and /proc", "shim", nobody, {"shim", "proc"}, {"proc"}))
        for done in [beside.submit(rung, *r) for r in rungs]:
            done.result()
    return 1 if wrong else 0


sys.exit(main())
