# SPDX-License-Identifier: MIT
"""A recording cut short, by a full disk or by kill -9: the program goes on, what was written is read."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

threadline = sys.argv[1]
tmp = tempfile.mkdtemp()
ROUNDS = 1500
PROGRAM = ["sh", "-c", f"i=0; while [ $i -lt {ROUNDS} ]; do i=$((i+1)); /bin/true; done;"
           f" echo $i >{tmp}/went; exit 7"]
wrong = 0


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


def went_on():
    """How far the program came, once it is at its end."""
    file, until = os.path.join(tmp, "went"), time.monotonic() + 60
    while time.monotonic() < until:
        if os.path.exists(file) and (text := open(file).read()).endswith("\n"):
            os.unlink(file)
            return int(text)
        time.sleep(0.02)
    return 0


def report(file):
    done = subprocess.run([threadline, "report", "--json", file], capture_output=True, text=True)
    expect(done.returncode == 0 and "not closed" in done.stderr, f"report of it: {done}")
    return json.loads(done.stdout)


def killed():
    file = os.path.join(tmp, "killed.tl")
    rec = subprocess.Popen([threadline, "record", "-q", "-o", file, "--", *PROGRAM])
    until = time.monotonic() + 60
    while time.monotonic() < until and (not os.path.exists(file) or os.path.getsize(file) < 20000):
        time.sleep(0.005)
    rec.send_signal(signal.SIGKILL)
    rec.wait()
    expect(went_on() == ROUNDS, "killed: the program did not go on to its end")
    doc = report(file)
    expect(doc["session"]["events"] > 100 and doc["session"]["lost"] == 0, f"killed: {doc['session']}")


def full():
    """In a mount namespace of its own, with 96 KiB."""
    file = os.path.join(tmp, "full.tl")
    done = subprocess.run([threadline, "record", "-o", file, "--", *PROGRAM], capture_output=True,
                          text=True)
    expect(done.returncode == 125, f"full: {done}")
    expect("No space left" in done.stderr, f"full: not said: {done.stderr}")
    told = re.search(r"recorded (\d+) events", done.stderr)
    doc = report(file)
    expect(told and int(told[1]) == doc["session"]["events"] > 100, f"full: {done.stderr}")


if sys.argv[2:] == ["small"]:
    full()
else:
    killed()
    able = subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0
    if not able:
        print("not tried with a full disk: no right to mount")
    else:
        done = subprocess.run(["unshare", "--mount", "sh", "-c",
                               'mount -t tmpfs -o size=96k none "$0" && TMPDIR="$0" exec "$@"', tmp,
                               sys.executable, __file__, threadline, "small"],
                              capture_output=True, text=True)
        expect(done.returncode == 0, f"full: {done.stdout} {done.stderr}")
print("all true" if not wrong else f"{wrong} wrong")
sys.exit(1 if wrong else 0)
