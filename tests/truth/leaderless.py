# SPDX-License-Identifier: MIT
"""A process whose main thread has ended, while the others go on, is watched as any other."""
from truth import *

target = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
target.stdout.readline()
while open(f"/proc/{target.pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z":
    time.sleep(0.01)


def tell(*args):
    done = subprocess.run([threadline, *args], capture_output=True, text=True)
    expect(done.returncode == 0, f"{' '.join(args)}: {done.returncode} {done.stderr}")
    return done


def record(*args):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "a.tl")
        done = tell("record", "--duration", "1", "-o", path, *args)
        return report(path), done.stderr


def check(doc, what):
    threads = {t["tid"]: t["name"] for t in doc["threads"] if t["tid"] != target.pid}
    expect(sorted(threads.values()) == ["one", "two"], f"{what}: threads {threads}")
    expect(doc["session"]["target"]["pid"] == target.pid, f"{what}: {doc['session']['target']}")
    fought = [l for l in doc["locks"] if l["contended"]]
    expect([l["name"] for l in fought] == ["accounts"], f"{what}: {[l['name'] for l in fought]}")


try:
    need_bpf()
    for way in ((), ("--source=perf",), ("--stacks",)):
        for number in [str(target.pid), max(os.listdir(f"/proc/{target.pid}/task"), key=int)]:
            doc, _ = record(*way, "-p", number)
            check(doc, f"record {way} -p {number}")
    stacks = [s for l in doc["locks"] for s in l.get("stacks", [])]
    expect("fight" in json.dumps(stacks), f"the waits' stacks: {stacks}")
    # the kernel cannot set probes in it: not one lock is then claimed to be seen
    doc, err = record("--locks=all", "-p", str(target.pid))
    check(doc, "--locks=all")
    expect(doc["session"]["locks"] == "contended", f"--locks=all: {doc['session']['locks']}")
    expect("main thread" in err, f"--locks=all says why: {err}")
    shot = json.loads(tell("snapshot", "--json", "--stacks", str(target.pid)).stdout)
    names = sorted(t["name"] for t in shot["threads"])
    expect(names == ["one", "two"], f"snapshot: {names}")
    expect("fight" in json.dumps(shot), "snapshot: stacks")
finally:
    target.kill()
finish()
