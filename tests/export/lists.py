# SPDX-License-Identifier: MIT
"""NDJSON, CSV and Chrome's JSON, read by Python's own readers and held against the report."""
import csv
import io
import json
import subprocess
from collections import Counter, defaultdict
from exported import expect, expect_some, export, finish, folder, recordings, report, threadline

COLUMNS = ["lane", "id", "name", "pid", "state", "from_ns", "until_ns", "cpu", "what", "lock",
           "by_tid", "value", "preempted", "sampled"]


def read_ndjson(data):
    return [json.loads(line) for line in data.decode("utf-8").splitlines()]


def read_csv(data):
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    expect(rows[0] == COLUMNS, f"columns {rows[0]}")
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]


def plain(name):
    """No control characters, no bidirectional overrides."""
    return all(ord(c) >= 0x20 and not 0x7f <= ord(c) < 0xa0 and not 0x202a <= ord(c) <= 0x202e
               for c in name or "")


def check_tiling(who, spans, doc):
    """A thread's spans follow each other without hole or overlap from its birth to its death."""
    start, end = doc["session"]["start_ns"], doc["session"]["end_ns"]
    lives = defaultdict(list)
    for s in spans:
        if s["lane"] == "thread":
            lives[s["id"]].append(s)
    for tid, life in lives.items():
        told = [t for t in doc["threads"] if t["tid"] == tid]
        born = min(start if t["born_ns"] is None else max(t["born_ns"], start) for t in told)
        died = max(end if t["died_ns"] is None else t["died_ns"] for t in told)
        expect(len(told) > 1 or (life[0]["from_ns"], life[-1]["until_ns"]) == (born, died),
               f"{who}: {tid} is told from {life[0]['from_ns']} to {life[-1]['until_ns']}, "
               f"lived from {born} to {died}")
        for a, b in zip(life, life[1:]):
            expect(a["until_ns"] == b["from_ns"] or len(told) > 1, f"{who}: {tid} at {b['from_ns']}")
        sums, want = Counter(), Counter()
        for s in life:
            sums[s["state"]] += s["until_ns"] - s["from_ns"]
        for t in told:
            want.update(t["ns"])
        expect(sums == want, f"{who}: {tid} is {dict(sums)}, in the report {dict(want)}")
    lived = {t["tid"] for t in doc["threads"] if t["ns"]}
    expect(set(lives) == lived, f"{who}: threads {set(lives) ^ lived}")


def check_ndjson(who, path, doc):
    lines = read_ndjson(export(path, "ndjson"))
    spans = [line for line in lines if line["type"] == "span"]
    expect(lines[0]["type"] == "session" and lines[0]["schema"] == "threadline.spans/1", who)
    check_tiling(who, spans, doc)
    texts = [line["text"] for line in lines if line["type"] == "finding"]
    expect(texts == [f["text"] for f in doc["findings"]], f"{who}: findings")
    locks = {lock["id"] for lock in doc["locks"]}
    for s in spans:
        expect(s["from_ns"] < s["until_ns"], f"{who}: a span without length")
        expect(s["lock"] is None or s["lock"] in locks, f"{who}: lock {s['lock']}")
        expect(plain(s["name"]) and plain(s["what"]), f"{who}: name {s['name']!r}")
    return spans


def check_csv(who, path, spans):
    """It says what NDJSON says; an apostrophe before what a spreadsheet would execute."""
    rows = read_csv(export(path, "csv"))
    expect(len(rows) == len(spans), f"{who}: {len(rows)} rows, {len(spans)} spans")
    for row, span in zip(rows, spans):
        for key in COLUMNS:
            want = span[key]
            want = "" if want is None else str(int(want) if isinstance(want, bool) else want)
            if key in ("name", "what") and want[:1] in ("=", "+", "-", "@") and want:
                want = "'" + want
            expect(row[key] == want, f"{who}: {key} is {row[key]!r}, not {want!r}")


def check_chrome(who, path, spans):
    doc = json.loads(export(path, "chrome"))
    events = doc["traceEvents"]
    shown = [s for s in spans if s["state"] not in ("free", "idle")]
    drawn = [e for e in events if e["ph"] in "XC"]
    expect(len(drawn) == len(shown), f"{who}: chrome has {len(drawn)} of {len(shown)} spans")
    for e, s in zip(drawn, shown):
        length = s["until_ns"] - s["from_ns"]
        expect(e["ph"] == "C" or abs(e["dur"] * 1000 - length) < 0.5, f"{who}: chrome's dur")
    named = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    drawn = {(e["pid"], e["tid"]) for e in events if e["ph"] == "X"}
    expect(drawn <= named, f"{who}: chrome's lanes without a name {drawn - named}")


