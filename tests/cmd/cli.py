# SPDX-License-Identifier: MIT
"""Bad input, exit statuses, and programs that must not notice they are observed."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import zlib

threadline = sys.argv[1]
tmp = tempfile.mkdtemp()
wrong = 0


def run(*args, **kw):
    kw.setdefault("timeout", 60)
    return subprocess.run([threadline, *args], capture_output=True, text=True, errors="replace", **kw)


def expect(good, what, done=None):
    global wrong
    if good:
        return
    wrong += 1
    print("WRONG:", what)
    if done is not None:
        print("  status", done.returncode, "\n  stdout", done.stdout[-600:], "\n  stderr", done.stderr[-600:])


def refused(args, status, *words, **kw):
    done = run(*args, **kw)
    what = "threadline " + " ".join(args)
    expect(done.returncode == status, f"{what}: status {done.returncode}, not {status}", done)
    for word in words:
        expect(word in done.stderr, f"{what}: stderr does not say '{word}'", done)
    expect(len(done.stderr.splitlines()) <= 3, f"{what}: says too much", done)
    return done


def path(name):
    return os.path.join(tmp, name)


def test_usage():
    done = run("--help")
    expect(done.returncode == 0 and "run" in done.stdout and not done.stderr, "--help", done)
    done = run("--version")
    expect(done.returncode == 0 and done.stdout.startswith("threadline "), "--version", done)
    expect(run().returncode == 2, "nothing at all is wrong usage off a terminal")
    refused(["rnu"], 2, "did you mean 'run'", "Try 'threadline --help'")
    refused(["run", "rase"], 2, "did you mean", "race")
    refused(["run", "race/mutx"], 2, "race/mutex")
    refused(["run", "qqqqqqqqq"], 2, "threadline list")
    refused(["run", "--spede", "2", "race"], 2, "did you mean '--speed'")
    refused(["run", "--speed"], 2, "needs a value")
    refused(["run", "--speed", "quick", "race"], 2, "--speed", "quick")
    refused(["run", "--locks=some", "race"], 2, "--locks", "some")
    refused(["run"], 2, "scenario")
    refused(["run", "--"], 2, "no command")
    refused(["record", "race"], 2, "-o FILE")
    refused(["record", "-o", path("x"), "race", "-p", "1"], 2, "one thing")
    refused(["record", "-o", path("x"), "-p", "1", "--pace", "1ms"], 2, "left alone")
    refused(["attach", "abc"], 2, "not a PID")
    refused(["attach"], 2, "one process")
    refused(["report"], 2, "FILE")
    for command in ("run", "attach", "record", "replay", "report", "list", "doctor"):
        done = run(command, "--help")
        expect(done.returncode == 0 and done.stdout.startswith(f"Usage: threadline {command}"),
               f"{command} --help", done)


def test_pids():
    gone = subprocess.Popen(["true"])
    gone.wait()
    refused(["attach", str(gone.pid)], 1, f"no process {gone.pid}")
    refused(["attach", "--name", "no-such-name-here"], 1, "no process is named")
    zombie = subprocess.Popen(["true"])
    time.sleep(0.3)
    refused(["attach", str(zombie.pid)], 1, "ended already")
    zombie.wait()
    for pid in os.listdir("/proc"):
        if pid.isdigit() and open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1] == "2":
            refused(["attach", pid], 1, "kernel thread")
            break
    name = f"two {os.getpid()}"
    shutil.copy("/bin/sleep", path(name))
    two = [subprocess.Popen(["sleep", "1000"], executable=path(name)) for _ in range(2)]
    refused(["attach", "--name", name], 1, f"2 processes are named '{name}'", "pgrep")
    two.pop().kill()
    escape = path("\x1b[31mred")
    shutil.copy("/bin/sleep", escape)
    odd = subprocess.Popen(["sleep", "1000"], executable=escape)
    done = run("record", "--duration", "0.2", "-o", path("odd.tl"), "-p", str(odd.pid))
    told = run("report", path("odd.tl")).stdout
    expect(done.returncode == 0 and "red" in told and "\x1b" not in done.stderr + told,
           "a name with an escape sequence", done)
    for left in (*two, odd):
        left.kill()
    if os.getuid() == 0:
        done = run("attach", "1", "--duration", "1", "--source=perf", user="nobody", group="nogroup")
        expect(done.returncode == 1 and done.stderr, "a process that is not ours", done)


def test_commands():
    refused(["run", "--", "no-such-command-xyz"], 127, "no-such-command-xyz")
    text = path("text")
    open(text, "w").write("not a program")
    refused(["run", "--", text], 126, text)
    refused(["run", "--", tmp], 126, tmp)
    done = run("record", "-q", "-o", path("s.tl"), "--", "sh", "-c", "exit 7")
    expect(done.returncode == 7, "the program's own status", done)
    done = run("record", "-q", "-o", path("s.tl"), "--", "sh", "-c", "kill -9 $$")
    expect(done.returncode == 137, "128 + signal", done)
    doc = json.loads(run("report", "--json", path("s.tl")).stdout)
    expect(doc["session"]["target"]["signal"] == 9, "the signal stands in the report")


def test_no_shim():
    """One that loads no shim: no lock is claimed to be seen, however short its life is."""
    source, static = path("static.c"), path("static")
    open(source, "w").write("int main(void) { return 3; }\n")
    subprocess.run(["cc", "-static", "-o", static, source], check=True)
    for program, level, sources in ((static, "contended", False), ("true", "all", True)):
        done = run("record", "-o", path("n.tl"), "--", program)
        doc = json.loads(run("report", "--json", path("n.tl")).stdout)["session"]
        expect(doc["locks"] == level, f"{program}: locks {doc['locks']}, not {level}", done)
        expect(("shim" in doc["sources"]) == sources, f"{program}: sources {doc['sources']}", done)
        expect(("did not load the shim" in done.stderr) != sources, f"{program}: what is told", done)


def test_program_does_not_notice():
    script = 'read a; echo "out $a"; echo err >&2; exit 3'
    alone = subprocess.run(["bash", "-c", script], input="hello\n", capture_output=True, text=True)
    seen = run("record", "-q", "-o", path("q.tl"), "--", "bash", "-c", script, input="hello\n")
    expect((alone.stdout, alone.stderr, alone.returncode) == (seen.stdout, seen.stderr, seen.returncode),
           "stdin, stdout, stderr and status as alone", seen)
    for command in (["ls", "-l", "/usr"], ["python3", "-c", "import threading; print(sum(range(9)))"],
                    ["sort", "/etc/passwd"], ["bash", "-c", "ls / | sort | wc -l"]):
        alone = subprocess.run(command, capture_output=True, text=True)
        seen = run("record", "-q", "-o", path("q.tl"), "--", *command)
        expect((alone.stdout, alone.stderr, alone.returncode) == (seen.stdout, seen.stderr, seen.returncode),
               " ".join(command) + " as alone", seen)


def test_no_escape_of_a_name_passes():
    """What a file is called is as foreign as what is in it."""
    evil = path("a\033[31mb\nc\u202ed.tl")
    whole = path("evil.tl")
    run("record", "-q", "-o", whole, "race/mutex", "--speed", "100")
    shutil.copy(whole, evil)
    open(evil + "x", "w").write("none")
    for args in (["report", evil], ["report", evil + "x"], ["report", evil + "y"], ["compare", evil, whole],
                 ["compare", evil, evil + "x"], ["compare", whole, whole, "--fail-if", "wait\033[1m > 1x"],
                 ["export", evil, "--to", "x\033[1m"], ["ru\033[1mn"], ["run", "race\033[1m"],
                 ["replay", "--plain", evil], ["export", evil, "--to", "ndjson", "-o", evil + "/z"],
                 ["attach", "--plain", "no\033[1m"], ["snapshot", "1\033[1m"], ["record", "--locks=\033[1m"]):
        done = run(*args)
        expect(not set("\033\u202e") & set(done.stdout + done.stderr), f"{args}: no escape", done)


def test_files():
    refused(["record", "-o", "/no/such/folder/x.tl", "race/mutex"], 1, "/no/such/folder/x.tl")
    refused(["record", "-o", tmp, "race/mutex"], 1, tmp)
    done = run("record", "-o", "/dev/full", "--", "sh", "-c", "sleep 0.2")
    expect(done.returncode == 1 and "/dev/full" in done.stderr, "a full disk", done)
    refused(["report", path("none.tl")], 1, "none.tl")
    open(path("foreign.tl"), "w").write("#!/bin/sh\necho no recording\n" * 100)
    refused(["report", path("foreign.tl")], 1, "not a threadline recording")
    open(path("empty.tl"), "w")
    refused(["report", path("empty.tl")], 1, "empty.tl")
    refused(["report", tmp], 1)
    done = run("record", "-o", path("whole.tl"), "race/mutex", "--speed", "50")
    expect(done.returncode == 0, "record race/mutex", done)
    whole = open(path("whole.tl"), "rb").read()
    done = run("report", path("whole.tl"))
    expect(done.returncode == 0 and not done.stderr, "a whole recording gives no warning", done)
    for share in (0.3, 0.6, 0.95):
        open(path("cut.tl"), "wb").write(whole[:int(len(whole) * share)])
        done = run("report", "--json", path("cut.tl"))
        expect(done.returncode == 0 and done.stderr, f"cut at {share}: shown with a warning", done)
        expect(done.returncode or json.loads(done.stdout)["schema"] == "threadline.report/1", "cut: JSON")
    broken = bytearray(whole)
    broken[len(broken) // 2] ^= 0x55
    open(path("bits.tl"), "wb").write(broken)
    done = run("report", "--json", path("bits.tl"))
    expect(done.returncode == 0, "a flipped bit", done)
    expect(done.stderr, "a flipped bit gives a warning", done)
    done = subprocess.run(f"{threadline} report {path('whole.tl')} >/dev/full", shell=True,
                          capture_output=True, text=True)
    expect(done.returncode == 1, "a report that cannot be written", done)


def test_names():
    """A thread may call itself anything; nothing of it reaches the terminal as an escape."""
    code = r'''
import ctypes, threading, time
libc = ctypes.CDLL(None)
def work(name):
    libc.prctl(15, name, 0, 0, 0)
    time.sleep(0.2)
names = [b"\x1b[31mred\x07", b"bad\xff\xfeutf", b"q\"\\\n<script>", b"\xe2\x80\xae\xc2\x9bX", b""]
ts = [threading.Thread(target=work, args=(n,)) for n in names]
[t.start() for t in ts]; [t.join() for t in ts]
'''
    done = run("record", "-q", "-o", path("names.tl"), "--", "python3", "-c", code)
    expect(done.returncode == 0, "strange names", done)
    for args in (["report", path("names.tl")], ["report", "--json", path("names.tl")],
                 ["replay", "--plain", path("names.tl")]):
        out = subprocess.run([threadline, *args], capture_output=True).stdout
        expect(b"\x1b" not in out and b"\x07" not in out, f"{args[:2]}: an escape came through")
        expect(not re.search(rb"\xc2[\x80-\x9f]", out), f"{args[:2]}: a C1 control came through")
        text = out.decode("utf-8")
        expect("\u202e" not in text, f"{args[:2]}: a bidirectional override came through")
    json.loads(subprocess.run([threadline, "report", "--json", path("names.tl")],
                              capture_output=True).stdout)


def test_signals():
    for sig in (signal.SIGINT, signal.SIGTERM):
        sleeper = subprocess.Popen(["sleep", "60"])
        rec = subprocess.Popen([threadline, "record", "-q", "-o", path("sig.tl"), "-p", str(sleeper.pid)])
        while not os.path.exists(path("sig.tl")):
            time.sleep(0.01)
        time.sleep(0.5)
        rec.send_signal(sig)
        expect(rec.wait(20) == 0, f"{sig.name} ends a recording cleanly: {rec.returncode}")
        done = run("report", path("sig.tl"))
        expect(done.returncode == 0 and not done.stderr, "and the file is complete", done)
        expect(sleeper.poll() is None, "the watched process goes on")
        sleeper.kill()
        sleeper.wait()
        os.unlink(path("sig.tl"))
    rec = subprocess.Popen([threadline, "record", "-q", "-o", path("kill.tl"), "--", "sleep", "3"])
    time.sleep(1.5)
    rec.kill()
    rec.wait()
    done = run("report", path("kill.tl"))
    expect(done.returncode == 0 and done.stderr, "killed: what was written is shown, with a warning", done)
    done = run("record", "-q", "-o", path("d.tl"), "--duration", "0.5", "--", "sleep", "60")
    expect(done.returncode == 128 + signal.SIGTERM, "--duration ends what was launched", done)


def test_what_the_program_is_given():
    """Signals, what is loaded into it, and its descriptors are as alone, but for our library."""
    script = "grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd | wc -l"
    alone = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                           restore_signals=True)
    seen = run("record", "-q", "-o", path("g.tl"), "--", "bash", "-c", script)
    expect(alone.stdout == seen.stdout, f"signals and descriptors, alone {alone.stdout}", seen)
    seen = run("record", "-q", "-o", path("g.tl"), "--", "sh", "-c", "echo $LD_PRELOAD",
               env={**os.environ, "LD_PRELOAD": "/lib/x86_64-linux-gnu/libm.so.6"})
    loaded = seen.stdout.strip().split(":")
    expect(len(loaded) == 2 and "threadline" in loaded[0] and loaded[1].endswith("libm.so.6"),
           "what was to be loaded is loaded too", seen)


def on_screen(command, keys, stderr):
    """Runs a command on a terminal of its own until it ends, its stderr elsewhere: what the
    terminal was sent. Each key goes once the file it stands for exists."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with open(stderr, "w") as err:
        child = subprocess.Popen([threadline, *command], stdin=its, stdout=its, stderr=err,
                                 start_new_session=True, env={**os.environ, "TERM": "xterm"})
    os.close(its)
    sent, until = b"", time.time() + 60
    while time.time() < until:
        for key, there in list(keys.items()):
            if os.path.exists(there) and b"quit" in sent:
                os.write(ours, key.encode())
                del keys[key]
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            got = os.read(ours, 65536)
        except OSError:
            break
        if not got:
            break
        sent += got
    child.kill() if child.poll() is None and time.time() >= until else None
    child.wait()
    os.close(ours)
    return sent.decode(errors="replace")


