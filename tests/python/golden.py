#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reports of scripts, held against what they said when last looked at with care.

usage: golden.py PROGRAM [--write]   --write: what comes out now becomes the expectation.

Every script's JSON must keep its promises; the forms in GOLDEN must come out to the letter.
"""
import difflib
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import check_report  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parent / "fixtures"
GOLDEN = [
    ("text", "report-day.txt"), ("json", "report-day.txt"), ("plain", "report-day.txt"),
    ("text", "report-lost.txt"), ("json", "report-lost.txt"), ("plain", "report-lost.txt"),
    ("text", "report-gave-up.txt"), ("plain", "report-gave-up.txt"),
    ("text", "finding-deadlock.txt"), ("plain", "finding-deadlock.txt"),
    ("plain", "finding-deadlock-timed.txt"),
]


def run(program, form, script, *more):
    done = subprocess.run([program, form, SCRIPTS / script, *more], capture_output=True, check=False)
    if done.returncode or done.stderr:
        sys.exit(f"{form} of {script}: status {done.returncode}\n{done.stderr.decode()}")
    return done.stdout.decode("utf-8")


def golden_faults(program, form, script, write):
    path = HERE / "golden" / f"{pathlib.Path(script).stem}.{form}"
    now = run(program, form, script)
    if write:
        path.write_text(now, encoding="utf-8")
    then = path.read_text(encoding="utf-8")
    return list(difflib.unified_diff(then.splitlines(), now.splitlines(), str(path), "now",
                                     lineterm=""))


def main(program, write):
    found = []
    for form, script in GOLDEN:
        found += golden_faults(program, form, script, write)
    scripts = sorted(p.name for p in SCRIPTS.glob("*.txt"))
    for script in scripts:
        for more in ([], ["contended"]):
            text = run(program, "json", script, *more)
            found += [f"{script} {more}: {f}" for f in check_report.faults(json.loads(text))]
            run(program, "text", script, *more)
            run(program, "plain", script, *more)
    for line in found:
        print(line)
    print(f"{len(scripts)} scripts, {len(GOLDEN)} expectations, {len(found)} lines of faults")
    return bool(found) or not scripts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--write" in sys.argv))
