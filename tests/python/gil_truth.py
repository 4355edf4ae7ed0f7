# SPDX-License-Identifier: MIT
"""
Who is told to have the interpreter's lock, held against moments at which its threads know that they
had it: most of the time somebody is named, and never another.
"""
import bisect
import json
import os
import shutil
import subprocess
import sys
import tempfile

threadline = sys.argv[1]
program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gil_truth_program.py")
NEAR = 100_000  # ns beside a hand-over: the lock changes hands between two calls into the kernel
OLDEST = (3, 7)  # whose lock is recognised
failed = 0


def interpreters():
    """The one that runs this, and those beside it, where pyenv keeps some."""
    yield os.path.realpath(sys.executable)
    pyenv = shutil.which("pyenv")
    names = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True).stdout if pyenv else ""
    for name in names.split():
        if name.startswith("3."):
            prefix = subprocess.run([pyenv, "prefix", name], capture_output=True, text=True).stdout.strip()
            yield os.path.join(prefix, "bin", "python3")


def version(python):
    code = "import sys; print(*sys.version_info[:2])"
    out = subprocess.run([python, "-c", code], capture_output=True, text=True).stdout
    return tuple(map(int, out.split()))


def record(python):
    """Moments as the program tells them, the report, and what is told of the lanes."""
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "g.tl")
        child = subprocess.Popen([python, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        child.stdout.readline()
        subprocess.run([threadline, "record", "-q", "--duration", "1.5", "-o", path, "-p", str(child.pid)],
                       check=True)
        child.stdin.close()
        truth = sorted((int(at), int(words[0])) for words in map(str.split, child.stdout) for at in words[1:])
        child.wait()
        report = json.loads(subprocess.run([threadline, "report", "--json", path], capture_output=True, text=True,
                                           check=True).stdout)
        lines = subprocess.run([threadline, "export", path, "--to", "ndjson", "-o", "/dev/stdout"],
                               capture_output=True, text=True, check=True).stdout.splitlines()
    return truth, report, lines


def judge(python, known):
    global failed
    truth, report, lines = record(python)
    gil = [l for l in report["locks"] if l["kind"] == "gil"]
    if not gil and not known:
        print("its lock is not recognised, and nobody is told to have it")
        return
    if len(gil) != 1:
        failed += 1
        print(f"WRONG: one lock is the GIL, not {gil}")
        return
    spans = sorted((s["from_ns"], s["until_ns"], s["by_tid"]) for s in map(json.loads, lines)
                   if s["type"] == "span" and s["lane"] == "lock" and s["id"] == gil[0]["id"])
    starts = [s[0] for s in spans]
    right = wrong = near = unknown = 0
    for at, tid in truth:
        i = bisect.bisect_right(starts, at) - 1
        if i < 0 or at >= spans[i][1] or not report["session"]["start_ns"] < at < report["session"]["end_ns"]:
            continue
        begin, end, by = spans[i]
        if by is None:
            unknown += 1
        elif by == tid:
            right += 1
        elif at - begin < NEAR or end - at < NEAR:
            near += 1
        else:
            wrong += 1
            if wrong < 10:
                print("WRONG:", tid, "had it, told is", by, at - begin, end - at)
    blame = [b for b in report["blame"] if b["lock"] == gil[0]["id"]]
    waited = sum(b["ns"] for b in blame)
    named = sum(b["ns"] for b in blame if b["holder"])
    print(f"{right} moments right, {near} in a hand-over, {unknown} not known, {wrong} wrong; "
          f"of {waited / 1e9:.2f} s waited {named / waited:.0%} are charged to somebody")
    if wrong or named < waited / 2 or near > max(right, unknown) / 50:
        failed += 1
        print("WRONG: see above")


if os.uname().machine != "x86_64":
    print("skipped: who has it is known on x86-64")
    sys.exit(77)
doctor = json.loads(subprocess.run([threadline, "doctor", "--json"], capture_output=True, text=True).stdout)
bpf = {s["name"]: s for s in doctor["sources"]}["bpf"]
if not bpf["usable"]:
    print("skipped:", bpf["why"])
    sys.exit(77)
done = set()
for python in sys.argv[2:] or interpreters():
    of = version(python)
    if of not in done:
        done.add(of)
        print("Python", *of)
        judge(python, of >= OLDEST)
sys.exit(failed)
