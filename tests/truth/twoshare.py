# SPDX-License-Identifier: MIT
"""
A lock in memory that two processes share, each at another address, is one lock: where only every
call is seen and nobody waits, and where they wait for each other.
"""
import signal

from truth import *

ROUNDS = 200


def shared_file(tmp):
    return os.path.join(tmp, "memory")


def child_of(pid):
    while True:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            children = f.read().split()
        if children:
            return int(children[0])
        time.sleep(0.01)


def uncontended(locks):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "a.tl")
        held = subprocess.Popen([program, shared_file(tmp), str(ROUNDS)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        rec = subprocess.Popen([threadline, "record", "-q", "-o", path, f"--locks={locks}", "-p",
                                str(held.pid)], stderr=subprocess.PIPE, text=True)
        while not os.path.exists(path) and rec.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        out, _ = held.communicate("\n")
        _, err = rec.communicate()
        expect(held.returncode == 0 and rec.returncode == 0, f"{locks}: {held.returncode} {err}")
        doc = report(path)
    expect(doc["session"]["locks"] == locks, f"locks {doc['session']['locks']}: {err}")
    for line in out.splitlines():
        kind, here, there, n = line.split()
        expect(here != there, f"{kind}: both have it at {here}")
        ours = [l for l in doc["locks"] if l["addr"] in (here, there)]
        expect(len(ours) == 1, f"{kind} is told as {len(ours)}: {ours}")
        # of its children, whose calls are not all seen, the others' are not counted
        expect(len(ours) == 1 and ours[0]["pid"] is None and ours[0]["kind"] == kind and
               ours[0]["acquisitions"] in (int(n), 2 * int(n)), f"{kind}: {ours}, truly {n}")


def deadlock(locks):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "d.tl")
        held = subprocess.Popen([program, shared_file(tmp), "0", "deadlock"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        child = child_of(held.pid)
        rec = subprocess.Popen([threadline, "record", "-q", "-o", path, f"--locks={locks}",
                                "--duration", "2", "-p", str(held.pid)], stderr=subprocess.PIPE,
                               text=True)
        while not os.path.exists(path) and rec.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        held.stdin.write("\n")
        held.stdin.flush()
        _, err = rec.communicate()
        held.send_signal(signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
        held.communicate()
        doc = report(path)
    waited = [l for l in doc["locks"] if l["waiters"]]
    expect(len(waited) == 2 and all(l["pid"] is None for l in waited), f"{locks}: {waited}")
    expect({(l["holder"], *l["waiters"]) for l in waited} == {(held.pid, child), (child, held.pid)},
           f"{locks}: who waits for whom: {waited}")
    found = [f for f in doc["findings"] if f["kind"] == "deadlock"]
    expect(len(found) == 1 and sorted(found[0]["threads"]) == sorted([held.pid, child]) and
           sorted(found[0]["locks"]) == sorted(l["id"] for l in waited), f"{locks}: {found}")


need_bpf()
deadlock("contended")
if os.uname().machine == "x86_64":
    uncontended("all")
    deadlock("all")
finish()
