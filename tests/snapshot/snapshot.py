# SPDX-License-Identifier: MIT
"""One look at programs that know what they wait for, held against that truth."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

threadline, stuck = sys.argv[1:3]
stuck_static = sys.argv[3] if len(sys.argv) > 3 else None  # None: only what a C library changes
NOBODY = 65534
root = os.geteuid() == 0
wrong = 0


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


def as_nobody():
    return dict(user=NOBODY, group=NOBODY, extra_groups=[])


def look(*args, **kw):
    return subprocess.run([threadline, "snapshot", *map(str, args)], capture_output=True,
                          timeout=60, **kw)


def document(*args, status=0, **kw):
    done = look("--json", *args, **kw)
    expect(done.returncode == status, f"snapshot {args}: status {done.returncode}, {done.stderr}")
    doc = json.loads(done.stdout.decode("utf-8", "strict"))
    expect(doc["schema"] == "threadline.snapshot/1", f"schema {doc['schema']}")
    return doc


@contextlib.contextmanager
def program(*args, before=(), exe=None, **kw):
    """A program that has said its truth: its pid, {tid: (kind, owner, address)}."""
    p = subprocess.Popen([*before, exe or stuck, *map(str, args)], stdout=subprocess.PIPE, text=True,
                         start_new_session=True, **kw)
    truth = {}
    for line in p.stdout:
        words = line.split()
        if words[0] == "ready":
            break
        truth[int(words[1])] = words[2], int(words[3]), words[4]
    else:
        expect(False, f"{args} did not become ready")
    try:
        yield p, truth
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(p.pid, signal.SIGCONT)
            os.killpg(p.pid, signal.SIGKILL)
        p.wait()
        p.stdout.close()


def threads_of(doc):
    return {t["tid"]: t for t in doc["threads"]}


def check_thread(doc, t, kind, owner, addr, why, state=None):
    """kind: of the wait, and of the lock where that is known."""
    wait = t["wait"]
    expect(t["state"] == (state or kind.split(":")[0]), f"{why}: state {t['state']}, truly {kind}")
    if kind in ("idle-wait", "sleep", "poll", "child"):
        return
    expect(wait is not None and wait["kind"] == kind.split(":")[0], f"{why}: {wait}, truly {kind}")
    if not wait:
        return
    expect(wait["owner"] == (owner or None), f"{why}: owner {wait['owner']}, truly {owner}")
    expect(wait["since_ns"] is None, f"{why}: the kernel does not tell since when")
    if ":" not in kind:
        return
    lock = [l for l in doc["locks"] if l["id"] == wait["lock"]]
    expect(len(lock) == 1, f"{why}: its lock is not told of")
    if not lock:
        return
    lock = lock[0]
    expect(lock["kind"] == kind.split(":")[1], f"{why}: lock {lock['kind']}, truly {kind}")
    expect(t["tid"] in lock["waiters"], f"{why}: not among the waiters")
    expect(lock["holder"] == (owner or None), f"{why}: holder {lock['holder']}, truly {owner}")
    if addr not in ("0", "0x0"):
        expect(lock["addr"] == addr == wait["addr"], f"{why}: at {lock['addr']}, truly {addr}")


def check_truth(doc, truth, why, state=None):
    found = threads_of(doc)
    expect(not set(truth) - set(found), f"{why}: threads {set(truth) - set(found)} are missing")
    for tid, (kind, owner, addr) in truth.items():
        if tid in found:
            check_thread(doc, found[tid], kind, owner, addr, f"{why}, thread {tid}", state)


def findings(doc):
    return [f["kind"] for f in doc["findings"]]


def check_deadlock(doc, truth, why):
    expect(findings(doc) == ["deadlock"], f"{why}: findings {findings(doc)}")
    for f in doc["findings"]:
        expect(set(f["threads"]) == set(truth), f"{why}: {f['threads']}, truly {set(truth)}")
        expect(len(f["locks"]) == len(truth), f"{why}: {len(f['locks'])} locks")


def circles(exe, name):
    for kind in ("abba", "ring", "shared"):
        with program(kind, exe=exe) as (p, truth):
            doc = document(p.pid)
            check_truth(doc, truth, f"{name} {kind}")
            check_deadlock(doc, truth, f"{name} {kind}")
            document("--check", p.pid, status=3)
            text = look(p.pid).stdout.decode()
            expect("DEADLOCK" in text.splitlines()[0], f"{name} {kind}: the text says {text}")
    with program("self", exe=exe) as (p, truth):
        doc = document(p.pid)
        check_truth(doc, truth, f"{name} self")
        expect(findings(doc) == ["self-deadlock"], f"{name} self: {findings(doc)}")


def zoo(exe, name, names=True):
    with program("zoo", exe=exe) as (p, truth):
        doc = document(p.pid)
        check_truth(doc, truth, name)
        expect(not doc["findings"], f"{name}: {findings(doc)}")
        called = {l["name"] for l in doc["locks"]} | {t["wait"]["name"] for t in doc["threads"]
                                                      if t["wait"]}
        if names:
            expect({"accounts", "robust", "written", "none_left", "never_full", "not_empty"} <=
                   called, f"{name}: locks are called {called}")
        expect(look("--check", p.pid).returncode == 0, f"{name}: --check without an error")
        first = look(p.pid).stdout.decode().splitlines()[:2]
        expect(first[0] == "No deadlock seen." and "not known who could wake" in first[1],
               f"{name}: none seen where some waits cannot be followed is not none: {first}")


def stripped(tmp):
    """Neither names nor, where static, call sites: what is told is true all the same."""
    for exe, name in ((stuck, "stripped"), (stuck_static, "stripped static")):
        path = os.path.join(tmp, name.replace(" ", "_"))
        shutil.copy(exe, path)
        subprocess.run(["strip", path], check=True)
        if exe == stuck:
            zoo(path, name, names=False)
            continue
        with program("zoo", exe=path) as (p, truth):
            for t in document(p.pid)["threads"]:
                owner = t["wait"] and t["wait"]["owner"]
                expect(owner in (None, truth.get(t["tid"], ("", 0))[1]),
                       f"{name}: {t['tid']} waits for {owner}")
        with program("abba", exe=path) as (p, truth):
            check_deadlock(document(p.pid), truth, name)


def nobody_waits():
    with subprocess.Popen(["sleep", "1000"]) as p:
        try:
            text = look(p.pid).stdout.decode()
            expect(text.startswith("No deadlock.\n"), f"nothing waits: {text}")
        finally:
            p.kill()


def handover():
    """Two locks handed over as fast as can be, always in one order: never a deadlock."""
    with program("handover") as (p, _):
        for _ in range(200):
            doc = document(p.pid)
            expect(not doc["findings"], f"handover: {doc['findings']}")
            for t in doc["threads"]:
                expect(not t["wait"] or t["wait"]["owner"] != t["tid"], "handover: waits for itself")


def hostile():
    with program("names") as (p, truth):
        doc = document(p.pid)
        check_truth(doc, truth, "names")
        text = look(p.pid).stdout.decode("utf-8", "strict")
        expect("\033" not in text and "\u202e" not in text, f"names: {text!r}")
        expect(len([l for l in text.splitlines() if "pause" in l]) == len(truth) + 1,
               f"names: {text}")


def stopped():
    with program("abba") as (p, truth):
        os.kill(p.pid, signal.SIGSTOP)
        while not open(f"/proc/{p.pid}/stat").read().split(")")[1].startswith(" T"):
            time.sleep(0.01)
        time.sleep(0.1)
        doc = document(p.pid)
        check_truth(doc, truth, "stopped", state="stopped")
        check_deadlock(doc, truth, "stopped")
        expect(open(f"/proc/{p.pid}/stat").read().split(")")[1].startswith(" T"),
               "a stopped program is left so")


def own_namespaces():
    """In its own pid and mount namespaces threads have other numbers inside."""
    before = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child"]
    if subprocess.run([*before, "true"], capture_output=True).returncode:
        print("skipped: no namespaces to be made here")
        return
    for kind in ("abba", "ring", "shared"):
        with program(kind, before=before) as (p, inside):
            doc = document(p.pid)
            expect(findings(doc) == ["deadlock"], f"namespace {kind}: findings {findings(doc)}")
            locked = [t for t in doc["threads"] if t["state"] == "lock"]
            expect(len(locked) == len(inside), f"namespace {kind}: {len(locked)} wait")
            expect({t["wait"]["owner"] for t in locked} == {t["tid"] for t in locked},
                   f"namespace {kind}: owners {[t['wait']['owner'] for t in locked]}")
            expect(not {t["tid"] for t in locked} & set(inside), "numbers are ours, not theirs")


def ordinary_user():
    if not root or subprocess.run(["test", "-x", threadline], **as_nobody()).returncode:
        print("skipped: not root, or an ordinary user cannot run what lies here")
        return
    copy = os.path.join(tempfile.gettempdir(), f"stuck-{os.getpid()}")
    shutil.copy(stuck, copy)
    os.chmod(copy, 0o755)
    try:
        for kind in ("abba", "shared"):
            with program(kind, exe=copy, **as_nobody()) as (p, truth):
                doc = document(p.pid, **as_nobody())
                check_truth(doc, truth, f"ordinary user, {kind}")
                check_deadlock(doc, truth, f"ordinary user, {kind}")
        with program("abba") as (p, truth):
            done = look(p.pid, "--json", **as_nobody())
            expect(done.returncode == 1 and b"sudo threadline snapshot" in done.stderr,
                   f"another's process: {done.returncode} {done.stderr}")
            doc = json.loads(done.stdout)
            expect(not doc["findings"] and not doc["processes"][0]["waits_seen"],
                   "another's process: what was not seen is said")
            expect(all(t["wait"] is None for t in doc["threads"]), "another's process: waits told")
            text = look(p.pid, **as_nobody()).stdout.decode()
            expect(text.startswith("No deadlock seen.\n"), f"another's process: {text}")
    finally:
        os.unlink(copy)


def several():
    with program("abba") as (p, truth), program("self") as (q, other):
        doc = document(p.pid, q.pid)
        check_truth(doc, {**truth, **other}, "several")
        expect(sorted(findings(doc)) == ["deadlock", "self-deadlock"], f"several: {findings(doc)}")
        expect({x["pid"] for x in doc["processes"]} == {p.pid, q.pid}, "several: processes")
        doc = document(next(iter(truth)), p.pid)
        check_truth(doc, truth, "a thread's number stands for its process")


def refused():
    done = look()
    expect(done.returncode == 2 and b"--help" in done.stderr, f"no pid: {done.stderr}")
    expect(look("x1").returncode == 2, "x1 is no pid")
    expect(look(2147483646).returncode == 1, "no such process")
    if os.path.exists("/proc/2/comm") and open("/proc/2/comm").read() == "kthreadd\n":
        done = look(2)
        expect(done.returncode == 1 and b"kernel thread" in done.stderr, f"kthreadd: {done}")
    p = subprocess.Popen(["true"])
    time.sleep(0.2)
    done = look(p.pid)
    expect(done.returncode == 1 and b"ended" in done.stderr, f"a zombie: {done}")
    p.wait()


def vanishing():
    """Whatever dies meanwhile: an answer or a reason, never anything else."""
    for i in range(30):
        with program("zoo" if i % 2 else "crowd", 200) as (p, _):
            looker = subprocess.Popen([threadline, "snapshot", "--json", str(p.pid)],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(i / 3000)
            os.killpg(p.pid, signal.SIGKILL)
            out, err = looker.communicate(timeout=60)
            expect(looker.returncode in (0, 1), f"vanishing: {looker.returncode} {err}")
            if looker.returncode == 0:
                json.loads(out)
            else:
                expect(err.count(b"\n") == 1, f"vanishing: {err}")


def crowd():
    with program("crowd", 1000) as (p, truth):
        took = []
        for _ in range(5):
            doc = document(p.pid)
            took.append(doc["took_ns"] / 1e6)
        check_truth(doc, {t: (k, p.pid, a) for t, (k, _, a) in truth.items()}, "crowd")
        text = look(p.pid).stdout.decode()
        expect(len(text.splitlines()) < 30, "a crowd's text is short")
        print(f"1,000 threads: looked for {min(took):.1f} to {max(took):.1f} ms")


def everything():
    with tempfile.TemporaryDirectory() as tmp:
        circles(stuck_static, "static")
        zoo(stuck_static, "static")
        stripped(tmp)
    hostile()
    stopped()
    own_namespaces()
    ordinary_user()
    several()
    refused()
    crowd()
    vanishing()


circles(stuck, "dynamic")
zoo(stuck, "dynamic", names=stuck_static is not None)
if stuck_static:
    everything()
nobody_waits()
handover()
print("all true" if not wrong else f"{wrong} wrong")
sys.exit(1 if wrong else 0)