def check_window(who, path):
    lines = read_ndjson(export(path, "ndjson", "--from", "1ms", "--until", "2ms"))
    session = lines[0]
    for s in lines[1:]:
        if s["type"] == "span":
            expect(session["from_ns"] <= s["from_ns"] < s["until_ns"] <= session["until_ns"],
                   f"{who}: outside of the window")


def check_filter_thread(who, path, spans, tid):
    """What is exported of one thread is what all of it has of that thread."""
    more = ["--filter", f"thread:{tid}"]
    own = [s for s in spans if s["lane"] == "thread" and s["id"] == tid or
           s["lane"] == "cpu" and s["by_tid"] == tid and s["state"] == "runs"]
    lines = read_ndjson(export(path, "ndjson", *more))
    expect(lines[0]["filter"] == more[1], f"{who}: the session does not tell its filter")
    expect([s for s in lines if s["type"] == "span" and s["lane"] in ("thread", "cpu")] == own,
           f"{who}: other spans than those of {tid}")
    expect(len(read_csv(export(path, "csv", *more))) ==
           sum(s["type"] == "span" for s in lines), f"{who}: csv has others than ndjson")
    events = json.loads(export(path, "chrome", *more))["traceEvents"]
    lanes = {e["tid"] for e in events if e["ph"] == "X" and e["cat"] == "thread"}
    expect(lanes == {s["id"] for s in own if s["lane"] == "thread"}, f"{who}: chrome has {lanes}")


def check_filter(who, path, spans):
    for tid in sorted({s["id"] for s in spans if s["lane"] == "thread"})[:3]:
        check_filter_thread(who, path, spans, tid)
    waits = [s for s in spans if s["lane"] == "thread" and s["state"] == "lock"]
    if not waits:
        return 0
    longest = max(s["until_ns"] - s["from_ns"] for s in waits)
    lines = read_ndjson(export(path, "ndjson", "--filter", f"state:lock dur>={longest}ns"))
    expect([s for s in lines if s["type"] == "span"] ==
           [s for s in waits if s["until_ns"] - s["from_ns"] == longest],
           f"{who}: other spans than the longest wait")
    return 1


def refused(words, *args):
    done = subprocess.run([threadline, "export", *args], capture_output=True, text=True, check=False)
    expect(done.returncode in (1, 2) and words in done.stderr and "Sanitizer" not in done.stderr,
           f"export {args}: status {done.returncode}, {done.stderr!r}")


def check_refusals(path):
    refused("no format", path, "--to", "perfeto", "-o", folder / "x")
    refused("did you mean 'perfetto'", path, "--to", "perfeto", "-o", folder / "x")
    refused("is no time", path, "--to", "csv", "-o", folder / "x", "--from", "noon")
    refused("no state", path, "--to", "csv", "-o", "-", "--filter", "state:sad")
    refused("nothing between", path, "--to", "csv", "-o", "-", "--from", "2ms", "--until", "1ms")
    for form in ("perfetto", "chrome", "ndjson", "csv"):
        refused("cannot write", path, "--to", form, "-o", folder)
        refused("cannot write", path, "--to", form, "-o", "/dev/full")
        done = subprocess.run(["sh", "-c", '"$0" export "$1" --to "$2" -o - >/dev/full', threadline,
                               path, form], capture_output=True, text=True, check=False)
        expect(done.returncode == 1 and "cannot write" in done.stderr, f"{form} to a full stdout")
        done = subprocess.run(["sh", "-c", '"$0" export "$1" --to "$2" -o - | true', threadline,
                               path, form], capture_output=True, text=True, timeout=20, check=False)
        expect("Sanitizer" not in done.stderr, f"{form} to a pipe that closes")


count = Counter()
for name, path in recordings():
    doc = report(path)
    spans = check_ndjson(name, path, doc)
    check_csv(name, path, spans)
    check_chrome(name, path, spans)
    count["waits that a filter left"] += check_filter(name, path, spans)
    if doc["session"]["duration_ns"] > 2_000_000:
        check_window(name, path)
    count.update(s["lane"] for s in spans)
    some = path
check_refusals(some)
print(dict(count))
for lane in ("thread", "lock", "cpu", "queue", "coroutine", "waits that a filter left"):
    expect_some(count[lane], f"no recording has a {lane}: nothing was tested")
finish()
