# SPDX-License-Identifier: MIT
"""Events lost while the whole machine is recorded: at rest, and under a storm of messages.

Usage: loss.py THREADLINE [SECONDS]
"""
import json
import os
import subprocess
import sys
import tempfile
import time

threadline = sys.argv[1]
seconds = sys.argv[2] if len(sys.argv) > 2 else "30"
out = os.path.join(tempfile.mkdtemp(), "x.tl")

for name, load in (("at rest", None), ("hackbench", "while :; do perf bench sched messaging -g 4 -l 200; done")):
    p = subprocess.Popen(["sh", "-c", load], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True) if load else None
    subprocess.run([threadline, "record", "-q", "-o", out, "-a", "--duration", seconds], check=True)
    if p:
        os.killpg(p.pid, 15)
    size = os.path.getsize(out)
    start = time.time()
    doc = json.loads(subprocess.run([threadline, "report", "--json", out], capture_output=True).stdout)
    s = doc["session"]
    print(f"{name}, {seconds} s: {s['events']} events, {s['lost']} lost, "
          f"{size / max(s['events'], 1):.2f} bytes an event, "
          f"report read {s['events'] / (time.time() - start) / 1e6:.1f} M events/s, cost {doc['cost']}")
