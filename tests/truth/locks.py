# SPDX-License-Identifier: MIT
"""Locks against a program that times its own calls: under the shim exactly, attached what blocked."""
from truth import *


def check_blame(doc, lock, blame, why):
    """No holder may be charged more than it truly held: a wrong name shows here."""
    for row in doc["blame"]:
        if row["lock"] != lock["id"] or row["holder"] is None:
            continue
        true = blame.get((row["waiter"], row["holder"]), 0)
        expect(row["ns"] <= true * 1.03 + 300_000,
               f"{why}: {row['waiter']} waited {row['ns']} ns for {row['holder']}, truly {true}")
    rows = [r["ns"] for r in doc["blame"] if r["lock"] == lock["id"]]
    expect(sum(rows) == lock["wait_ns"]["total"],
           f"{why}: blame adds up to {sum(rows)}, waits to {lock['wait_ns']['total']}")


def find_lock(doc, addr, why):
    found = [l for l in doc["locks"] if l["addr"] == addr]
    expect(len(found) == 1, f"{why}: {len(found)} locks at {addr}")
    return found[0] if found else None


def launched(args, timed=True):
    """timed: its sections are so long that what its own clock costs does not matter."""
    out, doc = run_launched(args)
    threads, blame, addr = truth_of(out)
    why = "launched " + " ".join(args)
    lock = find_lock(doc, addr, why)
    if not lock:
        return
    expect(doc["session"]["locks"] == "all", f"{why}: locks {doc['session']['locks']}")
    near(lock["acquisitions"], sum(t["acquisitions"] for t in threads.values()), 0, 0,
         why + ": acquisitions")
    if not timed:
        return
    # the program's own clock counts what a call takes that does not wait, some 100 ns each
    calls = 100 * lock["acquisitions"]
    near(lock["wait_ns"]["total"], sum(t["wait_ns"] for t in threads.values()), 0.02,
         200_000 + calls, why + ": wait")
    near(lock["hold_ns"]["total"], sum(t["hold_ns"] for t in threads.values()), 0.02, 200_000,
         why + ": hold")
    for row in lock["by_thread"]:
        if row["tid"] in threads:
            near(row["acquisitions"], threads[row["tid"]]["acquisitions"], 0, 0,
                 f"{why}: acquisitions of {row['tid']}")
            near(row["wait_ns"], threads[row["tid"]]["wait_ns"], 0.02, 200_000 + calls,
                 f"{why}: wait of {row['tid']}")
    check_blame(doc, lock, blame, why)
    check_tiling(doc)


def attached(args):
    _, out, doc = run_attached(args)
    threads, blame, addr = truth_of(out)
    why = "attached " + " ".join(args)
    lock = find_lock(doc, addr, why)
    if not lock:
        return
    expect(lock["acquisitions"] is None, f"{why}: acquisitions cannot be known")
    expect(lock["kind"] in ("mutex", "futex"), f"{why}: kind {lock['kind']}")
    near(lock["wait_ns"]["total"], sum(t["blocked_ns"] for t in threads.values()), 0.02, 500_000,
         why + ": blocked waits")
    check_blame(doc, lock, blame, why)
    check_tiling(doc)
    named = sum(r["ns"] for r in doc["blame"] if r["lock"] == lock["id"] and r["holder"])
    print(f"{why}: {named * 100 // max(lock['wait_ns']['total'], 1)} % of the waiting has a name")


def followed(args):
    """Attached, every lock call seen: as exactly as under the shim."""
    _, out, doc = run_attached(args, more=["--locks=all"])
    threads, _, addr = truth_of(out)
    why = "followed " + " ".join(args)
    lock = find_lock(doc, addr, why)
    if doc["session"]["locks"] != "all" or not lock:
        print(f"{why}: of locks {doc['session']['locks']}")
        return
    near(lock["acquisitions"], sum(t["acquisitions"] for t in threads.values()), 0, 0,
         why + ": acquisitions")
    # It holds the lock from the probe on and until it; its own clock looks in between, and a thread
    # that loses its CPU at a probe takes its own hold for shorter than it was. So no upper bound.
    held = sum(t["hold_ns"] for t in threads.values())
    expect(lock["hold_ns"]["total"] > held * 0.98, f"{why}: hold {lock['hold_ns']}, truly {held}")
    rows = [r for r in doc["blame"] if r["lock"] == lock["id"]]
    expect(sum(r["ns"] for r in rows) == lock["wait_ns"]["total"], f"{why}: blame does not add up")
    expect({r["holder"] for r in rows} <= set(threads) | {None}, f"{why}: holders {rows}")
    check_tiling(doc)


def all_launched():
    for args in (["3", "200", "300", "100"], ["4", "100", "1000", "0", "sleep"],
                 ["2", "2000", "50", "20"]):
        launched(args)
    launched(["2", "200000", "0", "0"], timed=False)


need_bpf()
if "attached" not in sys.argv[3:]:
    all_launched()
for args in (["3", "200", "300", "100"], ["4", "100", "1000", "0", "sleep"],
             ["3", "200", "2000", "100"], ["8", "200", "100", "300"],
             ["4", "1000", "5000", "0", "rare"]):
    attached(args)
for args in (["3", "200", "300", "1000"], ["4", "100", "1000", "0", "sleep"]):
    followed(args)
finish()