def test_output_comes_whole_after_the_screen():
    err, done = path("err"), path("done")
    script = f"echo first line; echo to stderr >&2; : > {done}"
    sent = on_screen(["run", "--", "sh", "-c", script], {"q": done}, err)
    after = sent.rsplit("\x1b[?1049l", 1)[-1]
    expect("first line\r\n" in after and "first line\r\r" not in after,
           f"the program's output after the screen: {after[-300:]!r}")
    expect("to stderr\n" in open(err).read(), f"stderr goes where it was sent: {open(err).read()!r}")
    expect("to stderr" not in sent, "and not to the screen")


def test_bookmarks():
    """What a reader writes to a moment stands beside the recording, comes back, and is exported."""
    tl, script = path("book.tl"), path("script")
    marks = tl + ".marks"
    run("record", "-q", "-o", tl, "race/mutex", "--speed", "50")
    before = open(tl, "rb").read()

    def play(keys):  # the first mark is the scenario's own
        open(script, "w").write(f"size 100x30\nkeys {keys}\nsave -\n")
        done = run("replay", tl, "--script", script)
        expect(done.returncode == 0, f"--script {keys}", done)
        return done.stdout

    shown = play("Home l l M they-meet Enter l l m")
    lines = open(marks).read().splitlines()
    expect(len(lines) == 2 and lines[0].endswith("s they-meet") and lines[1].endswith("s"),
           f"{marks}: {lines}")
    expect("they-meet" in play("Home ' '"), "the screen comes back to it")
    expect(open(tl, "rb").read() == before, "the recording itself stays as it is")
    made = [m for m in json.loads(run("report", "--json", tl).stdout)["marks"] if m["tid"] is None]
    expect([m["text"] for m in made] == ["they-meet", "bookmark 2"], f"report: {made}")
    done = run("export", tl, "--to", "svg", "--at", "they-meet", "-o", "-")
    expect(done.returncode == 0 and "they-meet" in done.stdout, "export --at its caption", done)
    expect(run("export", tl, "--to", "svg", "--at", "bookmark 2", "-o", path("b.svg")).returncode == 0,
           "export --at one without a caption")
    expect("itself now: 2" in play(": s a v e Enter") and not os.path.exists(marks), ":save")
    saved = open(tl, "rb").read()
    expect(saved.startswith(before) and len(saved) < len(before) + 4096, ":save only adds")
    made = [m for m in json.loads(run("report", "--json", tl).stdout)["marks"] if m["tid"] is None]
    expect([m["text"] for m in made] == ["they-meet", "bookmark 2"], f"report of it: {made}")
    play("Home ' ' m ' m")
    expect(open(marks).read() == "", "none beside it goes before those in it")
    made = [m for m in json.loads(run("report", "--json", tl).stdout)["marks"] if m["tid"] is None]
    expect(not made, f"report without any: {made}")
    play(": s a v e Enter")
    expect(not os.path.exists(marks), "without any the file is gone")
    made = [m for m in json.loads(run("report", "--json", tl).stdout)["marks"] if m["tid"] is None]
    expect(not made, f"report of one that holds none any more: {made}")
    open(tl, "r+b").truncate(os.path.getsize(tl) - 9)
    expect("is damaged" in play("m : s a v e Enter"), ":save leaves a damaged one as it is")
    expect(os.path.exists(marks), "and its bookmarks beside it")
    open(marks, "w").write("nonsense here\n1us \x1b[31mred\n")
    done = run("report", tl)
    expect(done.returncode == 0 and "no bookmarks are left out" in done.stderr
           and "\x1b" not in done.stdout, "one that was written by hand, badly", done)


