# SPDX-License-Identifier: MIT
"""What each rung must show and say; used here and on the other kernel (tests/kernel)."""
import json

SETCAP = "cap_bpf,cap_perfmon+ep"
SYSCTL = "sudo sysctl kernel.perf_event_paranoid=2"
STATES = {"running", "runnable", "lock", "cond", "sem", "barrier", "join", "queue", "futex", "sleep",
          "poll", "io", "child", "stopped", "idle-wait", "unknown"}


class Judge:
    def __init__(self, what):
        self.what, self.wrong = what, 0

    def expect(self, good, text):
        if not good:
            self.wrong += 1
            print(f"WRONG: {self.what}: {text}")
        return good

    def parse(self, text, name):
        try:
            return json.loads(text)
        except ValueError as error:
            self.expect(False, f"{name} is no JSON ({error}): {text[:200]!r}")
            return None


def doctor(j, doc, usable, sees):
    """usable: source -> bool; sees: word -> value."""
    if not doc:
        return
    sources = {s["name"]: s for s in doc["sources"]}
    j.expect(list(sources) == ["bpf", "perf", "shim", "proc"], f"sources {list(sources)}")
    for name, source in sources.items():
        j.expect(set(source) == {"name", "usable", "why", "fix"}, f"{name} has {set(source)}")
        j.expect(source["why"], f"{name}: no word on why")
    for name, want in usable.items():
        j.expect(sources[name]["usable"] == want,
                 f"{name} usable: {sources[name]['usable']}, not {want}: {sources[name]['why']}")
    for word, want in sees.items():
        j.expect(doc["sees"][word] == want, f"sees {word}: {doc['sees'][word]!r}, not {want!r}")


def fix(j, doc, name, wanted):
    """wanted: part of the way out; None: there must be none."""
    found = next((s for s in doc["sources"] if s["name"] == name), None) if doc else None
    if found:
        j.expect(wanted in found["fix"] if wanted else not found["fix"],
                 f"{name}: the way out is {found['fix']!r}, not {wanted!r}")


def tiles(j, report):
    """Each thread's states fill its life in the session: to the nanosecond where that is known."""
    start, end = report["session"]["start_ns"], report["session"]["end_ns"]
    for t in report["threads"]:
        total, until = sum(t["ns"].values()), t["died_ns"] or end
        j.expect(set(t["ns"]) <= STATES, f"states {set(t['ns']) - STATES}")
        if t["born_ns"] and t["born_ns"] >= start:
            j.expect(total == until - t["born_ns"],
                     f"{t['name']} lived {until - t['born_ns']} ns, its states are {total}")
        else:
            j.expect(0 < total <= until - start,
                     f"{t['name']} was there for {until - start} ns, its states are {total}")


def deadlock(j, report, exact):
    """Two threads hold a lock each and want the other's."""
    found = [f for f in report["findings"] if f["kind"] == "deadlock"]
    if not j.expect(len(found) == 1, f"{len(found)} deadlocks among "
                    f"{[f['kind'] for f in report['findings']]}"):
        return
    j.expect(found[0]["severity"] == "error", "a deadlock is no error")
    j.expect(len(found[0]["threads"]) == 2, f"threads {found[0]['threads']}")
    j.expect(len(found[0]["locks"]) == 2, f"locks {found[0]['locks']}")
    locks = [lock for lock in report["locks"] if lock["id"] in found[0]["locks"]]
    holders = sorted(lock["holder"] or 0 for lock in locks)
    j.expect(holders == sorted(found[0]["threads"]), f"holders {holders}")
    for lock in locks:
        j.expect(len(lock["waiters"]) == 1 and lock["waiters"][0] != lock["holder"],
                 f"waiters {lock['waiters']}")
        j.expect((lock["acquisitions"] is not None) == exact,
                 f"acquisitions {lock['acquisitions']} with locks={report['session']['locks']}")


def report(j, doc, sources, locks):
    if not doc:
        return
    session = doc["session"]
    j.expect(sorted(session["sources"]) == sorted(sources), f"sources {session['sources']}")
    j.expect(session["locks"] == locks, f"locks {session['locks']}, not {locks}")
    j.expect(session["lost"] == 0, f"{session['lost']} events lost")
    tiles(j, doc)
    deadlock(j, doc, locks == "all")


def run_states(j, doc, rung):
    """What tells of scheduling: runs are known on every rung, waits for a CPU only with bpf."""
    if not doc:
        return
    ns = {}
    for t in doc["threads"]:
        for state, value in t["ns"].items():
            ns[state] = ns.get(state, 0) + value
    if rung == "bpf":
        j.expect(any(t["runq_ns"]["count"] for t in doc["threads"]), "no wait for a CPU")
    if rung in ("bpf", "perf"):
        j.expect(ns.get("running", 0) > 0, f"nobody ran: {ns}")
    j.expect(ns.get("lock", 0) > 0, f"nobody waited for a lock: {ns}")
