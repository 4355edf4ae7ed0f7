# SPDX-License-Identifier: MIT
"""What each export of a long recording takes: the whole process's peak of memory, and its time.

usage: export_memory.py THREADLINE BENCH_EXPORT_THROUGHPUT [EVENTS]
"""
import os
import subprocess
import sys
import tempfile

threadline, bench = sys.argv[1:3]
events = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000_000


def formats():
    told = subprocess.run([threadline, "export", "--help"], capture_output=True, text=True, check=True)
    block = next(b for b in told.stdout.split("\n\n") if "  perfetto " in b)
    return [line.split()[0] for line in block.splitlines() if line.startswith("  ")]


def cost(args):
    with open(os.devnull, "w", encoding="utf-8") as null:
        child = subprocess.Popen([threadline, *args], stdout=null)
        _, status, used = os.wait4(child.pid, 0)
    assert status == 0, (args, status)
    return used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "long.tl")
    subprocess.run([bench, str(events), path], check=True)
    print(f"{events} events, {os.path.getsize(path) / events:.2f} bytes each")
    for form in ["report", *formats()]:
        args = ["report", path] if form == "report" else ["export", path, "--to", form, "-o", "-"]
        peak, seconds = cost(args)
        print(f"{form:12s} peak {peak:6.1f} MiB, {seconds:5.1f} s of CPU", flush=True)
