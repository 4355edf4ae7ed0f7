# SPDX-License-Identifier: MIT
"""Casts in asciinema-player, the player of pages and slides, in a browser: the same length, a dot and
its words at each marker, which it goes to, and in the end the screen of threadline itself."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from exported import HERE, TOP, expect, export, finish, folder, report

PLAYER = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / \
    "threadline-tests/asciinema-player/asciinema-player.min.js"
if not PLAYER.exists():
    print(f"no {PLAYER}: tests/setup.sh fetches it where there is npm")
    sys.exit(77)
if not shutil.which("chromium") or not shutil.which("chromedriver"):
    print("no chromium with chromedriver (apt-get install chromium-driver)")
    sys.exit(77)
sys.path.insert(0, str(HERE.parent / "figure"))
from browser import Browser  # noqa: E402

COLUMNS, ROWS = 100, 30
CREATE = """
const film = document.getElementById("film");
film.textContent = "";
window.player = AsciinemaPlayer.create({data: arguments[0]}, film, {preload: true, pauseOnMarkers: true});
const done = arguments[1], wait = () => player.getDuration() && film.querySelector(".ap-line")
    ? done(player.getDuration()) : setTimeout(wait, 20);
wait();
"""
SEEK = """
const done = arguments[1], rows = () => Array.from(document.querySelectorAll(".ap-line"),
    e => e.textContent);
player.seek(arguments[0]).then(() => requestAnimationFrame(() => requestAnimationFrame(() =>
    done([player.getCurrentTime(), rows()]))));
"""
LABELS = 'return Array.from(document.querySelectorAll(".ap-marker-container .ap-tooltip"), ' \
         'e => e.textContent)'


def ask(code, *args):
    return browser.call("POST", "/execute/async", {"script": code, "args": list(args)})


def words(row):
    """What is drawn rather than written the player has elsewhere."""
    return re.findall(r"\w+", row)


def check_end(who, path):
    length = str(report(path)["session"]["duration_ns"])
    done = subprocess.run([sys.argv[3], path, str(COLUMNS), str(ROWS), length],
                          input=b"", capture_output=True, check=False)
    screen = done.stdout.decode().split("\n")[:ROWS]
    rows = ask(SEEK, "100%")[1]
    expect(len(rows) == ROWS and any(map(words, rows)), f"{who}: {len(rows)} rows")
    for y, (a, b) in enumerate(zip(rows, screen)):
        expect(words(a) == words(b), f"{who}, row {y}: {a!r}, on the screen {b!r}")


def check(who, path, *more):
    cast = export(path, "cast", "--size", f"{COLUMNS}x{ROWS}", *more).decode()
    events = [json.loads(line) for line in cast.splitlines()[1:]]
    marks = [e for e in events if e[1] == "m"]
    length = ask(CREATE, cast)
    expect(marks and abs(length - events[-1][0]) < 1e-3, f"{who}: {length} s, {len(marks)} markers")
    told = [" ".join(text.split()) for text in browser.js(LABELS)]
    want = [" ".join(m[2].split()) for m in marks]
    expect(len(told) == len(want) and all(map(str.endswith, told, want)), f"{who}: {told}, not {want}")
    for i, m in enumerate(marks):
        now = ask(SEEK, {"marker": i})[0]
        expect(abs(now - m[0]) < 1e-3, f"{who}: marker {i} is at {now}, not at {m[0]}")


browser = Browser()
try:
    page = folder / "page.html"
    page.write_text('<!doctype html><meta charset="utf-8"><div id="film"></div>'
                    f'<script src="{PLAYER.as_uri()}"></script>', encoding="utf-8")
    browser.call("POST", "/url", {"url": page.as_uri()})
    names = folder / "names.tl"
    subprocess.run([sys.argv[2], HERE / "names.txt", names], check=True)
    for name, path in ("names", names), *((n, TOP / f"screenshots/{n}.tl") for n in ("deadlock", "race")):
        check(name, path)
        check_end(name, path)
    check("deadlock in Chinese", TOP / "screenshots/deadlock.tl", "--lang=zh", "--theme=dark")
    expect("死锁" in "".join(ask(SEEK, "100%")[1]), "no Chinese in the film")
    expect(browser.logged() == [], "the player complained")
finally:
    browser.close()
finish()
