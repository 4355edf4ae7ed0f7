# SPDX-License-Identifier: MIT
"""Pictures of the screen: a cast must end as the screen does in a terminal that knows nothing of us,
and an SVG must have each character in its cell."""
import json
import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as xml
from exported import expect, export, finish, folder, recordings, report

cast_screen = sys.argv[3]
COLUMNS, ROWS = 100, 30
CELL_W, CELL_H = 8.4, 17.0
SIZE = ["--size", f"{COLUMNS}x{ROWS}"]
SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "defs", "g", "use", "rect", "text"}


def screen(path, at, sent):
    """The rows of the screen; complains where a terminal that was sent this shows others."""
    done = subprocess.run([cast_screen, path, str(COLUMNS), str(ROWS), str(at)], input=sent,
                          capture_output=True, check=False)
    return done.returncode, done.stdout.decode().split("\n")[:ROWS], done.stderr.decode()


def check_header(who, head, doc):
    expect(head["version"] == 2 and (head["width"], head["height"]) == (COLUMNS, ROWS), f"{who}: head")
    expect(re.fullmatch("#[0-9a-f]{6}", head["theme"]["fg"]) and
           len(head["theme"]["palette"].split(":")) == 16, f"{who}: theme")
    expect(head["title"].startswith(doc["session"]["target"]["name"]), f"{who}: title")


def check_cast(who, path, doc):
    lines = [json.loads(line) for line in export(path, "cast", *SIZE).decode().splitlines()]
    head, events = lines[0], lines[1:]
    check_header(who, head, doc)
    times = [e[0] for e in events]
    expect(times == sorted(times) and {e[1] for e in events} <= {"o", "m"}, f"{who}: events")
    labels = [f"{f['kind']}: {f['text']}" for f in doc["findings"]] + [m["text"] for m in doc["marks"]]
    got = [e[2] for e in events if e[1] == "m"]
    expect(sorted(got) == sorted(labels), f"{who}: markers {got}")
    length = doc["session"]["duration_ns"]
    slow = head["duration"] * 1e9 / length
    for f in doc["findings"]:
        at = [e[0] for e in events if e[2] == f"{f['kind']}: {f['text']}"]
        wanted = (f["at_ns"] - doc["session"]["start_ns"]) * slow / 1e9
        expect(any(abs(a - wanted) < 1e-5 for a in at), f"{who}: a marker at {at}, not at {wanted}")
    sent = "".join(e[2] for e in events if e[1] == "o")
    expect(not re.search("\x1b[^\\[]|\x07|\x1b\\[[0-9;?]*[^mHJhl0-9;?]", sent),
           f"{who}: a sequence that is none of ours")
    status, rows, said = screen(path, length, sent.encode())
    expect(status == 0, f"{who}: the cast ends otherwise than the screen: {said}")
    return rows, sent


