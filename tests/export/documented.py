# SPDX-License-Identifier: MIT
"""docs/export.md against what is written: each line's fields in their order, each lane's states."""
import csv
import io
import json
import re
from collections import defaultdict
from exported import TOP, expect, export, finish, recordings, report

TEXT = (TOP / "docs/export.md").read_text(encoding="utf-8")
OPTIONAL = {"filter"}


def documented_fields():
    """{type: [field]} of the lines that look like the documents; values are left out there."""
    block = re.search(r"## ndjson\n(.*?)\n\|", TEXT, re.S)[1]
    fields = {}
    for line in re.findall(r"\{.*?\}", block, re.S):
        fields[re.match(r'\{"type":"(\w+)"', line)[1]] = re.findall(
            r'"(\w+)"', re.sub(r':("\w+"\|?)+|\[\w+\]', "", line.replace('"type":', '"type",')))
    return {kind: ["type"] + [n for n in names if n not in ("type", kind)]
            for kind, names in fields.items()}


def documented_states():
    """{lane: states}; of threads those of the report."""
    section = re.search(r"\n## ndjson\n(.*?)\n## ", TEXT, re.S)[1]
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|", section, re.M)
    return {lane: set(re.findall(r"`([a-z-]+)`", states)) for lane, states in rows
            if lane not in ("lane", "thread")}


def check_lines(who, lines):
    for line in lines:
        kind, names = line["type"], [n for n in line if n not in OPTIONAL]
        expect(names == FIELDS.get(kind), f"{who}: a {kind} has {names}, in the docs {FIELDS.get(kind)}")
        seen[kind].add(line.get("lane"))
        if kind == "span" and line["lane"] in STATES:
            expect(line["state"] in STATES[line["lane"]], f"{who}: a {line['lane']} is {line['state']}")


def check_thread_states(who, lines, doc):
    told = {state for thread in doc["threads"] for state in thread["ns"]}
    states = {line["state"] for line in lines if line.get("lane") == "thread"}
    expect(states <= told, f"{who}: {states - told} are none of the report's")


FIELDS, STATES = documented_fields(), documented_states()
seen = defaultdict(set)
expect(set(FIELDS) == {"session", "span", "finding", "mark", "lost"}, f"documented {FIELDS}")
expect(set(STATES) == {"lock", "queue", "coroutine", "cpu"}, f"documented {STATES}")
header = re.search(r"RFC 4180 with a header: `([a-z_,]+)`", TEXT)[1].split(",")
expect(header == FIELDS["span"][1:], f"csv is documented with {header}")
for name, path in recordings():
    documents = [json.loads(line) for line in export(path, "ndjson").decode().splitlines()]
    check_lines(name, documents)
    check_thread_states(name, documents, report(path))
    rows = csv.reader(io.StringIO(export(path, "csv").decode(), newline=""))
    expect(next(rows) == header, f"{name}: csv's header")
expect(set(FIELDS) == set(seen), f"no recording has {set(FIELDS) - set(seen)}")
expect(seen["span"] >= set(STATES) | {"thread"}, f"no recording has {set(STATES) - seen['span']}")
finish()
