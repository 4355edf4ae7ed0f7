# SPDX-License-Identifier: MIT
"""Traces read by Perfetto's own trace_processor, held against the report.

It must have nothing to complain of, and its tables must say of each thread how long it ran and
wanted a CPU, of each wait and hold how long it was, of each hand-over from where to where.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections import Counter
from exported import HERE, expect, expect_some, export, finish, folder, recordings, report

FOLDER = pathlib.Path(os.environ.get("TL_TRACE_PROCESSOR") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "threadline-tests/trace_processor")
TIES = 20 # ns, as in perfetto.py
COMPLAINTS = """select name, severity, value from stats
    where severity in ('error', 'data_loss') and value > 0"""
ASK = {
    "complaints": COMPLAINTS,
    "states": """select tid, state, sum(iif(dur < 0, trace_end() - ts, dur)) as ns, count(waker_utid) as wakers
        from thread_state join thread using (utid) where state != 'X' group by tid, state""",
    "names": "select tid, thread.name as name, pid from thread left join process using (upid)",
    "waits": """select tid, slice.name as name, sum(slice.dur) as ns, min(slice.dur) as least from slice
        join thread_track on slice.track_id = thread_track.id join thread using (utid)
        where category = 'wait' group by tid, slice.name""",
    "holds": """select extract_arg(track.source_arg_set_id, 'trace_id') as track, sum(slice.dur) as ns,
        sum(category = 'unknown') as unknown from slice join track on slice.track_id = track.id
        where category in ('hold', 'unknown') group by track.id""",
    "instants": "select name from slice where category = 'finding'",
    "handed": "select count(*) as n from slice where category = 'hand-off'",
    "flows": "select count(*) as n from flow",
    "depths": """select counter_track.name as name, max(value) as most from counter
        join counter_track on counter.track_id = counter_track.id group by counter_track.id""",
}

if not shutil.which("node") or not (FOLDER / "trace_processor.wasm").exists():
    print(f"no node, or no trace_processor in {FOLDER}: tests/setup.sh fetches it")
    sys.exit(77)


def trusted(doc, th):
    """Threads whose times can be told from each other by tid, and were observed."""
    return ([o["tid"] for o in doc["threads"]].count(th["tid"]) == 1 and not doc["session"]["lost"]
            and {"bpf", "perf"} & set(doc["session"]["sources"]) and "unknown" not in th["ns"])


def check_complaints(who, told, doc):
    """An unknown state is told as one that it does not know either, which it counts."""
    expect("error" not in told, f"{who}: {told.get('error')}")
    unknown = any("unknown" in th["ns"] for th in doc["threads"])
    wrong = [row for row in told.get("complaints", [])
             if row["name"] != "task_state_invalid" or not unknown]
    expect(not wrong, f"{who}: {wrong}")


def check_threads(who, told, doc):
    states = Counter({(row["tid"], row["state"]): row["ns"] for row in told["states"]})
    names = {row["tid"]: row for row in told["names"]}
    for th in doc["threads"]:
        tid, ns = th["tid"], th["ns"]
        row = names.get(tid, {})
        once = [o["tid"] for o in doc["threads"]].count(tid) == 1
        expect(not once or row.get("name") == (th["name"] or f"thread {tid}"),
               f"{who}: {tid} is called {row.get('name')!r}, not {th['name']!r}")
        if not trusted(doc, th):
            continue
        ran, wanted = states[tid, "Running"], states[tid, "R"] + states[tid, "R+"]
        expect(abs(ran - ns.get("running", 0)) <= TIES,
               f"{who}: {tid} ran {ran}, in the report {ns.get('running', 0)}")
        expect(th["born_ns"] is None or abs(wanted - ns.get("runnable", 0)) <= TIES,
               f"{who}: {tid} wanted a CPU for {wanted}, in the report {ns.get('runnable', 0)}")
        count["threads"] += 1
    count["wakers"] += sum(row["wakers"] for row in told["states"])


def check_waits(who, told, doc):
    words = {"wait": "lock", "put": "queue", "get": "queue"}
    got, want = Counter(), Counter()
    for row in told["waits"]:
        word = row["name"].split(" ")[0]
        expect(row["least"] >= 0, f"{who}: a wait of {row['tid']} never ends")
        got[row["tid"], words.get(word, word)] += row["ns"]
    for th in doc["threads"]:
        for state, ns in th["ns"].items():
            if state not in ("running", "runnable"):
                want[th["tid"], state] += ns
    expect(+got == +want, f"{who}: waits {dict(got - want)} too much, {dict(want - got)} too little")
    count["waits"] += len(got)


def check_locks(who, told, doc):
    holds = {row["track"]: row for row in told["holds"]}
    for lock in doc["locks"]:
        row, total = holds.get(lock["id"] << 4 | 5), lock["hold_ns"]["total"]
        dead = any(th["died_ns"] for th in doc["threads"] if th["tid"] == lock["holder"])
        if not total or dead or lock["kind"] in ("rwlock", "sem", "barrier"):
            continue
        if expect(row, f"{who}: lock {lock['id']} has no track") and not row["unknown"]:
            expect(doc["session"]["lost"] or row["ns"] == total,
                   f"{who}: lock {lock['id']} is held {row['ns']}, in the report {total}")
            count["locks"] += 1


def check_rest(who, told, doc):
    expect(sorted(row["name"] for row in told["instants"]) ==
           sorted(f["text"] for f in doc["findings"]), f"{who}: findings")
    expect(told["handed"] == told["flows"], f"{who}: {told['flows']} of {told['handed']} flows")
    count["flows"] += told["flows"][0]["n"]
    depths = [(row["name"], row["most"]) for row in told["depths"]]
    for q in doc["queues"]:
        expect(any(most == q["depth_max"] and (name == q["name"] or not q["name"])
                   for name, most in depths) or not q["depth_max"],
               f"{who}: depth of {q['name']} is {q['depth_max']}, there {depths}")


def ask(questions):
    done = subprocess.run(["node", HERE / "trace_processor.mjs", FOLDER], capture_output=True,
                          input="\n".join(map(json.dumps, questions)), text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not expect(len(told) == len(questions), f"trace_processor: {done.stderr[-2000:]}"):
        finish()
    return told


count, docs, questions = Counter(), [], []
for name, path in recordings():
    trace, chrome = folder / f"{len(docs)}.pftrace", folder / f"{len(docs)}.json"
    trace.write_bytes(export(path, "perfetto"))
    chrome.write_bytes(export(path, "chrome"))
    docs.append((name, report(path)))
    questions += [{"trace": str(trace), "page": True, "ask": ASK},
                  {"trace": str(chrome), "page": True, "ask": {"complaints": COMPLAINTS}}]
answers = ask(questions)
for (name, doc), told, chrome in zip(docs, answers[::2], answers[1::2]):
    for answer in (told, chrome):
        check_complaints(name, answer, doc)
    if "error" in told:
        continue
    check_threads(name, told, doc)
    check_waits(name, told, doc)
    check_locks(name, told, doc)
    check_rest(name, told, doc)
print(dict(count))
for what in ("threads", "wakers", "waits", "locks", "flows"):
    expect_some(count[what], f"no recording has {what}: nothing was tested")
finish()
