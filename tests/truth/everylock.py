# SPDX-License-Identifier: MIT
"""--locks=all on a running program: what it counts of its own locks, exactly; nothing left behind."""
import errno
import hashlib
import shutil

from truth import *

CYCLES = 100


def attach(args, locks="all", held=None):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "a.tl")
        rec = subprocess.Popen([threadline, "record", "-o", path, f"--locks={locks}", "-p",
                                str(held.pid)], stderr=subprocess.PIPE, text=True)
        while not os.path.exists(path) and rec.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        out, _ = held.communicate("\n")
        _, err = rec.communicate()
        expect(rec.returncode == 0, f"{args}: record gave {rec.returncode}: {err}")
        return out, err, report(path)


def start(args):
    return subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def counted(args):
    held = start([program] + args)
    out, err, doc = attach(args, held=held)
    why = " ".join(args)
    if doc["session"]["locks"] != "all":
        expect(False, f"{why}: locks {doc['session']['locks']}: {err}")
        return
    by_addr = {l["addr"]: l for l in doc["locks"]}
    for line in out.splitlines():
        words = line.split()
        if words[0] == "sums":
            expect(words[1] == "right", f"{why}: {line}")
            continue
        lock = by_addr.get(words[1])
        near(lock["acquisitions"] if lock else 0, int(words[2]), 0, 0, f"{why}: {words[0]}")
        expect(lock and lock["holder"] is None, f"{why}: {words[0]} is still held")


def why_not_taken():
    """A semaphore's call that fails leaves the reason in errno, where no probe reads it."""
    reader = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python",
                          "read_recording.py")
    tries, timed = [], []

    def read(path):
        out = subprocess.run([sys.executable, reader, path], capture_output=True, text=True)
        expect(out.returncode == 0, f"reader: {out.stderr}")
        for line in out.stdout.splitlines():
            words = line.split()
            if len(words) == 7 and words[2] == "47":  # sem-fail
                (tries if int(words[3]) & 2 else timed).append(int(words[6]))
        return report(path)
    _, out, doc = run_attached(["2", "200", "1500"], read=read, more=["--locks=all"])
    expect(doc["session"]["locks"] == "all", f"errno: locks {doc['session']['locks']}")
    expect("sums right" in out, f"errno: {out[-40:]}")
    expect(len(tries) >= 50 and set(tries) == {errno.EAGAIN}, f"tries failed by {set(tries)}")
    expect(len(timed) == 50 and set(timed) == {0}, f"{len(timed)} timed, failed by {set(timed)}")


def python_counted():
    code = ("import threading,sys,time\nl=threading.Lock()\nsys.stdin.readline()\n"
            "def f():\n for i in range(300):\n  with l: pass\n  time.sleep(0.003)\n"
            "t=[threading.Thread(target=f) for _ in range(3)]\n"
            "[x.start() for x in t];[x.join() for x in t]\n")
    held = start(["/usr/bin/python3", "-c", code])
    _, err, doc = attach("python", held=held)
    expect(doc["session"]["locks"] == "all", f"python: locks {doc['session']['locks']}: {err}")
    sems = [l["acquisitions"] for l in doc["locks"] if l["acquisitions"]]
    expect(900 in sems, f"python: no semaphore with 900 acquisitions: {sorted(sems)[-5:]}")


def text_sum(pid):
    """Of the code of libc as the process has it in memory."""
    total = hashlib.sha256()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            words = line.split()
            if "x" in words[1] and "libc" in words[-1]:
                low, high = (int(x, 16) for x in words[0].split("-"))
                mem.seek(low)
                total.update(mem.read(high - low))
    return total.hexdigest()


def bpf_left():
    """What bpf programs named as ours are there, where bpftool can tell."""
    out = subprocess.run(["bpftool", "prog", "show"], capture_output=True, text=True).stdout
    return sum(" name on_site " in line for line in out.splitlines())


def cycles():
    held = start([program, "2", "0", "300", "forever"])
    held.stdin.write("\n")
    held.stdin.flush()
    time.sleep(0.1)
    before, fds = text_sum(held.pid), len(os.listdir(f"/proc/{held.pid}/fd"))
    for _ in range(CYCLES):
        done = subprocess.run([threadline, "record", "-q", "-o", "/dev/null", "--locks=all",
                               "--duration", "0.02", "-p", str(held.pid)], capture_output=True,
                              text=True)
        if done.returncode:
            expect(False, f"cycle: {done.stderr}")
            break
    expect(text_sum(held.pid) == before, "the code of libc is not what it was")
    expect(len(os.listdir(f"/proc/{held.pid}/fd")) == fds, "it has other descriptors")
    for _ in range(50):  # the kernel frees them a moment later
        if bpf_left():
            time.sleep(0.1)
    expect(bpf_left() == 0, f"{bpf_left()} programs are left")
    out, _ = held.communicate()
    expect("sums right" in out, f"after {CYCLES} attachments: {out[-40:]}")


def ours(pid):
    """What a process has in the kernel: programs, maps and links, by their numbers."""
    had = set()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}") as info:
                words = [line.split() for line in info]
        except FileNotFoundError:  # closed meanwhile
            continue
        had |= {(w[0][:-4], int(w[1])) for w in words
                if w[0] in ("prog_id:", "map_id:", "link_id:")}
    return had


