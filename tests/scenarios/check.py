# SPDX-License-Identifier: MIT
"""Every variant of every scenario: alone, under a sanitizer, and as it is seen.

    check.py alone PROGRAM [RUNS]             exit status and truth, played fast, so many times
    check.py sanitized PROGRAM SANITIZER      the same, and what the sanitizer must say of each
    check.py seen THREADLINE SCENARIO ASKED   recorded and reported: findings and counts, and the
                                              question of its lesson: asked in time, and answered;
                                              and its line: called from
    check.py often THREADLINE ASKED RUNS LOAD [VARIANT...]
                                              the same, so many times beside so many busy programs:
                                              how often what went wrong
    check.py listed THREADLINE PROGRAM        `threadline list` names what there is

A scenario prints what really happened as key=value words. Those whose key has dots are what a
report must say as well: lock.NAME.FIELD, cond.NAME.FIELD, queue.NAME.FIELD, process.NAME.FIELD and
coroutine.NAME.FIELD are fields of the report's objects of that name, thread.NAME.count is how many
threads had that name, processes how many processes there were, and finding.KIND.threads and
finding.KIND.locks name what some finding of that kind names, each list sorted.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
sys.dont_write_bytecode = True
from truths import BLAMED, RACES, TOO_CAREFUL, TRUTHS  # noqa: E402
from check_report import KINDS  # noqa: E402

PLURAL = {"lock": "locks", "cond": "conds", "queue": "queues", "process": "processes",
          "coroutine": "coroutines"}
FAST = "100"
problems = []


def wrong(variant, text):
    problems.append(variant)
    print(f"WRONG: {variant}: {text}")


def words(text):
    """The key=value words of what a scenario printed."""
    found = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if equals and key:
            found[key] = int(value) if value.lstrip("-").isdigit() else value
    return found


def play(program, variant, speed, env=None):
    done = subprocess.run([program, variant, "--speed", speed], capture_output=True, text=True,
                          timeout=120, env=env)
    return done, words(done.stdout)


def may_be_skipped(variant, done):
    """Status 77: the scenario has no right to a real-time priority. Neither may we have one."""
    if done.returncode != 77:
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        wrong(variant, "skipped, though there is a right to real-time priorities")
    except PermissionError:
        print(f"skipped: {variant}: {done.stdout.strip()}")
    return True


def check_truth(variant, truth):
    if not truth:
        wrong(variant, "prints no truth")
    for name, holds in TRUTHS.get(variant, {}).items():
        try:
            if not holds(truth):
                wrong(variant, f"{name}: {truth}")
        except KeyError as key:
            wrong(variant, f"{name}: does not print {key}: {truth}")


def variants_of(program):
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()


def check_arguments(program):
    for args, said in ((["rase"], "did you mean 'race'"), (["race/mutxe"], "'race/mutex'"),
                       (["zzzzzzzzzzz"], "no scenario"), (["race", "--set", "m=3"], "it has: n"),
                       (["race", "--set", "n=x"], "number"), (["race", "--set", "n"], "number"),
                       (["race", "--set", "n=0"], "number"), (["race", "--speed", "-1"], "--speed"),
                       (["race", "--speed"], "value"), (["race", "--seed", "x"], "--seed"),
                       (["race", "market"], "market"), (["race", "--sped", "1"], "--sped")):
        done = subprocess.run([program, *args], capture_output=True, text=True, timeout=20)
        if done.returncode != 2 or said not in done.stderr or done.stdout:
            wrong(" ".join(args), f"status {done.returncode}, says: {done.stdout}{done.stderr}")


def alone(program, runs="1", *only):
    check_arguments(program)
    for variant in only or variants_of(program):
        for speed in [FAST] * int(runs) + ["0"]:
            done, truth = play(program, variant, speed)
            if may_be_skipped(variant, done):
                break
            if done.returncode or done.stderr:
                wrong(variant, f"status {done.returncode} at speed {speed}: {done.stderr}")
            check_truth(variant, truth)


def sanitized(program, sanitizer):
    """The thread sanitizer is a second witness: it must find what is broken, and nothing else."""
    env = dict(os.environ, TSAN_OPTIONS="exitcode=66", ASAN_OPTIONS="detect_leaks=1")
    for variant in variants_of(program):
        done, truth = play(program, variant, FAST, env)
        if may_be_skipped(variant, done):
            continue
        careful = TOO_CAREFUL.get(variant)
        if sanitizer == "thread" and careful and careful in done.stderr:
            continue
        broken = RACES.get(variant) if sanitizer == "thread" else None
        if broken and (done.returncode != 66 or broken not in done.stderr):
            wrong(variant, f"the sanitizer does not say {broken}: {done.stderr[-500:]}")
        said = [line for line in done.stderr.splitlines() if line and "makecontext" not in line]
        if not broken and (done.returncode or said):
            wrong(variant, f"status {done.returncode}: {said[:40]}")
        if not broken:
            check_truth(variant, truth)


def names(report, plural, ids, key):
    by_id = {one[key]: one["name"] for one in report[plural]}
    return ",".join(sorted(by_id.get(i) or "?" for i in ids))


def family(report):
    """The target and all its descendants."""
    pids = {report["session"]["target"]["pid"]}
    for _ in report["processes"]:
        pids |= {p["pid"] for p in report["processes"] if p["ppid"] in pids}
    return [p for p in report["processes"] if p["pid"] in pids]


def field(report, kind, name, what):
    """What the report says of this, or a list of what it may be."""
    if kind == "finding":
        plural, key = ("threads", "tid") if what == "threads" else ("locks", "id")
        return [names(report, plural, f[what], key) for f in report["findings"] if f["kind"] == name]
    if kind == "thread" and what == "count":
        pids = {p["pid"] for p in family(report)}
        return [sum(t["name"] == name and t["pid"] in pids for t in report["threads"])]
    return [one.get(what, "no such field") for one in report[PLURAL[kind]] if one["name"] == name]


def check_counts(variant, truth, report):
    for key, value in truth.items():
        if key == "processes":
            said = [len(family(report))]
        elif "." in key:
            kind, rest = key.split(".", 1)
            said = field(report, kind, *rest.rsplit(".", 1))
        else:
            continue
        if value not in said or (len(said) > 1 and not key.startswith("finding.")):
            wrong(variant, f"{key} is {value}; the report says {said}")


def check_findings(name, variant, report):
    kinds = {f["kind"] for f in report["findings"]}
    for kind in set(variant["expect"]) - kinds:
        wrong(name, f"no finding of kind {kind}")
    for kind in kinds & set(variant["forbid"]):
        text = [f["text"] for f in report["findings"] if f["kind"] == kind]
        wrong(name, f"finds {kind}: {text}")


def check_question(name, asked, path, output):
    """Its decisive moment comes in a real run, before what comes out of it is known."""
    fate = subprocess.run([asked, path], input=output, capture_output=True, text=True, timeout=60)
    said = fate.stdout.splitlines()
    if fate.returncode or said[:1] != ["asked"]:
        wrong(name, f"its question: {fate.stdout.strip()} {fate.stderr}")
    if name in BLAMED and said[1:] != ["line called"]:
        wrong(name, "nobody called from the line that the lesson holds responsible")


def record(threadline, name, path):
    done = subprocess.run([threadline, "record", "-o", path, name],
                          capture_output=True, text=True, timeout=120)
    if may_be_skipped(name, done):
        return None, None
    if done.returncode:
        wrong(name, f"record: status {done.returncode}: {done.stderr[-1000:]}")
    out = subprocess.run([threadline, "report", "--json", path], capture_output=True, text=True,
                         timeout=60)
    if out.returncode:
        wrong(name, f"report: status {out.returncode}: {out.stderr[-1000:]}")
        return None, None
    return done.stdout, json.loads(out.stdout)


def see(threadline, asked, name, variant):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "r.tl")
        output, report = record(threadline, name, path)
        if report is None:
            return
        check_question(name, asked, path, output)
    truth = words(output)
    check_truth(name, truth)
    check_findings(name, variant, report)
    check_counts(name, truth, report)


def catalogue(threadline):
    """Of what `threadline list` names: SCENARIO/VARIANT, and what it says of it."""
    listed = json.loads(subprocess.run([threadline, "list", "--json"], capture_output=True,
                                       text=True, check=True).stdout)
    return {f"{s['name']}/{v['name']}": v for s in listed for v in s["variants"]}


def seen(threadline, scenario, asked):
    variants = {name: v for name, v in catalogue(threadline).items()
                if name.startswith(f"{scenario}/")}
    if not variants:
        wrong(scenario, "threadline list does not name it")
    for name, variant in variants.items():
        see(threadline, asked, name, variant)


def often(threadline, asked, runs, load, *only):
    """Nothing may depend on luck, nor on a machine of one's own."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(int(load))]
    variants = catalogue(threadline)
    try:
        for name in only or variants:
            bad = 0
            for _ in range(int(runs)):
                so_far = len(problems)
                try:
                    see(threadline, asked, name, variants[name])
                except subprocess.TimeoutExpired as late:
                    wrong(name, f"does not end: {late}")
                bad += len(problems) > so_far
            print(f"{name:24} {bad:4} of {runs} runs wrong, {load} busy beside it", flush=True)
    finally:
        for one in busy:
            one.kill()
            one.wait()