def check_player(who, data, sent):
    """asciinema's own reader gives the terminal the same bytes."""
    path = folder / "film.cast"
    path.write_bytes(data)
    done = subprocess.run(["script", "-qec", f"asciinema cat {path}", "/dev/null"],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    expect(done.stdout.decode() == sent, f"{who}: asciinema reads it otherwise")


def number(element, key):
    return float(element.get(key))


def texts(element, top=0.0):
    """{(row, column): character}"""
    cells = {}
    for t in element.iter(SVG + "text"):
        x, y = round(number(t, "x") / CELL_W), round((top + number(t, "y") - 13) / CELL_H)
        each = number(t, "textLength") / len(t.text) / CELL_W
        expect(abs(each - round(each)) < 0.02, f"a word's length is not that of its cells: {t.text}")
        for i, ch in enumerate(t.text):
            cells[y, x + i * round(each)] = ch
    return cells


def read_svg(who, data):
    expect(b"<script" not in data and b"<!" not in data and b"\x1b" not in data, f"{who}: markup")
    root = xml.fromstring(data)
    tags = {e.tag.replace(SVG, "") for e in root.iter()}
    expect(tags <= TAGS, f"{who}: elements {tags - TAGS}")
    for e in root.iter():
        expect(not any(k.startswith("on") for k in e.attrib), f"{who}: an event handler")
    expect(root.find(SVG + "title").text and root.find(SVG + "desc").text, f"{who}: no title")
    return root


def is_drawn(ch):
    """Blocks and lines are no text."""
    return ch == " " or "\u2580" <= ch <= "\u2594" or ch in "─│┊┌┐└┘├┬┴"


def check_rows(who, cells, rows, first, last):
    """Characters of the screen that are text stand in their cells. Wide ones take two."""
    import unicodedata
    for y in range(first, last):
        x = 0
        for ch in rows[y]:
            if not is_drawn(ch):
                expect(cells.get((y, x)) == ch, f"{who}: row {y}, column {x}: "
                       f"{cells.get((y, x))!r}, on the screen {ch!r}")
            x += 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def check_render(who, data):
    if not shutil.which("rsvg-convert"):
        return
    done = subprocess.run(["rsvg-convert"], input=data, capture_output=True, check=False)
    size = struct.unpack(">II", done.stdout[16:24]) if len(done.stdout) > 24 else None
    expect(size == (round(COLUMNS * CELL_W), round(ROWS * CELL_H)), f"{who}: rendered as {size}")


def check_still(who, path, doc):
    """Of the very moment of the session's end, for that is what the screen was asked for."""
    at = ["--at", f"{doc['session']['duration_ns']}ns"]
    data = export(path, "screen-svg", *SIZE, *at)
    root = read_svg(who, data)
    expect(abs(number(root, "width") - COLUMNS * CELL_W) < 0.1, f"{who}: width {root.get('width')}")
    check_render(who, data)
    return texts(root)


def frames_of(root):
    """[(from, units, poster)] of the frames of one layer, in units of the round."""
    style = root.find(SVG + "style").text
    total = float(re.search(r"animation-duration:([0-9.]+)s", style)[1])
    shares = {m[1]: float(m[2]) for m in
              re.finditer(r"@keyframes (k\d+)\{0%\{visibility:visible\}([0-9.]+)%", style)}
    frames = []
    for g in root.findall(SVG + "g"):
        if g.get("class", "").startswith("f"):
            m = re.fullmatch(r"animation-name:(k\d+);animation-delay:(-[0-9.]+)s", g.get("style"))
            frames.append(((float(m[2]) + total) / total, shares[m[1]] / 100, g))
    return frames


def check_film(who, path, doc, still):
    """Frames follow each other without hole; where nothing animates there is the still."""
    at = ["--at", f"{doc['session']['duration_ns']}ns"]
    data = export(path, "anim-svg", *SIZE, *at)
    root = read_svg(who, data)
    check_render(who, data)
    frames = frames_of(root)
    layer = frames[:len(frames) // 2]
    end = 0
    for since, share, _ in layer:
        expect(abs(since - end) < 0.001, f"{who}: a frame begins at {since}, the last ends at {end}")
        end = since + share
    expect(not layer or abs(end - 1) < 0.001, f"{who}: the round ends at {end}")
    posters = [g for _, _, g in frames if "p" in g.get("class").split()]
    expect(len(posters) == 2 * bool(layer), f"{who}: {len(posters)} posters")
    rows = {g.get("id"): g for g in root.find(SVG + "defs")}
    cells = {}
    for use in root.findall(SVG + "use") + [u for g in posters for u in g]:
        cells.update(texts(rows[use.get("href")[1:]], number(use, "y")))
    for (y, x), ch in still.items():
        if 0 < y < ROWS - 1: # those two say that it plays
            expect(cells.get((y, x)) == ch, f"{who}: the poster has {cells.get((y, x))!r}, not {ch!r}")


def check_views(path):
    seen = set()
    for view in ("timeline", "locks", "findings"):
        data = export(path, "screen-svg", "--view", view, *SIZE)
        seen.add(data)
        read_svg(view, data)
    seen.add(export(path, "screen-svg", "--theme", "dark", *SIZE))
    seen.add(export(path, "screen-svg", "--from", "1ms", "--until", "9ms", *SIZE))
    expect(len(seen) == 5, "two of the views, themes and windows are the same picture")


players = 0
for name, path in recordings():
    doc = report(path)
    if not doc["session"]["duration_ns"] or name.startswith("near-"):
        continue
    rows, sent = check_cast(name, path, doc)
    still = check_still(name, path, doc)
    check_rows(name, still, rows, 1, ROWS - 1)
    check_film(name, path, doc, still)
    if shutil.which("asciinema") and shutil.which("script") and name in ("deadlock", "names"):
        check_player(name, export(path, "cast", *SIZE), sent)
        players += 1
    if name == "report-day":
        check_views(path)
print("asciinema played", players)
finish()