def test_replayed_lesson():
    """A scenario's recording is told again as a lesson; any other has none."""
    script = path("script")
    open(script, "w").write("size 100x40\nsave -\nkeys T\nsave -\nkeys Enter S\nsave -\n")
    run("record", "-q", "-o", path("les.tl"), "deadlock/abba", "--speed", "20")
    done = run("replay", path("les.tl"), "--script", script)
    for words in ("Two locks, two orders", "next: threadline run deadlock/ordered", "deadlock.c",
                  "pthread_mutex_lock(&from->lock);"):
        expect(words in done.stdout, f"replay of a lesson: '{words}'", done)
    expect(done.returncode == 0, "Enter on the card runs nothing", done)
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../python"))
    import read_recording  # pylint: disable=import-outside-toplevel,import-error
    texts = {}
    read_recording.read(open(path("les.tl"), "rb").read(), texts)
    held = texts[read_recording.LESSON]
    expect("title Two locks, two orders\n" in held and "\nmeaning " in held
           and "\nnext deadlock/ordered\n" in held, f"the recording holds its lesson: {held}")
    other = (b"title Another \x1b[31mtitle\nteaches other words\nmeaning what it meant then\n"
             b"next race; reboot\n")
    head = struct.pack("<8sHHBBHIIIIQQQQI", read_recording.MAGIC, 1, 1, read_recording.LESSON, 0, 0,
                       len(other), len(other), 0, zlib.crc32(other), 0, 0, 0, 0, 0)
    with open(path("les.tl"), "r+b") as file:  # behind its index, without the end
        file.truncate(os.path.getsize(path("les.tl")) - 120)
        file.seek(0, os.SEEK_END)
        file.write(head + struct.pack("<I", zlib.crc32(head)) + other)
    done = run("replay", path("les.tl"), "--script", script)
    expect("Another" in done.stdout and "what it meant then" in done.stdout
           and "Two locks, two orders" not in done.stdout, "the words it was recorded with", done)
    expect("\x1b[31m" not in done.stdout and "reboot" not in done.stdout, "which are not trusted", done)
    done = run("record", "-q", "--keep", "1m", "-o", path("kept.tl"), "race/mutex", "--speed", "50")
    read_recording.read(open(path("kept.tl"), "rb").read(), texts)
    expect("title " in texts.get(read_recording.LESSON, ""), "so does one of --keep", done)
    run("record", "-q", "-o", path("les.tl"), "--", "true")
    done = run("replay", path("les.tl"), "--script", script)
    expect(done.returncode == 0 and "next:" not in done.stdout, "no lesson of true", done)


