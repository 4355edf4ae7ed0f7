# SPDX-License-Identifier: MIT
"""
Deadlocks of each form in a program that was not changed, that close while it is watched and that
stood before: each is announced. How long after it closed is printed; at most a second is meant.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

threadline, closing = sys.argv[1:3]
FORMS = {"mutexes": "deadlock", "rwlocks": "deadlock", "join": "deadlock", "processes": "deadlock",
         "self": "self-deadlock"}
wrong, took = 0, []


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what, flush=True)


class Watched:
    """The program, standing ready, and threadline attached to it or not yet."""

    def __init__(self, form):
        self.program = subprocess.Popen([closing, form], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.lines = None
        expect(self.program.stdout.readline() == "ready\n", f"{form} did not become ready")

    def attach(self):
        self.lines = subprocess.Popen([threadline, "attach", "--plain", "-p", str(self.program.pid)],
                                      stdout=subprocess.PIPE, text=True)

    def close(self):
        self.program.stdin.write("\n")
        self.program.stdin.flush()
        return int(self.program.stdout.readline().split()[1])

    def until(self, pattern):
        """The first line that has it, and when it came (ns of CLOCK_MONOTONIC)."""
        signal.alarm(60)  # ends the test
        for line in self.lines.stdout:
            if re.search(pattern, line):
                signal.alarm(0)
                return line, time.monotonic_ns()
        return "", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        signal.alarm(0)
        if self.lines:
            self.lines.send_signal(signal.SIGINT)
            self.lines.stdout.read()
            self.lines.wait()
        self.program.kill()
        self.program.wait()


def closes(form, kind):
    with Watched(form) as w:
        w.attach()
        line, _ = w.until("beat-. waits for")
        expect(line, f"{form}: nothing is told of who waits")
        closed = w.close()
        line, at = w.until(rf" {kind}: ")
        expect(line and "first seen" not in line, f"{form} that closes: {line!r}")
        took.append((at - closed) / 1e6)
        print(f"{form}: announced {took[-1]:.0f} ms after it closed", flush=True)


def stands(form, kind):
    with Watched(form) as w:
        w.close()
        time.sleep(0.1)
        w.attach()
        line, _ = w.until(rf" {kind}: ")
        expect("first seen" in line, f"{form} that stands: {line!r}")


doctor = {s["name"]: s for s in json.loads(subprocess.run([threadline, "doctor", "--json"], capture_output=True,
                                                          text=True).stdout)["sources"]}
if not doctor["bpf"]["usable"]:
    print("skipped:", doctor["bpf"]["why"])
    sys.exit(77)
for form, kind in FORMS.items():
    closes(form, kind)
    stands(form, kind)
sys.exit(wrong != 0)
