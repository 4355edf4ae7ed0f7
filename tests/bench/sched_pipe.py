# SPDX-License-Identifier: MIT
"""What watching the whole machine costs a load that does nothing but switch: `perf bench sched pipe`
alone, under `threadline record -a` and under `perf sched record`, interleaved, medians.

Usage: sched_pipe.py THREADLINE [ROUNDS]
"""
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

threadline = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
tmp = tempfile.mkdtemp()


def pipe():
    out = subprocess.run(["taskset", "-c", "1", "perf", "bench", "sched", "pipe", "-l", "100000"],
                         capture_output=True, text=True).stdout
    return float(re.search(r"([\d.]+) usecs/op", out).group(1))


def under(command):
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    us = pipe()
    p.send_signal(signal.SIGINT)
    p.wait()
    return us


alone, ours, perfs = [], [], []
for _ in range(rounds):
    alone.append(pipe())
    ours.append(under([threadline, "record", "-q", "-a", "-o", os.path.join(tmp, "x.tl")]))
    perfs.append(under(["perf", "sched", "record", "-a", "-o", os.path.join(tmp, "perf.data")]))
a, o, p = (statistics.median(x) for x in (alone, ours, perfs))
print(f"us an operation: alone {a:.2f} ({min(alone):.2f}..{max(alone):.2f}), threadline {o:.2f} "
      f"({min(ours):.2f}..{max(ours):.2f}), perf sched record {p:.2f} ({min(perfs):.2f}..{max(perfs):.2f})")
print(f"slowdown {100 * (o / a - 1):.0f} % against {100 * (p / a - 1):.0f} %: {(o - a) / (p - a):.2f} of it")