def test_with_args():
    """A command line goes into a recording only where that was asked for; the environment never."""
    secret = {**os.environ, "SECRET": "in-the-environment"}
    words = ["sleep", "0.01", "0.0" + "0" * 30 + "1"]
    for more, there in (((), False), (("--with-args",), True)):
        done = run("record", "-q", *more, "-o", path("args.tl"), "--", *words, env=secret)
        doc = run("report", "--json", path("args.tl")).stdout
        text = run("report", path("args.tl")).stdout
        whole = " ".join(words)
        expect(done.returncode == 0 and (json.loads(doc)["session"]["target"].get("args") ==
               (whole if there else None)) and (whole in text) == there, f"{more}: {doc[:600]}", done)
        expect("in-the-environment" not in doc + text, "nothing of the environment")
    odd = subprocess.Popen(["python3", "-c", "input()", "it's", "\x1b[31m", "x" * 3000],
                           stdin=subprocess.PIPE)
    done = run("record", "-q", "--with-args", "--duration", "0.2", "-o", path("args.tl"), "-p",
               str(odd.pid))
    told = json.loads(run("report", "--json", path("args.tl")).stdout)["session"]["target"]["args"]
    odd.kill()
    expect(told.startswith("python3 -c 'input()' 'it'\\''s' '") and "\x1b" not in told
           and told.endswith("x...") and len(told) <= 1023, f"of a running program: {told}", done)


