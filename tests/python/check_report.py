#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds a report --json against what it promises: keys, types, and sums that must come out.

usage: check_report.py FILE...   ("-": stdin). Exit status 1 and one line for each fault.
Also a module: faults(document) gives the lines.
"""
import json
import sys

STATES = {"running", "runnable", "lock", "cond", "sem", "barrier", "join", "queue", "futex", "sleep",
          "poll", "io", "child", "stopped", "idle-wait", "unknown"}
LOCK_KINDS = {"unknown", "mutex", "recursive", "errorcheck", "adaptive", "rwlock", "spin", "sem",
              "file", "futex", "barrier", "cond", "arena", "gil"}
KINDS = {"deadlock", "self-deadlock", "lock-order-inversion", "lost-wakeup", "abandoned-lock",
         "priority-inversion", "preempted-holder", "convoy", "starvation", "thundering-herd",
         "oversubscribed", "lost-update", "zombie", "orphan", "busy-wait"}
ERRORS = {"deadlock", "self-deadlock", "lost-wakeup", "abandoned-lock", "lost-update"}


class Opt:
    """This, or null."""

    def __init__(self, shape):
        self.shape = shape


class OneOf:
    def __init__(self, *words):
        self.words = words


INT, STR, NUM = "int", "str", "number"
HIST = {"total": Opt(INT), "p50": Opt(INT), "p99": Opt(INT), "max": Opt(INT), "max_seen": Opt(INT)}
SPLIT = {key: Opt(INT) for key in ("running", "runnable", "blocked", "sleeping")}

DOCUMENT = {
    "schema": OneOf("threadline.report/1"),
    "session": {
        "start_ns": INT, "end_ns": INT, "duration_ns": INT, "events": INT, "lost": INT,
        "gaps": [{"cpu": Opt(INT), "from_ns": INT, "until_ns": INT, "lost": INT}],
        "sources": [OneOf("bpf", "perf", "shim", "proc")],
        "locks": OneOf("all", "contended", "none"),
        "target": {"kind": OneOf("scenario", "command", "pid", "system"), "name": Opt(STR),
                   "pid": Opt(INT), "exit_code": Opt(INT), "signal": Opt(INT)},
        "host": Opt(STR), "kernel": Opt(STR), "cpus": Opt(INT), "version": Opt(STR)},
    "processes": [{"pid": INT, "ppid": Opt(INT), "name": Opt(STR), "born_ns": Opt(INT),
                   "died_ns": Opt(INT), "reaped_ns": Opt(INT), "exit_code": Opt(INT),
                   "signal": Opt(INT)}],
    "threads": [{"tid": INT, "pid": Opt(INT), "name": Opt(STR), "born_ns": Opt(INT),
                 "died_ns": Opt(INT), "ns": dict,
                 "switches": {"voluntary": Opt(INT), "preempted": Opt(INT)},
                 "migrations": Opt(INT),
                 "runq_ns": {"count": Opt(INT), "total": Opt(INT), "p50": Opt(INT),
                             "p99": Opt(INT), "max": Opt(INT)}}],
    "locks": [{"id": INT, "pid": Opt(INT), "addr": STR, "name": Opt(STR),
               "kind": OneOf(*LOCK_KINDS), "acquisitions": Opt(INT), "contended": INT,
               "wait_ns": HIST, "hold_ns": HIST, "hold_split_ns": SPLIT, "holder": Opt(INT),
               "waiters": [INT],
               "by_thread": [{"tid": INT, "acquisitions": Opt(INT), "contended": INT,
                              "wait_ns": INT, "max_wait_ns": Opt(INT), "max_wait_seen_ns": INT,
                              "hold_ns": Opt(INT)}]}],
    "conds": [{"id": INT, "pid": Opt(INT), "addr": STR, "name": Opt(STR), "waits": INT,
               "signals": Opt(INT), "broadcasts": Opt(INT), "signals_unheard": Opt(INT),
               "wait_ns": HIST, "waiters": [INT]}],
    "queues": [{"id": INT, "pid": Opt(INT), "name": Opt(STR), "capacity": Opt(INT), "puts": INT,
                "gets": INT, "depth_max": INT, "depth_mean": Opt(NUM), "put_wait_ns": INT,
                "get_wait_ns": INT, "timeouts": INT, "unfinished": Opt(INT)}],
    "coroutines": [{"id": INT, "tid": Opt(INT), "name": Opt(STR), "resumes": INT,
                    "running_ns": INT, "ready_ns": INT, "waiting_ns": INT}],
    "blame": [{"waiter": INT, "holder": Opt(INT), "free": OneOf(True, False), "lock": INT,
               "count": INT, "ns": INT, "holder_ns": SPLIT}],
    "findings": [{"kind": OneOf(*KINDS), "severity": OneOf("error", "warning", "info"),
                  "at_ns": INT, "threads": [INT], "locks": [INT], "text": STR}],
    "cost": {"events_per_s": Opt(INT), "probe_ns_per_event": Opt(INT),
             "probe_cpu_share": Opt(NUM), "reader_cpu_share": Opt(NUM)},
}


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def shape_faults(value, shape, where):
    if isinstance(shape, Opt):
        return [] if value is None else shape_faults(value, shape.shape, where)
    if isinstance(shape, OneOf):
        return [] if value in shape.words else [f"{where}: {value!r} is not a known word"]
    if shape is INT:
        good = is_int(value) and value >= 0
        return [] if good else [f"{where}: {value!r} is no count"]
    if shape is NUM:
        return [] if isinstance(value, float) or is_int(value) else [f"{where}: no number"]
    if shape is STR:
        return [] if isinstance(value, str) and value else [f"{where}: {value!r} is no text"]
    if shape is dict:
        return [] if isinstance(value, dict) else [f"{where}: no object"]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return [f for i, v in enumerate(value) for f in shape_faults(v, shape[0], f"{where}[{i}]")]
    if not isinstance(value, dict):
        return [f"{where}: no object"]
    found = [f"{where}: no {key}" for key in shape if key not in value]
    for key in shape:
        if key in value:
            found += shape_faults(value[key], shape[key], f"{where}.{key}")
    return found


def tiling_faults(doc):
    """Every thread's states add up to its life in the session, to the nanosecond."""
    start, end = doc["session"]["start_ns"], doc["session"]["end_ns"]
    for t in doc["threads"]:
        who = f"thread {t['tid']}"
        odd = set(t["ns"]) - STATES
        if odd:
            yield f"{who}: unknown states {sorted(odd)}"
        if not all(is_int(ns) and ns > 0 for ns in t["ns"].values()):
            yield f"{who}: a state without time is told"
        born = start if t["born_ns"] is None else max(t["born_ns"], start)
        died = end if t["died_ns"] is None else t["died_ns"]
        if sum(t["ns"].values()) != died - born:
            yield f"{who}: states add up to {sum(t['ns'].values())}, its life is {died - born}"