def listed(threadline, program):
    def run(*args):
        return subprocess.run([threadline, "list", *args], capture_output=True, text=True, timeout=20)

    text, catalogue = run(), json.loads(run("--json").stdout)
    named = [f"{s['name']}/{v['name']}" for s in catalogue for v in s["variants"]]
    if named != variants_of(program):
        wrong("list --json", f"names {named}")
    for name in named:
        if f"\n  {name} " not in text.stdout:
            wrong("list", f"does not name {name}")
    for line in text.stdout.splitlines():
        if len(line) > 80:
            wrong("list", f"wider than 80 columns: {line}")
    for s in catalogue:
        for v in s["variants"]:
            if not (s["title"] and s["teaches"] and v["summary"]) or set(v["expect"]) & set(v["forbid"]):
                wrong(f"{s['name']}/{v['name']}", f"{v}")
    said = {kind for s in catalogue for v in s["variants"] for kind in v["expect"] + v["forbid"]}
    if said != set(KINDS):
        wrong("list", f"no variant says of these whether it gives them: {set(KINDS) ^ said}")
    for args in (["--jsn"], ["race"]):
        done = run(*args)
        if done.returncode != 2 or not done.stderr or done.stdout:
            wrong(f"list {args}", f"status {done.returncode}: {done.stderr}")


MODES = {"alone": alone, "sanitized": sanitized, "seen": seen, "often": often, "listed": listed}
MODES[sys.argv[1]](*sys.argv[2:])
print(f"{len(problems)} wrong")
sys.exit(bool(problems))
