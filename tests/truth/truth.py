# SPDX-License-Identifier: MIT
"""What the truth tests share: start, record, read the report, compare."""
import json
import os
import subprocess
import sys
import tempfile
import time

threadline, program = sys.argv[1], sys.argv[2]
problems = []


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def need_bpf():
    doctor = json.loads(subprocess.run([threadline, "doctor", "--json"], capture_output=True,
                                       text=True, check=True).stdout)
    bpf = [s for s in doctor["sources"] if s["name"] == "bpf"][0]
    if not bpf["usable"]:
        skip("bpf: " + bpf["why"])


def expect(good, text):
    if not good:
        problems.append(text)
        print("WRONG:", text)


def near(got, want, share, slack, what):
    expect(abs(got - want) <= want * share + slack, f"{what}: {got}, truly {want}")


def report(path):
    out = subprocess.run([threadline, "report", "--json", path], capture_output=True, text=True)
    if out.returncode:
        print(out.stderr)
        sys.exit(1)
    return json.loads(out.stdout)


def truth_of(text):
    threads, blame, lock = {}, {}, None
    for line in text.splitlines():
        words = line.split()
        if words[0] == "thread":
            threads[int(words[1])] = {words[i]: int(words[i + 1]) for i in range(2, len(words), 2)}
        elif words[0] == "blame":
            blame[int(words[1]), int(words[2])] = int(words[3])
        elif words[0] == "lock":
            lock = words[1]
    return threads, blame, lock


def run_attached(args, beside=None, read=report, more=()):
    """Starts the program held at its first read, attaches, lets it go: (its pid, its output, what
    read makes of the recording)."""
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "a.tl")
        held = subprocess.Popen([program] + args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True)
        other = beside() if beside else None
        rec = subprocess.Popen([threadline, "record", "-o", path, *more, "-p", str(held.pid)],
                               stderr=subprocess.PIPE, text=True)
        while not os.path.exists(path) and rec.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        out, _ = held.communicate("\n")
        _, err = rec.communicate()
        if rec.returncode:
            print(err)
            sys.exit(1)
        if other:
            other()
        return held.pid, out, read(path)


def run_launched(args):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "l.tl")
        done = subprocess.run([threadline, "record", "-o", path, "--", program] + args, input="\n",
                              capture_output=True, text=True)
        if done.returncode:
            print(done.stderr)
            sys.exit(1)
        return done.stdout, report(path)


def check_tiling(doc):
    start, end = doc["session"]["start_ns"], doc["session"]["end_ns"]
    for t in doc["threads"]:
        born = start if t["born_ns"] is None else max(t["born_ns"], start)
        died = end if t["died_ns"] is None else t["died_ns"]
        expect(sum(t["ns"].values()) == died - born,
               f"thread {t['tid']}: states add up to {sum(t['ns'].values())}, lived {died - born}")


def finish():
    if problems:
        print(len(problems), "wrong")
        sys.exit(1)
    print("all true")