def lock_faults(doc):
    """Blame rows of a lock add up to its waiting; threads' shares to the lock's sums."""
    for lock in doc["locks"]:
        who = f"lock {lock['id']} ({lock['name']})"
        blamed = sum(b["ns"] for b in doc["blame"] if b["lock"] == lock["id"])
        if blamed != lock["wait_ns"]["total"]:
            yield f"{who}: blame adds up to {blamed}, waiting to {lock['wait_ns']['total']}"
        for key, whole in (("wait_ns", lock["wait_ns"]["total"]), ("contended", lock["contended"]),
                           ("acquisitions", lock["acquisitions"]),
                           ("hold_ns", lock["hold_ns"]["total"])):
            parts = [b[key] for b in lock["by_thread"]]
            if whole is None or None in parts:
                if set(parts) - {None} or whole is not None:
                    yield f"{who}: {key} is known in parts only"
            elif sum(parts) != whole:
                yield f"{who}: {key} of its threads add up to {sum(parts)}, not {whole}"
        if doc["session"]["locks"] == "contended" and lock["acquisitions"] is not None and \
                lock["kind"] in ("mutex", "recursive", "rwlock", "spin"):
            yield f"{who}: acquisitions are told though only waits are seen"
        split, total = lock["hold_split_ns"], lock["hold_ns"]["total"]
        if total is not None and None not in split.values() and sum(split.values()) > total:
            yield f"{who}: what its holders did adds up to more than it was held"


def reference_faults(doc):
    tids = {t["tid"] for t in doc["threads"]}
    locks = {lock["id"] for lock in doc["locks"]}
    for lock in doc["locks"]:
        for tid in lock["waiters"] + [lock["holder"]] * (lock["holder"] is not None):
            if tid not in tids:
                yield f"lock {lock['id']}: thread {tid} is not told of"
    for b in doc["blame"]:
        if b["lock"] not in locks or b["waiter"] not in tids:
            yield f"blame of {b['waiter']} for lock {b['lock']}: not told of"
        if b["holder"] is None and set(b["holder_ns"].values()) != {None}:
            yield f"blame of {b['waiter']}: what an unknown holder did is told"
        if b["free"] and b["holder"] is not None:
            yield f"blame of {b['waiter']}: a lock is free and held by {b['holder']}"
    for f in doc["findings"]:
        if set(f["locks"]) - locks:
            yield f"{f['kind']}: locks {f['locks']} are not told of"
        if set(f["threads"]) - tids:
            yield f"{f['kind']}: threads {f['threads']} are not told of"
        if (f["severity"] == "error") != (f["kind"] in ERRORS):
            yield f"{f['kind']}: its severity is {f['severity']}"


def faults(doc):
    found = shape_faults(doc, DOCUMENT, "report")
    if found:
        return found
    session = doc["session"]
    if session["end_ns"] - session["start_ns"] != session["duration_ns"]:
        found.append("session: its duration is not its end less its start")
    return found + [*tiling_faults(doc), *lock_faults(doc), *reference_faults(doc)]


def main(paths):
    status = 0
    for path in paths or ["-"]:
        with sys.stdin if path == "-" else open(path, encoding="utf-8") as f:
            doc = json.load(f)
        for fault in faults(doc):
            print(f"{path}: {fault}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
