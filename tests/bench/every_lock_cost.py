# SPDX-License-Identifier: MIT
"""--locks=all on a running program: what it is told to cost a lock and unlock, and what it does."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

threadline, load = sys.argv[1:3]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
SECONDS = 2


def turns(p, into):
    for line in p.stdout:
        into.append((time.monotonic(), float(line)))


def told(path):
    doc = json.loads(subprocess.run([threadline, "report", path, "--json"], capture_output=True,
                                    text=True, check=True).stdout)
    pairs = max(lock["acquisitions"] or 0 for lock in doc["locks"])
    cost = doc["cost"]["probe_cpu_share"] * doc["session"]["duration_ns"]
    return cost / pairs


if os.geteuid():
    print("skipped, needs root")
    sys.exit(0)
p = subprocess.Popen([load, "160000"], stdout=subprocess.PIPE, text=True)
seen, ratios = [], []
threading.Thread(target=turns, args=(p, seen), daemon=True).start()
with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, "a.tl")
    for _ in range(ROUNDS):
        time.sleep(SECONDS)
        began = time.monotonic()
        subprocess.run([threadline, "record", "-q", "-o", path, "--locks=all", "-p", str(p.pid),
                        "--duration", str(SECONDS)], check=True)
        alone = statistics.median(t for at, t in list(seen) if began - SECONDS + 0.3 < at < began)
        probed = statistics.median(t for at, t in list(seen) if began + 0.8 < at < began + SECONDS - 0.2)
        said = told(path)
        ratios.append(said / (probed - alone))
        print(f"a lock and unlock: told {said:.0f} ns, real {probed - alone:.0f} ns")
p.kill()
print(f"told of the real one: {statistics.median(ratios) * 100:.0f} %")
