# SPDX-License-Identifier: MIT
"""
Programs whose code tells less than usual: their C library deleted or stripped, not glibc, in a pid
namespace of their own, ten thousand threads, another user's. What is told of who waits for whom is
true in a recording as in a look; what cannot be known is not told.
"""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

threadline, stuck = sys.argv[1:3]
wrong = 0
tmp = tempfile.mkdtemp()
os.chmod(tmp, 0o755)
out = os.path.join(tmp, "a.tl")
NOBODY = 65534


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what, flush=True)


def run(*args, status=0, **kw):
    done = subprocess.run([threadline, *map(str, args)], capture_output=True, text=True, timeout=300, **kw)
    expect(done.returncode == status, f"{' '.join(map(str, args))}: {done.returncode} {done.stderr}")
    return done


@contextlib.contextmanager
def program(*args, before=(), exe=None, **kw):
    """One that has said its truth: its pid, {tid: (kind, owner)}."""
    p = subprocess.Popen([*before, exe or stuck, *map(str, args)], stdout=subprocess.PIPE, text=True,
                         start_new_session=True, **kw)
    truth = {}
    for line in p.stdout:
        words = line.split()
        if words[0] == "ready":
            break
        truth[int(words[1])] = words[2], int(words[3])
    else:
        expect(False, f"{args} did not become ready")
    try:
        yield p, truth
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(p.pid, signal.SIGKILL)
        p.wait()
        p.stdout.close()


def record(pid, *how, seconds="0.6"):
    run("record", "-q", "-o", out, "--duration", seconds, "-p", pid, *how)
    return json.loads(run("report", out, "--json").stdout)


def waits_of_report(doc):
    """{tid: (its longest state, who holds what it waits for)}."""
    held = {t: l["holder"] for l in doc["locks"] for t in l["waiters"]}
    return {t["tid"]: (max(t["ns"], key=t["ns"].get), held.get(t["tid"])) for t in doc["threads"] if t["ns"]}


def waits_of_snapshot(doc):
    return {t["tid"]: (t["state"], t["wait"] and t["wait"]["owner"]) for t in doc["threads"]}


def looks(pid, what, ways=((), ("--source=perf",))):
    yield f"{what}, snapshot", waits_of_snapshot(json.loads(run("snapshot", "--json", pid).stdout))
    for way in ways:
        yield f"{what}, record {way}", waits_of_report(record(pid, *way))


def same(waits, truth, what, kinds=True):
    """
    kinds: the kind of every wait is to be known, and each owner; else only never a wrong one. A
    stream's lock names its owner by a pointer, which a recording does not follow.
    """
    expect(not set(truth) - set(waits), f"{what}: threads {set(truth) - set(waits)} are missing")
    for tid in set(truth) & set(waits):
        (kind, owner), (state, told) = truth[tid], waits[tid]
        kind = kind.split(":")[0]
        expect(state == kind or not kinds, f"{what}: {tid} is told in {state}, truly {kind}")
        if kind in ("lock", "sem", "barrier"):
            expect(told == (owner or None) or (told is None and (not kinds or truth[tid][0] == "lock:file")),
                   f"{what}: {tid} waits for {told}, truly {owner}")


def with_libc(change, what, kinds=True):
    """With a C library of its own, which is changed before or while it runs."""
    where = os.path.join(tmp, "lib")
    os.mkdir(where)
    maps = open("/proc/self/maps").read()
    libc = re.search(r"\S*/libc\.so\.6", maps)[0]
    copy = shutil.copy(libc, where)
    if change == "strip":
        subprocess.run(["strip", copy], check=True)
    with program("zoo", env={**os.environ, "LD_LIBRARY_PATH": where}) as (p, truth):
        expect(copy in open(f"/proc/{p.pid}/maps").read(), f"{what}: another libc is in use")
        if change == "delete":
            os.unlink(copy)
        for how, waits in looks(p.pid, what):
            same(waits, truth, how, kinds)
    shutil.rmtree(where)


def not_glibc():
    if not shutil.which("musl-gcc"):
        print("not done: musl-gcc is not installed")
        return
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "snapshot", "stuck.c")
    exe = os.path.join(tmp, "stuck_musl")
    done = subprocess.run(["musl-gcc", "-D_GNU_SOURCE", "-DPTHREAD_MUTEX_ADAPTIVE_NP=0", "-O1", "-static", source,
                           "-o", exe], capture_output=True, text=True)
    expect(done.returncode == 0, f"musl-gcc: {done.stderr}")
    if done.returncode:
        return
    for kind in ("abba", "self"):
        with program(kind, exe=exe) as (p, truth):
            for how, waits in looks(p.pid, f"musl {kind}"):
                same(waits, truth, how, kinds=False)


