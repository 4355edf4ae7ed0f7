# SPDX-License-Identifier: MIT
"""Running times and switches against what the kernel accounts to each thread, and against perf
sched recorded in the same seconds.

The kernel's own accounting is held against every thread. Where the host takes a virtual CPU away
inside schedule(), the kernel charges the pause to the thread that comes, and a switch event to the
one that leaves: hence the median of several runs. perf can miss switches without counting
them as lost: its switches of one CPU then do not join up (the thread that leaves is not the one that
came), so a running time of perf's is compared only where each of the thread's turns is whole.
"""
import re
import signal
from collections import Counter
from truth import *

ROUNDS = 4


def perf_beside(tmp):
    data = os.path.join(tmp, "perf.data")
    perf = subprocess.Popen(["perf", "sched", "record", "-o", data, "-a"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)

    def stop():
        perf.send_signal(signal.SIGINT)
        perf.communicate()
    return data, stop


def perf_threads(data):
    """({tid: (sched-ins, run time in ns)}, tids perf missed a switch of)."""
    out = subprocess.run(["perf", "script", "-i", data, "-F", "tid,cpu,time,event,trace", "--ns"],
                         capture_output=True, text=True).stdout
    since, on, ins, run, torn = {}, {}, Counter(), Counter(), set()
    for line in out.splitlines():
        m = re.search(r"\[(\d+)\]\s+(\d+)\.(\d+):\s+sched:sched_switch:"
                      r".* prev_pid=(\d+) .* next_pid=(\d+)", line)
        if not m:
            continue
        cpu, s, ns, prev, new = (int(g) for g in m.groups())
        at, came = s * 1_000_000_000 + ns, on.get(cpu)
        if came not in (None, prev):
            torn |= {came, prev}
        elif prev in since:
            run[prev] += at - since[prev]
        since.pop(prev, None)
        since[new], on[cpu] = at, new
        ins[new] += 1
    return {tid: (ins[tid], run[tid]) for tid in run}, torn


def against_perf(doc, threads, perf, torn):
    whole = 0
    for t in doc["threads"]:
        tid = t["tid"]
        if tid not in threads or tid in torn or tid not in perf:
            continue
        whole += 1
        near(t["ns"]["running"], perf[tid][1], 0.01, 500_000, f"thread {tid}: running beside perf")
        near(t["switches"]["voluntary"] + t["switches"]["preempted"], perf[tid][0], 0, 2,
             f"thread {tid}: switches beside perf")
    print(f"perf saw every turn of {whole} of {len(threads)} threads")


def against_kernel(doc, threads):
    """Switches exactly; and each thread's running time as a share of the kernel's, less one."""
    off = []
    for t in doc["threads"]:
        truth = threads.get(t["tid"])
        if not truth:
            continue
        off.append(t["ns"].get("running", 0) / truth["cpu_ns"] - 1)
        near(t["switches"]["voluntary"] + t["switches"]["preempted"], truth["switches"], 0, 2,
             f"thread {t['tid']}: switches")
    expect(len(off) == len(threads), f"{len(off)} of {len(threads)} threads compared")
    return off


need_bpf()
have_perf = not subprocess.run(["sh", "-c", "perf --version"], capture_output=True).returncode
off = []
for _ in range(ROUNDS):
    with tempfile.TemporaryDirectory() as tmp:
        data, stop = perf_beside(tmp) if have_perf else (None, None)
        pid, out, doc = run_attached(["3", "60", "4000", "2000"], (lambda: stop) if stop else None)
        threads, _, _ = truth_of(out)
        if data:
            against_perf(doc, threads, *perf_threads(data))
        off += against_kernel(doc, threads)
        check_tiling(doc)
off.sort(key=abs)
print("running times are off by", ", ".join(f"{o:.3%}" for o in off))
expect(abs(off[len(off) // 2]) < 0.01, "running times: half of them are off by more than 1 %")
expect(abs(off[len(off) * 3 // 4]) < 0.03, "running times: a quarter is off by more than 3 %")
finish()