def test_rungs():
    """An ordinary user falls a rung and is told what is lost and how to get it."""
    if os.getuid() != 0:
        return
    done = run("record", "-o", "/tmp/tl-nobody.tl", "deadlock/abba", "--speed", "4", user="nobody",
               group="nogroup", extra_groups=[], env={**os.environ, "HOME": "/tmp"})
    expect(done.returncode == 0, "an ordinary user records a scenario", done)
    expect("cap" in done.stderr.lower() or "sudo" in done.stderr, "and is told how to see more", done)
    doc = json.loads(run("report", "--json", "/tmp/tl-nobody.tl").stdout)
    expect("bpf" not in doc["session"]["sources"] and "shim" in doc["session"]["sources"],
           f"sources {doc['session']['sources']}")
    expect("deadlock" in [f["kind"] for f in doc["findings"]], "the deadlock is found without rights")
    os.unlink("/tmp/tl-nobody.tl")
    refused(["record", "-o", "/tmp/tl-nobody.tl", "--source=bpf", "--", "true"], 1, "To get it",
            user="nobody", group="nogroup", extra_groups=[])


def test_compare_runs():
    for args, names in (("race",), ("race/unlocked", "race/mutex")), \
                       (("race/mutex",), ("race/unlocked", "race/mutex")), \
                       (("race/unlocked=atomic",), ("race/unlocked", "race/atomic")), \
                       (("race/mutex=race/atomic",), ("race/mutex", "race/atomic")):
        scenario, _, variant = args[0].partition("=")
        done = run("run", scenario, "--compare" + ("=" + variant if variant else ""),
                   "--speed", "50", "--plain")
        heads = [l for l in done.stdout.splitlines() if l.startswith("== ")]
        expect(heads == [f"== A  {names[0]} ==", f"== B  {names[1]} =="], f"{args}: {heads}", done)
        expect("figure" in done.stdout and done.returncode == 0, f"{args}: what differs", done)
        expect(("gone: lost-update" in done.stdout) == (names[0] == "race/unlocked"),
               f"{args}: what is gone", done)
    refused(["run", "race", "--compare=qqqqq"], 2, "race", "qqqqq", "threadline list")
    refused(["run", "--compare", "--", "true"], 2, "--compare", "threadline compare")
    refused(["run", "race", "--compare", "-o", path("no.tl")], 2, "record")


def test_screen():
    done = run("run", "--plain", "race/mutex", "--speed", "50")
    expect(done.returncode == 0 and "race" in done.stdout, "--plain narrates and reports", done)
    done = run("replay", path("whole.tl"))
    expect(done.returncode == 0 and done.stdout, "replay off a terminal narrates", done)


try:
    for name, test in list(globals().items()):
        if name.startswith("test_") and (len(sys.argv) < 3 or sys.argv[2] in name):
            print(name)
            test()
finally:
    shutil.rmtree(tmp, ignore_errors=True)
print("wrong:", wrong)
sys.exit(1 if wrong else 0)