def namespaced():
    """Numbers inside are others than ours; some of them are ours, of other threads."""
    before = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*before, "true"], capture_output=True).returncode:
        print("not done: no pid namespace can be made here")
        return
    for kind in ("abba", "ring", "zoo"):
        with program(kind, before=before) as (p, inside):
            children = open(f"/proc/{p.pid}/task/{p.pid}/children").read().split()
            ours = {}
            for child in children:
                for tid in os.listdir(f"/proc/{child}/task"):
                    status = open(f"/proc/{child}/task/{tid}/status").read()
                    ours[int(re.search(r"NStgid:.*\nNSpid:.*\s(\d+)\n", status)[1])] = int(tid)
            truth = {ours[t]: (k, ours.get(o, 0)) for t, (k, o) in inside.items() if t in ours}
            expect(len(truth) == len(inside), f"namespace {kind}: {len(truth)} of {len(inside)}")
            for how, waits in looks(children[0], f"namespace {kind}"):
                same(waits, truth, how)
            if kind != "zoo":
                found = [f["kind"] for f in record(children[0])["findings"]]
                expect(found == ["deadlock"], f"namespace {kind}: {found}")


def crowd():
    with program("crowd", 10000) as (p, truth):
        expect(len(truth) == 10000, f"the crowd is {len(truth)}")
        truth = {t: (k, p.pid) for t, (k, _) in truth.items()}
        for how, waits in looks(p.pid, "ten thousand", ways=((),)):
            same(waits, truth, how)


def refused():
    """Of another's process: what anybody may see of it, why not more, and the way out."""
    if os.geteuid() or subprocess.run(["test", "-x", threadline], user=NOBODY, group=NOBODY,
                                      extra_groups=[]).returncode:
        print("not done: not root, or an ordinary user cannot run what lies here")
        return
    with program("abba") as (p, _):
        mine = os.path.join(tmp, "mine")
        os.mkdir(mine)
        os.chown(mine, NOBODY, NOBODY)
        path = os.path.join(mine, "r.tl")
        done = run("record", "-o", path, "--duration", "0.3", "-p", p.pid, user=NOBODY, group=NOBODY,
                   extra_groups=[])
        expect("belongs to another user" in done.stderr and "sudo threadline" in done.stderr,
               f"no way out: {done.stderr}")
        doc = json.loads(run("report", path, "--json").stdout)
        expect(doc["session"]["sources"] == ["proc"] and len(doc["threads"]) == 3, f"refused: {doc}")
        expect(not doc["locks"] and not doc["findings"] and not doc["blame"], f"refused: {doc}")
        for t in doc["threads"]:
            expect(set(t["ns"]) <= {"idle-wait", "unknown"}, f"refused: what was not seen is told: {t}")


def yama():
    path = "/proc/sys/kernel/yama/ptrace_scope"
    if os.geteuid() or not os.path.exists(path):
        print("not done: this kernel has no Yama, or it is not ours to set")
        return
    before = open(path).read()
    copy = shutil.copy(stuck, os.path.join(tmp, "own"))
    try:
        for scope in ("1", "2"):
            with open(path, "w") as f:
                f.write(scope)
            with program("abba", exe=copy, user=NOBODY, group=NOBODY, extra_groups=[]) as (p, _):
                done = subprocess.run([threadline, "snapshot", "--json", str(p.pid)], capture_output=True,
                                      text=True, user=NOBODY, group=NOBODY, extra_groups=[])
                doc = json.loads(done.stdout)
                expect(done.returncode == 1 and "sudo" in done.stderr, f"yama {scope}: {done.stderr}")
                expect(len(doc["threads"]) == 3 and not doc["findings"], f"yama {scope}: {doc}")
    finally:
        with open(path, "w") as f:
            f.write(before)


doctor = {s["name"]: s for s in json.loads(run("doctor", "--json").stdout)["sources"]}
if not doctor["bpf"]["usable"]:
    print("skipped:", doctor["bpf"]["why"])
    sys.exit(77)
try:
    with_libc("delete", "libc deleted")
    with_libc("strip", "libc stripped")
    not_glibc()
    namespaced()
    refused()
    yama()
    crowd()
finally:
    shutil.rmtree(tmp)
sys.exit(wrong != 0)
