# SPDX-License-Identifier: MIT
"""The time `threadline report` takes against `perf sched timehist --summary`, on recordings of the
same seconds of the whole machine under a storm of messages: interleaved, medians.

Usage: report_speed.py THREADLINE [SECONDS] [ROUNDS]
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

threadline = sys.argv[1]
seconds = sys.argv[2] if len(sys.argv) > 2 else "3"
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5


def took(command):
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return time.monotonic() - start


with tempfile.TemporaryDirectory() as tmp:
    ours, perfs = os.path.join(tmp, "x.tl"), os.path.join(tmp, "perf.data")
    load = subprocess.Popen(["sh", "-c", "while :; do perf bench sched messaging -g 2 -l 100; done"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            start_new_session=True)
    perf = subprocess.Popen(["perf", "sched", "record", "-a", "-o", perfs, "--", "sleep", seconds],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run([threadline, "record", "-q", "-a", "--duration", seconds, "-o", ours], check=True)
    perf.wait()
    os.killpg(load.pid, 15)
    load.wait()
    report, timehist = [], []
    for _ in range(rounds):
        report.append(took([threadline, "report", ours]))
        timehist.append(took(["perf", "sched", "timehist", "-i", perfs, "--summary"]))
    events = json.loads(subprocess.run([threadline, "report", "--json", ours],
                                       capture_output=True).stdout)["session"]["events"]
    r, t = statistics.median(report), statistics.median(timehist)
    print(f"{seconds} s: report of {events} events {r:.2f} s ({min(report):.2f}..{max(report):.2f}), "
          f"{os.path.getsize(ours) >> 10} KiB; perf sched timehist --summary {t:.2f} s "
          f"({min(timehist):.2f}..{max(timehist):.2f}), {os.path.getsize(perfs) >> 10} KiB: "
          f"{t / r:.1f} times as fast")
