# SPDX-License-Identifier: MIT
"""Perfetto traces, read the way trace_processor reads them, held against the report.

What it does with switches, wakings, slices and flows is imitated here: rows of sched and
thread_state, stacks of slices, flows by number. Time running, runnable and waiting must then be the
report's, and a lock's slices must add up to its holds.
"""
import shutil
from collections import Counter, defaultdict
from exported import HERE, expect, expect_some, export, finish, folder, recordings, report
from protobuf import message, packed
import subprocess

NOBODY = 4194304
TIES = 20 # ns: who left one CPU and came to another at once comes a nanosecond later
STATES = {0: "R", 1: "S", 2: "D", 4: "T", 16: "X", 0x100: "R+", 0x200: "?"}


def text(value):
    return value.decode("utf-8")


class Trace:
    def __init__(self, data):
        self.sched, self.tracks, self.flows = [], {}, defaultdict(list)
        self.processes, self.threads = {}, {}
        self.events = []
        self.interned = defaultdict(lambda: {1: {}, 2: {}, 3: {}})
        self.clocks, self.on = {}, {}
        self.sizes = Counter()
        for packet in message(data)[1]:
            self.packet(message(packet))
        self.run()

    def stamp(self, p, sequence):
        """Absolute where the packet or its sequence says nothing else, else since the last one."""
        if sequence not in self.clocks or p.get(58, [64])[0] == 6:
            return p[8][0]
        self.clocks[sequence] += p[8][0]
        return self.clocks[sequence]

    def defaults(self, p, sequence):
        expect(p[13] == [1], "a sequence begins without its state being cleared")
        told = message(p[59][0])
        clocks = [message(c) for c in message(p[6][0])[1]]
        own = [c for c in clocks if c[1] == [64]]
        expect(told[58] == [64] and len(own) == 1 and own[0][3] == [1], "a sequence without its clock")
        self.clocks[sequence] = own[0][2][0]
        self.on[sequence] = message(told[11][0])[11]

    def packet(self, p):
        sequence = p[10][0]
        if 59 in p:
            self.defaults(p, sequence)
        for entry_table in p.get(12, []):
            for table, entries in message(entry_table).items():
                for entry in entries:
                    e = message(entry)
                    self.interned[sequence][table][e[1][0]] = text(e[2][0])
        if 60 in p:
            self.track(message(p[60][0]))
        if 1 in p:
            self.bundle(message(p[1][0]))
        if 11 in p:
            event = message(p[11][0])
            event.setdefault(11, self.on.get(sequence))
            self.events.append((self.stamp(p, sequence), event, self.interned[sequence]))

    def track(self, t):
        uuid = t[1][0]
        self.tracks[uuid] = {"name": text(t[2][0]) if 2 in t else None,
                             "parent": t.get(5, [None])[0], "open": [], "slices": [],
                             "instants": [], "counts": [], "thread": None, "counter": 8 in t}
        if 3 in t:
            p = message(t[3][0])
            self.processes[p[1][0]] = text(p[6][0])
        if 4 in t:
            th = message(t[4][0])
            self.threads[th[2][0]] = text(th[5][0])
            self.tracks[uuid]["thread"] = th[2][0]

    def bundle(self, b):
        cpu = b[1][0]
        for event in b.get(2, []):
            e = message(event)
            if 4 in e:
                s = message(e[4][0])
                self.sched.append((e[1][0], "full", cpu, s[2][0], s[4][0], s[6][0], text(s[5][0])))
            if 20 in e:
                s = message(e[20][0])
                self.sched.append((e[1][0], "waking", cpu, s[2][0], e[2][0]))
        if 4 not in b:
            return
        c = message(b[4][0])
        col = {i: packed(c[i][0]) for i in c if i != 5}
        comms = [text(v) for v in c.get(5, [])]
        expect(len({len(col.get(i, [])) for i in (1, 2, 3, 4, 6)}) == 1, "columns of switches differ")
        expect(len({len(col.get(i, [])) for i in range(7, 13)}) == 1, "columns of wakings differ")
        at = 0
        for dt, state, pid, comm in zip(*(col.get(i, []) for i in (1, 2, 3, 6))):
            at += dt
            self.sched.append((at, "compact", cpu, None, state, pid, comms[comm]))
        at = 0
        for dt, pid in zip(col.get(7, []), col.get(8, [])):
            at += dt
            self.sched.append((at, "waking", cpu, pid, None))

    def run(self):
        """sched and thread_state, as trace_processor's trackers make them; then the slices."""
        self.running, self.states, self.wakers = Counter(), defaultdict(Counter), Counter()
        self.names = {}
        on, last = {}, {}
        stamps = [e[0] for e in self.sched] + [e[0] for e in self.events]
        self.end = max(stamps)

        def turn(tid, state, at):
            if tid in last:
                before, since = last[tid]
                self.states[tid][before] += at - since
            last[tid] = (state, at)
        for e in sorted(self.sched, key=lambda e: e[0]):
            at, kind, cpu = e[:3]
            if kind == "waking":
                pid, waker = e[3], e[4]
                if waker is None:
                    expect(cpu in on, "a compact waking where its CPU had no switch yet")
                    waker = on[cpu][0] if cpu in on else None
                self.wakers[pid, waker] += 1
                expect(pid not in last or last[pid][0] not in ("R", "R+", "Running"),
                       f"{pid} is woken at {at} while {last.get(pid)}")
                if pid not in last or last[pid][0] not in ("R", "R+", "Running"):
                    turn(pid, "R", at)
                continue
            prev, state, pid, self.names[e[5]] = e[3], e[4], e[5], e[6]
            if kind == "compact":
                expect(cpu in on, "a compact switch is a CPU's first")
                prev = on[cpu][0]
            elif cpu in on:
                expect(prev == on[cpu][0], "a full switch leaves from another thread")
            if cpu in on:
                self.running[on[cpu][0]] += at - on[cpu][1]
                expect(on[cpu][0] not in last or last[on[cpu][0]][0] == "Running",
                       f"{on[cpu]} leaves CPU {cpu} at {at}, {last.get(on[cpu][0])}")
            if prev:
                turn(prev, STATES[state], at)
            on[cpu] = (pid, at)
            turn(pid, "Running", at)
        for tid, since in on.values():
            self.running[tid] += self.end - since
        for tid, (state, since) in last.items():
            self.states[tid][state] += self.end - since
        for at, e, names in sorted(self.events, key=lambda e: e[0]):
            self.event(at, e, names)

    def event(self, at, e, names):
        track = self.tracks.get(e[11][0])
        if not expect(track, f"an event on track {e[11][0]}, which nobody described"):
            return
        notes = {}
        for n in (message(n) for n in e.get(4, [])):
            value = n.get(3, n.get(7, n.get(6)))[0]
            notes[names[3][n[1][0]]] = text(value) if isinstance(value, bytes) else value
        name = names[2][e[10][0]] if 10 in e else text(e[23][0]) if 23 in e else None
        category = names[1][e[3][0]] if 3 in e else text(e[22][0]) if 22 in e else None
        for number, part in ((47, "begin"), (48, "end")):
            for flow in e.get(number, []):
                self.flows[flow].append((at, part, track["name"] or track["thread"], name))
        kind = e[9][0]
        if kind == 1:
            expect(not track["open"], f"slices of {track['name']} lie in each other")
            track["open"].append((at, category, name, notes))
        elif kind == 2 and expect(track["open"], f"a slice of {track['name']} ends that never began"):
            since, category, name, notes = track["open"].pop()
            track["slices"].append((since, at, category, name, notes))
        elif kind == 3:
            track["instants"].append((at, category, name, notes))
        elif kind == 4:
            expect(track["counter"], "a count on a track that is no counter")
            track["counts"].append((at, e[30][0]))


