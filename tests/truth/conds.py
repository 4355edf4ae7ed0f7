# SPDX-License-Identifier: MIT
"""
A condition is called as the variable it is; where only its futex words are known, what is part of a
larger variable is told by where it is in it, and nothing is called as its neighbour.
"""
from truth import *

WHERE = {"shop": range(56, 104), "many": range(48, 96)}  # in bytes


def check(names, what):
    plain = [n for n in names if "+" not in n]
    expect(plain == ["not_empty"], f"{what}: {names}")
    for name in names:
        of, _, at = name.partition("+")
        expect(not at or int(at, 16) in WHERE[of], f"{what}: {name}")
    expect(len(names) == 3, f"{what}: {names}")


def attached():
    target = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
    target.stdout.readline()
    try:
        with tempfile.TemporaryDirectory() as tmp:
            path = os.path.join(tmp, "c.tl")
            subprocess.run([threadline, "record", "-q", "--duration", "0.7", "-o", path, "-p",
                            str(target.pid)], check=True)
            check([c["name"] for c in report(path)["conds"]], "attached")
        for _ in range(50):  # until none of them is just taking the mutex again
            shot = json.loads(subprocess.run([threadline, "snapshot", "--json", str(target.pid)],
                                             capture_output=True, text=True, check=True).stdout)
            waits = [t["wait"] for t in shot["threads"] if t["wait"]]
            names = [w["name"] for w in waits if w["kind"] == "cond"]
            if len(names) == 3:
                break
        check(names, "snapshot")
    finally:
        target.kill()
        target.wait()


need_bpf()
attached()
finish()
