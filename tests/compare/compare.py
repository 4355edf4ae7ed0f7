# SPDX-License-Identifier: MIT
"""What compare says of two recordings is what report says of each."""
import json
import os
import subprocess
import sys
import tempfile

threadline, pictures = sys.argv[1], sys.argv[2]
a, b = (os.path.join(pictures, name) for name in ("race.tl", "deadlock.tl"))
wrong = 0


def run(*args):
    return subprocess.run([threadline, *args], capture_output=True, text=True)


def expect(good, text):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", text)


def figures(doc, cls, name):
    return [t["figures"] for t in doc["things"] if t["class"] == cls and t["name"] == name][0]


def same(pair, side, want, what):
    expect(pair is None and want is None or pair[side] == want, f"{what}: {pair}, report: {want}")


def against(doc, side, report):
    names = [l["name"] for l in report["locks"]]
    for lock in report["locks"]:
        if not lock["name"] or names.count(lock["name"]) > 1:
            continue
        f = figures(doc, "lock", lock["name"])
        for key in ("acquisitions", "contended"):
            same(f.get(key), side, lock[key], lock["name"] + " " + key)
        for key in ("wait", "hold"):
            for part in ("total", "p50", "p99", "max"):
                want = lock[key + "_ns"][part]
                if want is None and part != "total" and lock[key + "_ns"]["total"] == 0:
                    want = 0 # of none at all
                same(f.get(f"{key}.{part}"), side, want, f"{lock['name']} {key}.{part}")
    tnames = [t["name"] for t in report["threads"]]
    for t in report["threads"]:
        if tnames.count(t["name"]) > 1:
            continue
        f = figures(doc, "thread", t["name"])
        for word in ("running", "runnable", "lock"):
            same(f.get(word), side, t["ns"].get(word, 0), t["name"] + " " + word)
    same(figures(doc, "session", "session")["duration"], side,
         report["session"]["duration_ns"], "duration")


doc = json.loads(run("compare", a, b, "--json").stdout)
expect(doc["schema"] == "threadline.compare/1", "schema")
reports = [json.loads(run("report", "--json", f).stdout) for f in (a, b)]
against(doc, "a", reports[0])
against(doc, "b", reports[1])
kinds = [{f["kind"] for f in r["findings"]} for r in reports]
expect({f["kind"] for f in doc["findings_gone"]} == kinds[0] - kinds[1], "findings gone")
expect({f["kind"] for f in doc["findings_new"]} == kinds[1] - kinds[0], "findings new")

expect((doc["lost_a"], doc["lost_b"]) == tuple(r["session"]["lost"] for r in reports), "losses")
with tempfile.TemporaryDirectory() as folder:
    gap = os.path.join(folder, "lost.tl")
    subprocess.run([sys.argv[3], sys.argv[4], gap, "lost"], check=True)
    lost = json.loads(run("report", "--json", gap).stdout)["session"]["lost"]
    said = run("compare", gap, b)
    expect(lost > 0 and f"A lost {lost:,} events" in said.stdout, "a loss is told: " + said.stdout)
    expect(json.loads(run("compare", gap, b, "--json").stdout)["lost_a"] == lost, "a loss in JSON")

itself = run("compare", b, b)
expect(itself.returncode == 0 and "figure " not in itself.stdout and "only in" not in itself.stdout,
       "a recording differs from itself: " + itself.stdout)
for rule, status in (("wait.max > 1x", 0), ("wait.max > 0.99x", 3), ("A: wait.max > 1ms", 3),
                     ("A:wait.max<1ms", 0), ("findings > 0", 0), ("gets_per_s < 1", 1),
                     ("nothing: wait.max > 1x", 1), ("wait.max > ", 2), ("wait.max = 1x", 2),
                     ("wiat.max > 1x", 2), (": wait.max > 1x", 2), ("wait.max > 1.5 apples", 2),
                     ("contended > 5ms", 2), ("wait.max > -1x", 2), ("", 2)):
    got = run("compare", b, b, "--fail-if", rule)
    expect(got.returncode == status, f"--fail-if '{rule}' gives {got.returncode}: {got.stderr}")
    expect(bool(got.stderr) == bool(status), f"--fail-if '{rule}' on stderr: {got.stderr}")
expect(run("compare", a, b, "--fail-if", "findings > 0").returncode == 3, "a new finding")
said = run("compare", a, b, "--fail-if", "wiat.max > 1").stderr
words = said[said.index("there are ") + 10:said.index("\n")].split(", ")
expect("'wiat.max'" in said and len(words) > 10 and words[-1] == "findings", "figures: " + said)
manual = open(os.path.join(pictures, "..", "docs", "threadline.1")).read()
for word in words:
    got = run("compare", a, b, "--fail-if", f"{word} > 0")
    expect(got.returncode in (0, 1, 3), f"'{word} > 0' gives {got.returncode}: {got.stderr}")
    expect(word in manual.split(), f"{word} is not in the manual")
for cls in doc["things"]:
    for word in cls["figures"]:
        expect(word in words, f"--json has {word}, --fail-if has not")
expect(run("compare", a).returncode == 2, "one file")
expect(run("compare", a, "/nonexistent").returncode == 1, "no file")
sys.exit(wrong > 0)
