# SPDX-License-Identifier: MIT
"""Running times and switches against what the kernel accounts to each thread, and turn by turn
against perf's switches of the same seconds.

The kernel's own accounting is held against every thread. Where the host takes a virtual CPU away
inside schedule(), the kernel charges the pause to the thread that comes, and a switch event to the
one that leaves: hence the median of several runs. perf can miss switches without counting them as
lost, so its sums cannot be compared: but each turn of a thread that it saw whole, from the switch that
brought it to the very next one on that CPU, which took it away, must be one of ours (or several: perf
may have missed what came between; and a few may be off, where the host paused between two stamps).
"""
import bisect
import re
import signal
from collections import defaultdict
from truth import *

ROUNDS = 4
APART = 50_000 # ns: the two stamp the same switch one after the other


def perf_beside(tmp):
    data = os.path.join(tmp, "perf.data")
    perf = subprocess.Popen(["perf", "record", "-q", "-e", "sched:sched_switch", "-k", "CLOCK_MONOTONIC",
                             "-o", data, "-a"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(1)

    def stop():
        perf.send_signal(signal.SIGINT)
        perf.communicate()
    return data, stop


def perf_turns(data):
    """(tid, cpu, since, until) of turns whose two ends join up."""
    out = subprocess.run(["perf", "script", "-i", data, "-F", "cpu,time,event,trace", "--ns"],
                         capture_output=True, text=True, errors="replace").stdout
    on, turns = {}, []
    for line in out.splitlines():
        m = re.search(r"\[(\d+)\]\s+(\d+)\.(\d+):\s+sched:sched_switch:"
                      r".* prev_pid=(\d+) .* next_pid=(\d+)", line)
        if not m:
            continue
        cpu, s, ns, prev, new = (int(g) for g in m.groups())
        at = s * 1_000_000_000 + ns
        if cpu in on and on[cpu][0] == prev:
            turns.append((prev, cpu, on[cpu][1], at))
        on[cpu] = (new, at)
    return turns


def spans_of(path):
    out = subprocess.run([threadline, "export", path, "--to", "ndjson", "-o", "-"],
                         capture_output=True, text=True, check=True).stdout
    spans = defaultdict(list)
    for line in out.splitlines():
        s = json.loads(line)
        if s["type"] == "span" and s["lane"] == "thread" and s["state"] == "running":
            spans[s["id"]].append((s["from_ns"], s["until_ns"], s["cpu"]))
    return report(path), spans


def is_told(turn, spans):
    """Running spans of that thread on that CPU begin and end there, within APART."""
    _, cpu, since, until = turn
    begins = ends = False
    for s in spans[bisect.bisect_left(spans, (since - APART,)):]:
        if s[0] > until:
            break
        if s[2] in (cpu, None):
            begins |= abs(s[0] - since) <= APART
            ends |= abs(s[1] - until) <= APART
    return begins and ends


def against_perf(doc, spans, threads, turns):
    """How many turns were compared, and how many are not ours."""
    start, end = doc["session"]["start_ns"], doc["session"]["end_ns"]
    compared = missed = 0
    for turn in turns:
        tid, cpu, since, until = turn
        if tid not in threads or since < start + APART or until > end - APART:
            continue
        compared += 1
        if not is_told(turn, spans[tid]):
            missed += 1
            print(f"perf saw {tid} on CPU {cpu} from {since} to {until}, and nobody else")
    return compared, missed


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
off, compared, missed, lost = [], 0, 0, 0
for i in range(ROUNDS):
    with tempfile.TemporaryDirectory() as tmp:
        data, stop = perf_beside(tmp) if have_perf and i < 2 else (None, None)
        _, out, (doc, spans) = run_attached(["3", "60", "4000", "2000"],
                                            (lambda: stop) if stop else None, spans_of)
        threads, _, _ = truth_of(out)
        lost += doc["session"]["lost"]
        if data:
            seen = against_perf(doc, spans, threads, perf_turns(data))
            compared, missed = compared + seen[0], missed + seen[1]
        off += against_kernel(doc, threads)
        check_tiling(doc)
print(compared, "turns that perf saw whole,", missed, "of them not told;", lost, "events lost")
expect(missed <= compared / 200, "more turns than a pause between two tracers' stamps explains")
expect(compared > 100 or not have_perf, "perf saw hardly a turn whole: nothing was compared")
off.sort(key=abs)
print("running times are off by", ", ".join(f"{o:.3%}" for o in off))
expect(abs(off[len(off) // 2]) < 0.01, "running times: half of them are off by more than 1 %")
expect(abs(off[len(off) * 3 // 4]) < 0.03, "running times: a quarter is off by more than 3 %")
finish()