def check_threads(who, t, doc):
    lossless = not doc["session"]["lost"]
    tids = Counter(th["tid"] for th in doc["threads"])
    sched = {"bpf", "perf"} & set(doc["session"]["sources"])
    for th in doc["threads"]:
        tid = th["tid"]
        expect(t.threads.get(tid) == (th["name"] or f"thread {tid}"), f"{who}: name of {tid}")
        ns, states = th["ns"], t.states[tid]
        if tids[tid] > 1 or not sched or "unknown" in ns:
            continue
        expect(abs(t.running[tid] - ns.get("running", 0)) <= TIES or not lossless,
               f"{who}: {tid} runs {t.running[tid]}, in the report {ns.get('running', 0)}")
        expect(states["Running"] == t.running[tid], f"{who}: thread_state of {tid}")
        wants = states["R"] + states["R+"]
        born = th["born_ns"] is not None
        expect(abs(wants - ns.get("runnable", 0)) <= TIES or not lossless or not born,
               f"{who}: {tid} wants a CPU for {wants}, in the report {ns.get('runnable', 0)}")
        expect(states["R+"] == 0 or th["switches"]["preempted"], f"{who}: {tid} was preempted")


def check_waits(who, t, doc):
    words = {"wait": "lock", "put": "queue", "get": "queue"}
    got = Counter()
    for track in t.tracks.values():
        for since, until, category, name, notes in track["slices"]:
            if category != "wait":
                continue
            word = name.split(" ")[0]
            got[track["thread"], words.get(word, word)] += until - since
            expect(word != "wait" or notes["lock id"] in {lock["id"] for lock in doc["locks"]},
                   f"{who}: a wait for a lock that is not told of")
    want = Counter()
    for th in doc["threads"]:
        for state, ns in th["ns"].items():
            if state not in ("running", "runnable", "unknown"):
                want[th["tid"], state] += ns
    got = Counter({k: v for k, v in got.items() if k[1] != "unknown"})
    expect(got == want, f"{who}: waits {dict(got - want)} too much, {dict(want - got)} too little")


