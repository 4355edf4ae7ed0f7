# SPDX-License-Identifier: MIT
"""checks.py RESULTS: what guest.sh brought back, held against what each set of rights must give."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rungs"))
import judge

results = sys.argv[1]
BPF = {"switches": "yes", "wakeups": "yes", "lock_waits": "yes", "lock_holders": "yes"}
OWN = {"wakeups": "no", "lock_waits": "own processes", "lock_holders": "own processes",
       "every_lock": "own processes"}


def read(rung, name):
    with open(os.path.join(results, rung, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def document(j, rung, name):
    status = read(rung, name + ".status").strip()
    j.expect(status == "0", f"{name}: status {status}: {read(rung, name + '.err').strip()}")
    return j.parse(read(rung, name), name) if status == "0" else None


def rung(name, source, usable, sees, launched, attached, fixes=(), says=()):
    """says: words that record must put on stderr, since it could not do better."""
    j = judge.Judge(name)
    doctor = document(j, name, "doctor.json")
    judge.doctor(j, doctor, {**usable, "shim": True, "proc": True}, sees)
    for where, fix in fixes:
        judge.fix(j, doctor, where, fix)
        j.expect(not fix or fix in read(name, "doctor.txt"), f"doctor does not print {fix}")
    report = document(j, name, "report.json")
    judge.report(j, report, launched, "all")
    judge.run_states(j, report, source)
    judge.report(j, document(j, name, "attached.json"), attached, "contended")
    every = document(j, name, "every.json")
    level = every["session"]["locks"] if every else None
    j.expect(level == ("all" if name == "root" else "contended"),
             f"--locks=all of a running program gave {level}: {read(name, 'every.err')}")
    stacks = document(j, name, "stacks.json")
    told = any(s["stack"] for lock in (stacks or {"locks": []})["locks"]
               for s in lock.get("stacks", []))
    j.expect(told == (source == "bpf"), f"stacks of waits told: {told}")
    j.expect(told or "--stacks" in read(name, "stacks.err"), "no word of the stacks not told")
    for word in says:
        j.expect(word in read(name, "record.err"),
                 f"record does not say {word!r}: {read(name, 'record.err')!r}")
    print(f"{name}: {'WRONG' if j.wrong else 'right'}")
    return j.wrong


def units():
    """The sources' own tests, run there as root and as an ordinary user."""
    wrong = 0
    names = [n for n in sorted(os.listdir(os.path.join(results, "unit"))) if "." not in n]
    for name in names:
        status = read("unit", name + ".status").strip()
        print(f"{name}: status {status}")
        if status not in ("0", "77"):
            wrong += 1
            print(read("unit", name) + read("unit", name + ".err"))
    return wrong


def main():
    with open(os.path.join(results, "kernel"), encoding="ascii") as f:
        print("Linux", f.read().strip())
    own = ["perf", "shim", "proc"]
    wrong = rung("root", "bpf", {"bpf": True, "perf": True},
                 {**BPF, "every_lock": "yes"}, ["bpf", "shim"], ["bpf"])
    wrong += rung("caps", "bpf", {"bpf": True}, {**BPF, "every_lock": "own processes"},
                  ["bpf", "shim"], ["bpf"])
    wrong += rung("paranoid3", "proc", {"bpf": False, "perf": False}, {**OWN, "switches": "no"},
                  ["shim", "proc"], ["proc"],
                  [("bpf", judge.SETCAP), ("perf", judge.SYSCTL)], ["perf_event_paranoid"])
    wrong += rung("paranoid2", "perf", {"bpf": False, "perf": True},
                  {**OWN, "switches": "own processes"}, own, ["perf", "proc"],
                  [("bpf", judge.SETCAP)], ["cap_bpf"])
    wrong += rung("nobtf", "perf", {"bpf": False, "perf": True},
                  {"switches": "yes", "wakeups": "no", "lock_waits": "yes", "lock_holders": "yes"}, own,
                  ["perf", "proc"], [("bpf", None)], ["BTF"])
    return 1 if wrong + units() else 0


sys.exit(main())
