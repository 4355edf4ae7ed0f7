# SPDX-License-Identifier: MIT
"""Stacks of programs that know where their threads stand, held against that truth."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

threadline, fast, plain, static, stuck, here = sys.argv[1:7]
root = os.geteuid() == 0
wrong = 0
if os.uname().machine != "x86_64":
    print("skipped: stacks are told on x86-64")
    sys.exit(77)


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


@contextlib.contextmanager
def program(*args, before=(), **kw):
    """A program that has said its truth: it, and the words of its lines."""
    p = subprocess.Popen([*before, *map(str, args)], stdout=subprocess.PIPE, text=True,
                         start_new_session=True, **kw)
    said = []
    for line in p.stdout:
        if line == "ready\n":
            break
        said.append(line.split())
    else:
        expect(False, f"{args} did not become ready")
    try:
        yield p, said
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(p.pid, signal.SIGKILL)
        p.wait()
        p.stdout.close()


def look(*args, **kw):
    return subprocess.run([threadline, "snapshot", "--stacks", *map(str, args)],
                          capture_output=True, timeout=60, **kw)


def document(pid, **kw):
    done = look("--json", pid, **kw)
    expect(done.returncode == 0, f"status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout.decode("utf-8", "strict"))


def stacks(pid, **kw):
    doc = document(pid, **kw)
    return {t["tid"]: (t["stack"], t["stack_end"]) for t in doc["threads"]}


def functions(stack):
    """[(name, line or None)], inlined ones too."""
    out = []
    for text in stack:
        m = re.fullmatch(r"(.*?)(\+0x[0-9a-f]+|, inlined)( \((.*):(\d+)\))?", text)
        expect(m, f"a frame reads {text!r}")
        if m:
            out.append((m[1], int(m[5]) if m[5] else None))
    return out


def check_chain(found, words, why, lines=True, whole=True):
    tid, truth = int(words[1]), [w.split(":") for w in words[2:]]
    if tid not in found or found[tid][0] is None:
        expect(False, f"{why}: no stack of {tid}")
        return
    stack, end = found[tid]
    got = functions(stack)
    names = [n for n, _ in got]
    at = -1
    for name, line in truth:
        if name not in names[at + 1:]:
            expect(False, f"{why}: {name} is missing after {at} in {stack} ({end})")
            return
        at = names.index(name, at + 1)
        if lines:
            expect(got[at][1] == int(line), f"{why}: {stack[at]}, truly line {line}")
    expect(not whole or end is None, f"{why}: ends as {end}: {stack}")
    ours = [n for n in names if n in ("inner", "middle", "outer", "thread", "handler")]
    expect(ours == [n for n, _ in truth], f"{why}: {ours}, truly {truth}")


def check_chains(why, *args, lines=True, **kw):
    with program(*args, **kw) as (p, said):
        found = stacks(p.pid)
        expect(len(said) == 6, f"{why}: it said {said}")
        for words in said:
            check_chain(found, words, f"{why}, {words[2]}", lines)
        expect(found[p.pid][1] is None and "main" in dict(functions(found[p.pid][0])),
               f"{why}: main stands in {found[p.pid]}")


def variants():
    check_chains("dynamic, without frame pointers", fast)
    check_chains("dynamic, unoptimised", plain)
    check_chains("static", static)


def stripped(tmp):
    """Without debugging information: names without lines. Without names: places in the file."""
    copy = os.path.join(tmp, "bare")
    subprocess.run(["strip", "-g", "-o", copy, fast], check=True)
    check_chains("without lines", copy, lines=False)
    for exe in (fast, plain, static):
        subprocess.run(["strip", "-o", copy, exe], check=True)
        with program(copy) as (p, said):
            found = stacks(p.pid)
            for words in said:
                stack, end = found[int(words[1])]
                own = [f for f in stack if f.startswith("bare+0x")]
                expect(len(own) >= len(words) - 2, f"stripped: {stack}, truly {words}")
                expect(end is None, f"stripped: ends as {end}: {stack}")
                expect("inner" not in str(stack), f"stripped: {stack}")


def own_file(tmp):
    """The debugging information in a file of its own, found by its build id."""
    bare = os.path.join(tmp, "apart")
    note = subprocess.run(["readelf", "-n", fast], capture_output=True, text=True).stdout
    ident = re.search(r"Build ID: ([0-9a-f]+)", note)
    if not root or not ident:
        print("skipped: no build id, or not root to write to /usr/lib/debug")
        return
    where = f"/usr/lib/debug/.build-id/{ident[1][:2]}/{ident[1][2:]}.debug"
    os.makedirs(os.path.dirname(where), exist_ok=True)
    subprocess.run(["objcopy", "--only-keep-debug", fast, where], check=True)
    try:
        subprocess.run(["strip", "-o", bare, fast], check=True)
        check_chains("debugging information apart", bare)
    finally:
        os.unlink(where)


def deleted(tmp):
    copy = os.path.join(tmp, "deleted")
    shutil.copy(fast, copy)
    with program(copy) as (p, said):
        os.unlink(copy)
        with open(copy, "wb") as f:
            f.write(b"\x7fELF" + b"\xff" * 5000)
        found = stacks(p.pid)
        for words in said:
            check_chain(found, words, f"deleted, {words[2]}")


def other_mounts(tmp):
    """What lies at a path elsewhere is not what lies there here."""
    before = ["unshare", "--mount", "sh", "-c",
              f'mount -t tmpfs none {tmp}/m && cp {fast} {tmp}/m/it && exec {tmp}/m/it']
    os.mkdir(f"{tmp}/m")
    shutil.copy("/bin/true", f"{tmp}/m/it")
    if not root or subprocess.run([*before[:2], "true"], capture_output=True).returncode:
        print("skipped: no namespaces to be made here")
        return
    check_chains("another mount namespace", before=before)


def made_up():
    with program(fast, "made-up") as (p, said):
        stack, end = stacks(p.pid)[int(said[0][1])]
        expect(len(stack) == 1 and stack[0].endswith("(code of no file)"), f"made up: {stack}")
        expect("no table" in end, f"made up: ends as {end}")


def garbage():
    with program(fast, "garbage") as (p, said):
        found = stacks(p.pid)
        for words in said:
            stack, end = found[int(words[1])]
            expect(end and len(stack) <= 2, f"garbage: {stack} {end}")
            expect("garbage" in stack[0], f"garbage: {stack}")


def cpp(tmp):
    exe = os.path.join(tmp, "chain_cpp")
    if subprocess.run(["g++", "-O2", "-g", "-pthread", "-o", exe, f"{here}/chain.cpp"]).returncode:
        print("skipped: no C++ compiler")
        return
    with program(exe) as (p, said):
        stack, end = stacks(p.pid)[int(said[0][1])]
        at = [i for i, f in enumerate(stack) if f.startswith("bank::account<long>::transfer(char")]
        expect(len(at) == 1 and "(chain.cpp:24)" in stack[at[0]], f"C++: {stack}")
        expect(any("wait_inlined" in f and "inlined" in f and "(chain.cpp:18)" in f
                   for f in stack), f"C++: {stack}")
        expect(end is None, f"C++: ends as {end}")
        expect("_ZN" not in " ".join(stack), f"C++: {stack}")


def hostile_names(tmp):
    """Names that are no names: neither the terminal nor the JSON takes harm."""
    exe, text = os.path.join(tmp, "hostile"), os.path.join(tmp, "hostile.s")
    with open(text, "w") as f:
        f.write('.text\n.globl main\n.type main,@function\nmain:\n.cfi_startproc\n'
                'sub $8,%rsp\n.cfi_adjust_cfa_offset 8\n'
                'call HOSTILE\nadd $8,%rsp\nret\n.cfi_endproc\n.size main,.-main\n'
                '.type HOSTILE,@function\nHOSTILE:\n.cfi_startproc\n'
                'sub $8,%rsp\n.cfi_adjust_cfa_offset 8\ncall pause@plt\nadd $8,%rsp\nret\n'
                '.cfi_endproc\n.size HOSTILE,.-HOSTILE\n'
                '.section .note.GNU-stack,"",@progbits\n')
    subprocess.run(["cc", "-o", exe, text], check=True)
    with open(exe, "r+b") as f:
        whole = f.read().replace(b"HOSTILE", b'\033[31m"\xff')
        f.seek(0)
        f.write(whole)
    p = subprocess.Popen([exe])
    try:
        while not open(f"/proc/{p.pid}/syscall").read().startswith("34 "):
            time.sleep(0.01)
        stack, end = stacks(p.pid)[p.pid]
        expect(end is None and len(stack) > 3 and "[31m" in stack[1], f"hostile: {stack} {end}")
        expect(b"\033" not in look(p.pid).stdout, "hostile: an escape reaches the terminal")
    finally:
        p.kill()
        p.wait()


def huge(tmp):
    """A table of a hundred thousand functions."""
    exe, text = os.path.join(tmp, "huge"), os.path.join(tmp, "huge.s")
    with open(text, "w") as f:
        f.write('.text\n.rept 100000\n.cfi_startproc\npush %rbx\n.cfi_def_cfa_offset 16\npop %rbx\n'
                '.cfi_def_cfa_offset 8\nret\n.cfi_endproc\n.endr\n'
                '.globl main\nmain:\n.cfi_startproc\nsub $8,%rsp\n.cfi_adjust_cfa_offset 8\n'
                'call pause@plt\nadd $8,%rsp\nret\n.cfi_endproc\n.type main,@function\n'
                '.size main,.-main\n.section .note.GNU-stack,"",@progbits\n')
    subprocess.run(["cc", "-o", exe, text], check=True)
    for strip in (False, True):
        if strip:  # without the index to the table
            subprocess.run(["objcopy", "-R", ".eh_frame_hdr", exe], check=True)
        p = subprocess.Popen([exe])
        try:
            while not open(f"/proc/{p.pid}/syscall").read().startswith("34 "):
                time.sleep(0.01)
            doc = document(p.pid)
            stack = doc["threads"][0]["stack"]
            expect(stack[1].startswith("main+0x"), f"huge: {stack}")
            print(f"a table of 100,000 functions: {doc['took_ns'] / 1e6:.1f} ms")
        finally:
            p.kill()
            p.wait()


def vanishing():
    for i in range(30):
        with program(fast) as (p, _):
            looker = subprocess.Popen([threadline, "snapshot", "--stacks", "--json", str(p.pid)],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(i / 1000)
            os.killpg(p.pid, signal.SIGKILL)
            out, err = looker.communicate(timeout=60)
            expect(looker.returncode in (0, 1), f"vanishing: {looker.returncode} {err}")
            if looker.returncode == 0:
                json.loads(out)


def restless():
    """Threads that hand over as fast as can be: a stack is of one that stood still, or null."""
    with program(stuck, "handover") as (p, _):
        for _ in range(50):
            for stack, end in stacks(p.pid).values():
                if stack is None:
                    continue
                names = [n for n, _ in functions(stack)]
                expect(end is None and ("hand_over" in names or "main" in names),
                       f"handover: {stack} {end}")


def crowd():
    with program(stuck, "crowd", 1000) as (p, _):
        took = []
        for _ in range(3):
            doc = document(p.pid)
            took.append(doc["took_ns"] / 1e6)
        told = [t["stack"] for t in doc["threads"] if t["stack"]]
        expect(len(told) == 1001, f"crowd: {len(told)} stacks")
        expect(len({tuple(s) for s in told}) == 2, "crowd: but two are different")
        text = look(p.pid).stdout.decode()
        expect("and 996 more" in text and len(text.splitlines()) < 60, f"crowd: {text}")
        print(f"1,000 threads: looked for {min(took):.1f} to {max(took):.1f} ms")


def untouched():
    """Nobody traced it, and without the option nothing is told."""
    with program(fast) as (p, said):
        look(p.pid)
        status = open(f"/proc/{p.pid}/status").read()
        expect("TracerPid:\t0\n" in status, "it is not traced")
        done = subprocess.run([threadline, "snapshot", "--json", str(p.pid)], capture_output=True)
        expect(all("stack" not in t for t in json.loads(done.stdout)["threads"]),
               "stacks are told unasked")


with tempfile.TemporaryDirectory() as tmp:
    variants()
    stripped(tmp)
    own_file(tmp)
    deleted(tmp)
    other_mounts(tmp)
    made_up()
    garbage()
    cpp(tmp)
    hostile_names(tmp)
    huge(tmp)
    crowd()
    restless()
    untouched()
    vanishing()
print("all true" if not wrong else f"{wrong} wrong")
sys.exit(1 if wrong else 0)