def check_locks(who, t, doc):
    for lock in doc["locks"]:
        track = t.tracks[lock["id"] << 4 | 5]
        held = sum(s[1] - s[0] for s in track["slices"] if s[2] == "hold")
        named = {s[3] for s in track["slices"] if s[2] == "hold"}
        names = {th["name"] or f"thread {th['tid']}" for th in doc["threads"]}
        expect(named <= names | {"readers", "taken"}, f"{who}: owners {named - names}")
        total = lock["hold_ns"]["total"]
        if total is None or lock["kind"] in ("rwlock", "sem", "barrier"):
            continue
        if doc["session"]["lost"] or any(s[2] == "unknown" for s in track["slices"]):
            continue
        died = [th["died_ns"] for th in doc["threads"] if th["tid"] == lock["holder"]]
        if died and died[0]: # it is held by nobody who lives: that counts as no hold
            held -= doc["session"]["end_ns"] - died[0]
        expect(held == total, f"{who}: lock {lock['id']} is held {held}, in the report {total}")


def check_rest(who, t, doc):
    expect(t.tracks[1]["name"] == "findings and marks", f"{who}: no track of findings")
    found = [i[2] for i in t.tracks[1]["instants"] if i[1] == "finding"]
    expect(sorted(found) == sorted(f["text"] for f in doc["findings"]), f"{who}: findings")
    for flow, ends in t.flows.items():
        expect([e[1] for e in sorted(ends, key=lambda e: e[0])] == ["begin", "end"] and
               ends[0][0] <= ends[1][0], f"{who}: flow {flow} is {ends}")
    for q in doc["queues"]:
        counts = t.tracks[q["id"] << 4 | 6]["counts"]
        expect(max([c[1] for c in counts], default=0) == q["depth_max"], f"{who}: queue's depth")
    for c in doc["coroutines"]:
        life = Counter()
        for since, until, _, name, _ in t.tracks[c["id"] << 4 | 8]["slices"]:
            life[name + "_ns"] += until - since
        expect(all(life[k] == c[k] for k in ("running_ns", "ready_ns", "waiting_ns")),
               f"{who}: coroutine {c['id']} {dict(life)}")
    for track in t.tracks.values():
        expect(not track["open"], f"{who}: a slice of {track['name']} never ends")
        expect(track["parent"] in (None, *t.tracks), f"{who}: a track's parent is no track")


