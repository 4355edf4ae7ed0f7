#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The checker sees what is broken: each change to a good report must be a fault.

usage: check_report_test.py PROGRAM
"""
import copy
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import check_report  # noqa: E402

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "report-day.txt"


def thread(doc):
    return doc["threads"][1]


def contended(doc):
    return next(lock for lock in doc["locks"] if lock["wait_ns"]["total"])


BREAKS = {
    "no session": lambda d: d.pop("session"),
    "a key of a lock is gone": lambda d: d["locks"][0].pop("holder"),
    "a count is text": lambda d: d["locks"][0].update(contended="1"),
    "a count is negative": lambda d: d["session"].update(events=-1),
    "a name is empty": lambda d: thread(d).update(name=""),
    "an unknown kind": lambda d: d["findings"].append(
        {"kind": "bad-luck", "severity": "info", "at_ns": 0, "threads": [], "locks": [],
         "text": "x"}),
    "a nanosecond is missing": lambda d: thread(d)["ns"].update(
        running=thread(d)["ns"]["running"] - 1),
    "a state that is none": lambda d: thread(d)["ns"].update(idle=thread(d)["ns"].pop("running")),
    "blame is not all": lambda d: d["blame"].pop(),
    "a wait is longer than blamed": lambda d: contended(d)["wait_ns"].update(
        total=contended(d)["wait_ns"]["total"] + 1),
    "a thread took it once more": lambda d: contended(d)["by_thread"][0].update(
        acquisitions=contended(d)["by_thread"][0]["acquisitions"] + 1),
    "a waiter from nowhere": lambda d: d["locks"][0]["waiters"].append(99999),
    "a holder from nowhere": lambda d: d["locks"][0].update(holder=99999),
    "the duration is wrong": lambda d: d["session"].update(
        duration_ns=d["session"]["duration_ns"] + 1),
    "acquisitions told at the contended level": lambda d: d["session"].update(locks="contended"),
    "free and held": lambda d: d["blame"][0].update(free=True),
    "what an unknown holder did": lambda d: d["blame"][0].update(holder=None),
}


def main(program):
    text = subprocess.run([program, "json", SCRIPT], capture_output=True, check=True).stdout
    good = json.loads(text)
    missed = [f"the good one: {f}" for f in check_report.faults(good)]
    for name, spoil in BREAKS.items():
        doc = copy.deepcopy(good)
        spoil(doc)
        if not check_report.faults(doc):
            missed.append(f"not seen: {name}")
    for line in missed:
        print(line)
    print(f"{len(BREAKS)} broken reports, {len(missed)} faults of the checker")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