def in_kernel():
    things = set()
    for kind in ("prog", "map", "link"):
        out = subprocess.run(["bpftool", "-j", kind, "show"], capture_output=True, text=True)
        things |= {(kind, thing["id"]) for thing in json.loads(out.stdout or "[]")}
    return things


def pins():
    return sorted(os.path.join(at, name) for at, _, names in os.walk("/sys/fs/bpf")
                  for name in names)


def wait_for(true, seconds=20):
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def killed(locks):
    """It cannot clean up after itself: the kernel does."""
    why = f"--locks={locks} killed"
    held = start([program, "2", "0", "300", "forever"])
    held.stdin.write("\n")
    held.stdin.flush()
    time.sleep(0.1)
    before, pinned = text_sum(held.pid), pins()
    rec = subprocess.Popen([threadline, "record", "-q", "-o", "/dev/null", f"--locks={locks}",
                            "-p", str(held.pid)], stderr=subprocess.DEVNULL)
    if locks == "all":
        expect(wait_for(lambda: text_sum(held.pid) != before), f"{why}: no probe came")
    else:
        expect(wait_for(lambda: any(kind == "link" for kind, _ in ours(rec.pid))),
               f"{why}: no probe came")
    had = set()

    def all_is_open():  # and nothing of it is just being closed, as where the probes cost too much
        had.clear()
        had.update(ours(rec.pid))
        time.sleep(0.5)
        return ({kind for kind, _ in had} == {"prog", "map", "link"} and had <= in_kernel() and
                had == ours(rec.pid))
    expect(wait_for(all_is_open), f"{why}: it had {had}, there is {in_kernel()}")
    rec.kill()
    rec.wait()
    wait_for(lambda: not had & in_kernel())
    expect(not had & in_kernel(), f"{why}: there is still {had & in_kernel()}")
    expect(wait_for(lambda: text_sum(held.pid) == before), f"{why}: libc is not what it was")
    expect(pins() == pinned, f"{why}: there are other pins")
    out, _ = held.communicate()
    expect("sums right" in out, f"{why}: {out[-40:]}")


def killed_midway():
    """Killed while it sets its probes, of which the first can be seen already."""
    for _ in range(6):
        held = start([program, "2", "0", "300", "forever"])
        held.stdin.write("\n")
        held.stdin.flush()
        time.sleep(0.1)
        before = text_sum(held.pid)
        rec = subprocess.Popen([threadline, "record", "-q", "-o", "/dev/null", "--locks=all",
                                "-p", str(held.pid)], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while text_sum(held.pid) == before and time.monotonic() < until:
            pass
        rec.kill()
        rec.wait()
        expect(time.monotonic() < until, "killed midway: no probe came")
        expect(wait_for(lambda: text_sum(held.pid) == before),
               "killed midway: its probes stay for good")
        out, _ = held.communicate()
        expect("sums right" in out, f"killed midway: {out[-40:]}")


def costs_too_much():
    held = start([program, "2", "60000", "0"])
    _, err, doc = attach("dear", held=held)
    expect(doc["session"]["locks"] == "contended", f"dear: locks {doc['session']['locks']}")
    expect("% of the program's time" in err, f"dear: not said why: {err}")


def children():
    """The probes are in one process: that its children are not seen as closely is told."""
    forks = subprocess.Popen(["sh", "-c", "echo ready; i=0; while [ $i -lt 400 ]; do i=$((i+1));"
                              " /bin/true; sleep 0.01; done"], stdout=subprocess.PIPE, text=True)
    forks.stdout.readline()
    done = subprocess.run([threadline, "record", "-o", os.path.join(tempfile.mkdtemp(), "f.tl"),
                           "--locks=all", "--duration", "1", "-p", str(forks.pid)],
                          capture_output=True, text=True)
    forks.kill()
    forks.wait()
    expect(done.returncode == 0 and "of those it started only the waits" in done.stderr,
           f"children: {done}")


def nested():
    """All of it in a pid namespace of its own, as in a container that has the rights."""
    done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", sys.executable, __file__,
                           threadline, program, "nested"], capture_output=True, text=True)
    expect(done.returncode == 0, f"nested: {done.stdout} {done.stderr}")


need_bpf()
if not os.uname().machine == "x86_64":
    skip("every lock of a running program is seen on x86-64 only")
if sys.argv[3:] == ["nested"]:
    counted(["2", "100", "1000"])
    finish()
    sys.exit(0)
nested()
for args in (["1", "500", "1000"], ["2", "300", "1500"], ["4", "200", "2000"]):
    counted(args)
os.environ["THREADLINE_UPROBE_EACH"] = "1"  # as Linux before 6.10 has them
counted(["2", "200", "1500"])
del os.environ["THREADLINE_UPROBE_EACH"]
why_not_taken()
if os.path.exists("/usr/bin/python3"):
    python_counted()
costs_too_much()
children()
if shutil.which("bpftool"):
    killed("contended")
    killed("all")
killed_midway()
cycles()
finish()