def check_schema(who, data):
    """Every field is one of the schema's: protoc shows others by number."""
    done = subprocess.run(["protoc", f"--proto_path={HERE}", "--decode=Trace", "trace.proto"],
                          input=data, capture_output=True, check=False)
    strange = [line for line in done.stdout.decode().splitlines() if line.strip()[:1].isdigit()]
    expect(not done.returncode and not strange, f"{who}: protoc: {done.stderr[:200]} {strange[:3]}")


def check_window(who, path, doc):
    """Half of the session holds nothing of the other half, and nobody runs longer in it."""
    session = doc["session"]
    half = session["duration_ns"] // 2
    if not half:
        return
    parts = [Trace(export(path, "perfetto", *more)) for more in
             (["--until", f"{half}ns"], ["--from", f"{half}ns"])]
    middle = session["start_ns"] + half
    stamps = [[e[0] for e in p.sched] + [e[0] for e in p.events] for p in parts]
    expect(max(stamps[0]) <= middle and min(stamps[1]) >= middle, f"{who}: outside of the window")
    if not session["lost"]:
        for th in doc["threads"]:
            ran = sum(p.running[th["tid"]] for p in parts)
            if [o["tid"] for o in doc["threads"]].count(th["tid"]) == 1 and any(
                    p.sched for p in parts):
                expect(abs(ran - th["ns"].get("running", 0)) <= TIES, f"{who}: halves of {th['tid']}: {ran}")


def check_filter(who, path, whole, doc):
    """One thread alone: what it did is the same, the others have no track and no turn."""
    tids = Counter(th["tid"] for th in doc["threads"])
    for tid in [th["tid"] for th in doc["threads"] if tids[th["tid"]] == 1][:2]:
        t = Trace(export(path, "perfetto", "--filter", f"thread:{tid}"))
        expect(set(t.threads) == {tid}, f"{who}: threads {set(t.threads)}, not {tid}")
        expect({pid for pid in t.states if 0 < pid < NOBODY} <= {tid}, f"{who}: others' turns")
        for state, ns in whole.states[tid].items():
            expect(abs(t.states[tid][state] - ns) <= TIES,
                   f"{who}: {tid} is {state} for {t.states[tid][state]} alone, {ns} among all")


seen = Counter()
for name, path in recordings():
    doc, data = report(path), export(path, "perfetto")
    t = Trace(data)
    check_schema(name, data) if shutil.which("protoc") else None
    check_threads(name, t, doc)
    check_waits(name, t, doc)
    check_locks(name, t, doc)
    check_rest(name, t, doc)
    check_window(name, path, doc)
    check_filter(name, path, t, doc)
    seen.update(sched=len(t.sched), wakings=sum(t.wakers.values()), flows=len(t.flows),
                known_wakers=sum(n for (_, w), n in t.wakers.items() if w not in (NOBODY, 0)),
                slices=sum(len(k["slices"]) for k in t.tracks.values()))
print(dict(seen))
for what in ("sched", "wakings", "known_wakers", "flows", "slices"):
    expect_some(seen[what], f"no recording has {what}: nothing was tested")
if not shutil.which("protoc"):
    print("protoc is not there: the schema was not checked")
finish()
