# SPDX-License-Identifier: MIT
"""Running times and switches against perf sched, recorded in the same seconds.

On a quiet machine they agree within 1 %; the test allows 2 %, for a busy one disturbs both tracers.
"""
import re
import signal
from truth import *


def perf_beside(tmp):
    data = os.path.join(tmp, "perf.data")
    perf = subprocess.Popen(["perf", "sched", "record", "-o", data, "-a"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)

    def stop():
        perf.send_signal(signal.SIGINT)
        _, err = perf.communicate()
        if not os.path.exists(data) or os.path.getsize(data) < 1000:
            skip("perf sched record: " + err.strip())
    return data, stop


def perf_threads(data):
    """{tid: (sched-ins, run time in ns)} from timehist's summary."""
    out = subprocess.run(["perf", "sched", "timehist", "-i", data, "--summary"],
                         capture_output=True, text=True).stdout
    found = {}
    for line in out.splitlines():
        m = re.match(r"\s*(\S.*?)\[(\d+)(?:/\d+)?\]\s+(-?\d+)\s+(\d+)\s+(\d+\.\d+)", line)
        if m:
            found[int(m.group(2))] = (int(m.group(4)), int(float(m.group(5)) * 1e6))
    return found, out


if subprocess.run(["sh", "-c", "perf --version"], capture_output=True).returncode:
    skip("no perf here")
need_bpf()
busy = os.getloadavg()[0]
if busy > os.cpu_count():
    skip(f"load {busy}: two tracers compared on a machine this busy disturb each other")
with tempfile.TemporaryDirectory() as tmp:
    data, stop = perf_beside(tmp)
    pid, out, doc = run_attached(["3", "60", "4000", "2000"], lambda: stop)
    threads, _, _ = truth_of(out)
    perf, text = perf_threads(data)
    if re.search(r"lost \d+ events", text):
        skip("perf itself lost events on this busy machine")
    compared = 0
    for t in doc["threads"]:
        if t["tid"] not in threads:
            continue
        if t["tid"] not in perf:
            expect(False, f"perf does not know thread {t['tid']}")
            continue
        compared += 1
        ins, run_ns = perf[t["tid"]]
        near(t["ns"].get("running", 0), run_ns, 0.02, 500_000, f"thread {t['tid']}: running")
        near(t["switches"]["voluntary"] + t["switches"]["preempted"], ins, 0, 2,
             f"thread {t['tid']}: switches")
    expect(compared == len(threads), f"{compared} of {len(threads)} threads compared")
    if not compared:
        print(text)
    check_tiling(doc)
finish()
