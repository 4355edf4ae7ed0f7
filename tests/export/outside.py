# SPDX-License-Identifier: MIT
"""Every format there is (a new one too): names an enemy would choose, and places that cannot be
written."""
import csv
import io
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import xml.etree.ElementTree as xml
from exported import TOP, expect, export, finish, folder, script_recording, threadline

ENEMIES = ["<script>alert(1)</script>", "a\\\"b'c`d\\\\e&f;g,h", "\\x1b]0;owned\\x07\\x1b[2J",
           "\\xff\\xfe\\xc3(", "]]><svg onload=x>--><!--", "x" * 10000, "\\x0a\\x0d\\x09\\x00",
           "=cmd|' /C calc'!A0", "\\xe2\\x80\\xae\\xe4\\xb8\\xad %s%n${x}"]
MOST = 4 << 20 # bytes: no name makes an output large


def formats():
    told = subprocess.run([threadline, "export", "--help"], capture_output=True, text=True, check=True)
    block = next(b for b in told.stdout.split("\n\n") if "  perfetto " in b)
    return [line.split()[0] for line in block.splitlines()]


def hostile():
    """Each of them is a process, a thread, a lock, a queue, a coroutine and a mark."""
    lines = ["1ms t10 task 10 running \"first\"", "+0 cpu0 switch 10"]
    for i, name in enumerate(ENEMIES):
        pid, tid, lock, queue = 100 + i, 200 + i, f"L{i}", f"Q{i}"
        lines += [f'+1us t{pid} task {pid} sleep "{name}"', f'+1us t{pid} fork {tid}/{pid} "{name}"',
                  f'+0 t{tid} lock-init {lock} mutex "{name}"', f'+0 t{tid} queue-new {queue} 3 "{name}"',
                  f"+1us cpu0 switch {tid} preempted", f"+1us t{tid} lock {lock}",
                  f"+1us t{tid} put {queue} 1", f'+1us t{tid} mark "{name}"',
                  f"+1us t{pid} want {lock}", f"+9us t{tid} unlock {lock}",
                  f"+1us t{pid} lock {lock} contended", f"+9us t{pid} unlock {lock}"]
    source, path = folder / "hostile.txt", folder / "hostile.tl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    subprocess.run([script_recording, source, path], check=True)
    return path


def check_markup(form, text):
    expect("<script>alert" not in text and "<svg onload" not in text, f"{form}: a name is markup")
    if text.startswith("<svg") or text.startswith("<?xml"):
        xml.fromstring(text)
        expect("<script" not in text, f"{form}: a script")
    elif text.startswith("<!DOCTYPE html>"):
        expect(len(re.findall("<script", text)) == 2, f"{form}: other scripts than its own")


def check_text(form, data):
    text = data.decode("utf-8")
    bad = {c for c in text if (c < " " and c not in "\n\r\t") or "\x7f" <= c < "\xa0" or c == "\u202e"}
    expect(not bad, f"{form}: control characters {bad}")
    if text.startswith("<"):
        check_markup(form, text)
    elif form == "chrome":
        json.loads(text)
    elif text.startswith("{"):
        for line in text.splitlines():
            json.loads(line)
    else:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        expect(len({len(row) for row in rows}) == 1, f"{form}: rows of different lengths")


def check_binary(form, data):
    """What other programs read in it."""
    readers = {"perfetto": ["protoc", f"--proto_path={TOP / 'tests/export'}", "--decode=Trace",
                            "trace.proto"], "pdf": ["pdftotext", "-", "-"], "png": ["file", "-"]}
    if not expect(form in readers, f"{form} is binary: who reads it?") or not shutil.which(readers[form][0]):
        return
    done = subprocess.run(readers[form], input=data, capture_output=True, check=False)
    expect(done.returncode == 0 and done.stdout, f"{form}: {done.stderr[:200]}")
    expect(b"\x1b" not in done.stdout and b"\\033" not in done.stdout, f"{form}: an escape sequence")
    expect(b"\\377" not in done.stdout or form != "perfetto", f"{form}: invalid UTF-8")


def check_names(form, path):
    data = export(path, form)
    expect(0 < len(data) < MOST, f"{form}: {len(data)} bytes")
    try:
        data.decode("utf-8")
        binary = b"\0" in data or data.startswith(b"%PDF")
    except UnicodeDecodeError:
        binary = True
    (check_binary if binary else check_text)(form, data)


def check_told(path):
    """The names come through, cut and made plain, so that the rest has tested something."""
    lines = [json.loads(line) for line in export(path, "ndjson").decode().splitlines()]
    for lane in ("thread", "lock", "queue"):
        named = {line["name"] for line in lines if line.get("lane") == lane}
        expect(any("<script>alert" in name for name in named) and
               any(name.startswith("xxx") for name in named), f"no {lane} has such a name: {named}")
    expect(any("<script>" in line.get("text", "") for line in lines if line["type"] == "mark"), "marks")


def attempt(path, form, out, **more):
    return subprocess.run([threadline, "export", path, "--to", form, "-o", out], check=False,
                          stderr=subprocess.PIPE, timeout=60, **more)


def refused(form, where, done, words="cannot write"):
    text = done.stderr.decode()
    expect(done.returncode == (2 if "recording" in words else 1) and words in text and
           "Sanitizer" not in text and len(text.splitlines()) <= 2,
           f"{form} to {where}: status {done.returncode}, {text!r}")


def tiny():
    """Files end after 64 bytes: as a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


def check_places(form, path):
    place = folder / "place"
    place.mkdir()
    out = place / f"out.{form}"
    out.write_bytes(b"x" * 3_000_000)
    out.chmod(0o640)
    expect(attempt(path, form, out).returncode == 0 and b"xxxx" not in out.read_bytes()[-64:] and
           out.stat().st_mode & 0o777 == 0o640, f"{form} over a file that is there")
    whole = out.read_bytes()
    refused(form, "a full disk", attempt(path, form, out, preexec_fn=tiny))
    expect(out.read_bytes() == whole, f"{form}: what was there is lost")
    out.unlink()
    refused(form, "a full disk", attempt(path, form, out, preexec_fn=tiny))
    expect(not list(place.iterdir()), f"{form}: left behind {list(place.iterdir())}")
    refused(form, "a directory", attempt(path, form, place))
    refused(form, "no directory", attempt(path, form, place / "none" / "x"))
    refused(form, "/dev/full", attempt(path, form, "/dev/full"), "No space left")
    refused(form, "the recording", attempt(path, form, path), "is the recording itself")
    reader, writer = os.pipe()
    os.close(reader)
    refused(form, "a closed pipe", attempt(path, form, "-", stdout=writer), "Broken pipe")
    os.close(writer)
    link = place / "link"
    link.symlink_to(place / "target")
    expect(attempt(path, form, link).returncode == 0 and link.is_symlink() and
           (place / "target").stat().st_size > 100, f"{form} through a link")
    shutil.rmtree(place)


enemy, real = hostile(), pathlib.Path(TOP / "screenshots/deadlock.tl")
mine = folder / "mine.tl"
shutil.copy(real, mine)
table = formats()
check_told(enemy)
expect(len(table) >= 9, f"formats: {table}")
for form in table:
    check_names(form, enemy)
    check_places(form, mine)
print(len(table), "formats")
finish()
