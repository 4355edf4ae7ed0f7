#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sites.py THREADLINE SOURCE_DIR

Records scenarios, and holds the lines that the recordings say their threads called from last
against the scenarios' code.
"""
import collections
import os
import struct
import subprocess
import sys
import tempfile

THREADLINE, SOURCE = sys.argv[1:]
TEXT, CALL_SITE, LINE, MORE = 8, 83, 0x01, 0x80


def events(path):
    reader = os.path.join(SOURCE, "tests/python/read_recording.py")
    out = subprocess.run([sys.executable, reader, path], check=True, capture_output=True, text=True)
    for line in out.stdout.splitlines():
        words = line.split()
        if len(words) == 7 and words[0].isdigit():
            yield [int(w) for w in words]


def words_text(*words):
    return b"".join(struct.pack("<Q", w) for w in words).rstrip(b"\0").decode()


def sites(path):
    """Threads' calls {tid: [address, ...]}, and the lines of addresses."""
    called, lines, unfinished = collections.defaultdict(list), {}, {}
    for _, tid, kind, flags, _, obj, arg in events(path):
        if kind == CALL_SITE and flags & LINE:
            lines[obj] = words_text(arg)
            if flags & MORE:
                unfinished[tid] = obj
        elif kind == TEXT and tid in unfinished:
            lines[unfinished[tid]] += words_text(obj, arg)
            if not flags & MORE:
                del unfinished[tid]
        elif kind == CALL_SITE:
            called[tid].append(obj)
    return called, lines


def record(scenario, *options):
    with tempfile.NamedTemporaryFile(prefix="threadline-test-") as f:
        subprocess.run([THREADLINE, "record", "-q", "-o", f.name, *options, "--", *scenario]
                       if isinstance(scenario, list) else
                       [THREADLINE, "record", "-q", "-o", f.name, *options, scenario],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=40)
        return sites(f.name)


def line_numbers(file, text):
    with open(os.path.join(SOURCE, "scenarios", file), encoding="utf-8") as f:
        return [f"{file}:{n}" for n, line in enumerate(f, 1) if text in line]


def expect(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: found {found}, expected {wanted}")


# a deadlock: each philosopher stands at the second fork, who made them at the join
called, lines = record("philosophers/naive")
last = sorted(lines.get(v[-1], "?") for v in called.values())
second = line_numbers("philosophers.c", "pthread_mutex_lock(right_of(seat));")[1]
expect(set(l for l in last if l.startswith("philosophers.c:")), {second}, "who deadlocks")
expect(last.count(second), len(last) - 1, "threads that do")

# processes: a forked one tells its own
called, lines = record("zombie")
if not any(l.startswith("zombie.c:") for l in lines.values()):
    sys.exit(f"no line of zombie.c: {lines}")

# a program that is no scenario is not asked
called, lines = record(["/bin/true"])
expect((dict(called), lines), ({}, {}), "of a program that is no scenario")
