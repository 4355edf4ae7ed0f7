# SPDX-License-Identifier: MIT
"""What an attach costs a contended program, by default and with --stacks: throughput alone and
attached, interleaved.

Usage: attach_cost.py THREADLINE LOCK_LOAD [ROUNDS]
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

threadline, load = sys.argv[1], sys.argv[2]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
out = os.path.join(tempfile.mkdtemp(), "x.tl")


def throughput(args, attached, *options):
    p = subprocess.Popen([load, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    rec = None
    if attached:
        rec = subprocess.Popen([threadline, "record", "-q", *options, "-o", out, "-p",
                                str(p.pid)])
    time.sleep(0.7)
    n = int(p.communicate("\n")[0])
    if rec:
        rec.wait()
    return n


for args in (["4", "2", "500", "500"], ["4", "2", "50000", "50000"], ["1", "2", "0", "0"]):
    alone, seen, stacks = [], [], []
    for _ in range(rounds):
        alone.append(throughput(args, False))
        seen.append(throughput(args, True))
        stacks.append(throughput(args, True, "--stacks"))
    a, b, c = (statistics.median(v) for v in (alone, seen, stacks))
    print(f"threads {args[0]}, hold {args[2]} ns, think {args[3]} ns: attached/alone {b / a:.3f}, "
          f"with --stacks {c / a:.3f}, with/without {c / b:.3f} "
          f"(alone {min(alone)}..{max(alone)}, attached {min(seen)}..{max(seen)}, "
          f"with --stacks {min(stacks)}..{max(stacks)})")
